"""The sheets of docs/gallery.md: grey, as coloured, and as it was.

    python benchmarks/gallery.py FOLDER docs/images

FOLDER holds Prokudin-Gorskii's photographs with his three plates laid over one another, as JPEG;
docs/gallery.md says where they come from. scikit-image's are taken from its package. The plates'
frayed edges are cut off. Four sheets are written: all that are old, all that are new, the six whose
colours are farthest from the true ones in CIEDE2000, the worst first, and README's.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
import torch
from numpy.typing import NDArray
from PIL import Image

import chromafield
from chromafield.color import ciede2000, rgb_to_lab
from chromafield.image.sheet import contact_sheet

NEW = ("astronaut.png", "rocket.jpg", "chelsea.png", "coffee.png", "camera.png", "coins.png")
FRAYED = 0.045  # of each side of a plate
SEEN = 900  # pixels of the longer side that is coloured
HEIGHT = 150  # pixels of a row
WORST = 6
README = ("monastery", "lady", "onion church", "cathedral", "self portrait", "camera")


@dataclass(frozen=True)
class Shown:
    name: str
    grey: NDArray[np.uint8]
    ours: NDArray[np.uint8]
    truth: NDArray[np.uint8] | None  # None: it has never been in colour

    @property
    def far(self) -> float:
        """Mean CIEDE2000 from the truth."""
        if self.truth is None:
            return 0.0
        ours, truth = (
            rgb_to_lab(torch.from_numpy(x).movedim(-1, 0) / 255) for x in (self.ours, self.truth)
        )
        return float(ciede2000(ours, truth).mean())

    def row(self, last: str) -> NDArray[np.uint8]:
        """Its pictures side by side, labelled."""
        three = [np.dstack([self.grey] * 3), self.ours, self.truth]
        captions = [f"{self.name}, grey", "Chromafield", last]
        if self.truth is None:
            three[2], captions[2] = np.full_like(self.ours, 255), ""
        return contact_sheet([[one for one in three if one is not None]], HEIGHT, captions)


def shown(path: Path, frayed: float = 0.0) -> Shown:
    """A photograph without its colours, and with ours."""
    picture: Image.Image = Image.open(path)
    w, h = picture.size
    edges = (round(w * frayed), round(h * frayed))
    picture = picture.crop((*edges, w - edges[0], h - edges[1]))
    picture.thumbnail((SEEN, SEEN))
    grey = picture.convert("L")
    truth = None if picture.mode == "L" else np.array(picture.convert("RGB"))
    name = path.stem.replace("_", " ")
    return Shown(name, np.array(grey), np.array(chromafield.colorize(grey)), truth)


def write(path: Path, rows: list[NDArray[np.uint8]]) -> None:
    """Rows in two columns, as WebP."""
    half = -(-len(rows) // 2)
    width = max(row.shape[1] for row in rows)
    columns = []
    for part in (rows[:half], rows[half:]):
        padded = [
            np.pad(r, ((0, 6), (0, width + 12 - r.shape[1]), (0, 0)), constant_values=255)
            for r in part
        ]
        columns.append(np.concatenate(padded))
    height = max(column.shape[0] for column in columns)
    level = [
        np.pad(c, ((0, height - c.shape[0]), (0, 0), (0, 0)), constant_values=255) for c in columns
    ]
    Image.fromarray(np.concatenate(level, 1)).save(path, quality=80, method=6)


def main() -> None:
    """Write the sheets, and print how far each is from the truth."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("plates", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    old = [shown(path, FRAYED) for path in sorted(given.plates.glob("*.jpg"))]
    package = Path(skimage.data.__file__).parent
    new = [shown(package / name) for name in NEW]
    write(given.out / "gallery-old.webp", [one.row("his three plates") for one in old])
    write(given.out / "gallery-new.webp", [one.row("as it was") for one in new])
    chosen = [one for name in README for one in old + new if one.name == name]
    write(given.out / "before-after.webp", [one.row("as it was") for one in chosen])
    worst = sorted(old + new, key=lambda one: -one.far)
    for one in worst:
        print(f"{one.name}: {one.far:.1f}")
    write(given.out / "gallery-worst.webp", [one.row("as it was") for one in worst[:WORST]])


if __name__ == "__main__":
    main()
