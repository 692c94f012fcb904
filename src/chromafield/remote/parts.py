"""A manifest of several parts, one a shard: joined, counted, checked against the files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..addresses import is_address
from ..batch.manifest import MANIFEST, lines_of, only_run
from ..colorizer.files import sha256
from ..errors import DataError, PictureError
from ..storage import atomically
from .remote import fetch

Line = dict[str, object]


@dataclass(frozen=True)
class Status:
    """How many pictures are in which state, by the last line of each."""

    colored: int
    failed: int
    left_out: int
    seconds: float  # of work, summed


def parts_of(place: Path) -> list[Path]:
    """The manifest of a folder and its parts, or the one file that is named.

    Raises:
        DataError: there is none.
    """
    if place.is_file():
        return [place]
    stem, ending = Path(MANIFEST).stem, Path(MANIFEST).suffix
    found = sorted(place.glob(f"{stem}*{ending}"))
    if not found:
        raise DataError(f"There is no manifest in {place}. Name the folder of the results.")
    return found


def last_lines(parts: Sequence[Path]) -> dict[str, Line]:
    """The last line of each picture, by its input; a finished line goes before a failure."""
    found: dict[str, Line] = {}
    for part in parts:
        for line in lines_of(part):
            name = str(line.get("input"))
            if "output" in line or "output" not in found.get(name, {}):
                found[name] = line
    return found


def failed_inputs(parts: Sequence[Path]) -> set[str]:
    """The pictures whose last line is a failure."""
    return {name for name, line in last_lines(parts).items() if "error" in line}


def status_of(parts: Sequence[Path]) -> Status:
    """Count the pictures of all parts."""
    lines = last_lines(parts).values()
    seconds = [line.get("seconds") for line in lines]
    return Status(
        sum("output" in line for line in lines),
        sum("error" in line for line in lines),
        sum("left_out" in line for line in lines),
        sum(one for one in seconds if isinstance(one, (int, float))),
    )


def merge(place: Path) -> tuple[Path, int]:
    """Join the parts in a folder into its manifest, a line a picture; the parts go.

    Returns:
        The manifest and how many lines it has.

    Raises:
        DataError: there is none.
        OutputError: a run adds to one of them.
        OSError: as of writing.
    """
    parts, target = parts_of(place), place / MANIFEST
    with contextlib.ExitStack() as held:
        for part in parts:
            held.enter_context(only_run(part))
        lines = last_lines(parts)
        with atomically(target) as whole, whole.open("w", encoding="utf-8") as file:
            for line in lines.values():
                file.write(json.dumps(line) + "\n")
    for part in parts:
        if part != target:
            part.unlink()
    return target, len(lines)


def verify(parts: Sequence[Path]) -> Iterator[str]:
    """Check each finished picture's result against the hash that it was written with.

    A result at an address is fetched, in one request.

    Yields:
        A sentence for each that is not there, may not be read, or is another.
    """
    for part in parts:
        written = {str(line["output"]): line for line in lines_of(part) if "output" in line}
        for output, line in written.items():
            try:
                place, digest = _digest(part.parent, output)
            except PictureError as error:
                yield str(error)
            except OSError:
                yield f"{os.path.normpath(part.parent / output)} is not there."
            else:
                if digest != line.get("output_sha256"):
                    yield f"{place} is not what was written: its SHA-256 is another."


def _digest(folder: Path, output: str) -> tuple[str, str]:
    """Where a manifest's result lies, and its SHA-256."""
    if is_address(output):
        return output, hashlib.sha256(fetch(output)).hexdigest()
    path = os.path.normpath(folder / output)
    return path, sha256(Path(path))
