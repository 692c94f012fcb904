"""How true are colours that are taken from another program's version of a picture?

    python benchmarks/colors_from.py PICTURES.zip FACES.zip [--most N] [--sheet SHEET]

A version of each colour picture is made by known means, the same in every run: a strange face of
two fifths of the shorter side is pasted in, the edges are cut or added to by up to a tenth each,
the whole is bent by up to 2 % of the longer side, smoothed and saved as JPEG of quality 80, with
512 pixels on the longer side, at the picture's own size, and at half of it. Its colours are taken
back for the grey picture. Printed are means, the worst in brackets:

    error    CIEDE2000 to the true colours where the version's are taken, the lightness true
    alone    the same if nothing is bent, cut or pasted: what smoothing and JPEG cost by themselves
    off      misplaced, thousandths of the longer side, the median where taken
    taken    share that is taken of what both show, the face left out
    face     share that is taken of the face
    other    share on which a version of another picture is taken to agree; it is refused below 5 %

The last line is the time of the registration of one megapixel with a version of 512 pixels.
"""

from __future__ import annotations

import argparse
import io
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from chromafield.canvas.lightness import as_unit
from chromafield.canvas.upsample import upsampled
from chromafield.color import rgb_to_lab
from chromafield.color.difference import ciede2000
from chromafield.datasets.datasets import list_photos
from chromafield.image import Picture
from chromafield.reference.colored import as_levels, read_colors, trust_sheet
from chromafield.registration.versions import Registered, register
from chromafield.resize import enlarge

CUT, BENT, FACE = 0.1, 0.02, 0.4
PAPER = (245, 245, 240)  # of the borders that are added
QUALITY = 80
BOTH = 0.03  # of each side: what lies so near to the version's edge counts as neither
SIDE = 512  # pixels of the longer side that many programs give back
SHOWN = 12  # rows of the sheet
COLUMNS = ("error", "alone", "off", "taken", "face", "other")

Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Version:
    """A version of a picture, made by known means."""

    rgb: Rgb
    places: NDArray[np.float32]  # (h, w, 2) of the picture, at each of its pixels
    pasted: NDArray[np.bool_]  # of the picture, the face


def spoiled(
    rgb: Rgb,
    rng: np.random.Generator,
    small: float,
    face: Rgb | None = None,
    bent: float = BENT,
    cut: float = CUT,
) -> Version:
    """A smaller, bent, smoothed version with its edges cut."""
    h, w = rgb.shape[:2]
    left, right, top, bottom = rng.uniform(-cut, cut, 4)
    oh, ow = round(h * small), round(w * small)
    y, x = np.mgrid[0:oh, 0:ow] + 0.5
    waves = rng.standard_normal((2, 5, 5)).clip(-2, 2) / 2 * bent * max(h, w) / np.sqrt(2)
    dx, dy = (cv2.resize(wave, (ow, oh), interpolation=cv2.INTER_CUBIC) for wave in waves)
    px = (left + (1 - left - right) * x / ow) * w - 0.5 + dx
    py = (top + (1 - top - bottom) * y / oh) * h - 0.5 + dy
    places = np.stack([px, py], -1).astype(np.float32)
    whole, pasted = (rgb, np.zeros((h, w), bool)) if face is None else _with_face(rgb, face, rng)
    soft = cv2.GaussianBlur(whole, (0, 0), 0.5 / small) if small < 1 else whole
    edge = cv2.BORDER_CONSTANT
    out = cv2.remap(soft, places, None, cv2.INTER_LINEAR, borderMode=edge, borderValue=PAPER)
    file = io.BytesIO()
    Image.fromarray(cv2.bilateralFilter(out, 5, 20, 1.5)).save(file, "JPEG", quality=QUALITY)
    return Version(np.asarray(Image.open(file)), places, pasted)


