"""Hints: colours that a person gives, and regions that must agree; in a file beside the picture.

    {
      "chromafield": "hints",
      "version": 1,
      "points":  [{"at": [0.31, 0.62], "radius": 0.01, "color": "#a03020"}],
      "strokes": [{"path": [[0.1, 0.8], [0.4, 0.85]], "radius": 0.005, "color": "#306020"}],
      "same":    [[{"at": [0.2, 0.5], "radius": 0.03},
                   {"polygon": [[0.7, 0.4], [0.8, 0.4], [0.8, 0.6]]}]]
    }

Places are shares of the picture's width and height, counted from the upper left after EXIF
orientation, so hints made on a small copy suit the scan; radii are shares of the longer side.
Colours are sRGB. Where marks overlap the later counts: points first, then strokes.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import GaussianBelief
from ..color import rgb_to_lab
from ..errors import BadValue, DataError
from ..fields.gcrf import Tie

VERSION = 1
PRECISION = 1.0  # of a cell that a mark covers whole, 1 / ab^2
LEAST = 0.1  # of it: what a mark counts in a cell that it hardly touches
SUBPIXELS = 4  # bits of a pixel's fraction that drawing keeps

Place = tuple[float, float]  # x and y, 0 to 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A point (a path of one place) or a stroke, in one colour."""

    path: tuple[Place, ...]
    radius: float  # of the longer side
    color: str  # "#rrggbb"


