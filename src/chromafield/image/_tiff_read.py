"""TIFF: what its directory says, and the kinds of pixels Pillow would narrow to 8 bits.

Both decoders used here (Pillow's and OpenCV's) turn a TIFF upright themselves.

References:
    TIFF 6.0 (1992), sections 4 to 8 and 18.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, TiffImagePlugin
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ..errors import PictureError
from ._deep import decode_deep
from ._exif import bare
from ._guard import unguarded
from ._modes import Decoded, decode, levels_of_floats
from .picture import Levels, Tags

REDUCED_OR_MASK = 0b101  # NewSubfileType bits: a preview, or the mask of another page
WHITE_IS_ZERO, RGB = 0, 2
ASSOCIATED_ALPHA = 1
SEPARATE_PLANES = 2
FLOATS = 3
IPTC, XMP, ICC = 33723, 700, 34675
STRUCTURE = frozenset(  # tags that describe how the pixels are stored, not the picture
    {254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281}
    | {282, 283, 284, 288, 289, 290, 291, 292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322}
    | {323, 324, 325, 330, 332, 333, 334, 336, 338, 339, 340, 341, 342, 347, 512, 513, 514, 515}
    | {517, 518, 519, 520, 521, 529, 530, 531, 532, IPTC, XMP, ICC, 34377, 37724}
)


@dataclass(frozen=True)
class Layout:
    """How a page stores its pixels."""

    size: tuple[int, int]  # (width, height)
    bits: int
    channels: int
    photometric: int
    floats: bool
    separate: bool
    premultiplied: bool  # a fourth channel is opacity, multiplied into the colours
    plain_extra: bool  # a fourth channel is something else than opacity


def read_directory(path: Path) -> tuple[Layout, Tags, int]:
    """The first page's layout and tags, and how many pages there are; previews do not count."""
    with path.open("rb") as file, unguarded():
        lead = file.read(8)
        lead += file.read(8) if lead[2:3] + lead[3:4] in (b"+\0", b"\0+") else b""
        page = ImageFileDirectory_v2(lead)
        seen: list[int] = []
        pages, found = 0, None
        while page.next and page.next not in seen:
            seen.append(page.next)
            file.seek(page.next)
            page.load(file)
            if found is None:
                found = _layout(page), _tags(page, file, lead)
            pages += not (page.get(Base.NewSubfileType, 0) & REDUCED_OR_MASK)
    if found is None:
        raise EOFError("no picture in it")
    return *found, pages


def _layout(page: ImageFileDirectory_v2) -> Layout:
    bits = page.get(Base.BitsPerSample, (1,))
    channels = page.get(Base.SamplesPerPixel, len(bits))
    return Layout(
        size=(int(page[Base.ImageWidth]), int(page[Base.ImageLength])),
        bits=max(bits),
        channels=channels,
        photometric=page.get(Base.PhotometricInterpretation, WHITE_IS_ZERO),
        floats=FLOATS in page.get(Base.SampleFormat, (1,)),
        separate=page.get(Base.PlanarConfiguration, 1) == SEPARATE_PLANES and channels > 1,
        premultiplied=ASSOCIATED_ALPHA in page.get(Base.ExtraSamples, ()),
        plain_extra=page.get(Base.ExtraSamples, ()) == (0,),
    )


def _tags(page: ImageFileDirectory_v2, file: IO[bytes], lead: bytes) -> Tags:
    iptc = page.get(IPTC)
    if isinstance(iptc, tuple):  # some writers store the records as 32-bit words
        iptc = np.asarray(iptc, "<u4" if lead[:2] == b"II" else ">u4").tobytes()
    return Tags(
        exif=_exif(page, file, lead),
        icc=page.get(ICC),
        dpi=_dpi(page),
        xmp=_joined(page.get(XMP)),
        iptc=iptc,
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


def _exif(page: ImageFileDirectory_v2, file: IO[bytes], lead: bytes) -> bytes | None:
    """The tags that describe the picture (its maker, date, exposure, place) on their own."""
    source, out = Image.Exif(), Image.Exif()
    source.endian = "<" if lead[:2] == b"II" else ">"
    source.bigtiff = 43 in (lead[2], lead[3])
    source.load_from_fp(file, page.offset)
    for tag, value in source.items():
        if tag not in STRUCTURE:
            out[tag] = source.get_ifd(tag) if tag in (IFD.Exif, IFD.GPSInfo) else value
    interop = source.get_ifd(IFD.Interop)
    if interop:
        out[IFD.Exif] = {**out[IFD.Exif], IFD.Interop: interop}
    return bare(out.tobytes()) if len(out) else None


def read_pixels(path: Path, layout: Layout, icc: bytes | None, name: str) -> Decoded:
    """The first page's levels, upright.

    Raises:
        PictureError: a kind of page that cannot be read exactly.
    """
    if layout.bits <= 8 or (layout.bits in (12, 32) and not layout.floats):
        with unguarded():
            image = TiffImagePlugin.TiffImageFile(path)
        with closing(image):
            with unguarded():
                image.load()
            decoded = decode(image, icc, name)
        return _widened(decoded) if layout.bits == 12 else decoded
    if layout.separate or layout.channels not in (1, 3, 4) or layout.photometric > RGB:
        raise PictureError(
            f"{name} stores {layout.channels} channels of {layout.bits} bits in a way that cannot "
            "be read exactly. Save it as interleaved 16-bit RGB or as an 8-bit TIFF."
        )
    levels = decode_deep(np.fromfile(path, np.uint8))
    if levels.dtype.kind == "f":
        levels = levels_of_floats(levels, name)
    if levels.dtype != np.uint16:
        raise PictureError(
            f"{name} stores its pixels as {levels.dtype}. Save it as unsigned 8 or 16 bits."
        )
    return _sorted_out(levels, layout, icc)


def _widened(decoded: Decoded) -> Decoded:
    """12 bits to the full range of 16."""
    wide = (decoded.pixels.astype(np.uint32) * 65535 + 2047) // 4095
    return replace(decoded, pixels=wide.astype(np.uint16))


def _sorted_out(levels: Levels, layout: Layout, icc: bytes | None) -> Decoded:
    """Black at 0, alpha apart from the colours and not multiplied into them."""
    if layout.photometric == WHITE_IS_ZERO:
        levels = ~levels
    if levels.ndim == 2 or levels.shape[2] == 3:
        return Decoded(levels, None, 16, icc)
    colours = np.ascontiguousarray(levels[..., :3])
    if layout.plain_extra:
        return Decoded(colours, None, 16, icc)
    alpha = levels[..., 3].copy()
    if layout.premultiplied:
        for row, opacity in zip(colours, alpha, strict=True):
            whole = np.maximum(opacity, 1).astype(np.uint64)[:, None]
            row[...] = np.minimum((row.astype(np.uint64) * 65535 + whole // 2) // whole, 65535)
    return Decoded(colours, alpha, 16, icc)