def _with_face(rgb: Rgb, face: Rgb, rng: np.random.Generator) -> tuple[Rgb, NDArray[np.bool_]]:
    h, w = rgb.shape[:2]
    side = round(FACE * min(h, w))
    top, left = rng.integers(h - side), rng.integers(w - side)
    there = slice(top, top + side), slice(left, left + side)
    disc = cv2.circle(np.zeros((side, side)), (side // 2, side // 2), round(side * 0.45), 1.0, -1)
    soft = cv2.GaussianBlur(disc, (0, 0), side / 40)[..., None]
    out, pasted = rgb.copy(), np.zeros((h, w), bool)
    small = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
    out[there] = (soft * small + (1 - soft) * rgb[there]).astype(np.uint8)
    pasted[there] = disc > 0
    return out, pasted


def _misplaced(found: Registered, version: Version, rgb: Rgb) -> NDArray[np.float64]:
    """By how much each cell of the grid is misplaced, shares of the longer side."""
    h, w = rgb.shape[:2]
    rows, columns = found.trust.shape
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    own = np.stack([x * w / columns - 0.5, y * h / rows - 0.5], -1)
    there = cv2.remap(version.places, found.places, None, cv2.INTER_LINEAR)
    return np.linalg.norm(there - own, axis=-1) / max(h, w)


def _both(version: Version, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where the version shows the picture, somewhat inside of its edges."""
    h, w = size
    hull = np.zeros((h, w), np.uint8)
    edge = version.places
    ring = np.concatenate([edge[0], edge[1:, -1], edge[-1, ::-1], edge[::-1, 0]])
    cv2.fillPoly(hull, [np.rint(ring).astype(np.int32)], 1)
    side = 2 * round(BOTH * max(h, w)) + 1
    hull = cv2.copyMakeBorder(hull, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return cv2.erode(hull, np.ones((side, side), np.uint8))[1:-1, 1:-1] > 0


def _lab(rgb: Rgb) -> torch.Tensor:
    return rgb_to_lab(as_unit(np.ascontiguousarray(rgb)))[None]


def _grey(rgb: Rgb) -> NDArray[np.uint8]:
    return as_levels(_lab(rgb)[:, :1])


def _errors(rgb: Rgb, ab: torch.Tensor) -> NDArray[np.float32]:
    true = _lab(rgb)
    return ciede2000(torch.cat([true[:, :1], upsampled(ab, true[:, :1])], 1), true)[0].numpy()


def measure(rgb: Rgb, face: Rgb, other: Rgb, seed: int, small: float) -> tuple[list[float], Rgb]:
    """The columns for one picture, and its row of the sheet."""
    size = rgb.shape[:2]
    version = spoiled(rgb, np.random.default_rng(seed), small, face)
    found = register(_grey(rgb), _grey(version.rgb))
    colors = read_colors(found, Picture(version.rgb), (size[0], size[1]))
    taken = enlarge(colors.share, (size[0], size[1]))[0, 0].numpy() > 0.5
    outside = ~version.pasted & taken
    plain = spoiled(rgb, np.random.default_rng(seed), small, bent=0, cut=0)
    half = cv2.resize(
        _lab(plain.rgb)[0, 1:].permute(1, 2, 0).numpy(),
        None,
        fx=0.5,
        fy=0.5,
        interpolation=cv2.INTER_AREA,
    )
    alone = _errors(rgb, torch.from_numpy(half).permute(2, 0, 1)[None])
    off = _misplaced(found, version, rgb)[found.trust > 0.5]
    stranger = spoiled(other, np.random.default_rng(seed), small)
    errors = _errors(rgb, colors.ab)
    row = [
        float(errors[outside].mean()),
        float(alone.mean()),
        1000 * float(np.median(off)),
        float(taken[_both(version, size) & ~version.pasted].mean()),
        float(taken[version.pasted].mean()),
        register(_grey(rgb), _grey(stranger.rgb)).trusted,
    ]
    return row, trust_sheet(Picture(version.rgb), colors, rgb)


def _time(rgb: Rgb) -> str:
    h, w = rgb.shape[:2]
    scale = (1e6 / (h * w)) ** 0.5
    large = cv2.resize(rgb, (round(w * scale), round(h * scale)), interpolation=cv2.INTER_CUBIC)
    version = spoiled(large, np.random.default_rng(0), SIDE / max(large.shape))
    one, other = _grey(large), _grey(version.rgb)
    wall, work = time.perf_counter(), time.process_time()
    register(one, other)
    wall, work = time.perf_counter() - wall, time.process_time() - work
    return f"{large.shape[1]} x {large.shape[0]}: {wall:.2f} s, {work:.2f} s of the processor"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("faces", type=Path)
    parser.add_argument("--most", type=int, default=None)
    parser.add_argument("--sheet", type=Path, help="write the first pictures' sheets, as PNG")
    given = parser.parse_args()
    photos, faces = list_photos([given.pictures])[: given.most], list_photos([given.faces])
    print("| size | " + " | ".join(COLUMNS) + " |")
    rows: list[Rgb] = []
    for name, side in (("512 px", SIDE), ("own", 0), ("half", -1)):
        table = []
        for i, photo in enumerate(photos):
            rgb, face = photo.read_rgb(), faces[i % len(faces)].read_rgb()
            small = side / max(rgb.shape) if side > 0 else 1 + side / 2
            row, shown = measure(rgb, face, photos[i - 7].read_rgb(), i, small)
            table.append(row)
            rows += [shown] if i < SHOWN and side == 0 else []
        mean, most, least = np.mean(table, 0), np.max(table, 0), np.min(table, 0)
        worst = [least[i] if one == "taken" else most[i] for i, one in enumerate(COLUMNS)]
        cells = (f"{a:.3f} ({b:.3f})" for a, b in zip(mean, worst, strict=True))
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    print(_time(photos[0].read_rgb()))
    if given.sheet:
        wide = max(row.shape[1] for row in rows)
        padded = [
            np.pad(r, ((0, 8), (0, wide - r.shape[1]), (0, 0)), constant_values=255) for r in rows
        ]
        Image.fromarray(np.concatenate(padded)).save(given.sheet)


if __name__ == "__main__":
    main()
