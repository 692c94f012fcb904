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

import numpy as np
from PIL import Image, TiffTags
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

from ._guard import DAMAGE, unguarded
from ._tiff_read import ICC, IPTC, STRUCTURE, XMP
from .picture import Levels, Tags
from .strips import row_strips

HEADER = b"II*\0"
ADOBE_DEFLATE, DIFFERENCES = 8, 2
RGB, INTERLEAVED, INCH, UNASSOCIATED_ALPHA = 2, 1, 2, 2
LEVEL = 1  # of deflate: 12 MP at 8 bits take 0.6 s; level 6 takes three times that for 4 % less
MOST_BYTES = 2**32 - 1


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
    directory = _directory(tags)
    _describe(directory, rgb, alpha is not None)
    directory[Base.RowsPerStrip] = strips[0].stop
    # The directory adds its own end to the offsets: they count from there.
    places = [0, *itertools.accumulate(sizes)][:-1]
    _put(directory, Base.StripOffsets, TiffTags.LONG, tuple(places))
    _put(directory, Base.StripByteCounts, TiffTags.LONG, tuple(sizes))
    start = len(HEADER) + 4
    described = directory.tobytes(start)
    if start + len(described) + sum(sizes) > MOST_BYTES:
        raise ValueError("a TIFF holds at most 4 GB")
    return b"".join([HEADER, struct.pack("<I", start), described, *packed])


def _differences(rgb: Levels, alpha: Levels | None) -> bytes:
    """Each level less its left neighbour's, wrapped around."""
    levels = rgb if alpha is None else np.concatenate([rgb, alpha[..., None]], axis=-1)
    steps = levels.copy()
    steps[:, 1:] -= levels[:, :-1]
    return steps.astype(steps.dtype.newbyteorder("<"), copy=False).tobytes()


def _describe(directory: ImageFileDirectory_v2, rgb: Levels, has_alpha: bool) -> None:
    channels = 4 if has_alpha else 3
    directory[Base.ImageWidth], directory[Base.ImageLength] = rgb.shape[1], rgb.shape[0]
    directory[Base.BitsPerSample] = (8 * rgb.dtype.itemsize,) * channels
    directory[Base.Compression] = ADOBE_DEFLATE
    directory[Base.Predictor] = DIFFERENCES
    directory[Base.PhotometricInterpretation] = RGB
    directory[Base.SamplesPerPixel] = channels
    directory[Base.PlanarConfiguration] = INTERLEAVED
    directory[Base.Orientation] = 1
    if has_alpha:
        _put(directory, Base.ExtraSamples, TiffTags.SHORT, (UNASSOCIATED_ALPHA,))


def _directory(tags: Tags) -> ImageFileDirectory_v2:
    """A directory with the descriptive tags only."""
    directory = ImageFileDirectory_v2(HEADER + bytes(4))
    if tags.exif is not None:
        _add_exif(directory, tags.exif)
    if tags.dpi is not None:
        directory[Base.XResolution], directory[Base.YResolution] = map(IFDRational, tags.dpi)
        directory[Base.ResolutionUnit] = INCH
    for tag, kind, data in (
        (ICC, TiffTags.UNDEFINED, tags.icc),
        (XMP, TiffTags.BYTE, tags.xmp),
        (IPTC, TiffTags.UNDEFINED, tags.iptc),
    ):
        if data is not None:
            _put(directory, tag, kind, data)
    return directory


def _add_exif(directory: ImageFileDirectory_v2, exif: bytes) -> None:
    """Copy EXIF tag by tag; what is damaged beyond reading is left out."""
    with unguarded():
        try:
            parsed = Image.Exif()
            parsed.load(exif)
            copied = {tag: value for tag, value in parsed.items() if tag not in STRUCTURE}
            for group in (int(IFD.Exif), int(IFD.GPSInfo)):
                if group in copied:
                    copied[group] = dict(parsed.get_ifd(group))
            if IFD.Interop in copied.get(IFD.Exif, {}):
                copied[IFD.Exif][int(IFD.Interop)] = parsed.get_ifd(IFD.Interop)
        except DAMAGE:
            return
        for tag, value in copied.items():
            directory[tag] = value


def _put(directory: ImageFileDirectory_v2, tag: int, kind: int, value: object) -> None:
    directory.tagtype[tag] = kind
    directory[tag] = value
