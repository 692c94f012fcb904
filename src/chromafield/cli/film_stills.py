"""`chromafield film stills`: one grey still a shot, to be coloured elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ._film import READING, options, reading_of
from ._shared import PATH, errors_as_one_line


@click.command()
@click.argument("source", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The folder that they go into.")
@options(*READING)
def stills(source: Path, output: Path, **given: Any) -> None:
    """Write one still of each shot of the film SOURCE, named by its frame.

    \b
    chromafield film stills old.mp4 -o stills
    chromafield film old.mp4 -o coloured.mp4 --references stills
    """
    with errors_as_one_line():
        from ..film.stills import write_stills

        written = write_stills(source, output, reading_of(source, given))
    for path in written:
        click.echo(path)
