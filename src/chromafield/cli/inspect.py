"""`chromafield inspect`: what the network thinks of a place, and where it is unsure."""

from __future__ import annotations

from pathlib import Path

import click

from ._shared import PATH, errors_as_one_line, network_options


@click.command()
@click.argument("picture", type=PATH)
@click.option("--at", "places", multiple=True, metavar="X,Y", help="A pixel; may be repeated.")
@click.option("--top", default=5, show_default=True, help="Colours a place.")
@click.option("--uncertainty", type=PATH, help="Write a map: dark is sure, yellow unsure.")
@network_options
def inspect(
    picture: Path,
    places: tuple[str, ...],
    top: int,
    uncertainty: Path | None,
    model: str,
    size: int,
    views: int,
    device: str,
) -> None:
    """Print the leading colours of PICTURE at some places, with their probabilities.

    \b
    chromafield inspect dog.jpg --at 120,80 --at 300,200
    chromafield inspect dog.jpg --uncertainty unsure.png

    X,Y are pixels from the upper left, after the picture is turned upright.
    """
    points = [_point(text) for text in places]
    if not points and uncertainty is None:
        raise click.UsageError("Name a place with --at X,Y, or a file with --uncertainty.")
    from ..canvas.uncertainty import entropy_map, leading_colours, swatches
    from ..colorizer.loading import load_colorizer
    from ..image import Picture, check_target, read_picture, write_picture
    from ..settings import Settings

    with errors_as_one_line():
        if uncertainty is not None:
            check_target(uncertainty, picture)
        colorizer = load_colorizer(Settings(model=model, size=size, views=views), device)
        canvas = colorizer.canvas(read_picture(picture))
        found = [(point, leading_colours(canvas, *point, top)) for point in points]
        if uncertainty is not None:
            levels = entropy_map(canvas)
            write_picture(uncertainty, levels, Picture(levels), source=picture)
    for (x, y), guesses in found:
        click.echo(f"{x},{y}")
        for guess, colour in zip(guesses, swatches(guesses), strict=True):
            ab = f"a {guess.a:+4.0f}  b {guess.b:+4.0f}"
            click.echo(f"  {100 * guess.probability:5.1f} %  {colour}  {ab}")
    if uncertainty is not None:
        click.echo(uncertainty)


def _point(text: str) -> tuple[int, int]:
    try:
        x, y = (int(number) for number in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not X,Y in pixels", param_hint="--at") from error
    return x, y
