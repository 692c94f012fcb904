"""Damage inside a fax-packed TIFF, over which libtiff passes with a warning.

A wrong code word spoils its row and, where rows are coded by their differences, those below. Pillow
drops the warnings of libtiff; OpenCV's copy of it says them.
"""

from __future__ import annotations

import re

import cv2
import numpy as np
from cv2.utils import logging

from ._packings import FAX
from ._stderr import overheard
from ._tiff_parts import Parts

WARNING = re.compile(r"fax\w*: .* at line (\d+) of (?:strip|tile) (\d+)", re.IGNORECASE)


def fax_damage(data: bytes | bytearray, parts: Parts, name: str) -> str | None:
    """A sentence with the first row that is damaged; None where none is, or it is no fax."""
    if parts.packing not in FAX:
        return None
    with overheard() as messages:
        level = logging.getLogLevel()
        logging.setLogLevel(logging.LOG_LEVEL_WARNING)
        try:
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:  # larger than OpenCV takes
            return None
        finally:
            logging.setLogLevel(level)
    found = next((match for line in messages if (match := WARNING.search(line))), None)
    if found is None:
        return None
    line, part = int(found[1]), int(found[2])
    row = line if parts.are_tiles else part * parts.size[1] + line
    return (
        f"{name} is a damaged TIFF file: damaged from row {row} on. "
        "Copy it again from its source if you can."
    )
