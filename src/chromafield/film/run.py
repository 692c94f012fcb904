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
from functools import partial
from pathlib import Path

import av
import torch

from ..colorizer.colorizer import Colorizer
from ..colorizer.loading import load_colorizer
from ..errors import BadValue, ChromafieldError, OutputError, PictureError
from ..threads import Behind
from .colorize import FilmColorizer, chroma_alone
from .compare import compared, width_of
from .frames import Frames
from .key_frames import key_frames_at
from .pictures import ONE_PICTURE, check_pictures, is_numbered
from .piece_writer import PieceWriter
from .references import check_references, frames_before
from .result import write_result
from .segment import timed
from .settings import Plan
from .source import Source, open_source
from .streams import Kept, left_out
from .survey import Piece, stretches
from .timecode import later
from .timing import timing_of
from .trial import first_video_format, streams_kept, with_codec
from .work import Film, FilmReport, Progress, on_marks, survey_of
from .work_folder import WorkFolder, kept_survey, only_one, open_work_folder

ON_GPU = 8  # frames that a GPU's network sees at once; a CPU's sees one
POLL = 0.5  # seconds between looks at what other processes have done


def color_film(
    source: Path,
    target: Path,
    plan: Plan,
    device: str = "auto",
    jobs: int = 1,
    resume: bool = False,
    progress: Progress = lambda doing, done, of: None,
    colorizer: Colorizer | None = None,
) -> FilmReport:
    """Colour a film into a new file.

    Finished pieces lie in a folder beside the target until the film is whole. A run that is
    interrupted (KeyboardInterrupt) joins what is done from the start on into a film that plays.

    Args:
        jobs: processes; each colours other shots.
        resume: go on from what an earlier run of the same film and plan has left.
        colorizer: of the plan's settings, where it is loaded already.

    Raises:
        PictureError: the source is no film, is interlaced, changes its size or has no frame.
        OutputError: the target cannot be written, or cannot hold the film's sound.
        BadValue: fewer than one job, or nothing to go on with.
    """
    if jobs < 1:
        raise BadValue(f"The number of jobs is {jobs}; it must be at least 1.")
    _refuse_target(source, target, plan)
    if is_numbered(target):
        plan = replace(plan, codec="ffv1")  # of the pieces, which become pictures
        target.parent.mkdir(parents=True, exist_ok=True)
    plan, chosen = with_codec(source, plan, target.suffix)
    with open_source(source, plan.rate) as opened:
        colorizer = colorizer or load_colorizer(plan.settings, device)
        work = open_work_folder(source, target, plan, colorizer, resume)
        with only_one(work):
            try:
                report = _color(opened, target, plan, colorizer, work, jobs, progress)
                report.sentences = chosen + report.sentences
                return report
            except (av.FFmpegError, OSError) as error:
                raise OutputError(_broken_off(target, work, error)) from error
            finally:
                if work.is_empty:
                    work.remove()


def _broken_off(target: Path, work: WorkFolder, error: Exception) -> str:
    done = f"What is done lies in {work.folder}; go on with --resume."
    if work.is_empty:
        done = "Nothing was finished; start again once it can."
    return f"{target} cannot be written ({getattr(error, 'strerror', None) or error}). {done}"


def _refuse_target(source: Path, target: Path, plan: Plan) -> None:
    """Raises: OutputError: a film, or its layer, cannot be written under this name."""
    if target.resolve() == source.resolve():
        raise OutputError(f"{target} is the source itself. Name another file with -o.")
    if not target.suffix:
        raise OutputError(f"{target} has no ending that says its kind. Name it as film.mp4.")
    if is_numbered(target):
        return
    if plan.layer:
        raise OutputError(
            "A layer is a row of transparent pictures. Name them, as -o layer/%06d.png."
        )
    if target.suffix.lower() in ONE_PICTURE:
        raise OutputError(
            f"{target} is one picture, and a film is many. Number them, as "
            f"-o {target.with_name('%06d' + target.suffix)}."
        )


def _color(
    source: Source,
    target: Path,
    plan: Plan,
    colorizer: Colorizer,
    work: WorkFolder,
    jobs: int,
    progress: Progress,
) -> FilmReport:
    film, kept, sentences = _prepared(source, target, plan, colorizer, work, progress)
    survey = film.survey
    pieces = survey.pieces()
    rows = [row for row in stretches(pieces) if len(work.finished(row)) < len(row)]
    if jobs > 1 and len(rows) < 2:
        sentences.append("One process did it all: there is nothing to divide between shots.")

    def done(frames: int) -> None:
        progress("colouring", frames, len(survey.times))

    with contextlib.suppress(KeyboardInterrupt):
        if jobs == 1 or len(rows) < 2:
            _alone(film, colorizer, rows, done)
        else:
            _together(film, rows, jobs, done)
    report = FilmReport(of=len(survey.times), damaged=survey.damaged, truncated=survey.cut_off)
    report.sentences = sentences + on_marks(survey)
    write_result(source, film, pieces, kept, target, report)
    if not report.stopped:
        work.remove()
    return report


