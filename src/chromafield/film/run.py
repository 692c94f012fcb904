"""From film to film: looked through once, coloured in pieces, joined with all that is copied."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, BrokenExecutor, ProcessPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

import av
import torch

from .. import __version__
from ..colorizer.colorizer import Colorizer, load_colorizer
from ..errors import BadValue, ChromafieldError, OutputError, PictureError
from .colorize import Colouring, asked_of, placed
from .container import Segment, join, timed
from .frames import Frames
from .settings import Plan
from .source import Part, Source, open_source
from .streams import Kept
from .survey import Piece, look_through, stretches
from .timecode import later
from .timing import timing_of
from .trial import check_count, first_look, streams_kept
from .work import Film, Report
from .work_folder import Done, Parts, kept_survey, only_one, open_parts

ON_GPU = 8  # frames that a GPU's network sees at once; a CPU's sees one
POLL = 0.5  # seconds between looks at what other processes have done

# Called with what is going on, how many frames are done and of how many, where that is known.
Tell = Callable[[str, int, int | None], None]


def colour_film(
    source: Path,
    target: Path,
    plan: Plan,
    device: str = "auto",
    jobs: int = 1,
    resume: bool = False,
    tell: Tell = lambda doing, done, of: None,
) -> Report:
    """Colour a film into a new file.

    Finished pieces lie in a folder beside the target until the film is whole. A run that is
    interrupted (KeyboardInterrupt) joins what is done from the start on into a film that plays.

    Args:
        jobs: processes; each colours other shots.
        resume: go on from what an earlier run of the same film and plan has left.

    Raises:
        PictureError: the source is no film, is interlaced, changes its size or has no frame.
        OutputError: the target cannot be written, or cannot hold the film's sound.
        BadValue: fewer than one job, or nothing to go on with.
    """
    if jobs < 1:
        raise BadValue(f"The number of jobs is {jobs}; it must be at least 1.")
    if target.resolve() == source.resolve():
        raise OutputError(f"{target} is the source itself. Name another file with -o.")
    if not target.suffix:
        raise OutputError(f"{target} has no ending that says its kind. Name it as film.mp4.")
    with open_source(source, plan.rate) as opened:
        colorizer = load_colorizer(plan.settings, device)
        parts = open_parts(source, target, plan, colorizer, resume)
        with only_one(parts):
            try:
                return _colour(opened, target, plan, colorizer, parts, jobs, tell)
            except (av.FFmpegError, OSError) as error:
                raise OutputError(
                    f"{target} cannot be written ({error}). What is done lies in {parts.folder}; "
                    "go on with --resume."
                ) from error
            finally:
                if parts.is_empty:
                    parts.remove()


def _colour(
    source: Source,
    target: Path,
    plan: Plan,
    colorizer: Colorizer,
    parts: Parts,
    jobs: int,
    tell: Tell,
) -> Report:
    film, kept, said = _prepared(source, target, plan, colorizer, parts, tell)
    survey = film.survey
    pieces = survey.pieces()
    rows = [row for row in stretches(pieces) if len(parts.finished(row)) < len(row)]
    if jobs > 1 and len(rows) < 2:
        said.append("One process did it all: there is nothing to divide between shots.")

    def done(frames: int) -> None:
        tell("colouring", frames, len(survey.times))

    with contextlib.suppress(KeyboardInterrupt):
        if jobs == 1 or len(rows) < 2:
            _alone(film, colorizer, rows, done)
        else:
            _together(film, rows, jobs, done)
    report = Report(of=len(survey.times), damaged=survey.damaged, cut_off=survey.cut_off)
    report.said = said
    _join(source, film, pieces, kept, target, report)
    if not report.stopped:
        parts.remove()
    return report


def _prepared(
    source: Source, target: Path, plan: Plan, colorizer: Colorizer, parts: Parts, tell: Tell
) -> tuple[Film, Kept, list[str]]:
    """The film looked through, what is kept of its other streams, and sentences on both."""
    look, said = first_look(source.path, plan)
    with open_source(source.path, plan.rate) as again:
        kept, more = streams_kept(again, look, target.suffix)
    survey = kept_survey(parts)
    if survey is None:
        about = source.frames
        ask = (lambda frame: asked_of(colorizer, frame)) if plan.steady else None
        survey = look_through(
            source, plan.part, lambda n: tell("looking through", n, about), plan.fields, ask
        )
        survey.save(parts.survey_path)
    placed(plan, survey, float(source.time_base))  # hints that are wrong say so at once
    timing = timing_of(source, survey, from_zero=plan.start > 0)
    skipped = round(survey.times[0] * source.time_base * timing.rate) if plan.start else 0
    tags = {key: later(code, skipped, timing.rate) for key, code in kept.tags.items()}
    look = timed(look, timing, target.suffix)
    batch = 1 if colorizer.device == "cpu" else ON_GPU
    film = Film(source.path, plan, look, survey, parts, colorizer.device, batch, timing)
    return film, replace(kept, tags=tags), [*said, *more, *survey.fields.sentences]


def _join(
    source: Source,
    film: Film,
    pieces: list[Piece],
    kept: Kept,
    target: Path,
    report: Report,
) -> None:
    """Make the target of what is done from the start on, and say what that is."""
    run = film.parts.first_run(pieces)
    if not run:
        return
    part, unit = film.plan.part, source.time_base
    if part.start:
        part = Part(float(film.survey.times[0] * unit), part.end)
    if len(run) < len(pieces):
        part = part.until(float(film.survey.times[pieces[len(run)].first] * unit))
    records = [done for piece in run if (done := film.parts.done(piece))]
    fresh = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        paths = [film.parts.film(piece) for piece in run]
        ahead = max(done.ahead for done in records)
        note = f"The colours are guesses of Chromafield {__version__}, {film.plan.settings.model}."
        with open_source(film.source, film.plan.rate) as again:  # from its beginning
            join(again, paths, film.look, film.timing, kept, part, ahead, fresh, note)
        check_count(fresh, target, sum(piece.count for piece in run))
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    report.frames = sum(piece.count for piece in run)
    report.passed = sum(done.passed for done in records)
    report.shots = run[-1].shot + 1
    for done in records:
        report.seconds.update(done.seconds)


def _alone(
    film: Film, colorizer: Colorizer, rows: list[list[Piece]], done: Callable[[int], None]
) -> None:
    before = sum(piece.count for piece in film.parts.finished(film.survey.pieces()))
    with _colouring(film, colorizer) as colouring:
        for piece in _left(film, colouring, rows):
            _write(film, colouring, piece, before, done)
            before += piece.count


@contextlib.contextmanager
def _colouring(film: Film, colorizer: Colorizer) -> Iterator[Colouring]:
    unit = float(film.timing.source_unit)
    with Frames(film.source, film.plan.part, film.survey, film.plan.rate) as frames:
        yield Colouring(film.plan, colorizer, frames, unit, film.batch)


def _left(film: Film, colouring: Colouring, rows: list[list[Piece]]) -> Iterator[Piece]:
    """The pieces that are not done yet, the colouring made ready for each."""
    for row in rows:
        last: Piece | None = None
        for piece in row:
            if film.parts.done(piece) is None:
                if last is not None and last.shot == piece.shot:
                    colouring.steady.load(film.parts.state(last))
                yield piece
            last = piece


def _write(
    film: Film, colouring: Colouring, piece: Piece, before: int, done: Callable[[int], None]
) -> None:
    part = film.parts.in_making(piece)
    spent, passed = Counter(colouring.clock.seconds), colouring.passed
    segment = Segment(part, film.look)
    try:
        for count, (number, frame) in enumerate(colouring.coloured(piece), start=1):
            frame.pts = film.timing.times[number]
            frame.time_base = film.look.time_base
            with colouring.clock.runs("encode"):
                segment.add(frame)
            done(before + count)
        with colouring.clock.runs("encode"):  # where most of an encoder's work is done
            ahead = segment.close()
    except BaseException:
        segment.abandon()
        part.unlink(missing_ok=True)
        raise
    colouring.steady.save(film.parts.state(piece))
    seconds = {k: float(v - spent[k]) for k, v in colouring.clock.seconds.items()}
    film.parts.finish(piece, part, Done(colouring.passed - passed, ahead, seconds))


def _together(film: Film, rows: list[list[Piece]], jobs: int, done: Callable[[int], None]) -> None:
    context = multiprocessing.get_context("spawn")
    threads = max((os.cpu_count() or 1) // jobs, 1)
    pieces = film.survey.pieces()
    pool = ProcessPoolExecutor(jobs, context, _start, (film, threads))
    try:
        running = {pool.submit(_work, row) for row in rows}
        while running:
            ended, running = wait(running, POLL, FIRST_EXCEPTION)
            for future in ended:
                if (sentence := future.result()) is not None:
                    raise PictureError(sentence)
            done(sum(piece.count for piece in film.parts.finished(pieces)))
    except BrokenExecutor as error:
        raise OutputError(
            "A process was ended from outside, perhaps for want of memory. Go on with --resume and "
            "fewer --jobs."
        ) from error
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


_worker: list[tuple[Film, Colorizer]] = []  # a worker process's own, filled by `_start`


def _start(film: Film, threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process stops the others
    threading.Thread(target=_end_with_first, daemon=True).start()
    torch.set_num_threads(threads)
    os.environ["NUMBA_NUM_THREADS"] = str(threads)  # read when a kernel is first imported
    _worker.append((film, load_colorizer(film.plan.settings, film.device)))


def _end_with_first() -> None:
    """End this worker when the first process ends, however that ends."""
    first = multiprocessing.parent_process()
    if first is not None:
        first.join()
        os._exit(1)


def _work(row: list[Piece]) -> str | None:
    """In a worker: errors become sentences here, since not every error can travel."""
    film, colorizer = _worker[0]
    try:
        _alone(film, colorizer, [row], lambda frames: None)
    except (ChromafieldError, av.FFmpegError, OSError) as error:
        return str(error)
    return None
