"""Rows taken a few at a time, so that no step needs a float copy of a whole picture."""

from __future__ import annotations

from collections.abc import Iterator

STRIP_PIXELS = 1 << 20  # about 12 MB as three float32 channels


def row_strips(height: int, width: int, pixels: int | None = None) -> Iterator[slice]:
    """Slices of rows that cover the picture from top to bottom, of about `pixels` each."""
    rows = max(1, (pixels or STRIP_PIXELS) // max(1, width))
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))