def _prepared(
    source: Source,
    target: Path,
    plan: Plan,
    colorizer: Colorizer,
    work: WorkFolder,
    progress: Progress,
) -> tuple[Film, Kept, list[str]]:
    """The film looked through, what is kept of its other streams, and sentences on both."""
    video_format, sentences = first_video_format(source.path, plan)
    numbered = is_numbered(target)
    if numbered:
        check_pictures(target, plan.layer, video_format.coding.depth)
        kept, more = Kept(), left_out(source)
    else:
        with open_source(source.path, plan.rate) as again:
            kept, more = streams_kept(again, video_format, target.suffix)
    survey = kept_survey(work)
    if survey is None:
        measure = (lambda frame: chroma_alone(colorizer, frame)) if plan.steady else None
        survey = survey_of(source.path, plan, progress, measure)
        if (plan.references or numbered) and plan.start:
            survey = replace(survey, before=frames_before(source.path, plan, survey))
        survey.save(work.survey_path)
    key_frames_at(plan, survey, float(source.time_base))  # hints that are wrong say so at once
    timing = timing_of(source, survey, from_zero=plan.start > 0)
    skipped = round(survey.times[0] * source.time_base * timing.rate) if plan.start else 0
    tags = {key: later(code, skipped, timing.rate) for key, code in kept.tags.items()}
    given = check_references(source.path, plan, survey, video_format.size[::-1])
    width, height = video_format.size
    shown = replace(video_format, size=(width_of(width, plan.compare), height))
    video_format = timed(shown, timing, target.suffix)
    batch = 1 if colorizer.device == "cpu" else ON_GPU
    film = Film(source.path, plan, video_format, survey, work, colorizer.device, batch, timing)
    return film, replace(kept, tags=tags), [*sentences, *more, *survey.fields.sentences, *given]


def _alone(
    film: Film, colorizer: Colorizer, rows: list[list[Piece]], done: Callable[[int], None]
) -> None:
    before = sum(piece.count for piece in film.work.finished(film.survey.pieces()))
    with _colorizing(film, colorizer) as colorizing, Behind() as behind:
        for piece in _left(film, colorizing, rows):
            _write(film, colorizing, piece, behind, partial(_further, done, before))
            before += piece.count


def _further(done: Callable[[int], None], before: int, count: int) -> None:
    done(before + count)


@contextlib.contextmanager
def _colorizing(film: Film, colorizer: Colorizer) -> Iterator[FilmColorizer]:
    unit = float(film.timing.source_unit)
    with Frames(film.source, film.plan.span, film.survey, film.plan.rate) as frames:
        yield FilmColorizer(film.plan, colorizer, frames, unit, film.batch)


def _left(film: Film, colorizing: FilmColorizer, rows: list[list[Piece]]) -> Iterator[Piece]:
    """The pieces that are not done yet, the colouring made ready for each."""
    for row in rows:
        last: Piece | None = None
        for piece in row:
            if film.work.done(piece) is None:
                if last is not None and last.shot == piece.shot:
                    colorizing.steady.load(film.work.state(last))
                yield piece
            last = piece


def _write(
    film: Film,
    colorizing: FilmColorizer,
    piece: Piece,
    behind: Behind,
    done: Callable[[int], None],
) -> None:
    """Colour a piece; its frames are encoded, and it is finished, behind that."""
    spent, kept_before = Counter(colorizing.clock.seconds), colorizing.kept_as_is
    writer = PieceWriter(film, piece)
    try:
        for count, (number, frame) in enumerate(colorizing.frames_in_color(piece), start=1):
            source = colorizing.frames[number].frame
            frame = compared(source, frame, film.video_format.coding, film.plan.compare)
            behind.call(partial(writer.add, number, frame))
            done(count)
        colorizing.steady.save(film.work.state(piece))
        seconds = {k: float(v - spent[k]) for k, v in colorizing.clock.seconds.items()}
        behind.call(partial(writer.finish, colorizing.kept_as_is - kept_before, seconds))
    except BaseException:
        behind.settle()
        writer.abandon()
        raise


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
            done(sum(piece.count for piece in film.work.finished(pieces)))
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
