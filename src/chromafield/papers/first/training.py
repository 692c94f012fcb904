"""The first paper's Figure 3: the same pictures as a run goes on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...errors import DataError
from ...image.sheet import GAP, INK, PAPER
from ...train.held_out import SHEET_HEIGHT

MARGIN = 90  # pixels for the steps at the left


def history_sheet(run: Path) -> NDArray[np.uint8]:
    """A run's sheets as one: grey, coloured at each of its steps, and the truth.

    Raises:
        DataError: the folder holds no sheets of a colorizer.
    """
    paths = sorted((run / "sheets").glob("*.jpg"))
    if not paths:
        raise DataError(f"{run} holds no sheets. Name the folder of a colorizer's run.")
    bands = [(f"step {int(path.stem):,}", _rows(path)) for path in paths]
    rows = [("grey", bands[0][1][0]), *((name, three[1]) for name, three in bands)]
    rows.append(("truth", bands[0][1][2]))
    gap = np.full((GAP, rows[0][1].shape[1] + MARGIN, 3), PAPER, np.uint8)
    parts = [part for name, row in rows for part in (_named(name, row), gap)]
    return np.concatenate(parts[:-1])


def _rows(path: Path) -> list[NDArray[np.uint8]]:
    """Grey, coloured and true, of a sheet that `write_sheet` wrote."""
    with Image.open(path) as image:
        sheet = np.asarray(image.convert("RGB"))
    step = SHEET_HEIGHT + GAP
    if sheet.shape[0] != 3 * SHEET_HEIGHT + 2 * GAP:
        raise DataError(f"{path} is no colorizer's sheet of three rows.")
    return [sheet[i * step : i * step + SHEET_HEIGHT] for i in range(3)]


def _named(name: str, row: NDArray[np.uint8]) -> NDArray[np.uint8]:
    margin = np.full((row.shape[0], MARGIN, 3), PAPER, np.uint8)
    at = (2, row.shape[0] // 2)
    cv2.putText(margin, name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
    return np.concatenate([margin, row], axis=1)
