"""`chromafield figure`: the papers' figures on your own pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._given import given_beside
from ._shared import PATH, errors_as_one_line, network_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..image import Picture

NETWORK = ("model", "size", "views", "device")
NETWORKS = ("networks", "size", "device")
FIRST = {  # by kind, the options that it takes
    "training": (),
    "curve": (),
    "sweeps": NETWORK,
    "fields": (*NETWORK, "belief"),
    "potts-input": (*NETWORK, "belief", "segments"),
    "palettes": (*NETWORK, "field", "palettes", "palette_strength"),
}
SECOND = {
    "unary": (*NETWORKS, "seed"),
    "affinity": (*NETWORKS, "places"),
    "edits": (*NETWORKS, "hints"),
    "variance": (*NETWORKS, "seed"),
}


@click.command()
@click.argument("kind", type=click.Choice([*FIRST, *SECOND]))
@click.argument("pictures", nargs=-1, required=True, type=PATH)
@click.option(
    "-o", "--output", type=PATH, required=True, help="The sheet, as JPEG or PNG; curve: SVG too."
)
@click.option("--palette", "palettes", multiple=True, help="For palettes; may be repeated.")
@click.option("--palette-strength", default=1.0, show_default=True, help="0 none, 1 full.")
@click.option("--field", default="potts", show_default=True, help="For palettes.")
@click.option(
    "--belief",
    type=click.Choice(["own", "joint", "bins"]),
    help="One distribution for all ways, for fields and potts-input: joint cells, or bins; own: "
    "each way's own kind.  [default: own for fields, joint for potts-input]",
)
@click.option(
    "--segments",
    type=PATH,
    help="Label pictures of the same names (a folder or zip archive), for potts-input: also "
    "two-tonedness.",
)
@click.option("--at", "places", multiple=True, help="X,Y, each from 0 to 1: for affinity.")
@click.option("--hints", type=PATH, help="A file of colours that you give, for edits.")
@click.option("--networks", type=PATH, help="Folder of vae, structure and mdn.  [default: shipped]")
@click.option("--seed", default=0, show_default=True, help="Of the codes, for unary and variance.")
@network_options
def figure(kind: str, pictures: tuple[Path, ...], output: Path, **given: Any) -> None:
    """Make a contact sheet of PICTURES, a row each.

    \b
    training: the same pictures as a run went on; PICTURES is its folder (the paper's Figure 3).
    curve: what runs gained on held-out pictures, one after the other; PICTURES are their folders.
    sweeps: the Potts field from its grey start, sweep by sweep (its Figure 4).
    fields: one network's belief decided by each field (its Figure 5).
    potts-input: the Potts field on a network's distribution, beside its mean, its annealed mean and
    its mode, with a table of figures: the paper's own experiment where --model is zhang2016.
    palettes: without a palette, then with each (its Figure 7), with a table of how far each moves
    the colours.
    unary: decoded colours beside the fully connected field's (the second paper's Figure 7).
    affinity: what the colour of a place is the average of (its Figure 8).
    edits: your colours one after the other, and how far each reaches (its Figure 6).
    variance: how unsure the fully connected field is.

    Pictures in colour are made grey first and stand last in their row as they were. The last four
    show the second paper's networks, which see 256 pixels unless --size says otherwise.

    \b
    chromafield figure sweeps dog.jpg -o sweeps.jpg
    chromafield figure fields dog.jpg street.png -o fields.jpg
    chromafield figure palettes dog.jpg --palette autumn.jpg --palette '#204060' -o palettes.jpg
    chromafield figure training runs/first -o training.jpg
    chromafield figure affinity dog.jpg --at 0.3,0.5 --at 0.8,0.2 -o affinity.jpg
    """
    from ..image import Picture, check_target, read_picture, write_picture

    with errors_as_one_line():
        if surplus := given_beside("kind", "pictures", "output", *(FIRST | SECOND)[kind]):
            raise click.UsageError(f"Leave out {', '.join(surplus)}: {kind} does not take that.")
        if kind == "curve":
            _curve(pictures, output)
            return
        if kind == "training":
            sheet = _history(pictures)
            write_picture(output, sheet, Picture(sheet))
            click.echo(output)
            return
        for path in pictures:
            check_target(output, path)
        read = [read_picture(path) for path in pictures]
        given["things"] = _things(pictures, given["segments"]) if given["segments"] else []
        sheet = (_first if kind in FIRST else _second)(kind, read, given)
        write_picture(output, sheet, Picture(sheet))
    click.echo(output)


def _history(runs: tuple[Path, ...]) -> NDArray[np.uint8]:
    from ..papers.first.training import history_sheet

    if len(runs) != 1:
        raise click.UsageError("Name the folder of one run.")
    return history_sheet(runs[0])


def _curve(runs: tuple[Path, ...], output: Path) -> None:
    from ..papers.curve import plot_curve
    from ..papers.plot import check_plot

    check_plot(output)
    plot_curve(runs, output)
    click.echo(output)


def _first(kind: str, read: list[Picture], given: dict[str, Any]) -> NDArray[np.uint8]:
    from ..papers.first.figures import fields_sheet, sweeps_sheet
    from ..settings import Settings, about

    settings = Settings(**{name: given[name] for name in given if name in about})
    if kind == "potts-input":
        from ..papers.first.potts_input import as_markdown, potts_input

        belief = given["belief"] or "joint"
        sheet, figures = potts_input(read, settings, given["device"], belief, given["things"])
        click.echo(as_markdown(figures))
        return sheet
    if kind == "palettes":
        from ..papers.first.palettes import as_markdown as moved_table
        from ..papers.first.palettes import palettes_sheet

        sheet, moved = palettes_sheet(read, settings, given["device"], given["palettes"])
        click.echo(moved_table(moved))
        return sheet
    if kind == "sweeps":
        return sweeps_sheet(read, settings, given["device"])
    return fields_sheet(read, settings, given["device"], belief=given["belief"] or "own")


def _things(pictures: tuple[Path, ...], named: Path) -> list[Any]:
    """The segments of each picture, of a folder or an archive of them."""
    from ..datasets.datasets import Photo
    from ..metrics.two_toned import read_segments

    segments = read_segments(named)
    return [segments(Photo("", path.name, path.parent)) for path in pictures]


def _second(kind: str, read: list[Picture], given: dict[str, Any]) -> NDArray[np.uint8]:
    from ..canvas.guide import SIZE
    from ..hints.file import read_hints
    from ..models import choose_device
    from ..models.sampler.loading import load_diverse
    from ..models.weights import SHIPPED
    from ..papers.second.figures import affinity_sheet, edits_sheet, unary_sheet, variance_sheet
    from ..sampling.samples import Sampling

    places = [_position(text) for text in given["places"]]
    if kind == "edits" and given["hints"] is None:
        raise click.UsageError("Name a file of your colours with --hints.")
    networks = load_diverse(given["networks"] or SHIPPED, choose_device(given["device"]))
    size = given["size"] if "--size" in given_beside() else SIZE
    if kind == "affinity":
        return affinity_sheet(read, networks, places, size)
    if kind == "edits":
        return edits_sheet(read, networks, read_hints(given["hints"]), size)
    sampling = Sampling(seed=given["seed"], size=size)
    return (unary_sheet if kind == "unary" else variance_sheet)(read, networks, sampling)


def _position(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"--at is {text!r}; say X,Y, as 0.3,0.5.") from error
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise click.BadParameter(f"--at is {text}; X and Y go from 0 to 1.")
    return x, y
