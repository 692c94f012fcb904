"""Damage inside a TIFF's strips, over which libtiff passes with a warning.

A wrong code word of a fax spoils its row and, where rows are coded by their differences, those
below; JPEG and run lengths go on with whatever follows. Pillow drops the warnings of libtiff;
OpenCV's copy of it says them. Only a fax's warning names its row: for the others, the page is
decoded again with fewer rows.
"""

from __future__ import annotations

import re
import struct

import cv2
import numpy as np
from cv2.utils import logging
from PIL.ExifTags import Base

from ._packings import FAX, JPEG, RUN_LENGTHS
from ._stderr import overheard
from ._tiff_parts import Parts
from ._tiff_tags import first_directory, is_big

FAX_WARNING = re.compile(r"fax\w*: .* at line (\d+) of (?:strip|tile) (\d+)", re.IGNORECASE)
WARNING = re.compile(
    r"JPEGLib: (?:corrupt|premature|invalid|inconsistent)|PackBits\w*: ", re.IGNORECASE
)
LONG = 4


def damage_of_page(data: bytearray, parts: Parts, height: int, name: str) -> str | None:
    """A sentence with the first row that is damaged; None where libtiff finds no damage.

    Args:
        data: the file, whose first page is looked at.
        height: of the page, in rows.
    """
    if parts.packing in FAX:
        row = _row_in_fax(data, parts)
    elif parts.packing in (JPEG, RUN_LENGTHS):
        row = _row_in_parts(data, parts, height)
    else:
        return None
    if row is None:
        return None
    return (
        f"{name} is a damaged TIFF file: damaged from row {row} on. "
        "Copy it again from its source if you can."
    )


def _row_in_fax(data: bytearray, parts: Parts) -> int | None:
    found = next((match for line in _warnings(data) if (match := FAX_WARNING.search(line))), None)
    if found is None:
        return None
    line, part = int(found[1]), int(found[2])
    return line if parts.are_tiles else part * parts.size[1] + line


def _row_in_parts(data: bytearray, parts: Parts, height: int) -> int | None:
    """The first row of the first strip, or row of tiles, with damage."""

    def warns(rows: int) -> bool:
        lower = bytearray(data)
        _set_height(lower, parts.order, rows)
        return _is_damaged(lower)

    down = max(parts.size[1], 1)
    whole, minimum = -(-height // down), 0
    if not _is_damaged(data):
        return None
    while whole - minimum > 1:
        middle = (whole + minimum) // 2
        if warns(middle * down):
            whole = middle
        else:
            minimum = middle
    return minimum * down


def _is_damaged(data: bytearray) -> bool:
    return any(WARNING.search(line) for line in _warnings(data))


def _warnings(data: bytearray) -> list[str]:
    """What libtiff writes while it decodes the file's first page."""
    with overheard() as messages:
        level = logging.getLogLevel()
        logging.setLogLevel(logging.LOG_LEVEL_WARNING)
        try:
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:  # larger than OpenCV takes
            return []
        finally:
            logging.setLogLevel(level)
    return messages


def _set_height(data: bytearray, order: str, rows: int) -> None:
    """Let the first page have so many rows, in place."""
    for at, tag in first_directory(data, order):
        if tag == Base.ImageLength:
            form = f"{order}HHQI" if is_big(data) else f"{order}HHII"
            struct.pack_into(form, data, at, tag, LONG, 1, rows)
