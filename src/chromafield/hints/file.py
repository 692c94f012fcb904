"""The hint file: hints as JSON, and JSON as hints; what is not known is refused by name.

    {
      "chromafield": "hints",
      "version": 1,
      "marks": [
        {"at": [0.31, 0.62], "radius": 0.01, "color": "#a03020"},
        {"path": [[0.1, 0.8], [0.4, 0.85]], "radius": 0.005, "color": "#306020"},
        {"polygon": [[0.7, 0.1], [0.9, 0.1], [0.9, 0.3]], "color": "grey"},
        {"mask": "coat.png", "color": "#405060"},
        {"layer": "painted.png"},
        {"polygon": [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9]], "sample": [3, 2]}
      ],
      "same": [[{"at": [0.2, 0.5], "radius": 0.03},
                {"polygon": [[0.7, 0.4], [0.8, 0.4], [0.8, 0.6]]}]],
      "settings": {"model": "lite-unet", "field": "gcrf", "seed": 3},
      "picture": [3000, 2000]
    }

Pictures are named from the file's own folder. A sample is the colouring that `--samples` gives with
this seed by this number; the setting of that name is for the whole picture. `picture` is the width
and height of the one that the hints were made on: they suit pictures of its aspect.
docs/hints.schema.json says the same to programs.
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
from .document import DRAWN, GREY, NAMED, OWN_COLOURS, Hints, Mark, Place, Region, Sample

VERSION = 1


def read_hints(path: Path) -> Hints:
    """Read a hint file.

    Raises:
        DataError: it cannot be read, is no hint file, or is of a later version.
        BadValue: something in it is not what it should be; the message names it.
    """
    return parse_hints(read_json(path), str(path), path.parent)


def read_json(path: Path) -> Any:
    """What a file of hints says, whatever it is.

    Raises:
        DataError: it cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"The hints {path} cannot be read ({error}).") from error


def parse_hints(told: Any, name: str, folder: Path) -> Hints:
    """The hints of a parsed file.

    Args:
        name: what an error calls the file.
        folder: where the pictures that it names lie.

    Raises:
        DataError, BadValue: as `read_hints`.
    """
    if not isinstance(told, dict) or told.get("chromafield") != "hints":
        raise DataError(f'{name} is no hint file: it does not say "chromafield": "hints".')
    if told.get("version") != VERSION:
        raise DataError(
            f"The hints {name} are of version {told.get('version')!r}; this program reads "
            f"{VERSION}. Update it, or save the hints again."
        )
    return _Parser(name, folder).hints(told)


def write_hints(path: Path, hints: Hints) -> None:
    """Write a hint file that `read_hints` reads back equal."""
    path.write_text(json.dumps(told(hints), indent=1) + "\n", "utf-8")


def told(hints: Hints) -> dict[str, object]:
    """What a hint file says, for JSON."""
    size = {"picture": hints.picture} if hints.picture else {}
    return {
        "chromafield": "hints",
        "version": VERSION,
        "marks": [_told_mark(mark) for mark in hints.marks],
        "same": [[_told_region(one) for one in pair] for pair in hints.same],
        "settings": {k: dict(v) if k == "options" else v for k, v in hints.settings},
    } | size


def digest_of(hints: Hints) -> str:
    """SHA-256 of what they say, the named pictures' contents included.

    Raises:
        DataError: a named picture cannot be read.
    """
    digest = hashlib.sha256(json.dumps(told(hints)).encode())
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


def _told_mark(mark: Mark) -> dict[str, object]:
    where: dict[str, object]
    if mark.kind in NAMED:
        where = {mark.kind: mark.source}
    elif mark.sample:
        return {"polygon": mark.places, "sample": mark.sample}
    elif mark.kind == "polygon":
        where = {"polygon": mark.places}
    else:
        places = mark.places[0] if mark.kind == "at" else mark.places
        where = {mark.kind: places, "radius": mark.radius}
    return where if mark.kind in OWN_COLOURS else where | {"color": mark.color}


def _told_region(region: Region) -> dict[str, object]:
    if len(region.places) > 1:
        return {"polygon": region.places}
    return {"at": region.places[0], "radius": region.radius}


