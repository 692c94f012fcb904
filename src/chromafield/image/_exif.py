"""EXIF read and cleared in place: its bytes stay where they are, so no maker note breaks.

References:
    CIPA DC-008 (Exif 2.32), sections 4.5 (the directory) and 4.6 (its tags).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ._ifd import EXIF, INTEROP, Entry, build_exif, read_exif
from .picture import Levels

LEAD = b"Exif\0\0"  # what JPEG puts before the structure
ORIENTATION = 0x0112
SHORT, LONG = 3, 4
FORMS = {1: "<B", 7: "<B", 3: "<H", 4: "<I", 6: "<b", 8: "<h", 9: "<i", 11: "<f", 12: "<d"}
FRACTIONS = {5: "<II", 10: "<ii"}
DENSITY, UNIT, FINE = (282, 283), 296, 1000
COLOR_SPACE, ADOBE_RGB, UNCALIBRATED = 0xA001, 2, 65535
PIXEL_SIZES = (0xA003, 0xA002)  # height and width of the upright picture
STORED = frozenset({256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 338, 339})


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
    return order, start, min(count, (len(exif) - start - 2) // 12)  # it may be cut off


def _places(exif: bytes | bytearray, directory: tuple[str, int, int]) -> Iterator[tuple[int, int]]:
    """Tag and place of each entry."""
    order, start, count = directory
    for offset in range(start + 2, start + 2 + 12 * count, 12):
        yield struct.unpack_from(f"{order}H", exif, offset)[0], offset


def orientation_of(exif: bytes | None) -> int | None:
    """1 to 8, whatever kind of number it is stored as; None where nothing sensible is said."""
    for entry in read_exif(exif) if exif else ():
        if entry.tag == ORIENTATION:
            value = _number(entry)
            return value if value is not None and 1 <= value <= 8 else None
    return None


def _number(entry: Entry) -> int | None:
    """The first value as a whole number."""
    if entry.kind in FORMS:
        value = struct.unpack_from(FORMS[entry.kind], entry.data)[0]
        return int(value) if value == value and abs(value) < 1 << 32 else None
    if entry.kind in FRACTIONS:
        above, below = struct.unpack_from(FRACTIONS[entry.kind], entry.data)
        return int(above / below) if below else None
    text = entry.data.rstrip(b"\0 ")
    return int(text) if text.isdigit() else None


def is_adobe_rgb(exif: bytes | None) -> bool:
    """Whether EXIF says Adobe RGB: as most cameras do, or by a number that some have for it.

    Most say that the colours are uncalibrated, and R03 for their interoperability.
    """
    entries = read_exif(exif) if exif else ()
    inside = next((e.inside for e in entries if e.tag == EXIF and e.inside), ())
    spaces = [_number(entry) for entry in inside if entry.tag == COLOR_SPACE]
    rules = next((e.inside for e in (*inside, *entries) if e.tag == INTEROP and e.inside), ())
    stated = any(entry.tag == 1 and entry.data.startswith(b"R03") for entry in rules)
    return spaces == [ADOBE_RGB] or (stated and spaces in ([], [UNCALIBRATED]))


def density_of(exif: bytes | None) -> tuple[float, float] | None:
    """Dots an inch, across and down, where EXIF says them."""
    stated = {entry.tag: entry for entry in (read_exif(exif) if exif else ())}
    across, down = (
        struct.unpack_from("<II", stated[tag].data)
        if tag in stated and stated[tag].kind == 5
        else (0, 1)
        for tag in DENSITY
    )
    unit = _number(stated[UNIT]) if UNIT in stated else 2
    if unit not in (2, 3) or not (across[0] and across[1] and down[0] and down[1]):
        return None
    inch = 2.54 if unit == 3 else 1.0
    return inch * across[0] / across[1], inch * down[0] / down[1]


def with_density(exif: bytes | None, dpi: tuple[float, float]) -> bytes:
    """EXIF that says the dots an inch too, for formats that have no other place for them."""
    others = [entry for entry in read_exif(exif or b"") if entry.tag not in (*DENSITY, UNIT)]
    parts = [struct.pack("<II", round(FINE * one), FINE) for one in dpi]
    stated = [Entry(tag, 5, 1, part) for tag, part in zip(DENSITY, parts, strict=True)]
    return build_exif([*others, *stated, Entry(UNIT, SHORT, 1, struct.pack("<H", 2))])


def settled(exif: bytes | None, size: tuple[int, int] | None = None) -> bytes | None:
    """The same bytes saying what holds of the upright picture in colour.

    It says "upright", its size in pixels is the picture's, how the pixels were stored is taken out,
    and there is no preview, which would show the old picture.

    Args:
        size: (height, width) of the upright picture.
    """
    if exif is None:
        return None
    out = bytearray(exif)
    if found := _directory(exif):
        order, start, count = found
        for tag, offset in _places(exif, found):
            if tag == ORIENTATION:
                struct.pack_into(f"{order}HHIHH", out, offset, tag, SHORT, 1, 1, 0)
            elif tag == EXIF and size is not None:
                _settle_size(out, order, struct.unpack_from(f"{order}I", exif, offset + 8)[0], size)
        link = start + 2 + 12 * count
        if link + 4 <= len(out):
            struct.pack_into(f"{order}I", out, link, 0)
        _take_out(out, found)
    return bytes(out)


def shortened(exif: bytes, limit: int) -> bytes | None:
    """EXIF of at most so many bytes: its longest values are left out, one by one."""
    entries = read_exif(exif)
    while len(made := build_exif(entries)) > limit:
        longest = max((*entries, *_inside(entries)), key=lambda entry: len(entry.data))
        if len(longest.data) <= 4:
            return None
        entries = _except(entries, longest)
    return made if entries else None


def _inside(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(
        one for entry in entries for one in (*(entry.inside or ()), *_inside(entry.inside or ()))
    )


def _except(entries: tuple[Entry, ...], left_out: Entry) -> tuple[Entry, ...]:
    return tuple(
        replace(entry, inside=_except(entry.inside, left_out)) if entry.inside else entry
        for entry in entries
        if entry is not left_out
    )


def _settle_size(out: bytearray, order: str, start: int, size: tuple[int, int]) -> None:
    """Put the upright picture's size where the directory at `start` names one."""
    if start + 2 > len(out):
        return
    (count,) = struct.unpack_from(f"{order}H", out, start)
    if start + 2 + 12 * count > len(out):
        return
    for tag, offset in list(_places(out, (order, start, count))):
        if tag in PIXEL_SIZES:
            side = size[PIXEL_SIZES.index(tag)]
            struct.pack_into(f"{order}HHII", out, offset, tag, LONG, 1, side)


def _take_out(out: bytearray, directory: tuple[str, int, int]) -> None:
    """Close the first directory over its entries on how the pixels were stored."""
    order, start, count = directory
    entries = [
        bytes(out[offset : offset + 12])
        for tag, offset in _places(out, directory)
        if tag not in STORED
    ]
    if len(entries) == count:
        return
    link = bytes(out[start + 2 + 12 * count : start + 6 + 12 * count])
    closed = struct.pack(f"{order}H", len(entries)) + b"".join(entries) + link
    out[start : start + len(closed)] = closed


def turn_upright(levels: Levels, orientation: int) -> Levels:
    """Undo a camera's orientation, 1 to 8; (h, w, ...) or, turned by a quarter, (w, h, ...)."""
    if orientation >= 5:  # stored with rows and columns exchanged
        levels = levels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        levels = levels[::-1]
    if orientation in (2, 3, 6, 7):
        levels = levels[:, ::-1]
    return np.ascontiguousarray(levels)
