"""`chromafield film stills`: one grey still a shot, to be coloured elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from ._shared import PATH, errors_as_one_line


@click.command()
@click.argument("source", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The folder that they go into.")
@click.option("--rate", help="Frames a second of numbered pictures: 18, 24000/1001.")
def stills(source: Path, output: Path, rate: str | None) -> None:
    """Write one still of each shot of the film SOURCE, named by its frame.

    \b
    chromafield film stills old.mp4 -o stills
    chromafield film old.mp4 -o coloured.mp4 --references stills
    """
    with errors_as_one_line():
        from ..film.stills import write_stills
        from ..film.times import rate_of

        written = write_stills(source, output, rate_of(rate) if rate else None)
    for path in written:
        click.echo(path)
