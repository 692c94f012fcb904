"""EXIF read and cleared in place: its bytes stay where they are, so no maker note breaks.

References:
    CIPA DC-008 (Exif 2.32), sections 4.5 and 4.6.2: the directory and the orientation tag.
"""

from __future__ import annotations

import struct

import numpy as np

from .picture import Levels

LEAD = b"Exif\0\0"  # what JPEG puts before the structure
ORIENTATION = 0x0112
SHORT, LONG = 3, 4


def bare(exif: bytes | None) -> bytes | None:
    """The structure alone, without JPEG's lead; None for nothing."""
    return exif.removeprefix(LEAD) or None if exif else None


def _directory(exif: bytes) -> tuple[str, int, int] | None:
    """Byte order, place and number of entries of the first directory; None if there is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return None
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    if start + 2 > len(exif):
        return None
    (count,) = struct.unpack_from(f"{order}H", exif, start)
    return (order, start, count) if start + 2 + 12 * count <= len(exif) else None


def _orientation_place(exif: bytes) -> tuple[str, int] | None:
    """The struct format and the place of the orientation's value."""
    found = _directory(exif)
    if found is None:
        return None
    order, start, count = found
    for place in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(f"{order}HH", exif, place)
        if tag == ORIENTATION and kind in (SHORT, LONG):
            return f"{order}{'H' if kind == SHORT else 'I'}", place + 8
    return None


def orientation_of(exif: bytes | None) -> int:
    """1 to 8; 1 (upright) where nothing, or nothing sensible, is said."""
    place = _orientation_place(exif) if exif else None
    if exif is None or place is None:
        return 1
    value = int(struct.unpack_from(place[0], exif, place[1])[0])
    return value if 1 <= value <= 8 else 1


def settled(exif: bytes | None) -> bytes | None:
    """The same bytes saying "upright", and with no preview, which would show the old picture."""
    if exif is None:
        return None
    out = bytearray(exif)
    if place := _orientation_place(exif):
        struct.pack_into(place[0], out, place[1], 1)
    if found := _directory(exif):
        order, start, count = found
        link = start + 2 + 12 * count
        if link + 4 <= len(out):
            struct.pack_into(f"{order}I", out, link, 0)
    return bytes(out)


def turn_upright(levels: Levels, orientation: int) -> Levels:
    """Undo a camera's orientation, 1 to 8; (h, w, ...) or, turned by a quarter, (w, h, ...)."""
    if orientation >= 5:  # stored with rows and columns exchanged
        levels = levels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        levels = levels[::-1]
    if orientation in (2, 3, 6, 7):
        levels = levels[:, ::-1]
    return np.ascontiguousarray(levels)
