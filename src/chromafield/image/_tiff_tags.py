"""What a TIFF says beside its pixels, and the patch that shows its picture to every decoder.

References:
    TIFF 6.0 (1992), section 2; BigTIFF (2007).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
from PIL.ExifTags import Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ..errors import PictureError
from ._ifd import Entry, build, build_exif, read_entries, read_exif
from ._tags import IPTC_BLOCK, copied_blocks, photoshop_blocks
from ._tiff_pages import Page
from .picture import Tags

IPTC, XMP, ICC, PHOTOSHOP = 33723, 700, 34675, 34377
SHORT = 3
RECORD = b"\x1c"  # begins each of IPTC's
CLASSIC_LIMIT = 2**32 - 2**20  # bytes whose places have 32 bits
STRUCTURE = frozenset(  # tags that describe how the pixels are stored, not the picture
    {254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281}
    | {282, 283, 284, 288, 289, 290, 291, 292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322}
    | {323, 324, 325, 330, 332, 333, 334, 336, 338, 339, 340, 341, 342, 347, 512, 513, 514, 515}
    | {517, 518, 519, 520, 521, 529, 530, 531, 532, IPTC, XMP, ICC, PHOTOSHOP, 37724}
)


def tags_of_page(page: Page, first: Page, data: bytearray, order: str) -> Tags:
    """The page's tags; what it does not say, the first page says for it."""
    own = _tags(page, data, order)
    if page is first:
        return own
    others = _tags(first, data, order)
    stated = {field.name: getattr(own, field.name) for field in fields(Tags)}
    missing = {
        name: getattr(others, name)
        for name, value in stated.items()
        if not value and name not in ("icc", "dpi", "exif")  # which are a preview's own
    }
    return replace(own, **missing, exif=_both(own.exif, others.exif))


def _both(own: bytes | None, others: bytes | None) -> bytes | None:
    """EXIF with the entries of both; one that both have is the first's."""
    stated = {entry.tag: entry for exif in (others, own) for entry in read_exif(exif or b"")}
    return build_exif(stated.values()) if stated else None


def _tags(page: Page, data: bytearray, order: str) -> Tags:
    tags = page.tags
    entries = read_entries(data, order, page.offset, is_big(data))
    described = describing(entries)
    blocks = photoshop_blocks(_joined(tags.get(PHOTOSHOP)) or b"")
    return Tags(
        exif=build_exif(described) if described else None,
        icc=_joined(tags.get(ICC)),
        dpi=_dpi(tags),
        xmp=_joined(tags.get(XMP)),
        iptc=_iptc(entries) or blocks.get(IPTC_BLOCK),
        blocks=copied_blocks(blocks),
    )


def _joined(value: object) -> bytes | None:
    """A tag of bytes, however the writer typed it."""
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 and isinstance(value[0], bytes) else bytes(value)
    if isinstance(value, str):
        value = value.encode()
    return value if isinstance(value, bytes) and value else None


def _dpi(page: ImageFileDirectory_v2) -> tuple[float, float] | None:
    across, down = page.get(Base.XResolution), page.get(Base.YResolution)
    to_inch = {2: 1.0, 3: 2.54}.get(page.get(Base.ResolutionUnit, 2))
    if not across or not down or to_inch is None:
        return None
    return float(across) * to_inch, float(down) * to_inch


def _iptc(entries: tuple[Entry, ...]) -> bytes | None:
    """The records; many writers call them words of 32 bits, whose bytes some turn."""
    found = next((entry.data for entry in entries if entry.tag == IPTC), b"")
    if found[:1] == RECORD or len(found) % 4:
        return found or None
    turned = np.frombuffer(found, "<u4").byteswap().tobytes()
    return turned if turned[:1] == RECORD else found or None


def describing(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The tags that describe the picture: its maker, date, exposure, place."""
    return tuple(entry for entry in entries if entry.tag not in STRUCTURE)


def is_big(data: bytearray) -> bool:
    """Whether places and counts have 64 bits."""
    return bytes(data[2:4]) in (b"+\0", b"\0+")


def put_first(data: bytearray, page: Page, order: str) -> None:
    """Make the page the file's first, and said to be upright, in place."""
    big = is_big(data)
    if big and order == ">":
        _put_as_classic(data, page, order)
    else:
        _put_in_place(data, page, order, big)


def _put_in_place(data: bytearray, page: Page, order: str, big: bool) -> None:
    struct.pack_into(f"{order}{'Q' if big else 'I'}", data, 8 if big else 4, page.offset)
    for at, tag in first_directory(data, order):
        if tag == Base.Orientation:
            form = f"{order}HHQHHI" if big else f"{order}HHIHH"
            values = (tag, SHORT, 1, 1, 0, 0) if big else (tag, SHORT, 1, 1, 0)
            struct.pack_into(form, data, at, *values)


def first_directory(data: bytearray, order: str) -> Iterator[tuple[int, int]]:
    """The place and the tag of each entry of the file's first page."""
    big = is_big(data)
    count_form, entry_size = ("Q", 20) if big else ("H", 12)
    (offset,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, 8 if big else 4)
    (count,) = struct.unpack_from(order + count_form, data, offset)
    start = offset + struct.calcsize("=" + count_form)
    for at in range(start, start + entry_size * count, entry_size):
        yield at, struct.unpack_from(order + "H", data, at)[0]


def _put_as_classic(data: bytearray, page: Page, order: str) -> None:
    """As a classic TIFF: of BigTIFF, Pillow knows the other order of bytes alone."""
    if len(data) > CLASSIC_LIMIT:
        raise PictureError(
            "A BigTIFF of more than 4 GB whose numbers are big-endian cannot be read. Save it "
            "anew in a picture editor."
        )
    entries = read_entries(data, order, page.offset, big=True)
    stored = [entry for entry in entries if entry.tag != Base.Orientation]
    data += bytes(len(data) % 2)
    start = len(data)
    data += build(stored, start, order)
    data[:8] = b"MM\0*" + struct.pack(f"{order}I", start)
