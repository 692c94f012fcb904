"""`chromafield film shots`: a list of the shots that were found, for an editor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ._film import PART, frames_bar, options, reading_of
from ._shared import errors_as_one_line

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("source", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The list, .csv or .edl.")
@options(*PART)
def shots(source: Path, output: Path, **given: Any) -> None:
    """List the shots of the film SOURCE, as CSV or EDL; --cuts reads such a list.

    \b
    chromafield film shots old.mp4 -o shots.edl
    chromafield film old.mp4 -o coloured.mp4 --cuts shots.edl
    """
    with errors_as_one_line():
        from ..film.shot_list import list_shots

        plan = reading_of(source, given)
        with frames_bar() as progress:
            listed = list_shots(source, plan, progress)
        listed.write(output)
    click.echo(output)
    click.echo(f"Shots: {len(listed.survey.shots)}.", err=True)
