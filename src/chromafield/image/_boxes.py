"""The boxes that JPEG 2000, AVIF and HEIC files are made of.

References:
    ISO/IEC 15444-1, annex I; ISO/IEC 14496-12, section 4.2; AV1 Codec ISO Media File Format, 2.3.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from ._exif import bare
from ._guard import Unreadable
from .picture import Tags

XMP_UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
IPTC_UUID = bytes.fromhex("33C7A4D2B81D4723A0BAF1A3E097AD38")
EXIF_UUID = b"JpgTiffExif->JP2"
CODESTREAM = b"\xff\x4f\xff\x51"  # begins it
PROFILE_METHODS = (2, 3)  # of the colr box: a profile follows
HDR_CURVES = {16: "PQ", 18: "HLG"}
SEARCH_LIMIT = 1 << 20  # bytes at a file's start in which its properties stand


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each box, one after the other; what is cut off ends them."""
    offset = 0
    while offset + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, offset)
        head = 8
        if length == 1 and offset + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, offset + 8)
            head = 16
        if length == 0:
            length = len(data) - offset
        if length < head:
            return
        yield kind, data[offset + head : offset + length]
        offset += length


def jp2_tags(data: bytes) -> Tags:
    """What a JP2 file says beside its pixels; a bare codestream says nothing."""
    icc = exif = xmp = iptc = None
    for kind, body in boxes(data) if data[4:8] == b"jP  " else ():
        if kind == b"jp2h":
            for inner, content in boxes(body):
                if inner == b"colr" and content[:1] and content[0] in PROFILE_METHODS:
                    icc = icc or content[3:] or None
        elif kind == b"uuid" and body.startswith(XMP_UUID):
            xmp = body[16:] or None
        elif kind == b"uuid" and body.startswith(IPTC_UUID):
            iptc = body[16:] or None
        elif kind == b"uuid" and body.startswith(EXIF_UUID):
            exif = bare(body[16:])
        elif kind == b"xml " and b"<rdf:RDF" in body:
            xmp = xmp or body
    return Tags(exif=exif, icc=icc, xmp=xmp, iptc=iptc)


def jp2_bits(data: bytes) -> int:
    """Bits a channel, from the codestream's SIZ segment."""
    offset = data.find(CODESTREAM)
    if offset < 0 or offset + 43 > len(data):
        raise Unreadable("no codestream in it")
    return int((data[offset + 42] & 0x7F) + 1)


def avif_bits(data: bytes) -> int:
    """Bits a channel of an AVIF file's first picture."""
    offset = data.find(b"av1C", 0, SEARCH_LIMIT)
    if offset < 0 or offset + 7 > len(data):
        return 8
    flags = data[offset + 6]
    if not flags & 0x40:
        return 8
    return 12 if flags & 0x20 else 10


def with_plain_versions(data: bytes) -> bytes:
    """An AVIF file whose boxes on its size and its bits have the one version that there is."""
    head, pixels, rest = data.partition(b"mdat")
    return re.sub(rb"(ispe|pixi).{4}", rb"\1\0\0\0\0", head, flags=re.DOTALL) + pixels + rest


def hdr_curve(data: bytes) -> str | None:
    """The HDR curve that an AVIF or HEIC file names."""
    offset = data.find(b"colrnclx", 0, SEARCH_LIMIT)
    if offset < 0 or offset + 12 > len(data):
        return None
    (curve,) = struct.unpack_from(">H", data, offset + 10)
    return HDR_CURVES.get(curve)
