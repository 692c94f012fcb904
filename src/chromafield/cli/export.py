"""`chromafield export`: our networks for programs without Python."""

from __future__ import annotations

from pathlib import Path

import click

from ._shared import errors_as_one_line


@click.command()
@click.argument("model")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="FILE.onnx.")
@click.option("--hints", is_flag=True, help="With the hint network, as one.")
@click.option("--opset", default=17, show_default=True, help="Of ONNX; 13 to 20.")
def export(model: str, output: Path, hints: bool, opset: int) -> None:
    """Write MODEL as an ONNX file: lightness in, colours out, any size.

    \b
    chromafield export lite-unet -o lite.onnx
    chromafield export lite-unet --hints -o hints.onnx

    The file takes L from 0 to 100 and gives ab; with --hints it takes L, a, b and a mask of
    where they are given. It is compared with the network at three sizes before it is kept.
    """
    from ..models import load_model
    from ..models.hint_network.loading import load_hint_predictor
    from ..models.plugged.export import export as write

    with errors_as_one_line():
        trained = load_model(model)
        done = write(load_hint_predictor(trained) if hints else trained.model, output, opset)
    size = output.stat().st_size / 1e6
    difference = f"at most {done.off:.1e} units of ab from the network itself"
    click.echo(f"{output}: {size:.1f} MB, opset {opset}; {difference}")
