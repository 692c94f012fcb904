"""`chromafield film`: a black-and-white film in, a coloured one out."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..settings import Scope
from ._group import WithCommands
from ._options import settings_of, settings_options
from ._shared import errors_as_one_line
from .film_stills import stills

if TYPE_CHECKING:
    from ..film.settings import Plan
    from ..film.work import FilmReport

PATH = click.Path(path_type=Path)
OF_PLAN = (
    "steady",
    "memory",
    "recolor",
    "clean",
    "hints",
    "references",
    "direction",
    "codec",
    "quality",
    "fields",
)
OF_CHECK = ("memory", "grain", "seed", "most", "device")
STOPPED = 130  # the exit code of a run that was interrupted, as shells have it


class Film(WithCommands):
    """The command and those under its name."""

    commands: Mapping[str, click.Command] = {"stills": stills}


@click.command(cls=Film)
@click.argument("source", type=PATH)
@click.option("-o", "--output", type=PATH, help="The coloured film, or the sheet of --preview.")
@click.option("--preview", is_flag=True, help="A sheet of one frame a shot, instead of a film.")
@click.option("--resume", is_flag=True, help="Go on where an earlier run was stopped.")
@click.option("--jobs", default=1, show_default=True, help="Processes; each colours other shots.")
@click.option(
    "--check", is_flag=True, help="SOURCE is in colour: measure how steady its grey copy comes out."
)
@click.option("--grain", default=0.0, show_default=True, help="With --check: noise, levels of 255.")
@click.option("--seed", default=0, show_default=True, help="With --check: of the noise.")
@click.option("--most", type=click.IntRange(1), help="With --check: frames, at most.")
@settings_options(Scope.FILM)
@click.option("--hints", type=PATH, help="Colours on single frames: see docs/film.md.")
@click.option(
    "--references", type=PATH, help="A folder of coloured frames: ref_000120.png is frame 120."
)
@click.option(
    "--direction",
    type=click.Choice(["both", "forward", "back"]),
    default="both",
    show_default=True,
    help="In which colours given to single frames travel.",
)
@click.option(
    "--steady",
    type=bool,
    default=True,
    metavar="[on|off]",
    help="off: colour frame by frame.  [default: on]",
)
@click.option("--memory", default=30.0, show_default=True, help="Frames that count at most.")
@click.option(
    "--clean",
    type=click.Choice(["none", "seen", "output"]),
    default="none",
    show_default=True,
    help="Even out flicker and take out dust, for the network's eyes or also in the film.",
)
@click.option("--recolor", is_flag=True, help="Also frames that have colours.")
@click.option(
    "--codec", type=click.Choice(["h264", "h265", "ffv1"]), default="h264", show_default=True
)
@click.option("--lossless", is_flag=True, help="The same as --codec ffv1.")
@click.option("--quality", default=18, show_default=True, help="0 is lossless, 51 worst.")
@click.option("--from", "start", default="0", help="Where to begin: 90, 1:30, 2250f, a timecode.")
@click.option("--to", "end", help="Where to end.")
@click.option("--keep", multiple=True, metavar="FROM-TO", help="A span that is left as it is.")
@click.option("--rate", help="Frames a second of numbered pictures: 18, 24000/1001.")
@click.option(
    "--fields",
    type=click.Choice(["auto", "progressive", "interlaced", "telecine"]),
    default="auto",
    show_default=True,
    help="How lines make pictures.",
)
@click.option("--overwrite", is_flag=True, help="Replace a result, or pieces, that are there.")
@click.option("--timings", is_flag=True, help="Say where the time went.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
def film(source: Path, output: Path | None, check: bool, **given: Any) -> None:
    """Colour the film SOURCE; sound, subtitles, chapters and times are copied.

    \b
    chromafield film old.mp4 -o coloured.mp4
    chromafield film old.mp4 -o sheet.jpg --preview
    chromafield film old.mp4 -o coloured.mp4 --resume
    chromafield film old.avi -o coloured.mkv --steady off --lossless
    chromafield film new.mp4 --check --grain 8
    """
    if check:
        _check(source, given)
    elif output is None:
        raise click.UsageError("Name the coloured film with -o.")
    elif given["preview"]:
        _preview(source, output, given)
    else:
        _colour(source, output, given)


def _plan(source: Path, given: dict[str, Any]) -> Plan:
    from ..film.settings import Plan

    settings = settings_of(Scope.FILM, given, views=1)
    if given["lossless"]:
        given["codec"] = "ffv1"
    own = {name: given[name] for name in OF_PLAN}
    return Plan(settings, **own, **_times(source, given))


def _times(source: Path, given: dict[str, Any]) -> dict[str, Any]:
    """The part, the spans that are kept and the rate, as the plan has them."""
    from ..film.times import pace_of, rate_of, seconds_of, span_of

    rate = rate_of(given["rate"]) if given["rate"] else None
    pace = functools.cache(lambda: pace_of(source, rate))
    end = math.inf if given["end"] is None else seconds_of(given["end"], pace)
    keep = tuple(span_of(text, pace) for text in given["keep"])
    return {"start": seconds_of(given["start"], pace), "end": end, "keep": keep, "rate": rate}


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar for each thing that is done in turn, with frames a second and the time left."""
    from tqdm import tqdm

    bar: Any = None
    shown = ""

    def tell(doing: str, done: int, of: int | None) -> None:
        nonlocal bar, shown
        if doing != shown:
            if bar is not None:
                bar.close()
            bar, shown = tqdm(desc=doing, unit="frame", total=of), doing
            bar.initial = bar.n = max(done - 1, 0)  # what an earlier run did took no time now
        bar.update(done - bar.n)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.close()


def _colour(source: Path, output: Path, given: dict[str, Any]) -> None:
    with errors_as_one_line():
        from ..film.run import color_film
        from ..film.work_folder import refuse_what_is_there

        plan = _plan(source, given)
        if not given["resume"] and not given["overwrite"]:
            refuse_what_is_there(output)
        with _bar() as tell:
            report = color_film(
                source, output, plan, given["device"], given["jobs"], given["resume"], tell
            )
    _say(output, report, given["timings"])
    if report.stopped:
        raise SystemExit(STOPPED)


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
        places = ", ".join(f"{seconds:.2f}" for seconds in report.damaged[:20])
        more = f" and {len(report.damaged) - 20} more" if len(report.damaged) > 20 else ""
        click.echo(
            f"Damaged, the frame before in their place: those at {places}{more} seconds.", err=True
        )
    if report.truncated:
        click.echo(report.truncated, err=True)
    for sentence in report.sentences:
        click.echo(sentence, err=True)
    if timings:
        from ..film.clock import STAGES

        told = ", ".join(f"{stage} {report.seconds[stage]:.1f}" for stage in STAGES)
        click.echo(f"Seconds: {told}.", err=True)


def _preview(source: Path, output: Path, given: dict[str, Any]) -> None:
    with errors_as_one_line():
        from ..film.preview import preview

        plan = _plan(source, given)
        with _bar() as tell:
            shots = preview(source, output, plan, given["device"], tell)
    click.echo(output)
    click.echo(f"Shots: {shots}.", err=True)


def _check(source: Path, given: dict[str, Any]) -> None:
    with errors_as_one_line():
        from tqdm import tqdm

        from ..evaluate.film_check import check_film

        settings = _plan(source, given).settings
        with tqdm(unit="frame") as bar:
            told = {name: given[name] for name in OF_CHECK}
            table = check_film(source, settings, **told, tell=bar.update)
    click.echo(table, nl=False)
