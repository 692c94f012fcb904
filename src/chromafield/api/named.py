"""What is in memory as the files that settings name: palettes, references, hints.

The files lie in a folder of this process, by the digest of what they hold, so that equal things are
one file; they go when the process ends.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import BadValue, PictureError
from ..hints.document import NAMED, Hints
from ..hints.file import VERSION, parse_hints, to_json
from ..image import Picture, encode_picture, from_array, from_pillow, three_channels
from ..storage import write_atomically

Held = bytes | bytearray | memoryview  # what a picture's file holds
Name = str | os.PathLike[str] | Held | IO[bytes]  # of a file, or what it holds
Colors = str | os.PathLike[str] | Image.Image | NDArray[Any] | Held  # a picture's colours
Palette = Colors | Sequence[str | tuple[int, int, int]]
References = Colors | Sequence[Colors]
HintsGiven = str | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]] | Hints

HELD = (bytes, bytearray, memoryview)
IN_MEMORY = (Image.Image, np.ndarray, *HELD)
PICTURES = ("palette", "reference", "colors_from")


def is_open(given: object) -> TypeGuard[IO[bytes]]:
    """Whether it is an open file, and no picture of Pillow's."""
    return callable(getattr(given, "read", None))


def named_files(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with what is in memory as files' names; all else is passed as it is.

    Raises:
        BadValue: a palette's colour, a picture or a mark that is none.
        PictureError: a picture that cannot be read.
    """
    found = dict(settings)
    for name in PICTURES:
        if isinstance(found.get(name), Mapping):
            kinds = "a picture" + ("; a list of colours does too" if name == "palette" else "")
            raise BadValue(f"The {name} is a dict. Give {kinds}.")
    if isinstance(found.get("palette"), (list, tuple)):
        found["palette"] = ",".join(_hex(color) for color in found["palette"])
    if isinstance(found.get("reference"), (list, tuple)):
        found["reference"] = _pictures_folder(found["reference"])
    for name in PICTURES:
        if isinstance(found.get(name), IN_MEMORY):
            found[name] = _picture_file(found[name])
    given = found.get("hints")
    if isinstance(given, (list, tuple)):
        given = {"marks": given}
    if isinstance(given, (Mapping, Hints)):
        found["hints"] = _hints_file(given)
    return found


def _hex(color: object) -> str:
    if isinstance(color, str):
        return color
    levels = tuple(color) if isinstance(color, (list, tuple, np.ndarray)) else ()
    if len(levels) != 3 or not all(0 <= one <= 255 and int(one) == one for one in levels):
        raise BadValue(f"The palette's colour {color!r} is none; write '#a03020' or (160, 48, 32).")
    return "#{:02x}{:02x}{:02x}".format(*(int(one) for one in levels))


def _picture_file(given: Image.Image | NDArray[Any] | Held) -> str:
    if isinstance(given, HELD):
        path = _file(bytes(given), "")
        if not path.exists():
            write_atomically(path, bytes(given))
        return str(path)
    picture = from_pillow(given) if isinstance(given, Image.Image) else from_array(given)
    pixels = three_channels(picture.pixels)
    alpha = b"" if picture.alpha is None else picture.alpha.tobytes()
    path = _file(repr(pixels.shape).encode() + pixels.tobytes() + alpha, ".png")
    if not path.exists():
        bare = Picture(pixels, picture.alpha, picture.depth)
        write_atomically(path, encode_picture(".png", pixels, bare))
    return str(path)


def _pictures_folder(given: Sequence[Colors]) -> str:
    """A folder with copies of the pictures, each a file's name or in memory."""
    files = [Path(_picture_file(one) if isinstance(one, IN_MEMORY) else one) for one in given]
    try:
        held = [path.read_bytes() for path in files]
    except OSError as error:
        raise PictureError(f"The reference {error.filename} cannot be read.") from error
    folder = _file(b"".join(hashlib.sha256(one).digest() for one in held), "")
    folder.mkdir(exist_ok=True)
    for number, (path, data) in enumerate(zip(files, held, strict=True)):
        write_atomically(folder / f"{number}{path.suffix}", data)
    return str(folder)


def _hints_file(given: Mapping[str, Any] | Hints) -> str:
    """A hint file beside the pictures that the hints name, which are copied to it."""
    folder = given.folder if isinstance(given, Hints) else Path()
    document = dict(to_json(given) if isinstance(given, Hints) else given)
    document = {"chromafield": "hints", "version": VERSION} | document
    marks = document.get("marks", ())
    if isinstance(marks, (list, tuple)):
        document["marks"] = [_with_own_pictures(mark, folder) for mark in marks]
    try:
        text = json.dumps(document)
    except TypeError as error:
        raise BadValue(f"The hints are no hint file's content ({error}).") from error
    path = _file(text.encode(), ".json")
    parse_hints(json.loads(text), "The hints", path.parent)  # its errors name no file of ours
    if not path.exists():
        write_atomically(path, text)
    return str(path)


def _with_own_pictures(mark: Any, folder: Path) -> Any:
    """The mark with its picture's name in this process's folder."""
    if not isinstance(mark, Mapping):
        return mark
    own = dict(mark)
    for kind in NAMED:
        source = own.get(kind)
        if isinstance(source, (Image.Image, np.ndarray)):
            own[kind] = Path(_picture_file(source)).name
        elif isinstance(source, (str, os.PathLike)) and (folder / source).is_file():
            path = _file((folder / source).read_bytes(), Path(source).suffix)
            shutil.copyfile(folder / source, path)
            own[kind] = path.name
    return own


def _file(content: bytes, ending: str) -> Path:
    return _folder(os.getpid()) / f"{hashlib.sha256(content).hexdigest()[:24]}{ending}"


@functools.cache
def _folder(process: int) -> Path:
    """A process's own; a fork of it leaves it alone."""
    folder = tempfile.mkdtemp(prefix="chromafield-")

    def remove() -> None:
        if os.getpid() == process:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return Path(folder)
