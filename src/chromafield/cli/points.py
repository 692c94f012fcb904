"""`chromafield points`: the second paper's Table 3 on any pictures, and its plot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..defaults import MODEL
from ._bars import counted
from ._shared import device_option, errors_as_one_line, named_values

if TYPE_CHECKING:
    from ..models import LoadedModel
    from ..models.hint_network.loading import HintPredictor
    from ..papers.points.points import PointMethod
    from ..propagation.within import TakesHints

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--counts", default="0,10,50,100", show_default=True, help="Revealed patches.")
@click.option(
    "--law",
    "laws",
    multiple=True,
    type=click.Choice(["normal", "uniform"]),
    help="Where patches lie.  [default: both]",
)
@click.option("--model", default=MODEL, show_default=True, help="The network beside the field.")
@click.option("--networks", type=PATH, help="Folder of vae, structure and mdn.  [default: shipped]")
@click.option("--listener", type=PATH, help="Weights of the hint network.  [default: shipped]")
@click.option("--option", "options", multiple=True, help="NAME=VALUE of the field's own options.")
@click.option("--strict", default=1.0, show_default=True, help="Precision of a point, 1/ab^2.")
@click.option(
    "--repainted", is_flag=True, help="An object in each picture gets another colour, and a point."
)
@click.option(
    "--references",
    multiple=True,
    type=PATH,
    help="Photographs for Welsh's method, a row more.",
)
@click.option("--most", type=click.IntRange(1), help="Pictures of each dataset, at most.")
@click.option("--seed", default=0, show_default=True)
@device_option
@click.option("--markdown", "as_markdown", type=PATH, help="Write the table to this file.")
@click.option("--plot", type=PATH, help="Draw the curves into this file (.png, .svg).")
def points(paths: tuple[Path, ...], as_markdown: Path | None, **given: Any) -> None:
    """Reveal a few true colours of the pictures in PATHS, fill in the rest, and compare.

    \b
    chromafield points val/bsds500_test.zip --plot points.svg
    chromafield points val/cq100.zip --counts 10 --law normal --most 20
    """
    from ..data.reveal import DISTRIBUTIONS
    from ..datasets.datasets import first_of_each, list_photos
    from ..evaluate.files import check_file, write_file
    from ..papers.plot import check_plot
    from ..papers.points.methods import LEVIN
    from ..papers.points.plot import plot_points
    from ..papers.points.points import Protocol, evaluate_points, markdown

    counts = _counts(given["counts"])
    with errors_as_one_line():
        check_file(as_markdown)
        if given["plot"]:
            check_plot(given["plot"])
        photos = first_of_each(list_photos(paths), given["most"])
        methods = _methods(given)
        protocol = Protocol(
            counts, given["laws"] or DISTRIBUTIONS, given["seed"], given["repainted"]
        )
        with counted(len(photos), "picture") as bar:
            curves = evaluate_points(photos, methods, protocol, bar.update)
        text = markdown(curves, LEVIN)
        click.echo(text, nl=False)
        write_file(as_markdown, text)
        if given["plot"]:
            plot_points(curves, given["plot"])


def _counts(text: str) -> list[int]:
    try:
        return sorted({int(n) for n in text.split(",")})
    except ValueError as error:
        raise click.BadParameter(f"--counts is {text!r}; say 0,10,50.") from error


def _methods(given: dict[str, Any]) -> dict[str, PointMethod]:
    """The methods on the networks that the options name."""
    from ..fields.gcrf import Config, GaussianCRF
    from ..models import choose_device, load_model
    from ..models.sampler.loading import load_diverse
    from ..models.weights import SHIPPED
    from ..papers.points.methods import Compared, point_methods, true_labs
    from ..plugins import configure

    device = choose_device(given["device"])
    networks = load_diverse(given["networks"] or SHIPPED, device)
    field = GaussianCRF(configure(Config, named_values(given["options"]), "gcrf"))
    loaded = load_model(given["model"], device)
    predictor = _hint_predictor(loaded, given["listener"], device)
    references = true_labs(given["references"]) if given["references"] else []
    compared = Compared(networks, loaded.model, field, given["strict"], predictor, references)
    return point_methods(compared)


def _hint_predictor(
    loaded: LoadedModel, path: Path | None, device: str
) -> HintPredictor | TakesHints | None:
    """The hint network beside the model, where there is one; the model itself where it is one."""
    from ..models.hint_network.loading import is_trained_on, load_hint_predictor
    from ..propagation.within import TakesHints

    if path is None and isinstance(loaded.model, TakesHints):
        return loaded.model
    if path is None and not is_trained_on(loaded):
        return None
    return load_hint_predictor(loaded, path, device)
