"""Three photographs to try the studio with, where scikit-image is installed: it ships them."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

from fastapi import APIRouter, Response
from PIL import Image

from ...errors import BadValue
from ._parts import AStudio

EXAMPLES = {"astronaut.png": "A portrait", "rocket.jpg": "A launch", "chelsea.png": "A cat"}
SMALL = 240  # pixels of the longer side of what the page offers


route = APIRouter(prefix="/api/examples", include_in_schema=False)


@route.get("")
def examples() -> list[dict[str, str]]:
    """What the page offers where no picture is open."""
    folder = _folder()
    there = [one for one in EXAMPLES.items() if folder and (folder / one[0]).exists()]
    return [{"name": name, "title": title} for name, title in there]


@route.get("/{name}")
def small(name: str) -> Response:
    """One of them, small and grey."""
    picture = _grey(name)
    picture.thumbnail((SMALL, SMALL))
    return Response(_encoded(picture), media_type="image/png")


@route.post("/{name}")
def begin(name: str, studio: AStudio) -> dict[str, str]:
    """Open one of them as if it had been dropped."""
    return {"id": studio.store.upload(Path(name).stem + ".png", _encoded(_grey(name)))}


def _folder() -> Path | None:
    """scikit-image's own, found without importing it."""
    found = importlib.util.find_spec("skimage")
    return Path(found.origin).parent / "data" if found and found.origin else None


def _grey(name: str) -> Image.Image:
    folder = _folder()
    if name not in EXAMPLES or folder is None or not (folder / name).exists():
        raise BadValue(f"There is no example {name!r}.")
    with Image.open(folder / name) as picture:
        return picture.convert("L")


def _encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
