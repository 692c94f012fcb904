"""The hint file: hints as JSON, and JSON as hints. Unknown keys are refused by name.

    {
      "chromafield": "hints",
      "version": 2,
      "marks": [
        {"at": [0.31, 0.62], "radius": 0.01, "color": "#a03020", "reach": 0.7},
        {"path": [[0.1, 0.8], [0.4, 0.85]], "radius": 0.005, "color": "#306020"},
        {"polygon": [[0.7, 0.1], [0.9, 0.1], [0.9, 0.3]], "color": "grey"},
        {"mask": "coat.png", "color": "#405060"},
        {"layer": "painted.png"},
        {"colored": "from-a-service.jpg"},
        {"polygon": [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9]], "sample": [3, 2]}
      ],
      "same": [[{"at": [0.2, 0.5], "radius": 0.03},
                {"polygon": [[0.7, 0.4], [0.8, 0.4], [0.8, 0.6]]}]],
      "settings": {"model": "lite-unet", "field": "gcrf", "seed": 3},
      "picture": [3000, 2000]
    }

A mark reaches the thing that it lies on; `reach` says more or less, from 0, where nothing outside
the mark moves, over 0.5, the thing, to 1, wherever like things are. `"bounded": true` says 0. One
picture may be `colored`: the whole as another program coloured it; all other marks lie over its
colours. A file of version 1 is read, too; it has no reaches and no coloured picture.

Names of pictures are relative to the file's folder. A sample [seed, number] is the colouring that
`--samples` gives with this seed at this number; as a setting it applies to the whole picture.
`picture` is the width and height of the picture that the hints were made on; they suit pictures of
its aspect. docs/hints.schema.json is the same for programs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadValue, DataError
from ..image.swatches import is_hex
from ..settings import Scope, as_options, fits, names, names_of_files
from ..storage import write_atomically
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

SUFFIX = ".hints.json"  # after a picture's whole name: the hints that are kept beside it
VERSION = 2
READ = (1, 2)  # the versions that are read
REACHES = {"reach", "bounded"}  # keys of a mark
NEW = {*REACHES, COLORED}  # keys of a mark that came with version 2
LONGEST_NAME = 1000  # characters


def read_hints(path: Path) -> Hints:
    """Read a hint file.

    Raises:
        DataError: it cannot be read, is not a hint file, or is of a later version.
        BadValue: a value in it is wrong; the message names it.
    """
    return parse_hints(read_json(path), str(path), path.parent)


def read_json(path: Path) -> Any:
    """Parse the JSON of a hint file without checking it.

    Raises:
        DataError: it cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"The hints {path} cannot be read ({error}).") from error


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
            f"{' and '.join(map(str, READ))}. Update it, or save the hints again."
        )
    return _Parser(name, folder, version).hints(value)


def write_hints(path: Path, hints: Hints) -> None:
    """Write a hint file that `read_hints` reads back equal."""
    write_atomically(path, json.dumps(to_json(hints), indent=1) + "\n")


def to_json(hints: Hints) -> dict[str, object]:
    """Return the content of a hint file as values for JSON."""
    size = {"picture": hints.picture} if hints.picture else {}
    return {
        "chromafield": "hints",
        "version": VERSION if any(map(_is_new, hints.marks)) else READ[0],
        "marks": [_mark_to_json(mark) for mark in hints.marks],
        "same": [[_region_to_json(one) for one in pair] for pair in hints.same],
        "settings": {k: dict(v) if k == "options" else v for k, v in hints.settings},
    } | size


def digest_of(hints: Hints) -> str:
    """SHA-256 of the hints and of the contents of the pictures that they name.

    Raises:
        DataError: a named picture cannot be read.
    """
    digest = hashlib.sha256(json.dumps(to_json(hints)).encode())
    for mark in hints.marks:
        if mark.source:
            path = hints.folder / mark.source
            try:
                digest.update(path.read_bytes())
            except OSError as error:
                raise DataError(
                    f"The {mark.kind} {path} cannot be read ({error.strerror})."
                ) from error
    return digest.hexdigest()


def _is_new(mark: Mark) -> bool:
    """Whether it says what no file of version 1 can say."""
    return mark.reach != THING or mark.kind == COLORED


def _mark_to_json(mark: Mark) -> dict[str, object]:
    where: dict[str, object]
    if mark.kind in NAMED:
        where = {mark.kind: mark.source}
    elif mark.sample:
        return {"polygon": mark.positions, "sample": mark.sample}
    elif mark.kind == "polygon":
        where = {"polygon": mark.positions}
    else:
        positions = mark.positions[0] if mark.kind == "at" else mark.positions
        where = {mark.kind: positions, "radius": mark.radius}
    if mark.kind not in OWN_COLORS:
        where["color"] = mark.color
    return where if mark.reach == THING else where | {"reach": mark.reach}


def _region_to_json(region: Region) -> dict[str, object]:
    if len(region.positions) > 1:
        return {"polygon": region.positions}
    return {"at": region.positions[0], "radius": region.radius}


@dataclass(frozen=True, slots=True)
class _Parser:
    """Parser of a hint file; every error names the place in the file."""

    name: str
    folder: Path
    version: int

    def hints(self, value: dict[str, Any]) -> Hints:
        known = {"chromafield", "version", "marks", "same", "settings", "picture"}
        self._keys(value, "the file", known)
        marks = [self._mark(one, f"marks[{i}]") for i, one in self._list(value, "marks")]
        if sum(mark.kind == COLORED for mark in marks) > 1:
            raise self._fail("marks", "two are of the kind colored; leave one of them out.")
        same = [self._pair(one, f"same[{i}]") for i, one in self._list(value, "same")]
        settings = self._settings(value.get("settings", {}))
        size = self._size(value["picture"]) if "picture" in value else None
        return Hints(tuple(marks), tuple(same), settings, size, self.folder)

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
