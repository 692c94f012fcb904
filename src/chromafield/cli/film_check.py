"""`chromafield film check`: how steady the colours of a film's grey copy come out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..settings import Scope
from ._bars import counted
from ._film import DEVICE, MEMORY
from ._options import settings_of, settings_options
from ._shared import PATH, errors_as_one_line

NAMES = ("memory", "grain", "seed", "most", "device")


@click.command()
@click.argument("source", type=PATH)
@settings_options(Scope.FILM)
@MEMORY
@click.option("--grain", default=0.0, show_default=True, help="Added noise, levels of 255.")
@click.option("--seed", default=0, show_default=True, help="Of the noise.")
@click.option("--most", type=click.IntRange(1), help="Frames, at most.")
@DEVICE
def check(source: Path, **given: Any) -> None:
    """Measure how steady the grey copy of SOURCE, a film in colour, comes out.

    \b
    chromafield film check new.mp4 --grain 8
    """
    print_check(source, given)


def print_check(source: Path, given: dict[str, Any]) -> None:
    """Print the table."""
    with errors_as_one_line():
        from ..evaluate.film_check import check_film

        settings = settings_of(Scope.FILM, given, views=1)
        with counted(unit="frame") as bar:
            own = {name: given[name] for name in NAMES}
            table = check_film(source, settings, **own, progress=bar.update)
    click.echo(table, nl=False)
