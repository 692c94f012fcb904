"""TIFF of 8 or 16 bits a channel with every tag, which no library at hand writes.

Little-endian, one directory before the strips, deflate with horizontal differences.

References:
    TIFF 6.0 (1992), sections 2, 8, 14 (differencing) and 18 (alpha); Adobe's technical note on
    deflate (2002).
"""

from __future__ import annotations

import itertools
import struct
import zlib
from fractions import Fraction

import numpy as np
from PIL.ExifTags import Base

from ._ifd import Entry, build, read_exif
from ._tags import blocks_bytes
from ._tiff_tags import ICC, IPTC, PHOTOSHOP, XMP, describing
from .picture import Levels, Tags
from .strips import row_strips

HEADER = b"II*\0"
BYTE, SHORT, LONG, RATIONAL, UNDEFINED = 1, 3, 4, 5, 7  # kinds of values
ADOBE_DEFLATE, DIFFERENCES = 8, 2
RGB, INTERLEAVED, INCH, UNASSOCIATED_ALPHA = 2, 1, 2, 2
LEVEL = 1  # of deflate: 12 MP at 8 bits take 0.6 s; level 6 takes three times that for 4 % less
BYTE_LIMIT = 2**32 - 1


def encode_tiff(rgb: Levels, alpha: Levels | None, tags: Tags) -> bytes:
    """The whole file.

    Raises:
        ValueError: beyond 4 GB, which a classic TIFF cannot hold.
    """
    height, width = rgb.shape[:2]
    strips = list(row_strips(height, width))
    packed = []
    for rows in strips:
        opacity = None if alpha is None else alpha[rows]
        packed.append(zlib.compress(_differences(rgb[rows], opacity), LEVEL))
    sizes = [len(strip) for strip in packed]
    entries = _entries(tags) + _described(rgb, alpha is not None)
    entries += [_longs(Base.RowsPerStrip, strips[0].stop), _longs(Base.StripByteCounts, *sizes)]
    start = len(HEADER) + 4
    # The directory is as long wherever the strips lie.
    after = start + len(build([*entries, _longs(Base.StripOffsets, *sizes)], start))
    if after + sum(sizes) > BYTE_LIMIT:
        raise ValueError("a TIFF holds at most 4 GB")
    offsets = [after, *(after + size for size in itertools.accumulate(sizes))][:-1]
    directory = build([*entries, _longs(Base.StripOffsets, *offsets)], start)
    return b"".join([HEADER, struct.pack("<I", start), directory, *packed])


def _differences(rgb: Levels, alpha: Levels | None) -> bytes:
    """Each level less its left neighbour's, wrapped around."""
    levels = rgb if alpha is None else np.concatenate([rgb, alpha[..., None]], axis=-1)
    steps = levels.copy()
    steps[:, 1:] -= levels[:, :-1]
    return steps.astype(steps.dtype.newbyteorder("<"), copy=False).tobytes()


def _described(rgb: Levels, has_alpha: bool) -> list[Entry]:
    """How the pixels are stored."""
    channels = 4 if has_alpha else 3
    entries = [
        _longs(Base.ImageWidth, rgb.shape[1]),
        _longs(Base.ImageLength, rgb.shape[0]),
        _shorts(Base.BitsPerSample, *(8 * rgb.dtype.itemsize,) * channels),
        _shorts(Base.Compression, ADOBE_DEFLATE),
        _shorts(Base.Predictor, DIFFERENCES),
        _shorts(Base.PhotometricInterpretation, RGB),
        _shorts(Base.SamplesPerPixel, channels),
        _shorts(Base.PlanarConfiguration, INTERLEAVED),
        _shorts(Base.Orientation, 1),
    ]
    return entries + [_shorts(Base.ExtraSamples, UNASSOCIATED_ALPHA)] * has_alpha


def _entries(tags: Tags) -> list[Entry]:
    """What is said beside the pixels; of EXIF, entries that make no sense are left out."""
    stated = {entry.tag: entry for entry in describing(read_exif(tags.exif or b""))}
    entries = list(stated.values())
    if tags.dpi is not None:
        for side, value in zip((Base.XResolution, Base.YResolution), tags.dpi, strict=True):
            fraction = Fraction(value).limit_denominator(10_000)
            parts = struct.pack("<II", fraction.numerator, fraction.denominator)
            entries.append(Entry(side, RATIONAL, 1, parts))
        entries.append(_shorts(Base.ResolutionUnit, INCH))
    for tag, kind, data in (
        (ICC, UNDEFINED, tags.icc),
        (XMP, BYTE, tags.xmp),
        (IPTC, UNDEFINED, tags.iptc),
        (PHOTOSHOP, UNDEFINED, blocks_bytes(tags.blocks) or None),
    ):
        if data is not None:
            entries.append(Entry(tag, kind, len(data), data))
    return entries


def _shorts(tag: int, *values: int) -> Entry:
    return Entry(tag, SHORT, len(values), struct.pack(f"<{len(values)}H", *values))


def _longs(tag: int, *values: int) -> Entry:
    return Entry(tag, LONG, len(values), struct.pack(f"<{len(values)}I", *values))
