"""The segments of a JPEG that Pillow does not write: extended XMP, Photoshop's blocks, comments.

References:
    Adobe's XMP specification, part 3, section 1.1.3; Photoshop file format, image resources.
"""

from __future__ import annotations

import struct
from hashlib import md5

from ._captions import COMMENT
from ._jpeg_read import APP1, APP13, EXTENDED_LEAD, PHOTOSHOP_LEAD, XMP_LEAD
from ._jpeg_read import COMMENT as COMMENT_MARKER
from ._tags import IPTC_BLOCK, blocks_bytes
from ._xmp import split
from .picture import Tags

MOST_IN_SEGMENT = 65535 - 2 - 6  # bytes beside a segment's length and EXIF's lead
MOST_XMP = 65535 - 2 - len(XMP_LEAD)
MOST_EXTENDED = 65_000  # bytes of the extended part in one segment
MOST_BODY = 65_533


def segments(tags: Tags) -> tuple[bytes | None, bytes]:
    """The XMP packet of the first segment, and all other segments."""
    parts = []
    xmp = tags.xmp
    if xmp is not None:
        xmp, extended = split(xmp, MOST_XMP)
        parts += [_segment(APP1, part) for part in _extended(extended)]
    blocks = [*(((IPTC_BLOCK, tags.iptc),) if tags.iptc else ()), *tags.blocks]
    body = blocks_bytes(blocks)
    room = MOST_BODY - len(PHOTOSHOP_LEAD)
    parts += [
        _segment(APP13, PHOTOSHOP_LEAD + body[place : place + room])
        for place in range(0, len(body), room)
    ]
    for keyword, text in tags.text:
        if keyword == COMMENT:
            told = text.encode()
            parts += [
                _segment(COMMENT_MARKER, told[place : place + MOST_BODY])
                for place in range(0, len(told), MOST_BODY)
            ]
    return xmp, b"".join(parts)


def _extended(extended: bytes) -> list[bytes]:
    name = md5(extended, usedforsecurity=False).hexdigest().upper().encode()
    return [
        EXTENDED_LEAD
        + name
        + struct.pack(">II", len(extended), place)
        + extended[place : place + MOST_EXTENDED]
        for place in range(0, len(extended), MOST_EXTENDED)
    ]


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
