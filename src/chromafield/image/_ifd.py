"""TIFF directories entry by entry, each value as the bytes that stand there.

No value is understood on the way, so none is lost: letters of any encoding, unknown kinds,
fractions as they are. EXIF is such a directory, with further ones inside.

References:
    TIFF 6.0 (1992), section 2; CIPA DC-008 (Exif 2.32), section 4.6.3 (the directories inside).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
SIZES |= {16: 8, 17: 8, 18: 8}  # of BigTIFF
UNITS = {5: 4, 10: 4}  # bytes that are turned together where that is not the whole value
LONG = 4
EXIF, GPS, INTEROP = 0x8769, 0x8825, 0xA005
INSIDE = frozenset({EXIF, GPS, INTEROP})  # tags whose value is the place of another directory
DEPTH_LIMIT = 3
HEADER = b"II*\0" + struct.pack("<I", 8)


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag; its value is little-endian."""

    tag: int
    kind: int
    count: int
    data: bytes
    inside: tuple[Entry, ...] | None = None  # the directory that it names, in place of its value


def read_entries(
    data: bytes | bytearray, order: str, offset: int, big: bool = False, deep: int = 0
) -> tuple[Entry, ...]:
    """The directory that stands at `offset`; entries that make no sense are left out."""
    view = memoryview(data).cast("B")
    count_form, form, space = ("Q", "HHQ", 8) if big else ("H", "HHI", 4)
    if offset < 0 or offset + struct.calcsize("=" + count_form) > len(view):
        return ()
    (count,) = struct.unpack_from(order + count_form, view, offset)
    start, step = offset + struct.calcsize("=" + count_form), struct.calcsize("=" + form) + space
    entries = []
    for at in range(start, min(start + step * min(count, 65535), len(view) - step + 1), step):
        tag, kind, items = struct.unpack_from(order + form, view, at)
        length = SIZES.get(kind, 0) * items
        value_at = at + step - space
        if length > space:
            (value_at,) = struct.unpack_from(order + ("Q" if big else "I"), view, value_at)
        if not length or value_at + length > len(view):
            continue
        raw = bytes(view[value_at : value_at + length])
        entry = Entry(tag, kind, items, _turned(raw, kind, order))
        if tag in INSIDE and deep < DEPTH_LIMIT and (inner := whole_numbers(entry)[:1]):
            entry = replace(entry, inside=read_entries(data, order, inner[0], big, deep + 1))
        entries.append(entry)
    return tuple(entries)


def read_exif(exif: bytes) -> tuple[Entry, ...]:
    """The entries of an EXIF structure; none where it is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 8:
        return ()
    return read_entries(exif, order, struct.unpack_from(order + "I", exif, 4)[0])


def build_exif(entries: Iterable[Entry]) -> bytes:
    """An EXIF structure of these entries."""
    return HEADER + build(entries, len(HEADER))


def build(entries: Iterable[Entry], start: int, order: str = "<") -> bytes:
    """A classic directory that will stand at `start`, and its values after it."""
    sorted_entries = sorted(entries, key=lambda entry: entry.tag)
    head = struct.pack(f"{order}H", len(sorted_entries))
    free = start + 2 + 12 * len(sorted_entries) + 4
    body = b""
    for entry in sorted_entries:
        kind, count, data = _classic(entry)
        if entry.inside is not None:
            offset = free + len(body)
            body += build(entry.inside, offset, order)
            kind, count, data = LONG, 1, struct.pack("<I", offset)
        data = _turned(data, kind, order)
        if len(data) > 4:
            offset = free + len(body)
            body += data
            data = struct.pack(f"{order}I", offset)
        body += bytes(len(body) % 2)
        head += struct.pack(f"{order}HHI", entry.tag, kind, count) + data.ljust(4, b"\0")
    return head + bytes(4) + body


def _classic(entry: Entry) -> tuple[int, int, bytes]:
    """Kinds that only BigTIFF has, as 32 bits."""
    if entry.kind not in (16, 17, 18):
        return entry.kind, entry.count, entry.data
    numbers = np.frombuffer(entry.data, "<u8").astype("<u4")
    return LONG, entry.count, numbers.tobytes()


def _turned(raw: bytes, kind: int, order: str) -> bytes:
    """Values in that order of bytes as little-endian ones, and the other way round."""
    unit = UNITS.get(kind, SIZES[kind])
    if order == "<" or unit == 1:
        return raw
    return np.frombuffer(raw, f">u{unit}").astype(f"<u{unit}").tobytes()


def whole_numbers(entry: Entry) -> tuple[int, ...]:
    """Its values, where they are whole numbers of 32 or 64 bits."""
    form = {4: "I", 13: "I", 16: "Q", 18: "Q"}.get(entry.kind)
    return struct.unpack(f"<{entry.count}{form}", entry.data) if form else ()