@dataclass(frozen=True, slots=True)
class Region:
    """A disc, or a polygon of at least three places."""

    at: Place | None = None
    radius: float = 0.0
    polygon: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    marks: tuple[Mark, ...] = ()
    same: tuple[tuple[Region, Region], ...] = ()  # pairs that share one average colour

    @property
    def digest(self) -> str:
        """SHA-256 of what they say: the same hints, the same digest."""
        return hashlib.sha256(json.dumps(told(self)).encode()).hexdigest()

    def belief(self, size: tuple[int, int], grid: tuple[int, int]) -> GaussianBelief:
        """The marks on a field's grid: each cell by its covered share and mean colour.

        Args:
            size: the picture's height and width, in which the marks are drawn.
        """
        drawn = _draw(self.marks, size)
        rows, columns = drawn.nonzero()
        colours = torch.stack([_ab(mark.color) for mark in self.marks] or [torch.zeros(2)])
        own = colours[torch.from_numpy(drawn[rows, columns].astype(np.int64)) - 1]
        cell = torch.from_numpy(
            (rows * grid[0] // size[0]) * grid[1] + columns * grid[1] // size[1]
        )
        count = torch.bincount(cell, minlength=grid[0] * grid[1]).float()
        total = torch.zeros(2, grid[0] * grid[1]).index_add_(1, cell, own.T)
        area = size[0] * size[1] / (grid[0] * grid[1])
        share = torch.where(count > 0, (count / area).clamp(LEAST, 1.0), 0.0)
        mean = total / count.clamp_min(1)
        return GaussianBelief(mean.view(1, 2, *grid), PRECISION * share.view(1, 1, *grid))

    def ties(self, grid: tuple[int, int]) -> list[Tie]:
        """The pairs of regions on a field's grid."""
        return [Tie(_cover(one, grid), _cover(other, grid)) for one, other in self.same]


def _draw(marks: Sequence[Mark], size: tuple[int, int]) -> NDArray[np.uint16]:
    """The number of the mark on each pixel, from 1; 0 where there is none."""
    drawn = np.zeros(size, np.uint16)
    for number, mark in enumerate(marks, start=1):
        radius = max(mark.radius * max(size), 0.5)
        ends = [_pixel(place, size) for place in mark.path]
        for x, y in ends:
            cv2.circle(
                drawn, (x, y), round(radius * 2**SUBPIXELS), number, cv2.FILLED, shift=SUBPIXELS
            )
        for a, b in itertools.pairwise(ends):
            cv2.line(drawn, a, b, number, max(round(2 * radius), 1), shift=SUBPIXELS)
        if not (drawn == number).any():  # smaller than a pixel
            x, y = ends[0]
            drawn[_inside(y, size[0]), _inside(x, size[1])] = number
    return drawn


def _inside(place: int, side: int) -> int:
    return min(max(place >> SUBPIXELS, 0), side - 1)


def _pixel(place: Place, size: tuple[int, int]) -> tuple[int, int]:
    """Where OpenCV draws a place, in parts of a pixel; its pixels' middles are whole numbers."""
    x, y = place
    scale = 2**SUBPIXELS
    return round((x * size[1] - 0.5) * scale), round((y * size[0] - 0.5) * scale)


def _cover(region: Region, grid: tuple[int, int]) -> Float[Tensor, "h w"]:
    """Each cell's share of the region, drawn eight times finer."""
    fine = (8 * grid[0], 8 * grid[1])
    plane = np.zeros(fine, np.uint8)
    if region.at is not None:
        radius = round(region.radius * max(fine) * 2**SUBPIXELS)
        cv2.circle(plane, _pixel(region.at, fine), radius, 1, cv2.FILLED, shift=SUBPIXELS)
    else:
        corners = np.array([_pixel(place, fine) for place in region.polygon], np.int32)
        cv2.fillPoly(plane, [corners], 1, shift=SUBPIXELS)
    whole = torch.from_numpy(plane).float().view(grid[0], 8, grid[1], 8)
    return whole.mean((1, 3))


def _ab(color: str) -> Float[Tensor, " 2"]:
    levels = torch.tensor([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    return rgb_to_lab(levels.view(3, 1, 1).float() / 255)[1:, 0, 0]


def read_hints(path: Path) -> Hints:
    """Read a hint file.

    Raises:
        DataError: it cannot be read, is no hint file, or is of a later version.
        BadValue: something in it is not what it should be; the message names it.
    """
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"The hints {path} cannot be read ({error}).") from error
    if not isinstance(told, dict) or told.get("chromafield") != "hints":
        raise DataError(f'{path} is no hint file: it does not say "chromafield": "hints".')
    if told.get("version") != VERSION:
        raise DataError(
            f"The hints {path} are of version {told.get('version')!r}; this program reads "
            f"{VERSION}. Update it, or save the hints again."
        )
    return Parser(path).hints(told)


@dataclass(frozen=True, slots=True)
class Parser:
    """Reads the parts of a hint file; every error says where in it."""

    path: Path

    def hints(self, told: dict[str, Any]) -> Hints:
        self._keys(told, "the file", {"chromafield", "version", "points", "strokes", "same"})
        points = [self._mark(one, f"points[{i}]", "at") for i, one in self._list(told, "points")]
        strokes = [
            self._mark(one, f"strokes[{i}]", "path") for i, one in self._list(told, "strokes")
        ]
        same = [self._pair(one, f"same[{i}]") for i, one in self._list(told, "same")]
        return Hints((*points, *strokes), tuple(same))

    def _fail(self, where: str, what: str) -> BadValue:
        return BadValue(f"{self.path}, {where}: {what}")

    def _keys(self, told: Any, where: str, known: set[str]) -> dict[str, Any]:
        if not isinstance(told, dict):
            raise self._fail(where, f"it is {told!r}, not an object.")
        if unknown := sorted(told.keys() - known):
            raise self._fail(
                where, f"{', '.join(unknown)} is unknown. There are: {', '.join(sorted(known))}."
            )
        return told

    def _list(self, told: dict[str, Any], key: str) -> Iterable[tuple[int, Any]]:
        found = told.get(key, [])
        if not isinstance(found, list):
            raise self._fail(key, f"it is {found!r}, not a list.")
        return enumerate(found)

    def _mark(self, told: Any, where: str, path: str) -> Mark:
        told = self._keys(told, where, {path, "radius", "color"})
        places = [told.get("at")] if path == "at" else told.get("path")
        if not isinstance(places, list) or not places:
            raise self._fail(where, "its path must be a list of places.")
        color = told.get("color")
        if not isinstance(color, str) or not re.fullmatch("#[0-9a-fA-F]{6}", color):
            raise self._fail(where, f"its color is {color!r}; say one as #a03020.")
        path_ = tuple(self._place(place, where) for place in places)
        return Mark(path_, self._radius(told.get("radius"), where), color.lower())

    def _pair(self, told: Any, where: str) -> tuple[Region, Region]:
        if not isinstance(told, list) or len(told) != 2:
            raise self._fail(where, "it must be a list of two regions.")
        one, other = (self._region(part, f"{where}[{i}]") for i, part in enumerate(told))
        return one, other

    def _region(self, told: Any, where: str) -> Region:
        told = self._keys(told, where, {"at", "radius", "polygon"})
        if "polygon" not in told:
            at = self._place(told.get("at"), where)
            return Region(at, self._radius(told.get("radius"), where))
        corners = told["polygon"]
        if not isinstance(corners, list) or len(corners) < 3 or len(told) > 1:
            raise self._fail(where, "a polygon is a list of at least three places, and all.")
        return Region(polygon=tuple(self._place(corner, where) for corner in corners))

    def _place(self, told: Any, where: str) -> Place:
        if (
            not isinstance(told, list)
            or len(told) != 2
            or not all(_is_number(n) and 0 <= n <= 1 for n in told)
        ):
            raise self._fail(where, f"the place {told!r} must be [x, y], each from 0 to 1.")
        return float(told[0]), float(told[1])

    def _radius(self, told: Any, where: str) -> float:
        if not _is_number(told) or not 0 < told <= 0.5:
            raise self._fail(
                where, f"its radius is {told!r}; it is a share of the longer side, up to 0.5."
            )
        return float(told)


def _is_number(told: Any) -> bool:
    return isinstance(told, (int, float)) and not isinstance(told, bool)


def write_hints(path: Path, hints: Hints) -> None:
    """Write a hint file that `read_hints` reads back equal."""
    path.write_text(json.dumps(told(hints), indent=1) + "\n", "utf-8")


def told(hints: Hints) -> dict[str, object]:
    """What a hint file says, for JSON."""
    points = [m for m in hints.marks if len(m.path) == 1]
    strokes = [m for m in hints.marks if len(m.path) > 1]
    return {
        "chromafield": "hints",
        "version": VERSION,
        "points": [{"at": m.path[0], "radius": m.radius, "color": m.color} for m in points],
        "strokes": [{"path": m.path, "radius": m.radius, "color": m.color} for m in strokes],
        "same": [[_told_region(one) for one in pair] for pair in hints.same],
    }


def _told_region(region: Region) -> dict[str, object]:
    if region.at is None:
        return {"polygon": region.polygon}
    return {"at": region.at, "radius": region.radius}
