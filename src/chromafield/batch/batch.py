"""Many pictures: one after the other or side by side, a manifest, and each one's own sentence.

A job that would write over an input or another job's files is left out, one that fails is named,
and the rest go on.
"""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ..colorizer.colorizer import Colorizer
from ..colorizer.files import (
    OutputOptions,
    Report,
    colorize_file,
    earlier_samples,
    sample_file,
    sample_paths,
)
from ..colorizer.loading import load_colorizer
from ..errors import BadValue, ChromafieldError
from ..hints.document import Hints
from ..image.credentials import check_identity, identity_of
from ..image.listing import pictures_of
from ..jobs.jobs import Job, LeftOut, conflicts, is_there
from ..sampling.sampler import Sampler
from ..settings import Settings
from ..storage import remove_parts
from .manifest import add, add_failure, add_left_out, is_proved, only_run, read_manifest
from .pool import Pool

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended: with a report, with an error's sentence, or proved done before.

    With both where it is coloured, but the manifest could not be added to.
    """

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
    extras: OutputOptions
    device: str = "auto"
    workers: int = 1  # processes; each takes one thread when there are several
    manifest: Path | None = None
    resume: bool = False
    overwrite: bool = True  # results that are there; off, each is a sentence
    left_out: tuple[LeftOut, ...] = ()  # what lay beside the pictures, for the manifest


def colorize_many(
    jobs: Sequence[Job], batch: Batch, colorizer: Colorizer | None = None
) -> Iterator[Outcome]:
    """Colour the jobs one after the other, or side by side; one bad file does not stop the rest.

    Args:
        colorizer: of the batch's settings, where it is loaded already.

    Yields:
        An outcome a job, as they end; an error for each that would write over another picture.

    Raises:
        BadValue: fewer than one worker, `resume` without a manifest, or a certificate that cannot
            sign.
        UnknownName, WeightsError: the model or the field cannot be loaded.
        OutputError: the manifest that is to be resumed cannot be read, or another run writes to it.
    """
    colorizer = begin(batch, colorizer)
    ends = _outcomes(jobs, batch, colorizer)
    yield from ends if batch.manifest is None else noted(ends, batch, len(jobs) > 1)


def begin(batch: Batch, colorizer: Colorizer | None = None) -> Colorizer:
    """See that a batch can be done, before its first picture; return its colorizer.

    Args:
        colorizer: of the batch's settings, where it is loaded already.

    Raises:
        BadValue, UnknownName, WeightsError: as `colorize_many`.
    """
    if batch.workers < 1:
        raise BadValue(f"The number of jobs is {batch.workers}; it must be at least 1.")
    if batch.resume and batch.manifest is None:
        raise BadValue("Only a run with an output folder can be resumed. Name one with -o.")
    if identity := identity_of(batch.extras.c2pa, batch.extras.c2pa_key):
        check_identity(identity)
    colorizer = colorizer or load_colorizer(batch.settings, batch.device)
    if batch.extras.trust_sheet and (colorizer.given is None or colorizer.given.colored is None):
        raise BadValue(
            "The sheet of trust is of a coloured version, and there is none. Name one with "
            "--colors-from, or leave --trust-sheet out."
        )
    return colorizer


def _outcomes(jobs: Sequence[Job], batch: Batch, colorizer: Colorizer) -> Iterator[Outcome]:
    """The outcomes, those that cost no work first."""
    began = time.time()
    done = read_manifest(batch.manifest) if batch.resume and batch.manifest else {}
    conflicting = conflicts(jobs, batch.extras.paths, given_to(colorizer))
    rest = []
    for job in jobs:
        if job in conflicting:
            yield Outcome(job, error=conflicting[job])
        elif is_proved(job, done.get(os.path.realpath(job.target)), colorizer, batch.extras):
            yield Outcome(job)
        elif not (batch.overwrite or batch.resume) and is_there(job.target):
            yield Outcome(job, error=_kept(job))
        else:
            rest.append(job)
    yield from _alone(rest, colorizer, batch) if batch.workers == 1 else _together(rest, batch)
    if batch.resume:
        for folder in {job.target.parent for job in jobs}:
            remove_parts(folder, began)


def sample_many(
    jobs: Sequence[Job], sampler: Sampler, extras: OutputOptions, overwrite: bool = True
) -> Iterator[list[Path] | str]:
    """Colour each job's picture several times; one bad file does not stop the rest.

    Args:
        overwrite: samples that are there go, so that two sets do not mix; off, they are kept, and
            the job is a sentence.

    Yields:
        For each job what was written, or an error's sentence.
    """
    paths = functools.partial(sample_paths, count=sampler.sampling.count)
    conflicting = conflicts(jobs, paths)
    for job in jobs:
        earlier = earlier_samples(job.target)
        if job in conflicting:
            yield conflicting[job]
        elif earlier and not overwrite:
            yield _kept(Job(job.source, earlier[0]))
        else:
            done = _attempt(job, functools.partial(sample_file, job, sampler, extras))
            yield done
            for path in set(earlier).difference(done if isinstance(done, list) else earlier):
                with contextlib.suppress(OSError):  # it stays, and is no part of this set
                    path.unlink()


def _kept(job: Job) -> str:
    return (
        f"{job.source}: its result {job.target} is there already and was kept. "
        "Use --overwrite to colour it again, or choose another place with -o."
    )


def given_to(colorizer: Colorizer) -> list[Path]:
    """The pictures that the colours are taken from, which no result may replace."""
    settings, hints = colorizer.settings, colorizer.hints or Hints()
    names = (settings.palette, settings.reference, settings.colors_from)
    named = [path for name in names if name for path in pictures_of(Path(name))]
    return [*named, *(hints.folder / mark.source for mark in hints.marks if mark.source)]


def noted(ends: Iterable[Outcome], batch: Batch, several: bool) -> Iterator[Outcome]:
    """The outcomes, each with a line in the manifest as long as that can be added to.

    Args:
        several: whether the manifest's folder is made for failures too; for one, it is not.

    Raises:
        OutputError: another run writes to the manifest.
    """
    manifest, full = batch.manifest, False
    assert manifest is not None
    if several:
        with contextlib.suppress(OSError):  # what is written will say so
            manifest.parent.mkdir(parents=True, exist_ok=True)
    with only_run(manifest):
        for outcome in ends:
            if not full and not outcome.skipped:
                try:
                    _note(outcome, manifest, several)
                except OSError as error:
                    full = True
                    if outcome.report:
                        outcome = replace(outcome, error=_full(outcome.job, manifest, error))
            yield outcome
        if not full and (several or manifest.parent.is_dir()):
            with contextlib.suppress(OSError):  # of no picture
                add_left_out(manifest, batch.left_out)


def _note(outcome: Outcome, manifest: Path, several: bool) -> None:
    if outcome.report:
        add(manifest, outcome.report)
    elif outcome.error and (several or manifest.parent.is_dir()):
        manifest.parent.mkdir(parents=True, exist_ok=True)
        add_failure(manifest, outcome.job.named, outcome.error)


def _full(job: Job, manifest: Path, error: OSError) -> str:
    return (
        f"The manifest {manifest} cannot be added to ({error.strerror}): {job.source} and what "
        "follows are coloured, but --resume will colour them again. Free some space, or choose "
        "another folder with -o."
    )


def _alone(jobs: Sequence[Job], colorizer: Colorizer, batch: Batch) -> Iterator[Outcome]:
    for job in jobs:
        yield _outcome(job, colorizer, batch.extras)


def _together(jobs: Sequence[Job], batch: Batch) -> Iterator[Outcome]:
    return Pool(batch.workers, _start, (batch,), _work, killed).results(jobs)


def killed(job: Job) -> Outcome:
    """The outcome of a job whose process ended before it."""
    return Outcome(
        job,
        error=f"{job.named} was not finished: its process, or one beside it, was killed, perhaps "
        "for its memory. Run it again with fewer --jobs.",
    )


def _outcome(job: Job, colorizer: Colorizer, extras: OutputOptions) -> Outcome:
    done = _attempt(job, functools.partial(colorize_file, job, colorizer, extras))
    return Outcome(job, error=done) if isinstance(done, str) else Outcome(job, report=done)


def _attempt(job: Job, work: Callable[[], T]) -> T | str:
    """What the work gives; whatever goes wrong becomes the job's sentence."""
    try:
        return work()
    except ChromafieldError as error:
        return _located(job.source, str(error))
    except MemoryError:
        return f"{job.source} needs more memory than there is."
    except OSError as error:
        where = error.filename or job.target
        return (
            f"{job.source} cannot be coloured ({error.strerror or error}: {where}). "
            "Choose another name or place."
        )


def _located(source: Path, sentence: str) -> str:
    """The sentence with the picture named as it was given, where it says no more than its name."""
    if str(source) in sentence:
        return sentence
    if sentence.startswith(source.name):
        return str(source) + sentence.removeprefix(source.name)
    return f"{source}: {sentence}"


_worker: list[tuple[Colorizer, OutputOptions]] = []  # a worker process's own, filled by `_start`


def _start(batch: Batch) -> None:
    _worker.append((load_colorizer(batch.settings, batch.device), batch.extras))


def _work(job: Job) -> Outcome:
    """In a worker: errors become sentences here, since not every error can travel."""
    return _outcome(job, *_worker[0])
