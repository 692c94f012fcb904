"""Pictures at addresses: s3://, gs://, az://, http (for reading) and what else fsspec knows.

Each picture is one request for its bytes and one for its result's. An object is written whole or
not at all: the result is a local file before. Nothing is listed, and the manifest, which lies on
a disk, says what is done.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..addresses import is_address
from ..errors import BadValue, ChromafieldError, MissingExtra, OutputError, PictureError
from .batch import Batch, Outcome, colorize_many
from .colorizer import Colorizer
from .files import Report
from .jobs import Job, plan_listed
from .loading import load_colorizer
from .manifest import add, add_failure, is_same_work, lines_of


def colorize_remote(
    places: Mapping[str, str], output: str, batch: Batch, manifest: Path
) -> Iterator[Outcome]:
    """Colour pictures one after the other, each named by an address or a path.

    Args:
        places: by the picture's name, where its result lies below `output`.
        output: an address, or a folder.
        manifest: a file on a disk; with `batch.resume`, what it says done is passed over.

    Raises:
        BadValue: several processes are asked for.
        ChromafieldError: as of `colorize_many`, before the first picture.
    """
    if batch.workers > 1:
        raise BadValue("Addresses are coloured one by one. Start more shards in place of --jobs.")
    colorizer = load_colorizer(batch.settings, batch.device)
    alone = replace(batch, manifest=None, resume=False, overwrite=True)
    done = _done(manifest, colorizer, batch) if batch.resume else set()
    manifest.parent.mkdir(parents=True, exist_ok=True)
    for name, place in places.items():
        job = Job(Path(name), Path(output, place))
        if name in done:
            yield Outcome(job)
            continue
        try:
            report = _color(name, place, output, alone, batch.overwrite, colorizer)
        except ChromafieldError as error:
            add_failure(manifest, job, str(error))
            yield Outcome(job, error=str(error))
            continue
        add(manifest, report)
        yield Outcome(job, report)


def _color(
    name: str, place: str, output: str, batch: Batch, overwrite: bool, colorizer: Colorizer
) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(name)
        if is_address(name):
            source = Path(folder, "in", Path(place).name)
            source.parent.mkdir()
            source.write_bytes(fetch(name))
        near = Path(folder, "out") if is_address(output) else Path(output)
        ((job,),) = [plan_listed({str(source): place}, near)]
        ((outcome,),) = [list(colorize_many([job], batch, colorizer))]
        if outcome.report is None:
            raise PictureError((outcome.error or "").replace(str(source), name))
        written = [Path(one) for one in (outcome.report.output, *outcome.report.beside)]
        if not is_address(output):
            return replace(outcome.report, input=name)
        ends = [f"{output.rstrip('/')}/{one.relative_to(near).as_posix()}" for one in written]
        for path, end in zip(written, ends, strict=True):
            put(path, end, overwrite)
        return replace(outcome.report, input=name, output=ends[0], beside=tuple(ends[1:]))


def _done(manifest: Path, colorizer: Colorizer, batch: Batch) -> set[str]:
    """The pictures that the manifest says done with this work's settings."""
    lines = (line for line in lines_of(manifest) if "output" in line)
    return {str(one["input"]) for one in lines if is_same_work(one, colorizer, batch.extras)}


def fetch(address: str) -> bytes:
    """The bytes at an address, in one request.

    Raises:
        PictureError: there is nothing, or it may not be read.
        MissingExtra: the address is of a kind whose package is not installed.
    """
    system, place = _system(address)
    try:
        return bytes(system.cat_file(place))
    except FileNotFoundError as error:
        raise PictureError(f"There is nothing at {address}. Check the list.") from error
    except Exception as error:  # each kind of store has errors of its own
        raise PictureError(f"{address} cannot be read ({_reason(error)}).") from error


def put(path: Path, address: str, overwrite: bool) -> None:
    """Write a file's bytes to an address, whole or not at all.

    Raises:
        OutputError: something is there already and is to be kept, or it may not be written.
        MissingExtra: as of `fetch`.
    """
    system, place = _system(address)
    mode = "overwrite" if overwrite else "create"
    try:
        system.pipe_file(place, path.read_bytes(), mode=mode)
    except FileExistsError as error:
        raise OutputError(
            f"The result {address} is there already and was kept. Use --overwrite to write it anew."
        ) from error
    except Exception as error:
        raise OutputError(f"{address} cannot be written ({_reason(error)}).") from error


def _system(address: str) -> tuple[Any, str]:
    try:
        import fsspec

        system, place = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:  # a kind that nobody knows is a wrong value
        raise MissingExtra(f"The address {address}", "remote") from error
    return system, str(place)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
