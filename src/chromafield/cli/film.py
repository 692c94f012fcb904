"""`chromafield film`: a black-and-white film in, a coloured one out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from ..defaults import FIELD, MODEL, SIZE
from ._shared import errors_as_one_line

PATH = click.Path(path_type=Path)
NAMES = ("model", "field", "size", "strength", "palette", "palette_strength")  # of settings


@click.command()
@click.argument("source", type=PATH)
@click.option("-o", "--output", type=PATH, help="The coloured film.")
@click.option(
    "--check", is_flag=True, help="SOURCE is in colour: measure how steady its grey copy comes out."
)
@click.option("--grain", default=0.0, show_default=True, help="With --check: noise, levels of 255.")
@click.option("--seed", default=0, show_default=True, help="With --check: of the noise.")
@click.option("--most", type=click.IntRange(1), help="With --check: frames, at most.")
@click.option("--model", default=MODEL, show_default=True, help="See `chromafield models`.")
@click.option("--field", default=FIELD, show_default=True, help="See `chromafield fields`.")
@click.option("--size", default=SIZE, show_default=True, help="What the network sees.")
@click.option("--strength", default=1.0, show_default=True, help="Of the colours: 0 grey, 1 full.")
@click.option("--palette", help="Colours to see more of, as for colorize.")
@click.option("--palette-strength", default=1.0, show_default=True, help="0 none, 1 full.")
@click.option(
    "--steady/--no-steady", default=True, show_default=True, help="Or colour frame by frame."
)
@click.option("--memory", default=30.0, show_default=True, help="Frames that count at most.")
@click.option("--recolor", is_flag=True, help="Also frames that have colours.")
@click.option(
    "--codec", type=click.Choice(["h264", "h265", "ffv1"]), default="h264", show_default=True
)
@click.option("--quality", default=18, show_default=True, help="0 is lossless, 51 worst.")
@click.option("--from", "start", default=0.0, help="Seconds at which to begin.")
@click.option("--to", "end", default=math.inf, help="Seconds at which to end.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
def film(source: Path, output: Path | None, check: bool, **given: Any) -> None:
    """Colour the film SOURCE; sound, subtitles, chapters and times are copied.

    \b
    chromafield film old.mp4 -o coloured.mp4
    chromafield film old.avi -o coloured.mkv --no-steady --codec ffv1
    chromafield film new.mp4 --check --grain 8
    """
    if check:
        _check(source, given)
        return
    if output is None:
        raise click.UsageError("Name the coloured film with -o.")
    with errors_as_one_line():
        from tqdm import tqdm

        from ..film.run import Plan, colour_film
        from ..pipeline.colorizer import Settings

        settings = Settings(**{name: given[name] for name in NAMES}, views=1)
        own = ("steady", "memory", "recolor", "codec", "quality", "start", "end")
        plan = Plan(settings, **{name: given[name] for name in own})
        with tqdm(unit="frame") as bar:

            def tell(done: int, of: int | None) -> None:
                bar.total = of
                bar.update(done - bar.n)

            report = colour_film(source, output, plan, given["device"], tell)
    click.echo(output)
    click.echo(f"Frames: {report.frames}. Shots: {report.shots}.", err=True)
    if report.passed:
        click.echo(f"In colour before, and as they were: {report.passed} frames.", err=True)
    if report.damaged:
        click.echo(f"Damaged, and passed over: {report.damaged} packets.", err=True)
    for name in report.dropped:
        click.echo(f"{output.suffix} cannot hold the stream {name}; it was left out.", err=True)


def _check(source: Path, given: dict[str, Any]) -> None:
    with errors_as_one_line():
        from tqdm import tqdm

        from ..film.check import check_film
        from ..pipeline.colorizer import Settings

        settings = Settings(**{name: given[name] for name in NAMES}, views=1)
        own = ("memory", "grain", "seed", "most", "device")
        with tqdm(unit="frame") as bar:
            told = {name: given[name] for name in own}
            table = check_film(source, settings, **told, tell=bar.update)
    click.echo(table, nl=False)
