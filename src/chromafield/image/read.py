"""A picture file to a `Picture`: every bit of its levels and all it says beside them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from ..defaults import MAX_PIXELS
from ..errors import PictureError
from ._exif import density_of, is_adobe_rgb, orientation_of, settled, turn_upright
from ._guard import damage_named
from ._icc import adobe_rgb_bytes
from ._kinds import format_of, lead_of, misnamed
from ._modes import Decoded
from ._stderr import overheard
from ._xmp import orientation_in, settled_xmp
from .picture import Picture, Tags, at_depth
from .profile import to_srgb_or_aside

DAMAGED_BESIDE = "{} has damage beside its pixels, which was left aside."


@dataclass(frozen=True)
class Found:
    """A file taken apart, before its colours become sRGB and it is turned upright."""

    decoded: Decoded
    tags: Tags
    orientation: int | None = None  # what the format itself says, before EXIF and XMP
    notes: tuple[str, ...] = field(default=())


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a picture, upright and as sRGB.

    What was left aside, and damage that a decoder passes over, is said in the picture's notes.

    Args:
        max_pixels: width times height beyond which a file is refused before it is decoded.

    Raises:
        PictureError: no such file, not a picture, damaged, cut off, too large, of several pages,
            a raw file, or with colours that cannot be read exactly.
    """
    from ._formats import READERS  # which need what stands here

    path = Path(path)
    format = format_of(lead_of(path), path.name)
    with overheard(), damage_named(path.name, format):  # nothing of a C library is shown
        found = READERS[format](path, max_pixels)
        picture = finished(found, format, path.name)
    wrong_name = misnamed(path.name, format)
    return replace(picture, notes=(wrong_name, *picture.notes)) if wrong_name else picture


def finished(found: Found, format: str, name: str) -> Picture:
    """Levels as they stood in a file to an upright sRGB picture."""
    decoded, tags = found.decoded, found.tags
    profile = decoded.icc
    if profile is None and tags.icc is None and is_adobe_rgb(tags.exif):
        profile = adobe_rgb_bytes()
    pixels, icc, aside = to_srgb_or_aside(decoded.pixels, profile, name)
    alpha = decoded.alpha
    orientation = next(
        (
            orientation
            for orientation in (
                found.orientation,
                orientation_of(tags.exif),
                orientation_in(tags.xmp),
            )
            if orientation is not None
        ),
        1,
    )
    pixels = turn_upright(pixels, orientation)
    if alpha is not None:
        alpha = turn_upright(at_depth(alpha, 8 * pixels.dtype.itemsize), orientation)
    tags = replace(
        tags,
        icc=icc,
        dpi=tags.dpi or density_of(tags.exif),
        exif=settled(tags.exif, (pixels.shape[0], pixels.shape[1])),
        xmp=settled_xmp(tags.xmp),
    )
    notes = (*found.notes, *decoded.notes, *((aside,) if aside else ()))
    return Picture(pixels, alpha, decoded.depth, tags, format, notes)


def check_pages(name: str, pages: int) -> None:
    if pages > 1:
        raise PictureError(
            f"{name} holds {pages} pages or frames. Save the one to be coloured, or each of them, "
            "as a file of its own."
        )


def check_size(name: str, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise PictureError(
            f"{name} has {width} x {height} = {width * height:,} pixels, more than the limit of "
            f"{max_pixels:,}. If it is what you mean, raise the limit: "
            f"--max-pixels {width * height}."
        )
