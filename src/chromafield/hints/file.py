"""The hint file: hints as JSON, and JSON as hints. Unknown keys are refused by name.

    {
      "chromafield": "hints",
      "version": 3,
      "marks": [
        {"at": [0.31, 0.62], "radius": 0.01, "color": "#a03020", "reach": 0.7},
        {"path": [[0.1, 0.8], [0.4, 0.85]], "radius": 0.005, "color": "#306020", "hidden": true},
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
colours. A hidden mark is kept in its place and changes nothing. Files of earlier versions are read,
too: version 1 has no reaches and no coloured picture, version 2 no hidden marks.

Names of pictures are relative to the file's folder. A sample [seed, number] is the colouring that
`--samples` gives with this seed at this number; as a setting it applies to the whole picture.
`picture` is the width and height of the picture that the hints were made on; they suit pictures of
its aspect. docs/hints.schema.json is the same for programs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..storage import write_atomically
from ._parse import READ, VERSION, parse_hints
from .document import COLORED, NAMED, OWN_COLORS, THING, Hints, Mark, Region

__all__ = [
    "SUFFIX",
    "VERSION",
    "digest_of",
    "parse_hints",
    "read_hints",
    "read_json",
    "to_json",
    "write_hints",
]
SUFFIX = ".hints.json"  # after a picture's whole name: the hints that are kept beside it
DRAFT = ".draft" + SUFFIX  # the same of marks that were carried to it from others of a series


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


def write_hints(path: Path, hints: Hints) -> None:
    """Write a hint file that `read_hints` reads back equal."""
    write_atomically(path, json.dumps(to_json(hints), indent=1) + "\n")


def to_json(hints: Hints) -> dict[str, object]:
    """Return the content of a hint file as values for JSON."""
    size = {"picture": hints.picture} if hints.picture else {}
    return {
        "chromafield": "hints",
        "version": _version_of(hints),
        "marks": _marks_to_json(hints),
        "same": [[_region_to_json(one) for one in pair] for pair in hints.same],
        "settings": {k: dict(v) if k == "options" else v for k, v in hints.settings},
    } | size


def digest_of(hints: Hints) -> str:
    """SHA-256 of the hints that count and of the contents of the pictures that they name.

    Raises:
        DataError: a named picture cannot be read.
    """
    digest = hashlib.sha256(json.dumps(to_json(replace(hints, hidden=()))).encode())
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


def _version_of(hints: Hints) -> int:
    """The earliest version that can say all of it."""
    if hints.hidden:
        return VERSION
    later = any(mark.reach != THING or mark.kind == COLORED for mark in hints.marks)
    return READ[1] if later else READ[0]


def _marks_to_json(hints: Hints) -> list[dict[str, object]]:
    marks = [_mark_to_json(mark) for mark in hints.marks]
    for place, mark in hints.hidden:
        marks.insert(place, _mark_to_json(mark) | {"hidden": True})
    return marks


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
