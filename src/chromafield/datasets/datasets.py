"""Datasets of photographs: folders or archives, read where they lie.

A path like `lfw.rest:PATH` is a published data set in its own layout; see `layouts`.

A picture's identity is its dataset's name and its path inside, so the split into training and
held-out pictures is the same on every machine and survives added pictures.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ..errors import DataError, PictureError
from ..image import at_depth, from_pillow, three_channels
from .archives import names_in, read_member

# All of Pillow's formats at once: it loads most of them at the first picture that needs one, and a
# second thread whose picture needs one meanwhile is told that it is no picture.
Image.init()

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}
SEGMENTS = "_segments"  # at the end of a pack's name: what people drew on its pictures
# What Pillow and zipfile raise for damaged, encrypted or oddly packed files.
DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph of a dataset: a file in a folder, or a member of an archive."""

    pack: str  # the dataset's name, without folder or suffix
    name: str  # path inside the pack, with forward slashes
    source: Path  # the folder or the archive
    listed: str = ""  # its label, where a list beside the pictures has one

    @property
    def label(self) -> str:
        """What a list says of it, or else the folder it lies in; empty at the top."""
        return self.listed or PurePosixPath(self.name).parent.name

    def share(self) -> float:
        """A number in [0, 1) that depends on the dataset and the name alone."""
        digest = hashlib.sha256(f"{self.pack}/{self.name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    def read_bytes(self) -> bytes:
        return read_member(self.source, self.name)

    def read_rgb(self) -> NDArray[np.uint8]:
        """The picture as (h, w, 3) sRGB bytes, upright.

        Raises:
            DataError: it cannot be read; the message names the file.
        """
        try:
            with Image.open(io.BytesIO(self.read_bytes())) as image:
                levels = at_depth(from_pillow(image).pixels, 8)
        except (PictureError, *DAMAGE) as error:
            # Pillow would name the bytes' place in memory.
            why = "it is no picture" if isinstance(error, UnidentifiedImageError) else error
            raise DataError(
                f"The picture {self.name} in {self.source} cannot be read ({why}). "
                "Remove or replace it."
            ) from error
        return three_channels(levels).astype(np.uint8, copy=False)

    def read_segments(self) -> NDArray[np.uint8] | None:
        """A label a pixel, (h, w), as a person drew them; None if the pack has none.

        The pack `NAME.zip` has its segments in `NAME_segments.zip` beside it, the folder `NAME` in
        `NAME_segments`: a PNG of the picture's size and name. 0 is the background, 255 unknown.

        Raises:
            DataError: they cannot be read, or are of another size; the message names the file.
        """
        source = self.source.with_name(f"{self.source.stem}{SEGMENTS}{self.source.suffix}")
        if not source.exists():
            return None
        name = str(PurePosixPath(self.name).with_suffix(".png"))
        drawn = Photo(self.pack, name, source)
        try:
            with Image.open(io.BytesIO(drawn.read_bytes())) as image:
                return np.array(image.convert("L"))
        except DAMAGE as error:
            raise DataError(
                f"The segments {name} in {source} cannot be read ({error}). A pack with segments "
                "has a PNG for each of its pictures."
            ) from error


def list_photos(paths: Sequence[Path]) -> list[Photo]:
    """All photographs of the given folders, archives and published data sets, in a fixed order.

    Raises:
        DataError: a path is missing, is no folder or archive, holds no picture, or is laid out in
            another way than the data set that it is said to be.
        MissingExtra: it is a database, and its reader is not installed.
    """
    from .layouts import find_layout, list_layout  # it lists photographs too

    photos = []
    for path in paths:
        if (layout := find_layout(str(path))) is not None:
            found = list_layout(*layout)
        else:
            names = sorted(name for name in names_in(path) if is_picture(name))
            found = [Photo(path.stem, name, path) for name in names]
        if not found:
            raise DataError(f"{path} holds no pictures ({', '.join(sorted(SUFFIXES))}).")
        photos += found
    if not photos:
        raise DataError("No pictures were named. Give at least one folder or zip archive.")
    return photos


def first_of_each(photos: Sequence[Photo], limit: int | None) -> list[Photo]:
    """At most `limit` photos of each dataset."""
    if limit is None:
        return list(photos)
    packs = sorted({photo.pack for photo in photos})
    return [p for pack in packs for p in [q for q in photos if q.pack == pack][:limit]]


def split(photos: Sequence[Photo], held_out: float) -> tuple[list[Photo], list[Photo]]:
    """Training pictures and the share `held_out` of them kept apart, by hash of the name."""
    train = [photo for photo in photos if photo.share() >= held_out]
    return train, [photo for photo in photos if photo.share() < held_out]


def is_picture(name: str) -> bool:
    """By its suffix; folders and the files that desktops hide beside pictures are none."""
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden and not name.endswith("/")
