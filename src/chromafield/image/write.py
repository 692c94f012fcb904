"""A coloured picture to a file: true depth, every tag, and the old file safe until the new one is.

Lossy WebP always halves the colour resolution, which leaks into lightness at coloured edges:
at quality 95, and even at 100, one picture in four of 40 test photographs has more than 1 % of its
pixels off by over 2 L (worst: 15 %). JPEG at 95 without halving keeps at least 99.1 % in every one.
So WebP is lossless from quality 95 on, and lossy below, where the caller asks for small files.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, features

from ..errors import BadValue, OutputError, PictureError
from ..storage import write_atomically
from ._captions import fitted
from ._exif import LEAD, density_of, shortened, with_density
from ._guard import DAMAGE, refuse_own_fault, unguarded
from ._jpeg_write import SEGMENT_LIMIT, XMP_LIMIT, segments
from ._kinds import known_format, lead_of, shown_format
from ._png import encode_png
from ._tiff_write import encode_tiff
from ._xmp import is_rdf
from .picture import Levels, Picture, Tags, at_depth
from .profile import from_srgb

FORMATS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".jif": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
}
ODD_SUFFIXES = (".jpe", ".jfif", ".jif")  # of JPEGs; their results are named .jpg
DEEP_FORMATS = ("PNG", "TIFF")  # those with 16 bits a channel
SIDE_LIMIT = {"JPEG": 65535, "WEBP": 16383, "AVIF": 65536}
LOSSLESS_WEBP_FROM = 95  # see the top of this file


def default_suffix(format: str) -> str:
    """The suffix for a result beside a file of Pillow's `format`: its own, or else .png."""
    suffixes = [suffix for suffix, known in FORMATS.items() if known == format]
    return suffixes[0] if suffixes and _can_write(format) else ".png"


def suffix_for(source: Path) -> str:
    """The suffix of a result beside the file: its own where its content is what that promises."""
    suffix = source.suffix
    try:
        format = known_format(lead_of(source))
    except (PictureError, OSError, ValueError):  # reading it will say what is wrong
        format = None
    if format is None:
        return suffix if suffix.lower() in FORMATS else ".png"
    if FORMATS.get(suffix.lower()) == format and suffix.lower() not in ODD_SUFFIXES:
        return suffix if _can_write(format) else ".png"
    return default_suffix(format)


def _can_write(format: str) -> bool:
    return format not in ("AVIF", "WEBP") or bool(features.check(format.lower()))


