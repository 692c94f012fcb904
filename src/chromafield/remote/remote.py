"""Pictures of a list, at addresses or paths: s3://, gs://, az://, http (for reading) and what else
fsspec knows.

Each picture is one request for its bytes and one for its result's. A result is written whole or
not at all: it is a local file before. Nothing is listed, and the manifest, which lies on a disk,
says what is done.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..addresses import is_address, spelled
from ..batch.batch import Batch, Outcome, begin, colorize_many, given_to, killed, noted
from ..batch.manifest import is_proved, is_same_work, lines_of, read_manifest
from ..batch.pool import Pool
from ..colorizer.colorizer import Colorizer
from ..colorizer.files import Report
from ..colorizer.loading import load_colorizer
from ..errors import ChromafieldError, MissingExtra, OutputError, PictureError
from ..jobs.jobs import Job, conflicts, is_there
from ..storage import atomically

ONE_REQUEST = {"max_concurrency": 1}  # of S3, which else asks for the size first

Engine = Callable[[Sequence[Job], Batch, Colorizer], Iterator[Outcome]]


def colorize_remote(
    jobs: Sequence[Job], batch: Batch, engine: Engine | None = None
) -> Iterator[Outcome]:
    """Colour pictures whose sources, or results, are at addresses.

    What the manifest says done is passed over with `batch.resume`, and costs no request.

    Args:
        batch: with a manifest.
        engine: what does the work; by default this process, or `batch.workers` of them.

    Raises:
        ChromafieldError: as of `colorize_many`, before the first picture.
    """
    colorizer = begin(batch)
    yield from noted(_outcomes(jobs, batch, colorizer, engine or _on_this_machine), batch, True)


def _outcomes(
    jobs: Sequence[Job], batch: Batch, colorizer: Colorizer, engine: Engine
) -> Iterator[Outcome]:
    """The outcomes, those that cost no work first."""
    assert batch.manifest is not None
    done = _done(batch.manifest, colorizer, batch) if batch.resume else set()
    here = read_manifest(batch.manifest) if batch.resume else {}
    conflicting = conflicts(jobs, batch.extras.paths, given_to(colorizer))
    rest = []
    for job in jobs:
        if job in conflicting:
            yield Outcome(job, error=conflicting[job])
        elif job.named in done and (_is_far(job) or _is_proved(job, here, colorizer, batch)):
            yield Outcome(job)
        else:
            rest.append(job)
    yield from engine(rest, batch, colorizer)


def _is_far(job: Job) -> bool:
    return job.address is not None or is_address(str(job.target))


def _is_proved(
    job: Job, lines: dict[str, dict[str, object]], colorizer: Colorizer, batch: Batch
) -> bool:
    return is_proved(job, lines.get(os.path.realpath(job.target)), colorizer, batch.extras)


def _done(manifest: Path, colorizer: Colorizer, batch: Batch) -> set[str]:
    """The pictures that the manifest says done with this work's settings."""
    lines = (line for line in lines_of(manifest) if "output" in line)
    return {str(one["input"]) for one in lines if is_same_work(one, colorizer, batch.extras)}


def _on_this_machine(jobs: Sequence[Job], batch: Batch, colorizer: Colorizer) -> Iterator[Outcome]:
    if batch.workers == 1:
        return (color_remote(job, batch, colorizer) for job in jobs)
    return Pool(batch.workers, _start, (batch,), _work, killed).results(jobs)


def color_remote(job: Job, batch: Batch, colorizer: Colorizer) -> Outcome:
    """Colour one picture; what goes wrong is its sentence.

    A result that is there is written over where the batch says so, or goes on with an earlier run.
    """
    alone = replace(batch, workers=1, manifest=None, resume=False, overwrite=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            source = _brought(job, Path(folder, "in"))
            near = Path(folder, "out", job.target.name)
            (outcome,) = colorize_many([replace(job, source=source, target=near)], alone, colorizer)
            if outcome.report is None:
                return Outcome(job, error=(outcome.error or "").replace(str(source), job.named))
            return Outcome(job, _delivered(job, outcome.report, batch.overwrite or batch.resume))
    except ChromafieldError as error:
        return Outcome(job, error=str(error))
    except OSError as error:
        return Outcome(job, error=f"{job.named} cannot be coloured ({error.strerror or error}).")


def _brought(job: Job, folder: Path) -> Path:
    """The source as a file here."""
    if job.address is None:
        return job.source
    folder.mkdir()
    source = folder / job.source.name
    source.write_bytes(fetch(job.address))
    return source


def _delivered(job: Job, report: Report, overwrite: bool) -> Report:
    """Put the result, and what lies beside it, where they belong; the report says so."""
    written = [Path(one) for one in (report.output, *report.beside)]
    ends = [spelled(job.target.with_name(one.name)) for one in written]
    for path, end in zip(written, ends, strict=True):
        (put if is_address(end) else _place)(path, end, overwrite)
    return replace(report, input=job.named, output=ends[0], beside=tuple(ends[1:]))


_worker: list[tuple[Batch, Colorizer]] = []  # a worker process's own, filled by `_start`


def _start(batch: Batch) -> None:
    _worker.append((batch, load_colorizer(batch.settings, batch.device)))


def _work(job: Job) -> Outcome:
    return color_remote(job, *_worker[0])


def fetch(address: str) -> bytes:
    """The bytes at an address, in one request.

    Raises:
        PictureError: there is nothing, or it may not be read.
        MissingExtra: the address is of a kind whose package is not installed.
    """
    system, place = _system(address)
    try:
        return bytes(system.cat_file(place, **(ONE_REQUEST if "s3" in system.protocol else {})))
    except FileNotFoundError as error:
        raise PictureError(f"There is nothing at {address}. Check the list.") from error
    except Exception as error:  # each kind of store has errors of its own
        raise PictureError(f"{address} cannot be read ({_reason(error)}).") from error


def put(path: Path, address: str, overwrite: bool) -> None:
    """Write a file's bytes to an address, whole or not at all; they may be there already.

    Raises:
        OutputError: other bytes are there and are to be kept, or it may not be written.
        MissingExtra: as of `fetch`.
    """
    system, place = _system(address)
    mode = "overwrite" if overwrite else "create"
    try:
        system.pipe_file(place, path.read_bytes(), mode=mode)
    except FileExistsError as error:
        with contextlib.suppress(PictureError):
            if fetch(address) == path.read_bytes():
                return
        raise _kept(address) from error
    except Exception as error:
        raise OutputError(f"{address} cannot be written ({_reason(error)}).") from error


def _place(path: Path, place: str, overwrite: bool) -> None:
    """Write a file's bytes, and its times, to a path; as `put`."""
    target = Path(place)
    if not overwrite and is_there(target):
        if target.read_bytes() == path.read_bytes():
            return
        raise _kept(place)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomically(target) as part:
            shutil.copy2(path, part)
    except OSError as error:
        raise OutputError(f"{place} cannot be written ({error.strerror}).") from error


def _kept(place: str) -> OutputError:
    return OutputError(
        f"The result {place} is there already and was kept. Use --overwrite to write it anew."
    )


def _system(address: str) -> tuple[Any, str]:
    try:
        import fsspec

        system, place = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:  # a kind that nobody knows is a wrong value
        raise MissingExtra(f"The address {address}", "remote") from error
    return system, str(place)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
