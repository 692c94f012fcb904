"""Many pictures: progress, a manifest, and going on where a run was stopped.

The manifest is a JSON line a finished picture. A line proves a picture done when the source still
has the hash it had, the result has the hash it was written with, and settings, weights and version
are the same.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import torch

from .. import __version__
from ..errors import BadValue, ChromafieldError
from .colorizer import Colorizer, Settings, load_colorizer
from .files import Extras, Report, colorize_file, sha256
from .plan import Job

MANIFEST = "chromafield-manifest.jsonl"
IN_FLIGHT = 2  # jobs handed to each worker ahead of time


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended: with a report, with an error's sentence, or proved done before."""

    job: Job
    report: Report | None = None
    error: str | None = None

    @property
    def skipped(self) -> bool:
        return self.report is None and self.error is None


@dataclass(frozen=True)
class Batch:
    """What is the same for all pictures of a batch."""

    settings: Settings
    extras: Extras
    device: str = "auto"
    workers: int = 1  # processes; each takes one thread when there are several
    manifest: Path | None = None
    resume: bool = False


def colorize_many(jobs: Sequence[Job], batch: Batch) -> Iterator[Outcome]:
    """Colour the jobs one after the other, or side by side; one bad file does not stop the rest.

    Yields:
        An outcome a job, as they end.

    Raises:
        BadValue: fewer than one worker, or `resume` without a manifest.
        UnknownName, WeightsError: the model or the field cannot be loaded.
    """
    if batch.workers < 1:
        raise BadValue(f"The number of jobs is {batch.workers}; it must be at least 1.")
    if batch.resume and batch.manifest is None:
        raise BadValue("Only a run with an output folder can be resumed. Name one with -o.")
    colorizer = load_colorizer(batch.settings, batch.device)
    done = _read_manifest(batch.manifest) if batch.resume and batch.manifest else {}
    rest = []
    for job in jobs:
        if _is_proved(job, done.get(str(job.target)), colorizer, batch.extras):
            yield Outcome(job)
        else:
            rest.append(job)
    ends = _alone(rest, colorizer, batch) if batch.workers == 1 else _together(rest, batch)
    for outcome in ends:
        if batch.manifest and outcome.report:
            _append(batch.manifest, outcome.report)
        yield outcome


def _alone(jobs: Sequence[Job], colorizer: Colorizer, batch: Batch) -> Iterator[Outcome]:
    for job in jobs:
        yield _attempt(job, functools.partial(colorize_file, job, colorizer, batch.extras))


def _together(jobs: Sequence[Job], batch: Batch) -> Iterator[Outcome]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(batch.workers, context, _start, (batch,)) as pool:
        running: set[Future[Outcome]] = set()
        waiting = iter(jobs)
        while True:
            while len(running) < IN_FLIGHT * batch.workers and (job := next(waiting, None)):
                running.add(pool.submit(_work, job))
            if not running:
                return
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()


def _attempt(job: Job, work: Callable[[], Report]) -> Outcome:
    """The outcome of the work; whatever goes wrong becomes the job's sentence."""
    try:
        return Outcome(job, report=work())
    except ChromafieldError as error:
        return Outcome(job, error=str(error))
    except MemoryError:
        return Outcome(job, error=f"{job.source} needs more memory than there is.")


_worker: list[tuple[Colorizer, Extras]] = []  # a worker process's own, filled by `_start`


def _start(batch: Batch) -> None:
    torch.set_num_threads(1)
    os.environ["NUMBA_NUM_THREADS"] = "1"  # read when a field's compiled kernel is first imported
    _worker.append((load_colorizer(batch.settings, batch.device), batch.extras))


def _work(job: Job) -> Outcome:
    """In a worker: errors become sentences here, since not every error can travel."""
    colorizer, extras = _worker[0]
    return _attempt(job, functools.partial(colorize_file, job, colorizer, extras))


def _is_proved(
    job: Job, line: dict[str, object] | None, colorizer: Colorizer, extras: Extras
) -> bool:
    if line is None or not (job.source.is_file() and job.target.is_file()):
        return False
    settings = colorizer.settings
    same = {
        "input": str(job.source),
        "weights_sha256": colorizer.trained.digest,
        "field": settings.field,
        "size": settings.size,
        "strength": settings.strength,
        "seed": settings.seed,
        "views": settings.views,
        "palette_sha256": colorizer.palette_digest,
        "palette_strength": settings.palette_strength,
        "reference_sha256": colorizer.reference_digest,
        "reference_strength": settings.reference_strength,
        "hints_sha256": colorizer.hints_digest,
        "options": json.loads(json.dumps(dict(settings.options))),
        "extras": extras.told(),
        "version": __version__,
    }
    return (
        all(line.get(key) == value for key, value in same.items())
        and line.get("input_sha256") == sha256(job.source)
        and line.get("output_sha256") == sha256(job.target)
    )


def _read_manifest(path: Path) -> dict[str, dict[str, object]]:
    """The manifest's last line for each result; a line cut short by a kill is passed over."""
    lines: dict[str, dict[str, object]] = {}
    if not path.exists():
        return lines
    for text in path.read_text("utf-8").splitlines():
        try:
            line = json.loads(text)
            lines[line["output"]] = line
        except (ValueError, TypeError, KeyError):
            continue
    return lines


def _append(path: Path, report: Report) -> None:
    """Add a line; one that a kill cut short before it is ended first."""
    with path.open("ab+") as manifest:
        if manifest.tell():
            manifest.seek(-1, 2)
            if manifest.read(1) != b"\n":
                manifest.write(b"\n")
        manifest.write(json.dumps(report.as_dict()).encode() + b"\n")
