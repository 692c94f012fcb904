"""A picture file to a `Picture`: every bit of its levels and all it says beside them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from ..defaults import MAX_PIXELS
from ..errors import MissingExtra, PictureError
from ._deep import decode_deep
from ._exif import orientation_of, settled, turn_upright
from ._guard import damage_named, unguarded
from ._modes import Decoded, decode, keyed_alpha
from ._tags import tags_of
from ._tiff_read import read_directory, read_pixels
from .picture import Picture, Tags, at_depth
from .profile import to_srgb

READABLE = "JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF and HEIC"
LEADS: tuple[tuple[str, int, bytes], ...] = (  # format, place, the bytes that stand there
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("WEBP", 8, b"WEBP"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("TIFF", 0, b"II+\0"),
    ("TIFF", 0, b"MM\0+"),
    ("GIF", 0, b"GIF87a"),
    ("GIF", 0, b"GIF89a"),
    ("BMP", 0, b"BM"),
    ("AVIF", 4, b"ftypavif"),
    ("AVIF", 4, b"ftypavis"),
    *(("HEIF", 4, b"ftyp" + brand) for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")),
)
# The plugins themselves, not Image.open: no other format can slip in, and a JPEG with an embedded
# second view (MPO) is the JPEG it begins with.
PLUGINS: dict[str, Callable[[Path], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}
PNG_DEPTH_PLACE = 24  # in the IHDR chunk, which is always first
MOST_LEAD_BYTES = 32


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a picture, upright and as sRGB.

    Args:
        max_pixels: width times height beyond which a file is refused before it is decoded.

    Raises:
        PictureError: no such file, not a picture, damaged, cut off, too large, of several pages,
            or with colours that cannot be read exactly.
        MissingExtra: a HEIC picture while its reader is not installed.
    """
    path = Path(path)
    lead = _lead_of(path)
    format = _format_of(lead, path.name)
    with damage_named(path.name, format):
        if format == "TIFF":
            return _read_tiff(path, max_pixels)
        with unguarded():
            image = _open_heif(path) if format == "HEIF" else PLUGINS[format](path)
        deep = format == "PNG" and lead[PNG_DEPTH_PLACE] == 16
        with closing(image):
            _check_pages(path.name, getattr(image, "n_frames", 1))
            _check_size(path.name, image.size, max_pixels)
            with unguarded():
                image.load()  # also where OpenCV decodes: Pillow notices every damage
                tags = tags_of(image)
            decoded = None if deep else decode(image, tags.icc, path.name)
        if decoded is None:
            decoded = _deep_png(path, image.info.get("transparency"), tags.icc)
    return finished(decoded, tags, orientation_of(tags.exif), format, path.name)


def finished(decoded: Decoded, tags: Tags, orientation: int, format: str, name: str) -> Picture:
    """Levels as they stood in a file to an upright sRGB picture."""
    pixels, icc = to_srgb(decoded.pixels, decoded.icc, name)
    alpha = decoded.alpha
    if alpha is not None:
        alpha = turn_upright(at_depth(alpha, 8 * pixels.dtype.itemsize), orientation)
    tags = replace(tags, icc=icc, exif=settled(tags.exif))
    return Picture(turn_upright(pixels, orientation), alpha, decoded.depth, tags, format)


def _read_tiff(path: Path, max_pixels: int) -> Picture:
    layout, tags, pages = read_directory(path)
    _check_pages(path.name, pages)
    _check_size(path.name, layout.size, max_pixels)
    decoded = read_pixels(path, layout, tags.icc, path.name)
    return finished(decoded, tags, 1, "TIFF", path.name)  # its decoders turn it upright


def _deep_png(path: Path, key: object, icc: bytes | None) -> Decoded:
    """A PNG of 16 bits a channel."""
    levels = decode_deep(np.fromfile(path, np.uint8))
    if levels.ndim == 2:
        alpha = keyed_alpha(levels, key) if isinstance(key, int) else None
        return Decoded(levels, alpha, 16, icc)
    colours = np.ascontiguousarray(levels[..., :3])
    alpha = levels[..., 3].copy() if levels.shape[2] == 4 else None
    if isinstance(key, tuple):
        alpha = keyed_alpha(colours, key)
    return Decoded(colours, alpha, 16, icc)


def _lead_of(path: Path) -> bytes:
    """The first bytes of a file that is there and can be read."""
    if path.is_dir():
        raise PictureError(f"{path} is a folder, not a picture. Name a picture file in it.")
    if path.exists() and not path.is_file():
        raise PictureError(f"{path} is no file but a pipe or a device. Save it as a file first.")
    try:
        with path.open("rb") as file:
            lead = file.read(MOST_LEAD_BYTES)
    except FileNotFoundError as error:
        raise PictureError(f"There is no file {path}. Check its name and folder.") from error
    except (OSError, ValueError) as error:  # a name with a null character is a wrong value
        reason = getattr(error, "strerror", None) or error
        raise PictureError(
            f"{path} cannot be opened ({reason}). Check that you may read it."
        ) from error
    if not lead:
        raise PictureError(f"{path.name} is empty (0 bytes). Copy it again from its source.")
    return lead


def _format_of(lead: bytes, name: str) -> str:
    for format, place, mark in LEADS:
        if lead[place : place + len(mark)] == mark:
            if format == "PNG" and len(lead) <= PNG_DEPTH_PLACE:
                raise PictureError(f"{name} is a PNG cut off in its first line. Copy it again.")
            return format
    raise PictureError(
        f"{name} is not a picture that can be read: it begins with {lead[:8]!r}. "
        f"Convert it to one of {READABLE}."
    )


def _open_heif(path: Path) -> Image.Image:
    try:
        reader = importlib.import_module("pillow_heif")
    except ImportError as error:
        raise MissingExtra("Reading HEIC pictures", "heif") from error
    image: Image.Image = reader.HeifImageFile(path)
    return image


def _check_pages(name: str, pages: int) -> None:
    if pages > 1:
        raise PictureError(
            f"{name} holds {pages} pages or frames. Save the one to be coloured, or each of them, "
            "as a file of its own."
        )


def _check_size(name: str, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise PictureError(
            f"{name} has {width} x {height} = {width * height:,} pixels, more than the limit of "
            f"{max_pixels:,}. If it is what you mean, raise the limit: "
            f"--max-pixels {width * height}."
        )
