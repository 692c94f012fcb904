"""`chromafield average`: the mean of weight files, weight by weight."""

from __future__ import annotations

from pathlib import Path

import click

from ._shared import errors_as_one_line

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("weights", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The .safetensors file.")
@click.option("--share", "shares", multiple=True, type=float, help="Of each file, in their order.")
@click.option(
    "--check", "checking", multiple=True, type=PATH, help="True pictures for the card's figures."
)
def average(
    weights: tuple[Path, ...], output: Path, shares: tuple[float, ...], checking: tuple[Path, ...]
) -> None:
    """Write the mean of several WEIGHTS of one network, with its hash and card.

    \b
    chromafield average first/lite_unet.safetensors second/lite_unet.safetensors -o mean.safetensors
    chromafield average a.safetensors b.safetensors --share 1 --share 3 -o mean.safetensors

    Weights of stretches of one training are meant: their mean is often better than each.
    """
    with errors_as_one_line():
        from ..train.average import average_weights

        average_weights(weights, output, shares, checking)
    click.echo(output)
