"""Colour photographs that scikit-image ships, and say where the results lie.

Run by `python3 dev.py demo`. What the colours of photographs tell comes first: a portrait, a
landscape, one that has never been in colour; last the cup, whose colour nobody can guess. The
others are made grey first, so that the result can be held against the truth.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from chromafield import Settings, load_colorizer
from chromafield.image import from_array
from chromafield.image.sheet import contact_sheet

PHOTOGRAPHS = ("astronaut", "rocket", "camera", "chelsea", "coffee")
FOLDER = Path("demo")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    colorizer = load_colorizer(Settings())
    for name in PHOTOGRAPHS:
        photograph = getattr(skimage.data, name)()
        grey = np.asarray(Image.fromarray(photograph).convert("L"))
        coloured = colorizer.colour(from_array(grey))
        before = np.repeat(grey[..., None], 3, axis=2)
        shown = [before, coloured.astype(np.uint8)]
        if photograph.ndim == 3:
            shown.append(photograph)
        Image.fromarray(coloured).save(FOLDER / f"{name}.png")
        Image.fromarray(contact_sheet([shown], 300)).save(
            FOLDER / f"{name}-compare.jpg", quality=92
        )
        print(f"{name}: {FOLDER / name}.png, beside the grey one in {FOLDER / name}-compare.jpg")
    print(f"The results lie in {FOLDER.resolve()}")


if __name__ == "__main__":
    main()
