"""The JSON of a hint file as hints; every error names the place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadValue, DataError
from ..image.swatches import is_hex
from ..settings import Scope, as_options, fits, names, names_of_files
from .document import (
    COLORED,
    GREY,
    LONGEST_SIDE,
    MOST_SAMPLES,
    MOST_SEED,
    NAMED,
    OWN_COLORS,
    SHAPES,
    THING,
    Hints,
    Mark,
    Position,
    Region,
    Sample,
)

READ = (1, 2, 3)  # the versions that are read
VERSION = READ[-1]
REACHES = {"reach", "bounded"}  # keys of a mark
NEW = {*REACHES, COLORED}  # keys of a mark that came with version 2
LONGEST_NAME = 1000  # characters


def parse_hints(value: Any, name: str, folder: Path) -> Hints:
    """Turn the JSON of a hint file into hints.

    Args:
        value: the parsed JSON.
        name: the file's name in error messages.
        folder: the folder of the pictures that it names.

    Raises:
        DataError, BadValue: as `read_hints`.
    """
    if not isinstance(value, dict) or value.get("chromafield") != "hints":
        raise DataError(f'{name} is no hint file: it does not say "chromafield": "hints".')
    version = value.get("version")
    if type(version) is not int or version not in READ:
        raise DataError(
            f"The hints {name} are of version {version!r}; this program reads versions "
            f"{', '.join(map(str, READ[:-1]))} and {VERSION}. Update it, or save the hints again."
        )
    return _Parser(name, folder, version).hints(value)


@dataclass(frozen=True, slots=True)
class _Parser:
    """Parser of a hint file; every error names the place in the file."""

    name: str
    folder: Path
    version: int

    def hints(self, value: dict[str, Any]) -> Hints:
        known = {"chromafield", "version", "marks", "same", "settings", "picture"}
        self._keys(value, "the file", known)
        marks, hidden = self._marks(value)
        if sum(mark.kind == COLORED for mark in marks) > 1:
            raise self._fail("marks", "two are of the kind colored; leave one of them out.")
        same = [self._pair(one, f"same[{i}]") for i, one in self._list(value, "same")]
        settings = self._settings(value.get("settings", {}))
        size = self._size(value["picture"]) if "picture" in value else None
        return Hints(tuple(marks), tuple(same), settings, size, hidden, self.folder)

    def _size(self, value: Any) -> tuple[int, int]:
        two = isinstance(value, (list, tuple)) and len(value) == 2
        if not two or not all(type(n) is int and 0 < n <= LONGEST_SIDE for n in value):
            raise self._fail(
                "picture",
                f"it is {value!r}; say its width and height in pixels, each up to {LONGEST_SIDE}.",
            )
        return value[0], value[1]

    def _fail(self, where: str, what: str) -> BadValue:
        return BadValue(f"{self.name}, {where}: {what}")

    def _keys(self, value: Any, where: str, known: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._fail(where, f"it is {value!r}, not an object.")
        if unknown := sorted(value.keys() - known):
            there = ", ".join(sorted(known))
            raise self._fail(where, f"{', '.join(unknown)} is unknown. There are: {there}.")
        return value

    def _list(self, value: dict[str, Any], key: str) -> Iterable[tuple[int, Any]]:
        found = value.get(key, [])
        if not isinstance(found, list):
            raise self._fail(key, f"it is {found!r}, not a list.")
        return enumerate(found)

    def _marks(self, value: dict[str, Any]) -> tuple[list[Mark], tuple[tuple[int, Mark], ...]]:
        """Those that count, and those that are hidden, with their places among all."""
        marks: list[Mark] = []
        hidden: list[tuple[int, Mark]] = []
        for i, one in self._list(value, "marks"):
            where = f"marks[{i}]"
            if self.version >= 3 and isinstance(one, dict):
                aside, one = one.get("hidden", False), {k: one[k] for k in one if k != "hidden"}
            else:
                aside = False
            if type(aside) is not bool:
                raise self._fail(where, f"hidden is {aside!r}; say true or false.")
            mark = self._mark(one, where)
            if aside:
                hidden.append((i, mark))
            else:
                marks.append(mark)
        return marks, tuple(hidden)

    def _mark(self, value: Any, where: str) -> Mark:
        known = {*SHAPES, *NAMED, "radius", "color", "sample", *REACHES}
        value = self._keys(value, where, known - (NEW if self.version == 1 else set()))
        kinds = [kind for kind in (*SHAPES, *NAMED) if kind in value]
        if len(kinds) != 1:
            raise self._fail(where, f"it must have one of {', '.join((*SHAPES, *NAMED))}.")
        (kind,) = kinds
        if "sample" in value:
            if set(value) != {"polygon", "sample"}:
                raise self._fail(where, "a sample is for a polygon, and has its own colours.")
            positions = self._positions(kind, value[kind], where)
            return Mark(kind, positions, sample=self._sample(value["sample"], where))
        round_ = kind in ("at", "path")
        if ("radius" in value) != round_:
            raise self._fail(where, f"a radius is {'missing' if round_ else 'of no use'}.")
        if ("color" in value) == (kind in OWN_COLORS):
            lack = "of no use: the picture has them" if kind in OWN_COLORS else "missing"
            raise self._fail(where, f"a color is {lack}.")
        color = GREY if kind in OWN_COLORS else self._color(value["color"], where)
        if kind == COLORED and (surplus := sorted(REACHES & set(value))):
            raise self._fail(where, f"{surplus[0]} is of no use: the whole picture is colored.")
        reach = self._reach(value, where)
        if kind in NAMED:
            return Mark(kind, source=self._source(value[kind], where), color=color, reach=reach)
        radius = self._radius(value["radius"], where) if round_ else 0.0
        positions = self._positions(kind, value[kind], where)
        return Mark(kind, positions, radius, color=color, reach=reach)

    def _reach(self, value: dict[str, Any], where: str) -> float:
        bounded, reach = value.get("bounded", False), value.get("reach", THING)
        if type(bounded) is not bool:
            raise self._fail(where, f"bounded is {bounded!r}; say true or false.")
        if not _is_number(reach) or not 0 <= reach <= 1:
            raise self._fail(
                where,
                f"its reach is {reach!r}; say a number from 0, the mark alone, over 0.5, the thing "
                "that it lies on, to 1, all like things.",
            )
        if bounded and "reach" in value and reach > 0:
            raise self._fail(where, f"it is bounded and has a reach of {reach}: leave one out.")
        return 0.0 if bounded else float(reach)

    def _sample(self, value: Any, where: str) -> Sample:
        two = isinstance(value, (list, tuple)) and len(value) == 2
        whole = two and all(type(n) is int for n in value)
        if not whole or not (0 <= value[0] <= MOST_SEED and 1 <= value[1] <= MOST_SAMPLES):
            raise self._fail(
                where,
                f"the sample is {value!r}; say its seed, from 0 to 2^63 - 1, and its number, from "
                f"1 to {MOST_SAMPLES}.",
            )
        return value[0], value[1]

    def _color(self, value: Any, where: str) -> str:
        if value == GREY:
            return GREY
        if not isinstance(value, str) or not re.fullmatch("#[0-9a-fA-F]{6}", value):
            raise self._fail(where, f"its color is {value!r}; say one as #a03020, or grey.")
        return value.lower()

    def _source(self, value: Any, where: str) -> str:
        plain = isinstance(value, str) and value and _is_name(value)
        if not plain or Path(value).is_absolute() or ".." in Path(value).parts:
            raise self._fail(
                where, f"{value!r} is no picture's name in the folder of the hints or below it."
            )
        return str(value)

    def _positions(self, kind: str, value: Any, where: str) -> tuple[Position, ...]:
        if kind == "at":
            return (self._position(value, where),)
        minimum = 3 if kind == "polygon" else 1
        if not isinstance(value, list) or len(value) < minimum:
            raise self._fail(where, f"its {kind} is a list of at least {minimum} places.")
        return tuple(self._position(position, where) for position in value)

    def _pair(self, value: Any, where: str) -> tuple[Region, Region]:
        if not isinstance(value, list) or len(value) != 2:
            raise self._fail(where, "it must be a list of two regions.")
        one, other = (self._region(part, f"{where}[{i}]") for i, part in enumerate(value))
        return one, other

    def _region(self, value: Any, where: str) -> Region:
        value = self._keys(value, where, {"at", "radius", "polygon"})
        if set(value) == {"polygon"}:
            return Region(self._positions("polygon", value["polygon"], where))
        if set(value) == {"at", "radius"}:
            return Region(
                (self._position(value["at"], where),), self._radius(value["radius"], where)
            )
        raise self._fail(where, "a region is a polygon, or a disc by at and radius.")

    def _position(self, value: Any, where: str) -> Position:
        two = isinstance(value, (list, tuple)) and len(value) == 2
        if not two or not all(_is_number(n) and 0 <= n <= 1 for n in value):
            raise self._fail(where, f"the place {value!r} must be [x, y], each from 0 to 1.")
        return float(value[0]), float(value[1])

    def _radius(self, value: Any, where: str) -> float:
        if not _is_number(value) or not 0 < value <= 0.5:
            raise self._fail(
                where, f"its radius is {value!r}; it is a share of the longer side, up to 0.5."
            )
        return float(value)

    def _settings(self, value: Any) -> tuple[tuple[str, Any], ...]:
        value = dict(self._keys(value, "settings", {*names(Scope.HINTS), "sample"}))
        if "sample" in value:
            value["sample"] = self._sample(value["sample"], "settings")
        for name, one in value.items():
            if name != "sample" and not fits(name, one):
                raise self._fail("settings", f"{name} is {one!r}, not of the kind it should be.")
        for name in names_of_files():
            if name in value and not is_hex(value[name]):
                self._source(value[name], "settings")
        if "options" in value:
            value["options"] = as_options(value["options"])
        return tuple(value.items())


def _is_name(value: str) -> bool:
    """Whether a file can have the name on every system."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\\" not in value and "\0" not in value and len(value) <= LONGEST_NAME


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
