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
from ._options import settings_of, settings_options
from ._shared import PATH

if TYPE_CHECKING:
    from ..film.settings import Plan

F = TypeVar("F", bound=Callable[..., Any])

OF_PLAN = (
    *("steady", "memory", "recolor", "clean", "hints", "references", "direction", "codec"),
    *("quality", "fields"),
)
MEMORY = click.option(
    "--memory", default=30.0, show_default=True, help="Frames that count at most."
)
DEVICE = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")


def _choice(name: str, help: str, *values: str) -> Callable[[Any], Any]:
    """An option that is one of some words, the first by default."""
    kind = click.Choice(values)
    return click.option(name, type=kind, default=values[0], show_default=True, help=help)


PLAN_OPTIONS: tuple[Callable[[Any], Any], ...] = (  # the last is the first that --help lists
    DEVICE,
    _choice(
        "--fields", "How lines make pictures.", "auto", "progressive", "interlaced", "telecine"
    ),
    click.option("--rate", help="Frames a second of numbered pictures: 18, 24000/1001."),
    click.option("--keep", multiple=True, metavar="FROM-TO", help="A span left as it is."),
    click.option("--to", "end", help="Where to end."),
    click.option(
        "--from", "start", default="0", help="Where to begin: 90, 1:30, 2250f, a timecode."
    ),
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


def plan_options(command: F) -> F:
    """Add what decides on a film's colours and on the part of it that is meant."""
    for option in PLAN_OPTIONS:
        command = option(command)
    return command


def plan_of(source: Path, given: dict[str, Any]) -> Plan:
    """The plan of the options; what a command has no option for is the default."""
    from ..film.settings import Plan

    settings = settings_of(Scope.FILM, given, views=1)
    own = {name: given[name] for name in OF_PLAN if name in given}
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
def frames_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar for each thing that is done in turn, with frames a second and the time left."""
    from tqdm import tqdm

    bar: Any = None
    shown = ""

    def progress(doing: str, done: int, of: int | None) -> None:
        nonlocal bar, shown
        if doing != shown:
            if bar is not None:
                bar.close()
            bar, shown = tqdm(desc=doing, unit="frame", total=of), doing
            bar.initial = bar.n = max(done - 1, 0)  # what an earlier run did took no time now
        bar.update(done - bar.n)

    try:
        yield progress
    finally:
        if bar is not None:
            bar.close()
