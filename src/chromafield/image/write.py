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
import secrets
import struct
from pathlib import Path

import numpy as np
from PIL import Image, features

from ..errors import BadValue, OutputError
from ._exif import LEAD
from ._guard import DAMAGE, refuse_own_fault
from ._png import encode_png
from ._tags import IPTC_BLOCK
from ._tiff_write import encode_tiff
from .picture import Levels, Picture, Tags, at_depth
from .profile import from_srgb

FORMATS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
}
DEEP_FORMATS = ("PNG", "TIFF")  # those with 16 bits a channel
MOST_PIXELS_A_SIDE = {"JPEG": 65535, "WEBP": 16383, "AVIF": 65536}
LOSSLESS_WEBP_FROM = 95  # see the top of this file


def default_suffix(format: str) -> str:
    """The suffix for a result beside a file of Pillow's `format`: its own, or else .png."""
    suffixes = [suffix for suffix, known in FORMATS.items() if known == format]
    return suffixes[0] if suffixes and _can_write(format) else ".png"


def _can_write(format: str) -> bool:
    return format not in ("AVIF", "WEBP") or bool(features.check(format.lower()))


def check_target(path: Path, source: Path | None = None) -> None:
    """Refuse, before any work is done, a place where no result can be put.

    Args:
        source: the picture that is coloured; it is never overwritten, through links neither.

    Raises:
        OutputError: an unknown suffix, no such folder, or `source` itself.
    """
    format = FORMATS.get(path.suffix.lower())
    if format is None or not _can_write(format):
        raise OutputError(
            f"{path.name!r} cannot be written as {path.suffix or 'a file without suffix'}. "
            f"Choose one of {', '.join(s for s, f in FORMATS.items() if _can_write(f))}."
        )
    if path.is_dir():
        raise OutputError(f"{path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise OutputError(f"There is no folder {path.parent}. Make it first, or choose another.")
    if source is not None and path.exists() and source.exists() and path.samefile(source):
        raise OutputError(
            f"{path} is the picture that is being coloured. Choose another name for the result."
        )


def write_picture(
    path: Path, rgb: Levels, picture: Picture, quality: int = 95, source: Path | None = None
) -> None:
    """Write a result beside or over anything but its source; all of it or nothing.

    Args:
        rgb: (h, w, 3) sRGB levels, uint8 or uint16.
        picture: what was coloured; its alpha, depth and tags go into the result.
        quality: 1 to 100, of JPEG, AVIF and, below 95, of lossy WebP.

    Raises:
        OutputError: the place, the format or the disk does not allow it; a file that stood there
            before still does.
    """
    path = Path(path)
    check_target(path, source)
    data = encode_picture(path.suffix, rgb, picture, quality)
    target = path.resolve()  # a link stays a link; what it points to is replaced
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise OutputError(_disk_sentence(path, len(data), error)) from error
    finally:
        part.unlink(missing_ok=True)


def _disk_sentence(path: Path, size: int, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        need = f"{size / 1e6:.1f} MB"
        return f"The disk is full: {path.name} needs {need} in {path.parent}. Free some space."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"The folder {path.parent} is read-only. Choose another for {path.name}."
    return f"{path} could not be written ({error.strerror or error}). Choose another place."


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
    try:
        if format == "PNG":
            return encode_png(levels, opacity, picture.tags)
        if format == "TIFF":
            return encode_tiff(levels, opacity, picture.tags)
        return _encode_by_pillow(format, levels, opacity, picture.tags, quality)
    except DAMAGE as error:
        refuse_own_fault(error, "The result")
        raise OutputError(
            f"The result cannot be written as {format} ({error}). Choose .png or .tif instead."
        ) from error


def _check_fits(format: str, alpha: Levels | None, size: tuple[int, int]) -> None:
    if format == "JPEG" and alpha is not None and alpha.min() < np.iinfo(alpha.dtype).max:
        raise OutputError(
            "The picture has transparent parts, which a JPEG cannot hold. Choose .png instead."
        )
    most = MOST_PIXELS_A_SIDE.get(format)
    if most is not None and max(size) > most:
        raise OutputError(
            f"The picture has {size[1]} x {size[0]} pixels; {format} holds at most {most} a side. "
            "Choose .png or .tif instead."
        )


def _encode_by_pillow(
    format: str, levels: Levels, alpha: Levels | None, tags: Tags, quality: int
) -> bytes:
    image = Image.fromarray(levels if alpha is None else np.dstack([levels, alpha]))
    options: dict[str, object] = {"icc_profile": tags.icc, "exif": tags.exif, "xmp": tags.xmp}
    if format == "JPEG":
        options |= {
            "quality": quality,
            "subsampling": "4:4:4",
            "dpi": tags.dpi,
            "exif": LEAD + tags.exif if tags.exif else None,
            "comment": dict(tags.text).get("Comment"),
            "extra": _iptc_segment(tags.iptc) if tags.iptc else b"",
        }
    elif format == "WEBP" and quality >= LOSSLESS_WEBP_FROM:
        # effort of 0 to 100 and 0 to 6: 5 % larger than the default, seven times faster
        options |= {"lossless": True, "quality": 20, "method": 2, "exact": True}
    elif format == "WEBP":
        options |= {"quality": quality, "exact": True}
    else:
        options |= {"quality": quality, "subsampling": "4:4:4"}
    out = io.BytesIO()
    image.save(out, format, **{key: value for key, value in options.items() if value is not None})
    return out.getvalue()


def _iptc_segment(iptc: bytes) -> bytes:
    """The JPEG segment (APP13) in which Photoshop and archives keep captions."""
    block = b"8BIM" + struct.pack(">HHI", IPTC_BLOCK, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)
    body = b"Photoshop 3.0\0" + block
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
