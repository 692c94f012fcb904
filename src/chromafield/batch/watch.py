"""Pictures that arrive in folders, each coloured once it is whole.

A file is whole when its size and its time of change have been the same for a while and it can be
read; what cannot be read is waited for longer, since a copy may stall, and is named then.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..colorizer.colorizer import Colorizer
from ..colorizer.loading import load_colorizer
from ..errors import BadValue, PictureError
from ..image import read_picture
from ..jobs.jobs import Job, inputs_in, is_there, plan
from .batch import Batch, Outcome, colorize_many

PAUSE = 1.0  # seconds between two looks
SETTLED = 2.0  # seconds without a change, after which a file that can be read is whole
PATIENCE = 30.0  # the same of a file that cannot be read

Stamp = tuple[int, int]  # bytes, and the time of change


@dataclass(frozen=True)
class Arrival:
    """A picture in the folders."""

    stamp: Stamp
    since: float  # seconds of the clock: when the stamp was first seen
    was_there: bool  # when the run began
    done: bool = False


def watch(
    folders: Sequence[Path],
    output: Path,
    batch: Batch,
    recursive: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Outcome]:
    """Colour what lies in the folders and what arrives there; it ends when it is stopped.

    What was there when it began and has a result is passed over.

    Raises:
        BadValue: what is watched is no folder, or several processes are asked for.
        ChromafieldError: as of `colorize_many`, before the first picture.
    """
    if not_folder := next((path for path in folders if not path.is_dir()), None):
        raise BadValue(f"{not_folder} is no folder that can be watched. Name one that is there.")
    if batch.workers > 1:
        raise BadValue("A watched folder is coloured one by one. Leave --jobs out.")
    colorizer = load_colorizer(batch.settings, batch.device)
    seen: dict[Path, Arrival] = {}
    first = True
    while True:
        seen = _look(folders, output, recursive, seen, clock(), first)
        ready = [path for path, one in seen.items() if _is_ready(path, one, clock())]
        jobs = _planned(folders, output, recursive) if ready else {}
        for path in ready:
            if path in jobs:
                yield from _color(jobs[path], seen[path], batch, colorizer)
            seen[path] = replace(seen[path], done=True)
        first = False
        sleep(PAUSE)


def _look(
    folders: Sequence[Path],
    output: Path,
    recursive: bool,
    before: dict[Path, Arrival],
    now: float,
    first: bool,
) -> dict[Path, Arrival]:
    """What is there now; what has changed begins anew."""
    found = {}
    for folder in folders:
        for path in inputs_in(folder, output, recursive)[0]:
            try:
                stat = path.stat()
            except OSError:  # gone since
                continue
            stamp = stat.st_size, stat.st_mtime_ns
            known = before.get(path)
            found[path] = known if known and known.stamp == stamp else Arrival(stamp, now, first)
    return found


def _is_ready(path: Path, arrival: Arrival, now: float) -> bool:
    unchanged = now - arrival.since
    if arrival.done or unchanged < SETTLED:
        return False
    if unchanged >= PATIENCE:
        return True
    try:
        read_picture(path)
    except (PictureError, OSError):
        return False
    return True


def _planned(folders: Sequence[Path], output: Path, recursive: bool) -> dict[Path, Job]:
    """The jobs by their pictures; none where all are gone."""
    with contextlib.suppress(PictureError):
        return {job.source: job for job in plan(folders, output, recursive)}
    return {}


def _color(job: Job, arrival: Arrival, batch: Batch, colorizer: Colorizer) -> Iterator[Outcome]:
    again = batch.overwrite or batch.resume
    if not (arrival.was_there and is_there(job.target) and not again):
        yield from colorize_many([job], batch, colorizer)
