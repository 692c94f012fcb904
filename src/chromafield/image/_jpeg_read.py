"""JPEG: what stands in its segments, and whether its pixels are whole.

libjpeg passes over damage with a warning that Pillow drops. OpenCV's copy of it says the warning on
the error stream, so the picture is decoded a second time there, at an eighth of its size.

References:
    ITU-T T.81, annex B (markers); Adobe's XMP specification, part 3, section 1.1.3 (extended XMP);
    ICC.1:2022, annex B.4; CIPA DC-007 (several pictures in one file).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

import cv2
import numpy as np

from ._guard import Unreadable
from ._stderr import overheard

EXIF_LEAD = b"Exif\0\0"
XMP_LEAD = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_LEAD = b"http://ns.adobe.com/xmp/extension/\0"
ICC_LEAD = b"ICC_PROFILE\0"
PHOTOSHOP_LEAD = b"Photoshop 3.0\0"
JFIF_LEAD = b"JFIF\0"
MPF_LEAD = b"MPF\0"
COMMENT, APP0, APP1, APP2, APP13 = 0xFE, 0xE0, 0xE1, 0xE2, 0xED
START_OF_SCAN, END, JPEG_LS = 0xDA, b"\xff\xd9", 0xF7
FRAMES = frozenset({*range(0xC0, 0xD0), JPEG_LS} - {0xC4, 0xC8, 0xCC})
LOSSLESS, BASELINE = (0xC3, 0xCB), (0xC0, 0xC1)
HIERARCHICAL = (0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF)
TO_INCH = {1: 1.0, 2: 2.54}
WARNING = re.compile(r"corrupt jpeg data|premature end|invalid jpeg|inconsistent", re.IGNORECASE)
FILLED = 16  # zeros in a row that are no pixels
HARMLESS = "extraneous bytes before marker"


@dataclass
class Segments:
    """What stands before the pixels."""

    frame: int = 0  # the marker that says how the pixels are coded
    bits: int = 8
    size: tuple[int, int] = (0, 0)  # (width, height)
    row_block: int = 8  # rows that are coded together
    frame_offset: int = 0  # of the frame's marker
    scan_offset: int = 0  # of the first scan's marker
    exif: bytes = b""
    xmp: bytes | None = None
    extended: dict[tuple[str, int], bytes] = field(default_factory=dict)  # by name and place
    icc: dict[int, bytes] = field(default_factory=dict)  # by number
    icc_parts: int = 0
    photoshop: bytes = b""
    comments: list[bytes] = field(default_factory=list)
    dpi: tuple[float, float] | None = None
    views: bool = False  # whether further pictures follow

    @property
    def profile(self) -> tuple[bytes | None, bool]:
        """The colour profile, and whether one is there that lacks a part."""
        wanted = range(1, self.icc_parts + 1)
        if not self.icc or any(number not in self.icc for number in wanted):
            return None, bool(self.icc)
        return b"".join(self.icc[number] for number in wanted), False


def read_segments(data: bytes) -> Segments:
    """All segments up to the first scan; what is cut off ends the list."""
    segments, offset = Segments(), 2
    while offset + 4 <= len(data):
        if data[offset] != 0xFF or data[offset + 1] in (0xFF, 0x00):
            offset += 1  # fill, or bytes that belong to nothing
            continue
        marker = data[offset + 1]
        if marker == 0x01 or 0xD0 <= marker <= 0xD9:
            offset += 2
            continue
        (length,) = struct.unpack_from(">H", data, offset + 2)
        body = data[offset + 4 : offset + 2 + length]
        if marker in FRAMES and not segments.frame and len(body) >= 6:
            _add_frame(segments, marker, body, offset)
        if marker == START_OF_SCAN:
            segments.scan_offset = offset
            break
        _add(segments, marker, body)
        offset += 2 + length
    return segments


def _add_frame(segments: Segments, marker: int, body: bytes, offset: int) -> None:
    segments.frame, segments.bits, segments.frame_offset = marker, body[0], offset
    height, width = struct.unpack_from(">HH", body, 1)
    segments.size = width, height
    segments.row_block = 8 * max([factors & 15 for factors in body[7::3]] or [1])


def _add(segments: Segments, marker: int, body: bytes) -> None:
    if marker == COMMENT:
        segments.comments.append(body.rstrip(b"\0"))
    elif marker == APP0 and body.startswith(JFIF_LEAD) and len(body) >= 12:
        unit, across, down = struct.unpack_from(">BHH", body, 7)
        if unit in TO_INCH and across and down:
            segments.dpi = across * TO_INCH[unit], down * TO_INCH[unit]
    elif marker == APP1 and body.startswith(EXIF_LEAD):
        segments.exif += body.removeprefix(EXIF_LEAD)
    elif marker == APP1 and body.startswith(XMP_LEAD):
        segments.xmp = segments.xmp or body.removeprefix(XMP_LEAD)
    elif marker == APP1 and body.startswith(EXTENDED_LEAD) and len(body) > 75:
        start = len(EXTENDED_LEAD)
        name = body[start : start + 32].decode("latin-1")
        (offset,) = struct.unpack_from(">I", body, start + 36)
        segments.extended[name, offset] = body[start + 40 :]
    elif marker == APP2 and body.startswith(ICC_LEAD) and len(body) > 14:
        segments.icc[body[12]], segments.icc_parts = body[14:], max(body[13], segments.icc_parts)
    elif marker == APP2 and body.startswith(MPF_LEAD):
        segments.views = True
    elif marker == APP13 and body.startswith(PHOTOSHOP_LEAD):
        segments.photoshop += body.removeprefix(PHOTOSHOP_LEAD)


def rare_kind(segments: Segments) -> tuple[str, str] | None:
    """What people call a JPEG that the usual decoders do not read, and the codec that does."""
    if segments.frame == JPEG_LS:
        return "a JPEG-LS picture", "jpegls"
    if segments.frame in LOSSLESS:
        return f"a lossless JPEG of {segments.bits} bits", "ljpeg"
    if segments.frame in HIERARCHICAL:
        return "a hierarchical JPEG", "jpeg"
    if segments.bits != 8 and segments.frame:
        return f"a JPEG of {segments.bits} bits", "jpeg"
    return None


def warning_of(data: bytes) -> str | None:
    """libjpeg's first warning while it decodes the picture."""
    with overheard() as messages:
        try:
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
        except cv2.error:  # larger than OpenCV takes
            return None
    return next((line for line in messages if WARNING.search(line)), None)


