"""The manifest: a JSON line a picture, by which a run goes on where it was stopped.

A finished picture's line is its report; one that failed has `error`, its sentence; a file that was
left out has `left_out`, the reason. The first kind alone names an output. What was written is named
from the manifest's folder, which may move. A line proves a picture done when the source has the
hash it had, wherever it lies now, the result has the hash it was written with, what was asked for
beside it is there, and settings, weights and version are the same.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .. import __version__
from ..addresses import is_address
from ..colorizer.colorizer import Colorizer
from ..colorizer.files import OutputOptions, Report, sha256
from ..errors import ChromafieldError, OutputError
from ..jobs.jobs import Job, LeftOut
from ..storage import lock

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
    if not is_same_work(line, own, extras):
        return False
    try:
        return (
            line.get("input_sha256") == sha256(job.source)
            and line.get("output_sha256") == sha256(job.target)
            and all(path.is_file() for path in extras.paths(job.target))
        )
    except OSError:  # one is not there
        return False


def is_same_work(line: dict[str, object], colorizer: Colorizer, extras: OutputOptions) -> bool:
    """Whether settings, weights and version of a finished picture are these."""
    same = colorizer.fingerprint() | {"extras": extras.to_json(), "version": __version__}
    return all(line.get(key) == value for key, value in same.items())


def read_manifest(path: Path) -> dict[str, dict[str, object]]:
    """The manifest's last line for each result, by its path without links.

    What is no such line proves nothing: one that a kill cut short, or a damaged one.

    Raises:
        OutputError: it is there and cannot be read.
    """
    lines: dict[str, dict[str, object]] = {}
    for line in lines_of(path):
        if isinstance(output := line.get("output"), str):
            lines[os.path.realpath(path.parent / output)] = line
    return lines


def lines_of(path: Path) -> Iterator[dict[str, object]]:
    """All lines of the manifest that can be read, in order; none where it is not there.

    Raises:
        OutputError: it is there and cannot be read.
    """
    try:
        texts = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(
            f"The manifest {path} cannot be read ({error.strerror}). "
            "Leave --resume out to colour all pictures again."
        ) from error
    for text in texts:
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict):
            yield line


@contextlib.contextmanager
def only_run(path: Path) -> Iterator[None]:
    """Hold a manifest while a run adds to it.

    Where its folder is not there yet, or its file system has no locks, nobody is kept out.

    Raises:
        OutputError: another run holds it.
    """
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            file = held.enter_context(path.open("ab"))
            try:
                lock(file)
            except (BlockingIOError, PermissionError) as error:
                raise OutputError(
                    f"Another run adds to the manifest {path}. Wait for it, or give this one its "
                    "own with --manifest, or a shard with --shard."
                ) from error
        yield
    with contextlib.suppress(OSError):  # nothing was done
        if not path.stat().st_size:
            path.unlink()


def add(path: Path, report: Report) -> None:
    """Add a finished picture's line."""
    output, *beside = (_from_folder(one, path.parent) for one in (report.output, *report.beside))
    add_lines(path, [report.as_dict() | {"output": output, "beside": beside}])


def _from_folder(name: str, folder: Path) -> str:
    return name if is_address(name) else Path(os.path.relpath(name, folder)).as_posix()


def add_failure(path: Path, name: str, error: str) -> None:
    """Add the line of a picture, as it was named, that was not coloured."""
    add_lines(path, [{"input": name, "error": error, "version": __version__}])


def add_left_out(path: Path, files: Iterable[LeftOut]) -> None:
    """Add a line for each file that is not meant, where it has none yet.

    Raises:
        OSError: as of writing.
    """
    known = {line.get("input") for line in lines_of(path) if "left_out" in line}
    lines: list[dict[str, object]] = [
        {"input": str(one.path), "left_out": one.why, "version": __version__}
        for one in files
        if str(one.path) not in known
    ]
    if lines:
        path.parent.mkdir(parents=True, exist_ok=True)
        add_lines(path, lines)


def add_lines(path: Path, lines: Iterable[dict[str, object]]) -> None:
    """Add lines to a file of JSON lines; one that a kill cut short before them is ended first."""
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    with path.open("ab+") as manifest:
        if manifest.tell():
            manifest.seek(-1, 2)
            if manifest.read(1) != b"\n":
                manifest.write(b"\n")
        manifest.write(data)
