"""`chromafield figure`: the first paper's figures 4, 5 and 7 on your own pictures."""

from __future__ import annotations

from pathlib import Path

import click

from ._shared import errors_as_one_line, network_options

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("kind", type=click.Choice(["sweeps", "fields", "palettes"]))
@click.argument("pictures", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The sheet, as JPEG or PNG.")
@click.option("--palette", "palettes", multiple=True, help="For palettes; may be repeated.")
@click.option("--palette-strength", default=1.0, show_default=True, help="0 none, 1 full.")
@click.option("--field", default="potts", show_default=True, help="For palettes.")
@network_options
def figure(
    kind: str,
    pictures: tuple[Path, ...],
    output: Path,
    palettes: tuple[str, ...],
    palette_strength: float,
    field: str,
    model: str,
    size: int,
    views: int,
    device: str,
) -> None:
    """Make a contact sheet of PICTURES, a row each.

    \b
    sweeps: the Potts field from its grey start, sweep by sweep (the paper's Figure 4).
    fields: one network's belief decided by each field (its Figure 5).
    palettes: without a palette, then with each (its Figure 7).

    Pictures in colour are made grey first and stand last in their row as they were.

    \b
    chromafield figure sweeps dog.jpg -o sweeps.jpg
    chromafield figure fields dog.jpg street.png -o fields.jpg
    chromafield figure palettes dog.jpg --palette autumn.jpg --palette '#204060' -o palettes.jpg
    """
    from ..image import Picture, check_target, read_picture, write_picture
    from ..pipeline.colorizer import Settings
    from ..pipeline.figures import fields_sheet, palettes_sheet, sweeps_sheet

    with errors_as_one_line():
        for path in pictures:
            check_target(output, path)
        read = [read_picture(path) for path in pictures]
        settings = Settings(model, field, size, views=views, palette_strength=palette_strength)
        if kind == "palettes":
            sheet = palettes_sheet(read, settings, device, palettes)
        else:
            sheet = (sweeps_sheet if kind == "sweeps" else fields_sheet)(read, settings, device)
        write_picture(output, sheet, Picture(sheet))
    click.echo(output)
