"""What a picture that is dropped on an open one may be for it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadValue
from ..image import read_picture
from ..image.detect import has_color
from ..reference.colored import take_colors
from .opened import OpenPicture
from .store import plain_name, write_atomically


@dataclass(frozen=True, slots=True)
class Use:
    """Whether colours can come from it, and how."""

    colors: bool  # it has some
    taken: float = 0.0  # the share of the open picture that has its colours as a version of it
    why: str = ""  # it is no version of it


def use_of(opened: OpenPicture, name: str, data: bytes) -> Use:
    """What the picture in these bytes may be for the open one; nothing is kept.

    Raises:
        BadValue: a name that is none, or the open picture is not read yet.
        PictureError: it cannot be read.
    """
    lightness = opened.lightness
    if lightness is None:
        raise BadValue(opened.error or f"{opened.path.name} is not read yet.")
    with tempfile.TemporaryDirectory(prefix="chromafield-") as folder:
        path = Path(folder) / plain_name(name)
        write_atomically(path, data)
        picture = read_picture(path)
    if not has_color(picture):
        return Use(False)
    try:
        return Use(True, take_colors(lightness.cpu(), picture, path.name).taken)
    except BadValue as error:
        return Use(True, why=str(error))
