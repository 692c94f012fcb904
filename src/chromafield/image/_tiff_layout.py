"""How a TIFF's page stores its pixels, by what its directory says.

References:
    TIFF 6.0 (1992), sections 4 to 8 and 18.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL.ExifTags import Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ._guard import Unreadable
from ._packings import BYTES, FAX, ONLY_BY_PILLOW
from ._tiff_parts import DIFFERENCES, NO_PREDICTOR, Parts, number_of, numbers_of, parts_of

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, INKS, LAB = 0, 1, 2, 5, 8
COLORS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, INKS: 4, LAB: 3}  # beside an extra channel
KINDS = ("grey", "grey", "RGB", "a palette", "a mask", "CMYK", "YCbCr", "an unknown kind", "Lab")
NO_ALPHA, ASSOCIATED_ALPHA = 0, 1
SEPARATE_PLANES = 2
CHANNEL_LIMIT = 64  # a pixel; damage says millions, for which no memory is enough
UNSIGNED, SIGNED, FLOATS, UNDEFINED = 1, 2, 3, 4
NUMBERS = {SIGNED: "signed", FLOATS: "floating-point", 5: "complex", 6: "complex"}
WHOLE = {UNSIGNED: (10, 12, 14, 16), UNDEFINED: (16,), FLOATS: (32, 64)}  # bits OpenCV takes


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
    parts: Parts
    photometric_stated: bool  # whether the page says what its levels mean

    @property
    def is_whole(self) -> bool:
        """Whether OpenCV takes the page as it is."""
        plain = (BLACK_IS_ZERO, 1), (WHITE_IS_ZERO, 1), (RGB, 3), (RGB, 4)
        known = self.bits in WHOLE.get(self.numbers, ())
        packed = self.parts.packing not in ONLY_BY_PILLOW
        packed = packed and self.photometric_stated and bool(self.parts.lengths)
        return known and packed and not self.separate and (self.photometric, self.channels) in plain

    @property
    def is_in_parts(self) -> bool:
        """Whether `read_samples` takes it."""
        kinds = (UNSIGNED, UNDEFINED, *((FLOATS,) if self.photometric != LAB else ()))
        return (
            self.bits == 16
            and self.numbers in kinds
            and self.channels >= COLORS.get(self.photometric, self.channels + 1)
            and self.parts.predictor in (NO_PREDICTOR, DIFFERENCES)
        )

    @property
    def is_in_byte_parts(self) -> bool:
        """Whether `read_samples` takes it at 8 bits: for kinds that Pillow does not know."""
        return (
            self.bits == 8
            and self.numbers in (UNSIGNED, UNDEFINED)
            and self.channels >= COLORS.get(self.photometric, self.channels + 1)
            and self.photometric != LAB
            and self.parts.predictor in (NO_PREDICTOR, DIFFERENCES)
            and self.parts.packing in BYTES
        )

    @property
    def is_in_two_planes(self) -> bool:
        """Whether grey and alpha lie apart at 8 bits, which Pillow mixes up."""
        return self.separate and self.channels == 2 and self.is_in_byte_parts

    def __str__(self) -> str:
        known = 0 <= self.photometric < len(KINDS)
        kind = KINDS[self.photometric] if known else "an unknown kind"
        numbers = NUMBERS.get(self.numbers, "unsigned")
        return f"{kind} in {self.channels} x {self.bits} {numbers} bits"


def layout_of(page: ImageFileDirectory_v2, order: str) -> Layout:
    bits = numbers_of(page, Base.BitsPerSample, (1,))
    channels = number_of(page, Base.SamplesPerPixel, len(bits))
    if channels > CHANNEL_LIMIT:
        raise Unreadable(f"its directory says {channels} channels a pixel")
    parts = parts_of(page, order)
    stated = numbers_of(page, Base.PhotometricInterpretation, ())
    extra = page.get(Base.ExtraSamples)
    return Layout(
        size=(number_of(page, Base.ImageWidth), number_of(page, Base.ImageLength)),
        bits=max(bits),
        channels=channels,
        photometric=stated[0] if stated else _likely_photometric(channels, parts.packing),
        numbers=max(numbers_of(page, Base.SampleFormat, (UNSIGNED,))),
        separate=number_of(page, Base.PlanarConfiguration, 1) == SEPARATE_PLANES and channels > 1,
        extra=next(iter(extra), None) if isinstance(extra, (tuple, bytes)) else extra,
        parts=parts,
        photometric_stated=bool(stated),
    )


def _likely_photometric(channels: int, packing: int) -> int:
    """What a page means that does not say it, as libtiff has it: black is 0 but in a fax."""
    if packing in FAX:
        return WHITE_IS_ZERO
    return RGB if channels >= COLORS[RGB] else BLACK_IS_ZERO
