"""`chromafield evaluate`: figures against true pictures, the all-grey row first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..data.responses import PLATES
from ..defaults import SIZE, VIEWS, VIVIDNESS
from ..settings import about
from ._bars import counted
from ._shared import device_option, errors_as_one_line

if TYPE_CHECKING:
    from ..datasets.datasets import Photo
    from ..evaluate.report import ColorMethod

PATH = click.Path(path_type=Path)
RANGE = (about["vividness"].low, about["vividness"].high)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--model", "models", multiple=True, help="A model or weight file; may be repeated.")
@click.option("--field", "fields", multiple=True, help="A field; may be repeated.  [default: mean]")
@click.option(
    "--size",
    default=SIZE,
    show_default=True,
    help="What the network sees: about SIZE x SIZE pixels, sides multiples of 32.",
)
@click.option("--views", default=VIEWS, show_default=True, help="1 to 4, averaged.")
@click.option(
    "--vividness",
    multiple=True,
    type=click.FloatRange(*RANGE),
    help="0, the field as it is, to 2; may be repeated.  [default: 0 and 1]",
)
@click.option(
    "--show",
    type=click.Choice(["clean", "aged", "sketch", *PLATES]),
    default="clean",
    show_default=True,
    help="What the networks see; colours are judged on the true lightness.",
)
@click.option(
    "--frechet", is_flag=True, help="Also the Frechet distance on EfficientNet-Lite0's features."
)
@click.option(
    "--segments",
    type=PATH,
    help="Label pictures of the same names (a folder or zip archive): also two-tonedness.",
)
@click.option(
    "--mirrored", is_flag=True, help="Also with each picture's mirrored copy as the reference."
)
@device_option
@click.option("--json", "as_json", type=PATH, help="Write the figures to this file.")
@click.option("--markdown", "as_markdown", type=PATH, help="Write the table to this file.")
@click.option("--sheet", type=PATH, help="Write some of the pictures, side by side (.jpg, .png).")
def evaluate(paths: tuple[Path, ...], sheet: Path | None, **given: Any) -> None:
    """Grey the colour pictures in PATHS (folders or zip archives), colour them, and compare.

    \b
    chromafield evaluate holiday-photos/ --field mean --field annealed
    chromafield evaluate val.zip --json figures.json
    chromafield evaluate val.zip --model lite-unet --model ddcolor --sheet sheet.jpg
    """
    from ..datasets.datasets import list_photos
    from ..evaluate.degrade import SHOWS
    from ..evaluate.files import write_file
    from ..evaluate.methods import mirrored as mirrored_methods
    from ..evaluate.methods import named_methods
    from ..evaluate.report import as_dicts, markdown, markdown_of_looks
    from ..evaluate.report import evaluate as measure
    from ..metrics.frechet import lite0_features
    from ..metrics.two_toned import read_segments

    with errors_as_one_line():
        _check(sheet, given["as_json"], given["as_markdown"])
        photos = list_photos(paths)
        networks = (given["size"], given["views"], given["device"])
        chosen = (given["models"], given["fields"] or ("mean",), *networks)
        methods = named_methods(*chosen, given["vividness"] or (0.0, VIVIDNESS))
        features = lite0_features() if given["frechet"] else None
        things = read_segments(given["segments"]) if given["segments"] is not None else None
        from_truth = mirrored_methods(*chosen) if given["mirrored"] else None
        show = SHOWS[given["show"]]
        with counted(len(photos), "picture") as bar:
            rows = measure(photos, methods, bar.update, show, from_truth, features, things)
        tables = f"{markdown(rows)}\n{markdown_of_looks(rows)}"
        click.echo(tables, nl=False)
        write_file(given["as_json"], json.dumps(as_dicts(rows), indent=1) + "\n")
        write_file(given["as_markdown"], tables)
        if sheet is not None:
            _show(sheet, photos, methods)


def _show(path: Path, photos: list[Photo], methods: dict[str, ColorMethod]) -> None:
    from ..evaluate.sheets import methods_sheet
    from ..image import Picture, write_picture

    shown = methods_sheet(photos, methods)
    write_picture(path, shown, Picture(shown))


def _check(sheet: Path | None, *written: Path | None) -> None:
    """Whether all that will be written can be, before the work."""
    from ..evaluate.files import check_file
    from ..image import check_target

    for target in (*written, sheet):
        check_file(target)
    if sheet is not None:
        check_target(sheet)
