"""The second paper's Figure 6 on pictures that scikit-image ships: nine hint files, a row each.

    python benchmarks/edits.py docs/images/edits.jpg

(a) to (d) one edit, (e) and (f) a face and its background, (g) to (i) three edits on a complex
picture. Each row: grey, without an edit, then for each edit the picture, what the edit reaches, and
its row of the fully connected field's S. The hint files lie in docs/edits.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from chromafield.hints.file import read_hints
from chromafield.image import Picture, at_depth, read_picture
from chromafield.models.sampler.loading import load_diverse
from chromafield.papers.second.figures import edits_sheet

HINTS = Path(__file__).parents[1] / "docs" / "edits"
GAP = 6  # pixels between rows
WIDTH = 1600  # pixels of the sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sheet", type=Path)
    told = parser.parse_args()
    networks, rows = load_diverse(), []
    for path in sorted(HINTS.glob("*.hints.json")):
        name = path.name.split("-")[1].split(".")[0]
        grey = read_picture(next(Path(skimage.data.__file__).parent.glob(f"{name}*")))
        levels = at_depth(grey.pixels, 8)
        rows.append(edits_sheet([Picture(levels)], networks, read_hints(path)))
    width = max(row.shape[1] for row in rows)
    padded = [
        np.pad(row, ((0, GAP), (0, width - row.shape[1]), (0, 0)), constant_values=255)
        for row in rows
    ]
    sheet = Image.fromarray(np.concatenate(padded))
    sheet.thumbnail((WIDTH, sheet.height))
    sheet.save(told.sheet, quality=85)


if __name__ == "__main__":
    main()
