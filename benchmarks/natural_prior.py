"""Measure how often each colour occurs in photographs, and write the table that the package ships.

    python benchmarks/natural_prior.py PHOTOS...

PHOTOS are folders or zip archives of photographs in colour; pictures for training, never those
that results are checked on. Each archive counts the same, so that a large one does not decide.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from chromafield.color.natural import FILE
from chromafield.datasets.datasets import list_photos
from chromafield.train.prior import measure_prior


def main(paths: Sequence[str]) -> None:
    shares = [measure_prior(list_photos([Path(path)])) for path in paths]
    mean = torch.stack(shares).mean(0).numpy()
    np.save(FILE, mean.astype(np.float32))
    print(f"{FILE}: {len(mean)} cells, mean of {len(shares)} archives")


if __name__ == "__main__":
    main(sys.argv[1:])
