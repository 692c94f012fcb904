"""`chromafield diversity`: the second paper's Table 2 on any pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..defaults import SPREAD
from ._bars import counted
from ._shared import device_option, errors_as_one_line, named_values

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--samples", default=8, show_default=True, help="A picture and method.")
@click.option("--draw", type=click.Choice(["sample", "means"]), default="sample", show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--networks", type=PATH, help="Folder of vae, structure and mdn.  [default: shipped]")
@click.option(
    "--against", type=PATH, help="Folder of networks whose VAE and mixture alone are a row more."
)
@click.option(
    "--told",
    default=1.0,
    show_default=True,
    help="Share of the decoded pixels that the field is given.",
)
@click.option(
    "--spread", default=SPREAD, show_default=True, help="ab units: how far they are trusted."
)
@click.option("--option", "options", multiple=True, help="NAME=VALUE of the field's own options.")
@click.option("--most", type=click.IntRange(1), help="Pictures of each dataset, at most.")
@device_option
@click.option("--markdown", "as_markdown", type=PATH, help="Write the table to this file.")
def diversity(paths: tuple[Path, ...], as_markdown: Path | None, **given: Any) -> None:
    """Colour the true pictures in PATHS several times each, and say how near and how different.

    \b
    chromafield diversity val/faces.zip
    chromafield diversity val/faces.zip --draw means --told 0.25
    chromafield diversity val/faces.zip --against runs/no-structure/
    """
    from ..datasets.datasets import first_of_each, list_photos
    from ..evaluate.files import check_file, write_file
    from ..fields import create_field
    from ..models import choose_device
    from ..models.sampler.loading import load_diverse, load_plain
    from ..models.weights import SHIPPED
    from ..papers.second.sample_methods import (
        DECODED,
        FIELD,
        PLAIN,
        sample_methods,
        training_minutes,
    )
    from ..papers.second.sample_table import best_markdown, evaluate_samples, markdown, paired
    from ..sampling.samples import Sampling

    with errors_as_one_line():
        check_file(as_markdown)
        photos = first_of_each(list_photos(paths), given["most"])
        folder, device = given["networks"] or SHIPPED, choose_device(given["device"])
        networks = load_diverse(folder, device)
        baseline = load_plain(given["against"], device) if given["against"] else None
        names = ("seed", "draw", "told", "spread")
        sampling = Sampling(given["samples"], **{name: given[name] for name in names})
        field = create_field("gcrf", **named_values(given["options"]))
        methods = sample_methods(networks, sampling, field, baseline)
        with counted(len(photos), "picture") as bar:
            rows = evaluate_samples(photos, methods, bar.update)
        by_pack = {(row.pack, row.method): row for row in rows}
        packs = sorted({row.pack for row in rows})
        others = [name for name in (PLAIN, DECODED) if name in methods]
        sentences = [paired(by_pack[p, FIELD], by_pack[p, name]) for name in others for p in packs]
        minutes = training_minutes(folder, given["against"])
        table = markdown(rows, given["samples"], minutes)
        text = "\n".join([table, best_markdown(rows), *sentences])
        click.echo(text, nl=False)
        write_file(as_markdown, text)
