"""Hints: colours that a person gives, and regions that must agree.

Positions are shares of the picture's width and height, counted from the upper left after EXIF
orientation, so hints made on a small copy suit the scan. Radii are shares of the longer side.
Colours are sRGB, or "grey". Where marks overlap the later one counts. `file.py` reads and writes
them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..image.swatches import is_hex
from ..settings import Scope, names, names_of_files

GREY = "grey"
THING = 0.5  # the reach of a mark that says nothing of it: the thing that it lies on
SHAPES = ("at", "path", "polygon")  # kinds of marks that have positions
COLORED = "colored"  # the kind of the whole picture as another program coloured it
NAMED = ("mask", "layer", "scribbles", COLORED)  # kinds of marks that name a picture
OWN_COLORS = ("layer", "scribbles", COLORED)  # kinds whose picture holds the colours
Position = tuple[float, float]  # x and y, 0 to 1
Sample = tuple[int, int]  # its seed, and its number from 1
MOST_SAMPLES = 64  # of one seed: the number of a sample costs as much as all before it
MOST_SEED = 2**63 - 1
LONGEST_SIDE = 10_000_000  # pixels


@dataclass(frozen=True, slots=True)
class Mark:
    """The colour that a person gives to some pixels."""

    kind: str  # one of `SHAPES` and `NAMED`
    positions: tuple[Position, ...] = ()  # a disc's middle, a stroke's points, a polygon's corners
    radius: float = 0.0  # of a disc and a stroke, shares of the longer side
    source: str = ""  # the name of the picture, for the kinds in `NAMED`
    color: str = GREY  # "#rrggbb" or "grey"; the kinds in `OWN_COLORS` do not use it
    sample: Sample | None = None  # a polygon takes its automatic colours from this sample
    reach: float = THING  # 0 for the marked pixels alone, 0.5 for the thing, 1 for all like things


@dataclass(frozen=True, slots=True)
class Region:
    """A disc (one position) or a polygon (at least three)."""

    positions: tuple[Position, ...]
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Hints:
    """All that a person gives for one picture."""

    marks: tuple[Mark, ...] = ()
    same: tuple[tuple[Region, Region], ...] = ()  # pairs that share one average colour
    settings: tuple[tuple[str, Any], ...] = ()  # names and values of `Settings`, and a sample
    picture: tuple[int, int] | None = None  # width and height of the picture they were made on
    hidden: tuple[tuple[int, Mark], ...] = ()  # marks that change nothing, and their places in all
    folder: Path = field(default=Path(), compare=False)  # the folder of the named pictures

    @property
    def sample(self) -> Sample | None:
        """The sample that the whole picture takes its automatic colours from, if any."""
        chosen: Sample | None = dict(self.settings).get("sample")
        return chosen

    @property
    def drawn(self) -> tuple[Mark, ...]:
        """The marks that give colours to pixels of the picture itself."""
        return tuple(m for m in self.marks if not m.sample and m.kind != COLORED)

    @property
    def without_bounded(self) -> Hints:
        """The same without the marks that change nothing but their own pixels."""
        kept = tuple(mark for mark in self.marks if mark.sample or mark.reach > 0)
        return self if len(kept) == len(self.marks) else replace(self, marks=kept)

    @property
    def colored(self) -> Path | None:
        """The picture as another program coloured it, over whose colours the marks lie."""
        found = [mark.source for mark in self.marks if mark.kind == COLORED]
        return self.folder / found[0] if found else None

    def with_colored(self, path: Path) -> Hints:
        """The same over the colours of this picture, which another program coloured."""
        rest = tuple(mark for mark in self.marks if mark.kind != COLORED)
        return replace(self, marks=(Mark(COLORED, source=str(path.absolute())), *rest))

    @property
    def empty(self) -> bool:
        """Whether the hints leave the automatic colours as they are."""
        return not self.marks and not self.same and self.sample is None

    def resolved_settings(self) -> dict[str, Any]:
        """The settings for a `Colorizer`, with the paths of pictures resolved from the folder."""
        chosen = {name: value for name, value in self.settings if name in names(Scope.HINTS)}
        for name in names_of_files():
            if name in chosen and not is_hex(chosen[name]):
                chosen[name] = str(self.folder / chosen[name])
        return chosen


def disc(x: float, y: float, radius: float, color: str) -> Mark:
    """Return a mark that gives a disc one colour."""
    return Mark("at", ((x, y),), radius, color=color)


def stroke(path: Iterable[Position], radius: float, color: str) -> Mark:
    """Return a mark that gives a line through some positions one colour."""
    return Mark("path", tuple(path), radius, color=color)
