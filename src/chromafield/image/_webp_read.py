"""WebP: a file whose damage lies behind its pixels is read without what is damaged.

References:
    RFC 9649, sections 2.3 (chunks) and 2.7 (the extended format and its flags).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from PIL import WebPImagePlugin

from ._guard import unguarded

HEAD = 12  # bytes of RIFF before the chunks
FLAGS = {b"ICCP": 0x20, b"EXIF": 0x08, b"XMP ": 0x04}  # of VP8X: what the file has
KNOWN = (b"VP8X", b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF", *FLAGS)
PIXELS = {b"VP8 ", b"VP8L"}


def open_webp(data: bytes) -> tuple[WebPImagePlugin.WebPImageFile, bool]:
    """The file opened, and whether something was left aside.

    Raises:
        OSError: as Pillow's, where the pixels are not whole.
    """
    with unguarded():
        try:
            return WebPImagePlugin.WebPImageFile(io.BytesIO(data)), False
        except OSError:
            if (whole := _whole_part(data)) is None:
                raise
            return WebPImagePlugin.WebPImageFile(io.BytesIO(whole)), True


def _whole_part(data: bytes) -> bytes | None:
    """The file up to its first damaged chunk; None where its pixels are not before that."""
    chunks = list(_chunks(data))
    kinds = {kind for kind, _ in chunks}
    if not kinds & PIXELS:
        return None
    body = b""
    for kind, content in chunks:
        if kind == b"VP8X" and content:
            lost = sum(flag for one, flag in FLAGS.items() if one not in kinds)
            content = bytes([content[0] & ~lost]) + content[1:]
        body += kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk; what is damaged or cut off ends them."""
    offset = HEAD
    while offset + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, offset)
        content = data[offset + 8 : offset + 8 + length]
        if kind not in KNOWN or len(content) < length:
            return
        yield kind, content
        offset += 8 + length + length % 2
