"""What a Pillow image holds beside its pixels, as `Tags`."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import Any

from PIL import Image

from ._exif import bare
from .picture import Tags

IPTC_BLOCK = 0x0404  # of the image resources that Photoshop puts in a JPEG
COPIED_BLOCKS = (0x0425, 0x040A, 0x040B)  # the caption's digest, copyright flag, its address
NOT_TEXT = ("XML:com.adobe.xmp", "Raw profile type ")  # PNG text that is carried as what it is


def tags_of(image: Image.Image) -> Tags:
    """The tags of a loaded image; the profile is the one its levels are in."""
    info: dict[Any, Any] = image.info
    blocks = info.get("photoshop")
    return Tags(
        exif=bare(info.get("exif")),
        icc=info.get("icc_profile") or None,
        dpi=_dpi(info.get("dpi")),
        xmp=_xmp(info),
        iptc=_iptc(blocks),
        text=_text(image),
        blocks=copied_blocks(blocks) if isinstance(blocks, dict) else (),
    )


def photoshop_blocks(data: bytes) -> dict[int, bytes]:
    """Photoshop's image resources by their number; what is cut off ends them."""
    blocks: dict[int, bytes] = {}
    place = 0
    while place + 12 <= len(data) and data[place : place + 4] == b"8BIM":
        (number,) = struct.unpack_from(">H", data, place + 4)
        name = 1 + data[place + 6]
        place += 6 + name + name % 2
        if place + 4 > len(data):
            break
        (length,) = struct.unpack_from(">I", data, place)
        blocks.setdefault(number, data[place + 4 : place + 4 + length])
        place += 4 + length + length % 2
    return blocks


def copied_blocks(blocks: dict[Any, Any]) -> tuple[tuple[int, bytes], ...]:
    """Those that say something of the rights, not of the pixels."""
    found = ((number, blocks.get(number)) for number in COPIED_BLOCKS)
    return tuple((number, value) for number, value in found if isinstance(value, bytes) and value)


def blocks_bytes(blocks: Iterable[tuple[int, bytes]]) -> bytes:
    """Photoshop's image resources as they stand in a file."""
    return b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + bytes(len(data) % 2)
        for number, data in blocks
    )


def _dpi(dpi: object) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in dpi)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    good = math.isfinite(across) and math.isfinite(down) and min(across, down) > 0
    return (across, down) if good else None


def _xmp(info: dict[Any, Any]) -> bytes | None:
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp")
    return xmp.encode() if isinstance(xmp, str) else xmp or None


def _iptc(blocks: object) -> bytes | None:
    found = blocks.get(IPTC_BLOCK) if isinstance(blocks, dict) else None
    return found if isinstance(found, bytes) else None


def _text(image: Image.Image) -> tuple[tuple[str, str], ...]:
    found = dict(getattr(image, "text", {}))
    comment = image.info.get("comment")
    if isinstance(comment, bytes) and comment:
        found["Comment"] = readable(comment)
    return tuple((k, str(v)) for k, v in found.items() if not k.startswith(NOT_TEXT))


def readable(text: bytes) -> str:
    """UTF-8 where it is, else Latin-1."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
