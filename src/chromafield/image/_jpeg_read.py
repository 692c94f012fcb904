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
HARMLESS = "extraneous bytes before marker"


@dataclass
class Segments:
    """What stands before the pixels."""

    frame: int = 0  # the marker that says how the pixels are coded
    bits: int = 8
    size: tuple[int, int] = (0, 0)  # (width, height)
    row_block: int = 8  # rows that are coded together
    frame_place: int = 0  # of the frame's marker
    scan_place: int = 0  # of the first scan's marker
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
    told, place = Segments(), 2
    while place + 4 <= len(data):
        if data[place] != 0xFF or data[place + 1] in (0xFF, 0x00):
            place += 1  # fill, or bytes that belong to nothing
            continue
        marker = data[place + 1]
        if marker == 0x01 or 0xD0 <= marker <= 0xD9:
            place += 2
            continue
        (length,) = struct.unpack_from(">H", data, place + 2)
        body = data[place + 4 : place + 2 + length]
        if marker in FRAMES and not told.frame and len(body) >= 6:
            _add_frame(told, marker, body, place)
        if marker == START_OF_SCAN:
            told.scan_place = place
            break
        _add(told, marker, body)
        place += 2 + length
    return told


def _add_frame(told: Segments, marker: int, body: bytes, place: int) -> None:
    told.frame, told.bits, told.frame_place = marker, body[0], place
    height, width = struct.unpack_from(">HH", body, 1)
    told.size = width, height
    told.row_block = 8 * max([factors & 15 for factors in body[7::3]] or [1])


def _add(told: Segments, marker: int, body: bytes) -> None:
    if marker == COMMENT:
        told.comments.append(body.rstrip(b"\0"))
    elif marker == APP0 and body.startswith(JFIF_LEAD) and len(body) >= 12:
        unit, across, down = struct.unpack_from(">BHH", body, 7)
        if unit in TO_INCH and across and down:
            told.dpi = across * TO_INCH[unit], down * TO_INCH[unit]
    elif marker == APP1 and body.startswith(EXIF_LEAD):
        told.exif += body.removeprefix(EXIF_LEAD)
    elif marker == APP1 and body.startswith(XMP_LEAD):
        told.xmp = told.xmp or body.removeprefix(XMP_LEAD)
    elif marker == APP1 and body.startswith(EXTENDED_LEAD) and len(body) > 75:
        start = len(EXTENDED_LEAD)
        name = body[start : start + 32].decode("latin-1")
        (offset,) = struct.unpack_from(">I", body, start + 36)
        told.extended[name, offset] = body[start + 40 :]
    elif marker == APP2 and body.startswith(ICC_LEAD) and len(body) > 14:
        told.icc[body[12]], told.icc_parts = body[14:], max(body[13], told.icc_parts)
    elif marker == APP2 and body.startswith(MPF_LEAD):
        told.views = True
    elif marker == APP13 and body.startswith(PHOTOSHOP_LEAD):
        told.photoshop += body.removeprefix(PHOTOSHOP_LEAD)


def rare_kind(told: Segments) -> tuple[str, str] | None:
    """What people call a JPEG that the usual decoders do not read, and the codec that does."""
    if told.frame == JPEG_LS:
        return "a JPEG-LS picture", "jpegls"
    if told.frame in LOSSLESS:
        return f"a lossless JPEG of {told.bits} bits", "ljpeg"
    if told.frame in HIERARCHICAL:
        return "a hierarchical JPEG", "jpeg"
    if told.bits != 8 and told.frame:
        return f"a JPEG of {told.bits} bits", "jpeg"
    return None


def warning_of(data: bytes) -> str | None:
    """libjpeg's first warning while it decodes the picture."""
    with overheard() as said:
        try:
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
        except cv2.error:  # larger than OpenCV takes
            return None
    return next((line for line in said if WARNING.search(line)), None)


def lacks_end(data: bytes, told: Segments) -> bool:
    return bool(told.scan_place) and END not in data[told.scan_place :]


def damage_of(data: bytes, told: Segments, name: str) -> str | None:
    """A sentence where a part of the pixels is damaged, with the row where it begins."""
    warning = warning_of(data)
    if warning is None:
        return None
    if HARMLESS in warning and _first_bad_row(data, told) is None:
        return (
            f"{name}: bytes that belong to nothing lie among its pixels. "
            "Look whether the picture is whole; if not, copy it again from its source."
        )
    row = _first_bad_row(data, told)
    where = "a part of its pixels is damaged" if row is None else f"damaged from row {row} on"
    return f"{name} is a damaged JPEG file: {where}. Copy it again from its source if you can."


def _first_bad_row(data: bytes, told: Segments) -> int | None:
    """The first row of the block of rows in which the decoder meets damage.

    The height in the file's head is lowered until the decoder no longer warns; what then follows
    the last row is only bytes that belong to nothing. Only where all pixels lie in one scan.
    """
    if told.frame not in BASELINE:
        return None
    height = told.size[1]
    whole, least = -(-height // told.row_block), 0
    if not _warns_within(data, told, height):
        return None
    while whole - least > 1:
        middle = (whole + least) // 2
        if _warns_within(data, told, min(middle * told.row_block, height)):
            whole = middle
        else:
            least = middle
    return least * told.row_block


def _warns_within(data: bytes, told: Segments, height: int) -> bool:
    lower = bytearray(data)
    struct.pack_into(">H", lower, told.frame_place + 5, height)
    warning = warning_of(bytes(lower))
    return warning is not None and HARMLESS not in warning
