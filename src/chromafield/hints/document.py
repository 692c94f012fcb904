"""Hints: colours that a person gives, and regions that must agree.

Places are shares of the picture's width and height, counted from the upper left after EXIF
orientation, so hints made on a small copy suit the scan; radii are shares of the longer side.
Colours are sRGB, or "grey". Where marks overlap the later counts. How they are written is in
`hint_file`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..image.swatches import is_hex
from ..settings import Scope, names, names_of_files

GREY = "grey"
DRAWN = ("at", "path", "polygon")  # kinds of marks that have places,
NAMED = ("mask", "layer", "scribbles")  # and that name a picture
OWN_COLOURS = ("layer", "scribbles")  # those whose picture has the colours
Place = tuple[float, float]  # x and y, 0 to 1
Sample = tuple[int, int]  # its seed, and its number from 1


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person says of some pixels."""

    kind: str  # one of `DRAWN` and `NAMED`
    places: tuple[Place, ...] = ()  # one of a disc, some of a stroke, the corners of a polygon
    radius: float = 0.0  # of a disc and a stroke, shares of the longer side
    source: str = ""  # the picture's name
    color: str = GREY  # "#rrggbb" or "grey"; of a layer and of scribbles their own
    sample: Sample | None = None  # of a polygon: takes its automatic colours from this one


@dataclass(frozen=True, slots=True)
class Region:
    """A disc (one place) or a polygon (at least three)."""

    places: tuple[Place, ...]
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Hints:
    marks: tuple[Mark, ...] = ()
    same: tuple[tuple[Region, Region], ...] = ()  # pairs that share one average colour
    settings: tuple[tuple[str, Any], ...] = ()  # of `Settings`, and a sample
    picture: tuple[int, int] | None = None  # width and height of the one they were made on
    folder: Path = field(default=Path(), compare=False)  # where named pictures lie

    @property
    def sample(self) -> Sample | None:
        """The one that the whole picture takes its automatic colours from."""
        chosen: Sample | None = dict(self.settings).get("sample")
        return chosen

    @property
    def silent(self) -> bool:
        """Whether they leave the automatic colours as they are."""
        return not self.marks and not self.same and self.sample is None

    def placed_settings(self) -> dict[str, Any]:
        """The settings of a `Colorizer`, its pictures named from here, not from the file."""
        chosen = {name: value for name, value in self.settings if name in names(Scope.HINTS)}
        for name in names_of_files():
            if name in chosen and not is_hex(chosen[name]):
                chosen[name] = str(self.folder / chosen[name])
        return chosen


def disc(x: float, y: float, radius: float, color: str) -> Mark:
    """A point of one colour."""
    return Mark("at", ((x, y),), radius, color=color)


def stroke(path: Iterable[Place], radius: float, color: str) -> Mark:
    """A line of one colour through some places."""
    return Mark("path", tuple(path), radius, color=color)
