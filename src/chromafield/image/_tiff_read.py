"""TIFF: what its directory says, and the kinds of pixels Pillow would narrow to 8 bits.

Both decoders used here (Pillow's and OpenCV's) turn a TIFF upright themselves.

References:
    TIFF 6.0 (1992), sections 4 to 8 and 18.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ..errors import PictureError
from ._deep import decode_deep
from ._exif import bare
from ._guard import unguarded
from ._icc import srgb_bytes
from ._modes import Decoded, decode, levels_of_floats, levels_of_whole
from ._tiff_parts import (
    DIFFERENCES,
    NO_PREDICTOR,
    Parts,
    number_of,
    numbers_of,
    parts_of,
    read_samples,
)
from .picture import Levels, Tags

REDUCED_OR_MASK = 0b101  # NewSubfileType bits: a preview, or the mask of another page
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, INKS = 0, 1, 2, 5
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, INKS: 4}  # channels beside an extra one
KINDS = ("grey", "grey", "RGB", "a palette", "a mask", "CMYK", "YCbCr", "an unknown kind", "Lab")
MOST_CHANNELS = 64  # a pixel; damage says millions, for which no memory is enough
NO_ALPHA, ASSOCIATED_ALPHA = 0, 1
SEPARATE_PLANES = 2
UNSIGNED, SIGNED, FLOATS, UNDEFINED = 1, 2, 3, 4
NUMBERS = {SIGNED: "signed", FLOATS: "floating-point", 5: "complex", 6: "complex"}
WHOLE = {UNSIGNED: (10, 12, 14, 16), UNDEFINED: (16,), FLOATS: (32, 64)}  # bits OpenCV takes
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
    numbers: int  # UNSIGNED, SIGNED, FLOATS, ...
    separate: bool  # a plane a channel
    extra: int | None  # what the channel after the colours is; most writers leave opacity unsaid
    parts: Parts | None  # None: the directory names them by what is no whole number

    @property
    def is_whole(self) -> bool:
        """Whether OpenCV takes the page as it is."""
        plain = (BLACK_IS_ZERO, 1), (WHITE_IS_ZERO, 1), (RGB, 3), (RGB, 4)
        known = self.bits in WHOLE.get(self.numbers, ())
        return known and not self.separate and (self.photometric, self.channels) in plain

    @property
    def is_in_parts(self) -> bool:
        """Whether `read_samples` takes it."""
        return (
            self.bits == 16
            and self.numbers in (UNSIGNED, UNDEFINED, FLOATS)
            and self.channels >= COLOURS.get(self.photometric, self.channels + 1)
            and self.parts is not None
            and self.parts.predictor in (NO_PREDICTOR, DIFFERENCES)
        )

    def __str__(self) -> str:
        known = 0 <= self.photometric < len(KINDS)
        kind = KINDS[self.photometric] if known else "an unknown kind"
        numbers = NUMBERS.get(self.numbers, "unsigned")
        return f"{kind} in {self.channels} x {self.bits} {numbers} bits"


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
                order = "<" if lead[:2] == b"II" else ">"
                found = _layout(page, order), _tags(page, file, lead)
            pages += not (page.get(Base.NewSubfileType, 0) & REDUCED_OR_MASK)
    if found is None:
        raise EOFError("no picture in it")
    return *found, pages


def _layout(page: ImageFileDirectory_v2, order: str) -> Layout:
    bits = numbers_of(page, Base.BitsPerSample, (1,))
    channels = number_of(page, Base.SamplesPerPixel, len(bits))
    if channels > MOST_CHANNELS:
        raise ValueError(f"its directory says {channels} channels a pixel")
    extra = page.get(Base.ExtraSamples)
    return Layout(
        size=(number_of(page, Base.ImageWidth), number_of(page, Base.ImageLength)),
        bits=max(bits),
        channels=channels,
        photometric=number_of(page, Base.PhotometricInterpretation, WHITE_IS_ZERO),
        numbers=max(numbers_of(page, Base.SampleFormat, (UNSIGNED,))),
        separate=number_of(page, Base.PlanarConfiguration, 1) == SEPARATE_PLANES and channels > 1,
        extra=next(iter(extra), None) if isinstance(extra, (tuple, bytes)) else extra,
        parts=_parts(page, order),
    )


def _parts(page: ImageFileDirectory_v2, order: str) -> Parts | None:
    """Most pages are read whole, by decoders that make more of their tags than we do."""
    try:
        return parts_of(page, order)
    except ValueError:
        return None


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
    if layout.bits <= 8:
        with _by_pillow(path, layout, name) as image:
            return decode(image, icc, name)
    if layout.bits == 32 and layout.channels == 1 and layout.numbers != FLOATS:
        with _by_pillow(path, layout, name) as image:
            values = np.asarray(image)
        if layout.numbers != SIGNED:  # which Pillow takes for signed
            values = values.view(np.uint32)
        return Decoded(levels_of_whole(values, name), None, 16, icc)
    if not layout.is_whole and layout.parts is None:
        raise ValueError("its strips or tiles are not named by whole numbers")
    if not layout.is_whole and not layout.is_in_parts:
        raise _refusal(layout, name)
    if layout.photometric == INKS and icc is not None:
        raise PictureError(
            f"{name} has 16 bits a channel and a colour profile for CMYK, which is applied at 8 "
            "bits only. Convert the picture to sRGB in a picture editor and try again."
        )
    levels = _deep_levels(np.fromfile(path, np.uint8), layout)
    if levels.dtype.kind == "f":
        levels = levels_of_floats(levels, name)
    if levels.dtype != np.uint16:
        raise ValueError(f"its directory says {layout}, its pixels are {levels.dtype}")
    return _sorted_out(np.atleast_3d(levels), layout, icc)


def _refusal(layout: Layout, name: str) -> PictureError:
    return PictureError(
        f"{name} stores its pixels as {layout}, which cannot be read exactly. "
        "Save it as grey or RGB in unsigned 8 or 16 bits."
    )


@contextmanager
def _by_pillow(path: Path, layout: Layout, name: str) -> Iterator[Image.Image]:
    with unguarded():
        try:
            image = TiffImagePlugin.TiffImageFile(path)
        except SyntaxError as error:  # how Pillow calls a kind that it does not know
            raise _refusal(layout, name) from error
    with closing(image):
        with unguarded():
            image.load()
        yield image


def _deep_levels(data: NDArray[np.uint8], layout: Layout) -> NDArray[Any]:
    """(h, w) or (h, w, channels), upright: uint16, or floats as they stand."""
    if layout.is_whole:
        levels = decode_deep(data)
        return levels if layout.bits >= 16 else _widened(levels, layout.bits)
    assert layout.parts is not None  # `is_in_parts` has asked
    samples = read_samples(data, layout.parts, layout.size, layout.channels, layout.separate)
    return samples.view(np.float16) if layout.numbers == FLOATS else samples


def _widened(levels: Levels, bits: int) -> Levels:
    """Fewer bits, which OpenCV moves up to the highest of 16, to the full range."""
    most = 2**bits - 1
    narrow = (levels >> (16 - bits)).astype(np.uint32)
    wide: Levels = ((narrow * 65535 + most // 2) // most).astype(np.uint16)
    return wide


def _sorted_out(levels: Levels, layout: Layout, icc: bytes | None) -> Decoded:
    """Black at 0, inks as RGB, alpha apart from the colours and not multiplied into them."""
    count = COLOURS[layout.photometric]
    colours = np.ascontiguousarray(levels[..., :count])
    alpha: Levels | None = None
    if levels.shape[2] > count and layout.extra != NO_ALPHA:
        alpha = levels[..., count].copy()
    if alpha is not None and layout.extra == ASSOCIATED_ALPHA:
        for row, opacity in zip(colours, alpha, strict=True):
            whole = np.maximum(opacity, 1).astype(np.uint64)[:, None]
            row[...] = np.minimum((row.astype(np.uint64) * 65535 + whole // 2) // whole, 65535)
    if layout.photometric == INKS:
        return Decoded(_rgb_of_inks(colours), alpha, 16, srgb_bytes())
    if layout.photometric == WHITE_IS_ZERO:
        colours = ~colours
    return Decoded(colours[..., 0] if count == 1 else colours, alpha, 16, icc)


def _rgb_of_inks(inks: Levels) -> Levels:
    """CMYK by the plain rule: what each ink, and black, lets through."""
    rgb: Levels = np.empty((*inks.shape[:2], 3), np.uint16)
    for row, out in zip(inks, rgb, strict=True):
        through = 65535 - row.astype(np.uint32)
        out[...] = (through[:, :3] * through[:, 3:] + 32767) // 65535
    return rgb
