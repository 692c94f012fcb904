"""What the commands on films share: the options of a plan, the plan, a bar."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..settings import Scope
from ._bars import counted
from ._options import settings_of, settings_options
from ._shared import PATH

if TYPE_CHECKING:
    from ..film.settings import Plan
    from ..film.times import Pace

F = TypeVar("F", bound=Callable[..., Any])

OF_PLAN = (
    *("steady", "memory", "recolor", "clean", "hints", "references", "direction", "codec"),
    *("quality", "fields", "cut_threshold", "shortest_shot"),
    *("layer", "compare"),
)
MEMORY = click.option(
    "--memory", default=30.0, show_default=True, help="Frames that count at most."
)
RATE = click.option("--rate", help="Frames a second of numbered pictures: 18, 24000/1001.")
CUTS: tuple[Callable[[Any], Any], ...] = (
    click.option("--shortest-shot", default=2, show_default=True, help="Frames of a shot."),
    click.option(
        "--cut-threshold",
        default=35.0,
        show_default=True,
        help="Mean change of a level from shot to shot; more finds fewer cuts.",
    ),
    click.option("--no-cuts", is_flag=True, help="The film is one shot."),
    click.option(
        "--cuts", type=PATH, help="Where shots begin: a text with a time a line, a CSV or an EDL."
    ),
)
DEVICE = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")


def _choice(name: str, help: str, *values: str) -> Callable[[Any], Any]:
    """An option that is one of some words, the first by default."""
    kind = click.Choice(values)
    return click.option(name, type=kind, default=values[0], show_default=True, help=help)


FIELDS = _choice(
    "--fields", "How lines make pictures.", "auto", "progressive", "interlaced", "telecine"
)
# What a film is read by; the last is the first that --help lists.
READING: tuple[Callable[[Any], Any], ...] = (FIELDS, RATE, *CUTS)
PART: tuple[Callable[[Any], Any], ...] = (
    *READING,
    click.option("--to", "end", help="Where to end."),
    click.option(
        "--from", "start", default="0", help="Where to begin: 90, 1:30, 2250f, a timecode."
    ),
)
PLAN_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    DEVICE,
    click.option("--keep", multiple=True, metavar="FROM-TO", help="A span left as it is."),
    *PART,
    click.option("--recolor", is_flag=True, help="Also frames that have colours."),
    _choice(
        "--clean",
        "Even out flicker and take out dust, for the network's eyes or also in the film.",
        "none",
        "seen",
        "output",
    ),
    MEMORY,
    click.option(
        "--steady",
        type=bool,
        default=True,
        metavar="[on|off]",
        help="off: colour frame by frame.  [default: on]",
    ),
    _choice(
        "--direction",
        "In which colours given to single frames propagate.",
        "both",
        "forward",
        "back",
    ),
    click.option(
        "--references",
        type=PATH,
        help="A folder of coloured frames: ref_000120.png is frame 120.",
    ),
    click.option("--hints", type=PATH, help="Colours on single frames: see docs/film.md."),
    settings_options(Scope.FILM),
)


def options(*own: Callable[[Any], Any]) -> Callable[[F], F]:
    """Add some to a command; the last is the first that --help lists."""

    def add(command: F) -> F:
        for option in own:
            command = option(command)
        return command

    return add


plan_options = options(*PLAN_OPTIONS)  # what decides on colours, and the part that is meant


def plan_of(source: Path, given: dict[str, Any]) -> Plan:
    """The plan of the options; what a command has no option for is the default."""
    from ..film.settings import Plan

    settings = settings_of(Scope.FILM, given, views=1)
    own = {name: given[name] for name in OF_PLAN if name in given}
    return Plan(settings, **own, **_times(source, given))


def reading_of(source: Path, given: dict[str, Any]) -> Plan:
    """The plan of a command that reads a film and colours nothing."""
    from ..film.settings import Plan

    own = {name: given[name] for name in OF_PLAN if name in given}
    return Plan(**own, **_times(source, given))


def _times(source: Path, given: dict[str, Any]) -> dict[str, Any]:
    """The part, the spans that are kept, the cuts and the rate, as the plan has them."""
    from ..film.times import pace_of, rate_of, seconds_of, span_of

    rate = rate_of(given["rate"]) if given["rate"] else None
    pace = functools.cache(lambda: pace_of(source, rate))
    end = seconds_of(given["end"], pace) if given.get("end") else math.inf
    keep = tuple(span_of(text, pace) for text in given.get("keep", ()))
    start, cuts = seconds_of(given.get("start", "0"), pace), _cuts(given, pace)
    return {"start": start, "end": end, "keep": keep, "rate": rate, "cuts": cuts}


def _cuts(given: dict[str, Any], pace: Callable[[], Pace]) -> tuple[float, ...] | None:
    """The seconds at which shots are said to begin; None where they are to be found."""
    from ..film.shot_list import read_cuts

    if given["cuts"] is not None and given["no_cuts"]:
        raise click.UsageError("Give --cuts or --no-cuts, not both.")
    if given["no_cuts"]:
        return ()
    return None if given["cuts"] is None else read_cuts(given["cuts"], pace)


@contextlib.contextmanager
def frames_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar for each thing that is done in turn, with frames a second and the time left."""
    bar: Any = None
    shown = ""

    def progress(doing: str, done: int, of: int | None) -> None:
        nonlocal bar, shown
        if doing != shown:
            if bar is not None:
                bar.close()
            bar, shown = counted(of, "frame", doing), doing
            bar.initial = bar.n = max(done - 1, 0)  # what an earlier run did took no time now
        bar.update(done - bar.n)

    try:
        yield progress
    finally:
        if bar is not None:
            bar.close()
