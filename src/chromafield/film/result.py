"""From finished pieces to the result: a film with all that is copied, or numbered pictures."""

from __future__ import annotations

from pathlib import Path

from .. import __version__
from .container import join
from .pictures import is_numbered, write_pictures
from .sequence import first_number
from .source import Source, Span, open_source
from .streams import Kept
from .survey import Piece
from .trial import check_count
from .work import Film, FilmReport


def write_result(
    source: Source,
    film: Film,
    pieces: list[Piece],
    kept: Kept,
    target: Path,
    report: FilmReport,
) -> None:
    """Make the target of what is done from the start on, and say what that is."""
    run = film.work.first_run(pieces)
    if not run:
        return
    report.frames = sum(piece.count for piece in run)
    records = [done for piece in run if (done := film.work.done(piece))]
    paths = [film.work.film(piece) for piece in run]
    report.kept_as_is = sum(done.passed for done in records)
    report.shots = run[-1].shot + 1
    for done in records:
        report.seconds.update(done.seconds)
    if is_numbered(target):
        first = film.survey.before + first_number(film.source)
        write_pictures(paths, target, film.video_format.coding, first, film.plan.layer)
        return
    span, unit = film.plan.span, source.time_base
    if span.start:
        span = Span(float(film.survey.times[0] * unit), span.end)
    if len(run) < len(pieces):
        span = span.until(float(film.survey.times[pieces[len(run)].first] * unit))
    fresh = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        ahead = max(done.ahead for done in records)
        note = f"The colours are guesses of Chromafield {__version__}, {film.plan.settings.model}."
        with open_source(film.source, film.plan.rate) as again:  # from its beginning
            join(again, paths, film.video_format, film.timing, kept, span, ahead, fresh, note)
        check_count(fresh, target, report.frames)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
