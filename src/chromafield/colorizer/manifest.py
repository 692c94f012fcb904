"""The manifest: a JSON line a finished picture, by which a run goes on where it was stopped.

What was written is named from the manifest's folder, which may move. A line proves a picture done
when the source has the hash it had, wherever it lies now, the result has the hash it was written
with, what was asked for beside it is there, and settings, weights and version are the same.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from .. import __version__
from ..errors import ChromafieldError, OutputError
from .colorizer import Colorizer
from .files import OutputOptions, Report, sha256
from .jobs import Job

MANIFEST = "chromafield-manifest.jsonl"


def is_proved(
    job: Job, line: dict[str, object] | None, colorizer: Colorizer, extras: OutputOptions
) -> bool:
    """Whether the job's line, if it has one, proves it done."""
    if line is None:
        return False
    try:
        own = colorizer.with_hints(job.hints)
    except ChromafieldError:  # colouring it will say so
        return False
    same = own.fingerprint() | {"extras": extras.to_json(), "version": __version__}
    if any(line.get(key) != value for key, value in same.items()):
        return False
    try:
        return (
            line.get("input_sha256") == sha256(job.source)
            and line.get("output_sha256") == sha256(job.target)
            and all(path.is_file() for path in extras.paths(job.target))
        )
    except OSError:  # one is not there
        return False


def read_manifest(path: Path) -> dict[str, dict[str, object]]:
    """The manifest's last line for each result, by its path without links.

    What is no such line proves nothing: one that a kill cut short, or a damaged one.

    Raises:
        OutputError: it is there and cannot be read.
    """
    lines: dict[str, dict[str, object]] = {}
    try:
        texts = path.read_bytes().splitlines()
    except FileNotFoundError:
        return lines
    except OSError as error:
        raise OutputError(
            f"The manifest {path} cannot be read ({error.strerror}). "
            "Leave --resume out to colour all pictures again."
        ) from error
    for text in texts:
        try:
            line = json.loads(text)
            lines[os.path.realpath(path.parent / line["output"])] = line
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
    return lines


def add(path: Path, report: Report) -> None:
    """Add a line; one that a kill cut short before it is ended first."""
    written = [os.path.relpath(one, path.parent) for one in (report.output, *report.beside)]
    output, *beside = (Path(one).as_posix() for one in written)
    line = report.as_dict() | {"output": output, "beside": beside}
    with path.open("ab+") as manifest:
        if manifest.tell():
            manifest.seek(-1, 2)
            if manifest.read(1) != b"\n":
                manifest.write(b"\n")
        manifest.write(json.dumps(line).encode() + b"\n")
