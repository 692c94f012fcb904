"""`chromafield film preview`: one frame a shot on a sheet, before hours are spent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ._film import frames_bar, plan_of, plan_options
from ._shared import PATH, errors_as_one_line


@click.command()
@click.argument("source", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The sheet, a picture.")
@plan_options
def preview(source: Path, output: Path, **given: Any) -> None:
    """Colour one frame of each shot of the film SOURCE, on a sheet.

    \b
    chromafield film preview old.mp4 -o sheet.jpg
    chromafield film preview old.mp4 -o sheet.jpg --vividness 1.5
    """
    write_preview(source, output, given)


def write_preview(source: Path, output: Path, given: dict[str, Any]) -> None:
    """Write the sheet and say how many shots there are."""
    with errors_as_one_line():
        from ..film.preview import preview as write

        plan = plan_of(source, given)
        with frames_bar() as progress:
            sheets, shots = write(source, output, plan, given["device"], progress)
    for sheet in sheets:
        click.echo(sheet)
    click.echo(f"Shots: {shots}.", err=True)
