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

SEGMENT_LIMIT = 65535 - 2 - 6  # bytes beside a segment's length and EXIF's lead
XMP_LIMIT = 65535 - 2 - len(XMP_LEAD)
EXTENDED_LIMIT = 65_000  # bytes of the extended part in one segment
BODY_LIMIT = 65_533


def segments(tags: Tags) -> tuple[bytes | None, bytes]:
    """The XMP packet of the first segment, and all other segments."""
    parts = []
    xmp = tags.xmp
    if xmp is not None:
        xmp, extended = split(xmp, XMP_LIMIT)
        parts += [_segment(APP1, part) for part in _extended(extended)]
    blocks = [*(((IPTC_BLOCK, tags.iptc),) if tags.iptc else ()), *tags.blocks]
    body = blocks_bytes(blocks)
    space = BODY_LIMIT - len(PHOTOSHOP_LEAD)
    parts += [
        _segment(APP13, PHOTOSHOP_LEAD + body[offset : offset + space])
        for offset in range(0, len(body), space)
    ]
    for keyword, text in tags.text:
        if keyword == COMMENT:
            data = text.encode()
            parts += [
                _segment(COMMENT_MARKER, data[offset : offset + BODY_LIMIT])
                for offset in range(0, len(data), BODY_LIMIT)
            ]
    return xmp, b"".join(parts)


def _extended(extended: bytes) -> list[bytes]:
    name = md5(extended, usedforsecurity=False).hexdigest().upper().encode()
    return [
        EXTENDED_LEAD
        + name
        + struct.pack(">II", len(extended), offset)
        + extended[offset : offset + EXTENDED_LIMIT]
        for offset in range(0, len(extended), EXTENDED_LIMIT)
    ]


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