def ended(data: bytes, segments: Segments) -> bytes | None:
    """A file that lacks its last bytes, with them; None where it has them.

    Recovered cards fill the rest of a file with zeros, which a decoder takes for pixels.

    Raises:
        Unreadable: rows are missing too.
    """
    if not segments.scan_offset or END in data[segments.scan_offset :]:
        return None
    pixels = data.rstrip(b"\0")
    whole = (data if len(data) - len(pixels) < FILLED else pixels) + END
    if warning_of(whole) is not None:
        raise Unreadable("its pixels end too early")
    return whole


def damage_of(data: bytes, segments: Segments, name: str) -> str | None:
    """A sentence where a part of the pixels is damaged, with the row where it begins."""
    warning = warning_of(data)
    if warning is None:
        return None
    if HARMLESS in warning and _first_bad_row(data, segments) is None:
        return (
            f"{name}: bytes that belong to nothing lie among its pixels. "
            "Look whether the picture is whole; if not, copy it again from its source."
        )
    row = _first_bad_row(data, segments)
    where = "a part of its pixels is damaged" if row is None else f"damaged from row {row} on"
    return f"{name} is a damaged JPEG file: {where}. Copy it again from its source if you can."


def _first_bad_row(data: bytes, segments: Segments) -> int | None:
    """The first row of the block of rows in which the decoder meets damage.

    The height in the file's head is lowered until the decoder no longer warns; what then follows
    the last row is only bytes that belong to nothing. Only where all pixels lie in one scan.
    """
    if segments.frame not in BASELINE:
        return None
    height = segments.size[1]
    whole, minimum = -(-height // segments.row_block), 0
    if not _warns_within(data, segments, height):
        return None
    while whole - minimum > 1:
        middle = (whole + minimum) // 2
        if _warns_within(data, segments, min(middle * segments.row_block, height)):
            whole = middle
        else:
            minimum = middle
    return minimum * segments.row_block


def _warns_within(data: bytes, segments: Segments, height: int) -> bool:
    lower = bytearray(data)
    struct.pack_into(">H", lower, segments.frame_offset + 5, height)
    warning = warning_of(bytes(lower))
    return warning is not None and HARMLESS not in warning