def check_target(path: Path, source: Path | None = None) -> None:
    """Refuse, before any work is done, a place where no result can be put.

    Args:
        source: the picture that is coloured; it is never overwritten, through links neither.

    Raises:
        OutputError: an unknown suffix, no such folder, or `source` itself.
    """
    check_target_suffix(path)
    if path.is_dir():
        raise OutputError(f"{path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise OutputError(f"There is no folder {path.parent}. Make it first, or choose another.")
    if source is not None and path.exists() and source.exists() and path.samefile(source):
        raise OutputError(
            f"{path} is the picture that is being coloured. Choose another name for the result."
        )


def check_target_suffix(path: Path) -> None:
    """Raises: OutputError: no format that is written has the suffix."""
    format = FORMATS.get(path.suffix.lower())
    if format is None or not _can_write(format):
        known = (s for s, f in FORMATS.items() if _can_write(f) and s not in ODD_SUFFIXES)
        raise OutputError(
            f"{path.name!r} cannot be written as {path.suffix or 'a file without suffix'}. "
            f"Choose one of {', '.join(known)}."
        )


def check_result(path: Path, picture: Picture) -> None:
    """Refuse, before the colours are found, what could not be written in the end.

    The folder need not be there yet; it must be one that can be made.

    Raises:
        OutputError: an unknown suffix, a format that cannot hold the picture, a read-only place.
    """
    check_target_suffix(path)
    _check_fits(FORMATS[path.suffix.lower()], picture.alpha, picture.size)
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if not os.access(there, os.W_OK):
        raise OutputError(_read_only(path, there))


def write_picture(
    path: Path,
    rgb: Levels,
    picture: Picture,
    quality: int = 95,
    source: Path | None = None,
    sealed: Callable[[bytes, str], bytes] | None = None,
) -> None:
    """Write a result beside or over anything but its source; all of it or nothing.

    Args:
        rgb: (h, w, 3) sRGB levels, uint8 or uint16.
        picture: what was coloured; its alpha, depth and tags go into the result.
        quality: 1 to 100, of JPEG, AVIF and, below 95, of lossy WebP.
        sealed: what signs the whole file, given its bytes and its format.

    Raises:
        OutputError: the place, the format or the disk does not allow it; a file that stood there
            before still does.
    """
    path = Path(path)
    check_target(path, source)
    data = encode_picture(path.suffix, rgb, picture, quality)
    if sealed is not None:
        data = sealed(data, FORMATS[path.suffix.lower()])
    try:
        write_atomically(path, data)
    except OSError as error:
        raise OutputError(_disk_sentence(path, len(data), error)) from error


def _disk_sentence(path: Path, size: int, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        full = "Your quota is used up" if error.errno == errno.EDQUOT else "The disk is full"
        need = f"{max(size / 1e6, 0.1):.1f} MB"
        return f"{full}: {path.name} needs {need} in {path.parent}. Free some space."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _read_only(path, path.parent)
    return f"{path} could not be written ({error.strerror or error}). Choose another place."


def _read_only(path: Path, folder: Path) -> str:
    return f"The folder {folder} is read-only. Choose another for {path.name}."


def encode_picture(suffix: str, rgb: Levels, picture: Picture, quality: int = 95) -> bytes:
    """The bytes of the file that `write_picture` would write.

    Raises:
        BadValue: `rgb` does not fit the picture, or `quality` is not 1 to 100.
        OutputError: the format cannot hold the picture.
        InternalError: our own code is at fault.
    """
    if rgb.shape != (*picture.size, 3) or rgb.dtype not in (np.uint8, np.uint16):
        raise BadValue(
            f"The colours are {rgb.shape} {rgb.dtype}; this picture needs {(*picture.size, 3)} "
            "uint8 or uint16."
        )
    if not 1 <= quality <= 100:
        raise BadValue(f"The quality is 1 to 100, not {quality}.")
    format = FORMATS[suffix.lower()]
    alpha = picture.alpha
    _check_fits(format, alpha, picture.size)
    depth = picture.depth if format in DEEP_FORMATS else 8
    levels = from_srgb(rgb, picture.tags.icc, depth)
    opacity = None if alpha is None or format == "JPEG" else at_depth(alpha, depth)
    tags, _ = _tags_for(format, picture.tags)
    try:
        if format == "PNG":
            return encode_png(levels, opacity, tags)
        if format == "TIFF":
            return encode_tiff(levels, opacity, tags)
        return _encode_by_pillow(format, levels, opacity, tags, quality)
    except DAMAGE as error:
        refuse_own_fault(error, "The result")
        raise OutputError(
            f"The result cannot be written as {shown_format(format)} ({error}). "
            "Choose .png or .tif instead."
        ) from error


def left_behind(suffix: str, tags: Tags, name: str) -> tuple[str, ...]:
    """A sentence for each thing that a file with this suffix cannot hold."""
    return tuple(f"{name}: {what}" for what in _tags_for(FORMATS[suffix.lower()], tags)[1])


def _tags_for(format: str, tags: Tags) -> tuple[Tags, list[str]]:
    """The tags as the format holds them, and what is to be said of what it does not hold."""
    tags, lost = fitted(tags, format)
    sentences = []
    if lost:
        sentences.append(f"the result has no place for {', '.join(lost)}; it stays behind.")
    if format == "JPEG" and tags.exif is not None and len(tags.exif) > SEGMENT_LIMIT:
        tags = replace(tags, exif=shortened(tags.exif, SEGMENT_LIMIT))
        sentences.append("its EXIF is longer than a JPEG holds; the longest entries stay behind.")
    if format == "JPEG" and len(tags.xmp or b"") > XMP_LIMIT and not is_rdf(tags.xmp or b""):
        tags = replace(tags, xmp=None)
        sentences.append("its XMP is damaged and longer than a JPEG holds; it stays behind.")
    if format in ("WEBP", "AVIF") and tags.dpi and density_of(tags.exif) is None:
        tags = replace(tags, exif=with_density(tags.exif, tags.dpi))
    return tags, sentences


def _check_fits(format: str, alpha: Levels | None, size: tuple[int, int]) -> None:
    if format == "JPEG" and alpha is not None and alpha.min() < np.iinfo(alpha.dtype).max:
        raise OutputError(
            "The picture has transparent parts, which a JPEG cannot hold. Choose .png instead."
        )
    limit = SIDE_LIMIT.get(format)
    if limit is not None and max(size) > limit:
        raise OutputError(
            f"The picture has {size[1]} x {size[0]} pixels; a {shown_format(format)} holds at most "
            f"{limit} a side. Choose .png or .tif instead."
        )


def _encode_by_pillow(
    format: str, levels: Levels, alpha: Levels | None, tags: Tags, quality: int
) -> bytes:
    image = Image.fromarray(levels if alpha is None else np.dstack([levels, alpha]))
    options: dict[str, object] = {"icc_profile": tags.icc, "exif": tags.exif, "xmp": tags.xmp}
    if format == "JPEG":
        xmp, rest = segments(tags)
        options |= {
            "xmp": xmp,
            "quality": quality,
            "subsampling": "4:4:4",
            "dpi": tags.dpi,
            "exif": LEAD + tags.exif if tags.exif else None,
            "extra": rest,
        }
    elif format == "WEBP" and quality >= LOSSLESS_WEBP_FROM:
        # effort of 0 to 100 and 0 to 6: 5 % larger than the default, seven times faster
        options |= {"lossless": True, "quality": 20, "method": 2, "exact": True}
    elif format == "WEBP":
        options |= {"quality": quality, "exact": True}
    else:
        options |= {"quality": quality, "subsampling": "4:4:4"}
    out = io.BytesIO()
    with unguarded():
        image.save(
            out, format, **{key: value for key, value in options.items() if value is not None}
        )
    return out.getvalue()
