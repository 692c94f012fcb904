"""How far a palette moves pictures, by field and strength, and what it turns purple.

    python benchmarks/palette.py '#a03020,#d08030' val/bsds500_test.zip --sheet sheet.jpg

A row a strength: the mean move in ab units, and after the slash the share of pixels that turned
purple (hue 290 to 340 degrees, chroma above 10) and were not. Each field decides on one network
pass a picture.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from chromafield.canvas.canvas import Canvas, Palette, make_canvas
from chromafield.canvas.upsample import render
from chromafield.color import rgb_to_lab
from chromafield.defaults import MODEL, VIVIDNESS
from chromafield.fields import create_field
from chromafield.models import load_model
from chromafield.reference.palette_source import read_histogram

FIELDS = ("mean", "gcrf", "annealed", "mode", "mixture", "potts")
STRENGTHS = (0.15, 0.3, 0.5, 1.0)
PURPLE = (290.0, 340.0)  # degrees of hue
FAINT = 10.0  # chroma below which a hue is none


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("palette")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--pictures", type=int, default=10)
    parser.add_argument("--strengths", type=float, nargs="+", default=STRENGTHS)
    parser.add_argument("--fields", nargs="+", default=FIELDS)
    parser.add_argument("--sheet", type=Path)
    given = parser.parse_args()
    histogram = read_histogram(given.palette)
    model = load_model(MODEL).model
    moves: dict[tuple[float, str], list[float]] = {}
    purple: dict[tuple[float, str], list[float]] = {}
    rows = []
    for lab in pictures(given.pack, given.pictures):
        canvas = make_canvas(lab[:, :1], model, create_field("mean"), vividness=VIVIDNESS)
        row = []
        for name in given.fields:
            plain = decided(canvas, name)
            row.append(render(plain, lab[:, :1]))
            for strength in given.strengths:
                ab = decided(canvas.tilted(Palette(histogram, strength)), name)
                moves.setdefault((strength, name), []).append(
                    float((ab - plain).norm(dim=1).mean())
                )
                turned = (is_purple(ab) & ~is_purple(plain)).float().mean()
                purple.setdefault((strength, name), []).append(float(turned))
                row.append(render(ab, lab[:, :1]))
        rows.append(row)
    print("| strength | " + " | ".join(given.fields) + " |")
    print("|---" * (1 + len(given.fields)) + "|")
    for strength in given.strengths:
        cells = [
            f"{np.mean(moves[strength, n]):.1f} / {np.mean(purple[strength, n]):.1%}"
            for n in given.fields
        ]
        print(f"| {strength} | " + " | ".join(cells) + " |")
    if given.sheet:
        write_sheet(given.sheet, rows)


def decided(canvas: Canvas, name: str) -> Tensor:
    return canvas.decided_by(create_field(name)).solve()


def is_purple(ab: Tensor) -> Tensor:
    hue = torch.rad2deg(torch.atan2(ab[:, 1], ab[:, 0])) % 360
    return (ab.norm(dim=1) > FAINT) & (hue > PURPLE[0]) & (hue < PURPLE[1])


def pictures(pack: Path, count: int) -> Iterator[Tensor]:
    """Evenly over the archive, as Lab."""
    with zipfile.ZipFile(pack) as archive:
        names = sorted(n for n in archive.namelist() if n.lower().endswith((".jpg", ".png")))
        for name in names[:: max(len(names) // count, 1)][:count]:
            rgb = np.array(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))
            yield rgb_to_lab(torch.from_numpy(rgb).movedim(-1, 0).float() / 255)[None]


def write_sheet(path: Path, rows: list[list[Tensor]]) -> None:
    """A row a picture: each field without the palette, then at each strength."""
    side = 150
    sheet = Image.new("RGB", (side * len(rows[0]), side * len(rows)))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            levels = (picture.movedim(0, -1) * 255).round().byte().numpy()
            sheet.paste(Image.fromarray(levels).resize((side - 2, side - 2)), (x * side, y * side))
    sheet.save(path)


if __name__ == "__main__":
    main()
