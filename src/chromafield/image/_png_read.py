"""PNG read chunk by chunk: what it says is ours, and only what makes its pixels goes to a decoder.

So no text is too large, and no wrong checksum outside the pixels makes a picture unreadable.

References:
    W3C PNG, third edition, sections 5.3 (chunk layout), 11.3 (ancillary chunks), 12.5 (errors);
    ImageMagick's "Raw profile type" texts.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field

from ._guard import Unreadable
from ._tags import IPTC_BLOCK, copied_blocks, photoshop_blocks, readable
from .picture import Tags

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
NEEDED = (b"IHDR", b"PLTE", b"IDAT")  # a wrong checksum in these is damage
XMP_KEYWORD = "XML:com.adobe.xmp"
RAW_PROFILE = "Raw profile type "
UNPACKED_LIMIT = 1 << 28  # bytes of one text or profile
INCH = 0.0254  # metres
EXIF_LEAD, XMP_LEAD = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"


@dataclass
class PngChunks:
    """What a PNG holds."""

    pixels: bytes = b""  # a PNG of the pixels alone
    depth: int = 8  # bits a sample
    color_type: int = 0
    frames: int = 1
    size: tuple[int, int] = (0, 0)  # (width, height)
    key: tuple[int, ...] | None = None  # the transparent colour, as it stands in the file
    icc: bytes | None = None
    gamma: int | None = None  # gAMA: 100,000 times the encoding exponent
    chromaticities: tuple[int, ...] | None = None  # cHRM: white, red, green, blue; x and y
    is_srgb: bool = False
    lacks_end: bool = False  # whether the file ends before its end is marked
    cicp: tuple[int, ...] | None = None  # primaries, curve, matrix, range
    dpi: tuple[float, float] | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    photoshop: bytes = b""
    iptc: bytes | None = None
    text: list[tuple[str, str]] = field(default_factory=list)
    left_aside: list[str] = field(default_factory=list)  # reasons, for one sentence each

    @property
    def tags(self) -> Tags:
        blocks = photoshop_blocks(self.photoshop)
        return Tags(
            exif=self.exif,
            icc=self.icc,
            dpi=self.dpi,
            xmp=self.xmp,
            iptc=self.iptc or blocks.get(IPTC_BLOCK),
            text=tuple(self.text),
            blocks=copied_blocks(blocks),
        )


def read_png(data: bytes) -> PngChunks:
    """Take the file apart.

    Raises:
        ValueError: a chunk that is needed for the pixels is damaged.
    """
    chunks, kept, offset = PngChunks(), [SIGNATURE], len(SIGNATURE)
    while offset + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, offset)
        if not kind.isalpha():
            raise Unreadable("a chunk without a name")
        whole = data[offset : offset + 12 + length]
        offset += 12 + length
        if len(whole) < 12 + length:
            kept.append(whole)  # the decoder judges whether too much is cut off
            break
        body = whole[8:-4]
        if zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:]) and kind != b"IEND":
            if kind in NEEDED:
                raise Unreadable("a wrong checksum in its pixels")
            chunks.left_aside.append(f"a part ({kind.decode()}) whose checksum is wrong")
            continue
        if kind in PIXEL_CHUNKS:
            kept.append(whole)
        _add(chunks, kind, body)
        if kind == b"IEND":
            break
    else:
        chunks.lacks_end = True
    chunks.pixels = b"".join(kept)
    _unpack_raw_profiles(chunks)
    return chunks


def _add(chunks: PngChunks, kind: bytes, body: bytes) -> None:
    if kind == b"IHDR" and len(body) >= 10:
        chunks.size = struct.unpack_from(">II", body)
        chunks.depth, chunks.color_type = body[8], body[9]
    elif kind == b"tRNS" and chunks.color_type in (0, 2):
        count = 1 if chunks.color_type == 0 else 3
        if len(body) >= 2 * count:
            chunks.key = struct.unpack_from(f">{count}H", body)
    elif kind == b"acTL" and len(body) >= 4:
        (frames,) = struct.unpack_from(">I", body)
        chunks.frames = frames if 0 < frames < 1 << 31 else 1
    elif kind in (b"tEXt", b"zTXt", b"iTXt"):
        _add_text(chunks, kind, body)
    else:
        _add_color(chunks, kind, body)


def _add_color(chunks: PngChunks, kind: bytes, body: bytes) -> None:
    """The chunks on colour, density and EXIF; one of a wrong length says nothing."""
    if kind == b"iCCP":
        _, _, packed = body.partition(b"\0")
        chunks.icc = _unpacked(packed[1:]) if packed[:1] == b"\0" else None
        if chunks.icc is None:
            chunks.left_aside.append("a colour profile that cannot be unpacked")
    elif kind == b"gAMA" and len(body) == 4:
        (chunks.gamma,) = struct.unpack(">I", body)
    elif kind == b"cHRM" and len(body) == 32:
        chunks.chromaticities = struct.unpack(">8I", body)
    elif kind == b"sRGB":
        chunks.is_srgb = True
    elif kind == b"cICP" and len(body) == 4:
        chunks.cicp = tuple(body)
    elif kind == b"pHYs" and len(body) == 9:
        across, down, unit = struct.unpack(">IIB", body)
        chunks.dpi = (across * INCH, down * INCH) if unit == 1 and across and down else None
    elif kind == b"eXIf":
        chunks.exif = body.removeprefix(EXIF_LEAD) or None


def _add_text(chunks: PngChunks, kind: bytes, body: bytes) -> None:
    name, _, rest = body.partition(b"\0")
    value: bytes | None = rest
    if kind == b"zTXt":
        value = _unpacked(rest[1:])
    elif kind == b"iTXt":
        packed, rest = rest[:1], rest[2:]
        parts = rest.split(b"\0", 2)
        value = parts[-1] if len(parts) == 3 else None
        value = _unpacked(value) if packed == b"\1" and value is not None else value
    if value is None:
        chunks.left_aside.append("a text that cannot be unpacked")
        return
    keyword = name.decode("latin-1")
    if keyword == XMP_KEYWORD:
        chunks.xmp = value or None
    else:
        chunks.text.append((keyword, readable(value)))


def _unpacked(packed: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(packed, UNPACKED_LIMIT)
    except zlib.error:
        return None
    return None if unpacker.unconsumed_tail or not unpacker.eof else unpacked


def _unpack_raw_profiles(chunks: PngChunks) -> None:
    """Profiles that were written as hexadecimal text, to where they belong."""
    for keyword, text in [pair for pair in chunks.text if pair[0].startswith(RAW_PROFILE)]:
        chunks.text.remove((keyword, text))
        raw = _of_hex(text)
        kind = keyword.removeprefix(RAW_PROFILE).strip().lower()
        if raw is None:
            chunks.left_aside.append(f"a text ({keyword}) that cannot be unpacked")
        elif kind in ("exif", "app1", "xmp"):
            if raw.startswith(XMP_LEAD) or kind == "xmp":
                chunks.xmp = chunks.xmp or raw.removeprefix(XMP_LEAD)
            else:
                chunks.exif = chunks.exif or raw.removeprefix(EXIF_LEAD)
        elif kind in ("iptc", "8bim") and b"8BIM" in raw[:32]:
            chunks.photoshop += raw.removeprefix(b"Photoshop 3.0\0")
        elif kind == "iptc":
            chunks.iptc = chunks.iptc or raw
        elif kind in ("icc", "icm"):
            chunks.icc = chunks.icc or raw


def _of_hex(text: str) -> bytes | None:
    """The bytes of "\\nname\\n  length\\nhexadecimal digits"."""
    match = re.match(r"\s*\S[^\n]*\n\s*(\d+)\s+([0-9a-fA-F\s]*)$", text)
    if match is None:
        return None
    try:
        raw = bytes.fromhex("".join(match[2].split()))
    except ValueError:
        return None
    return raw if len(raw) == int(match[1]) else None