@dataclass(frozen=True, slots=True)
class _Parser:
    """Reads the parts of a hint file; every error says where in it."""

    name: str
    folder: Path

    def hints(self, told: dict[str, Any]) -> Hints:
        known = {"chromafield", "version", "marks", "same", "settings", "picture"}
        self._keys(told, "the file", known)
        marks = [self._mark(one, f"marks[{i}]") for i, one in self._list(told, "marks")]
        same = [self._pair(one, f"same[{i}]") for i, one in self._list(told, "same")]
        settings = self._settings(told.get("settings", {}))
        size = self._size(told["picture"]) if "picture" in told else None
        return Hints(tuple(marks), tuple(same), settings, size, self.folder)

    def _size(self, told: Any) -> tuple[int, int]:
        two = isinstance(told, (list, tuple)) and len(told) == 2
        if not two or not all(type(n) is int and n > 0 for n in told):
            raise self._fail("picture", f"it is {told!r}; say its width and height in pixels.")
        return told[0], told[1]

    def _fail(self, where: str, what: str) -> BadValue:
        return BadValue(f"{self.name}, {where}: {what}")

    def _keys(self, told: Any, where: str, known: set[str]) -> dict[str, Any]:
        if not isinstance(told, dict):
            raise self._fail(where, f"it is {told!r}, not an object.")
        if unknown := sorted(told.keys() - known):
            there = ", ".join(sorted(known))
            raise self._fail(where, f"{', '.join(unknown)} is unknown. There are: {there}.")
        return told

    def _list(self, told: dict[str, Any], key: str) -> Iterable[tuple[int, Any]]:
        found = told.get(key, [])
        if not isinstance(found, list):
            raise self._fail(key, f"it is {found!r}, not a list.")
        return enumerate(found)

    def _mark(self, told: Any, where: str) -> Mark:
        told = self._keys(told, where, {*DRAWN, *NAMED, "radius", "color", "sample"})
        kinds = [kind for kind in (*DRAWN, *NAMED) if kind in told]
        if len(kinds) != 1:
            raise self._fail(where, f"it must have one of {', '.join((*DRAWN, *NAMED))}.")
        (kind,) = kinds
        if "sample" in told:
            if set(told) != {"polygon", "sample"}:
                raise self._fail(where, "a sample is for a polygon, and has its own colours.")
            places = self._places(kind, told[kind], where)
            return Mark(kind, places, sample=self._sample(told["sample"], where))
        round_ = kind in ("at", "path")
        if ("radius" in told) != round_:
            raise self._fail(where, f"a radius is {'missing' if round_ else 'of no use'}.")
        if ("color" in told) == (kind in OWN_COLOURS):
            lack = "of no use: the picture has them" if kind in OWN_COLOURS else "missing"
            raise self._fail(where, f"a color is {lack}.")
        color = GREY if kind in OWN_COLOURS else self._color(told["color"], where)
        if kind in NAMED:
            return Mark(kind, source=self._source(told[kind], where), color=color)
        radius = self._radius(told["radius"], where) if round_ else 0.0
        return Mark(kind, self._places(kind, told[kind], where), radius, color=color)

    def _sample(self, told: Any, where: str) -> Sample:
        two = isinstance(told, (list, tuple)) and len(told) == 2
        if not two or not all(type(n) is int for n in told) or told[0] < 0 or told[1] < 1:
            raise self._fail(where, f"the sample is {told!r}; say its seed and its number, from 1.")
        return told[0], told[1]

    def _color(self, told: Any, where: str) -> str:
        if told == GREY:
            return GREY
        if not isinstance(told, str) or not re.fullmatch("#[0-9a-fA-F]{6}", told):
            raise self._fail(where, f"its color is {told!r}; say one as #a03020, or grey.")
        return told.lower()

    def _source(self, told: Any, where: str) -> str:
        plain = isinstance(told, str) and told and "\\" not in told
        if not plain or Path(told).is_absolute() or ".." in Path(told).parts:
            raise self._fail(
                where, f"{told!r} is no picture's name in the folder of the hints or below it."
            )
        return str(told)

    def _places(self, kind: str, told: Any, where: str) -> tuple[Place, ...]:
        if kind == "at":
            return (self._place(told, where),)
        least = 3 if kind == "polygon" else 1
        if not isinstance(told, list) or len(told) < least:
            raise self._fail(where, f"its {kind} is a list of at least {least} places.")
        return tuple(self._place(place, where) for place in told)

    def _pair(self, told: Any, where: str) -> tuple[Region, Region]:
        if not isinstance(told, list) or len(told) != 2:
            raise self._fail(where, "it must be a list of two regions.")
        one, other = (self._region(part, f"{where}[{i}]") for i, part in enumerate(told))
        return one, other

    def _region(self, told: Any, where: str) -> Region:
        told = self._keys(told, where, {"at", "radius", "polygon"})
        if set(told) == {"polygon"}:
            return Region(self._places("polygon", told["polygon"], where))
        if set(told) == {"at", "radius"}:
            return Region((self._place(told["at"], where),), self._radius(told["radius"], where))
        raise self._fail(where, "a region is a polygon, or a disc by at and radius.")

    def _place(self, told: Any, where: str) -> Place:
        two = isinstance(told, (list, tuple)) and len(told) == 2
        if not two or not all(_is_number(n) and 0 <= n <= 1 for n in told):
            raise self._fail(where, f"the place {told!r} must be [x, y], each from 0 to 1.")
        return float(told[0]), float(told[1])

    def _radius(self, told: Any, where: str) -> float:
        if not _is_number(told) or not 0 < told <= 0.5:
            raise self._fail(
                where, f"its radius is {told!r}; it is a share of the longer side, up to 0.5."
            )
        return float(told)

    def _settings(self, told: Any) -> tuple[tuple[str, Any], ...]:
        told = dict(self._keys(told, "settings", {*names(Scope.HINTS), "sample"}))
        if "sample" in told:
            told["sample"] = self._sample(told["sample"], "settings")
        for name, value in told.items():
            if name == "sample":
                continue
            if not fits(name, value):
                raise self._fail("settings", f"{name} is {value!r}, not of the kind it should be.")
        for name in names_of_files():
            if name in told and not is_hex(told[name]):
                self._source(told[name], "settings")
        if "options" in told:
            told["options"] = as_options(told["options"])
        return tuple(told.items())


def _is_number(told: Any) -> bool:
    return isinstance(told, (int, float)) and not isinstance(told, bool)
