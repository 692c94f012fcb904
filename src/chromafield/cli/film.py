"""`chromafield film`: a black-and-white film in, a coloured one out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._film import frames_bar, plan_of, plan_options
from ._group import WithCommands
from ._shared import PATH, errors_as_one_line, renamed
from .film_check import check as check_command
from .film_check import print_check
from .film_preview import preview, write_preview
from .film_shots import shots
from .film_stills import stills

if TYPE_CHECKING:
    from ..film.settings import Plan
    from ..film.work import FilmReport

CODECS = ("h264", "h265", "ffv1", "prores", "prores4444", "dnxhr", "vp9", "av1")
CORES = 2  # that one process keeps busy, as measured
STOPPED = 130  # the exit code of a run that was interrupted, as shells have it


class Film(WithCommands):
    """The command and those under its name."""

    commands: Mapping[str, click.Command] = {
        "preview": preview,
        "shots": shots,
        "stills": stills,
        "check": check_command,
    }


@click.command(cls=Film)
@click.argument("source", type=PATH)
@click.option("-o", "--output", type=PATH, help="The coloured film.")
@click.option("--resume", is_flag=True, help="Go on where an earlier run was stopped.")
@click.option("--jobs", default=1, show_default=True, help="Processes; each colours other shots.")
@plan_options
@click.option(
    "--codec",
    type=click.Choice(CODECS),
    help="The pictures' codec.  [default: h264, above 10 bits h265 or ffv1; of .webm vp9, of .mxf "
    "dnxhr]",
)
@click.option(
    "--compare",
    type=click.Choice(["none", "side", "split"]),
    default="none",
    show_default=True,
    help="Before and after in one: side by side, or half and half.",
)
@click.option("--layer", is_flag=True, help="Pictures of the colours alone, transparent.")
@click.option("--lossless", is_flag=True, help="The same as --codec ffv1.")
@click.option("--quality", default=18, show_default=True, help="0 is lossless, 51 worst.")
@click.option("--overwrite", is_flag=True, help="Replace a result, or pieces, that are there.")
@click.option("--timings", is_flag=True, help="Say where the time went.")
# Of `film preview` and `film check`, as they were spelled before.
@click.option("--preview", is_flag=True, hidden=True)
@click.option("--check", is_flag=True, hidden=True)
@click.option("--grain", default=0.0, hidden=True)
@click.option("--seed", default=0, hidden=True)
@click.option("--most", type=click.IntRange(1), hidden=True)
def film(source: Path, output: Path | None, check: bool, **given: Any) -> None:
    """Colour the film SOURCE; sound, subtitles, chapters and times are copied.

    \b
    chromafield film old.mp4 -o coloured.mp4
    chromafield film old.mp4 -o coloured.mp4 --resume
    chromafield film old.avi -o coloured.mkv --steady off --lossless
    chromafield film 'frames/%06d.tif' --rate 18 -o 'coloured/%06d.tif'
    chromafield film FOLDER -o COLOURED
    """
    if check:
        renamed("--check", "chromafield film check")
        print_check(source, given)
    elif output is None:
        raise click.UsageError("Name the coloured film with -o.")
    elif given["preview"]:
        renamed("--preview", "chromafield film preview")
        write_preview(source, output, given)
    else:
        _color(source, output, given)


def _color(source: Path, output: Path, given: dict[str, Any]) -> None:
    with errors_as_one_line():
        from ..film.batch import films_in
        from ..film.codecs import AUTO
        from ..film.run import color_film
        from ..film.work_folder import refuse_what_is_there

        lossless = "ffv1" if given["lossless"] else None
        given["codec"] = lossless or given["codec"] or AUTO
        given["jobs"] = _jobs(given["jobs"])
        plan = plan_of(source, given)
        if films_in(source):
            _color_folder(source, output, plan, given)
            return
        if not given["resume"] and not given["overwrite"]:
            refuse_what_is_there(output)
        with frames_bar() as progress:
            report = color_film(
                source, output, plan, given["device"], given["jobs"], given["resume"], progress
            )
    _say(output, report, given["timings"])
    if report.stopped:
        raise SystemExit(STOPPED)


def _jobs(asked: int) -> int:
    """How many processes help, of those that are asked for."""
    cores = os.cpu_count() or 1
    helping = max(cores // CORES, 1)
    if asked <= helping:
        return asked
    click.echo(
        f"Processes: {helping}, not {asked}. Each keeps {CORES} processor cores busy, and there "
        f"are {cores}.",
        err=True,
    )
    return helping


def _color_folder(source: Path, output: Path, plan: Plan, given: dict[str, Any]) -> None:
    """Colour the films of a folder; the exit code says whether one failed or the run stopped."""
    from ..film.batch import color_films

    own = {name: given[name] for name in ("device", "jobs", "resume", "overwrite")}
    failed = 0
    with frames_bar() as progress:
        for outcome in color_films(source, output, plan, **own, progress=progress):
            if outcome.error is not None:
                failed += 1
                click.echo(f"{outcome.source}: {outcome.error}", err=True)
            elif outcome.report is None:
                click.echo(f"{outcome.target} was done before.", err=True)
            else:
                _say(outcome.target, outcome.report, given["timings"])
                if outcome.report.stopped:
                    raise SystemExit(STOPPED)
    if failed:
        raise SystemExit(1)


def _say(output: Path, report: FilmReport, timings: bool) -> None:
    if report.frames:
        click.echo(output)
    if report.stopped:
        held = f"{output} holds the first {report.frames} of {report.of} frames"
        there = held if report.frames else "Nothing is finished yet"
        click.echo(f"Stopped. {there}; go on with --resume.", err=True)
    click.echo(f"Frames: {report.frames}. Shots: {report.shots}.", err=True)
    if report.kept_as_is:
        all_of_it = "" if report.kept_as_is < report.frames else " To colour them anew: --recolor."
        click.echo(
            f"In colour before, and as they were: {report.kept_as_is} frames.{all_of_it}", err=True
        )
    if report.damaged:
        times = ", ".join(f"{seconds:.2f}" for seconds in report.damaged[:20])
        more = f" and {len(report.damaged) - 20} more" if len(report.damaged) > 20 else ""
        click.echo(
            f"Damaged, the frame before in their place: those at {times}{more} seconds.", err=True
        )
    if report.truncated:
        click.echo(report.truncated, err=True)
    for sentence in report.sentences:
        click.echo(sentence, err=True)
    if timings:
        from ..film.clock import STAGES

        spent = ", ".join(f"{stage} {report.seconds[stage]:.1f}" for stage in STAGES)
        click.echo(f"Seconds: {spent}.", err=True)
