"""`chromafield samples`: a picture in, several colourings of it out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..defaults import MAX_PIXELS, MODEL
from ..errors import BadValue
from ..settings import Scope
from ._options import settings_options
from ._shared import device_option, errors_as_one_line, inputs_and_output, refuse_addresses

if TYPE_CHECKING:
    from ..colorizer.files import OutputOptions


@click.command()
@inputs_and_output(
    "A folder, or a file whose name gets -sample-1 ....  [default: beside each picture]"
)
@settings_options(Scope.SAMPLES)
@click.option(
    "-n", "--count", type=click.IntRange(1), default=8, show_default=True, help="Of each picture."
)
@click.option(
    "--draw",
    type=click.Choice(["sample", "means"]),
    default="sample",
    show_default=True,
    help="How they are found: drawn, or the eight most typical.",
)
@click.option(
    "--prior",
    default="",
    metavar="MODEL",
    help="A network that says what is likely, one that was added too: each colouring is drawn "
    "towards it where it is sure.",
)
@device_option
@click.option("--invert", is_flag=True, help="The pictures are negatives: make them positive.")
@click.option("--quality", default=95, show_default=True, help="Of JPEG, WebP and AVIF results.")
@click.option("--max-pixels", default=MAX_PIXELS, show_default=True, help="Refuse larger pictures.")
@click.option("--overwrite", is_flag=True, help="In place of the samples that are there.")
def samples(inputs: tuple[Path, ...], output: Path | None, **given: Any) -> None:
    """Colour each picture several times, each in another way: NAME-sample-1 ..., and a sheet.

    \b
    chromafield samples grandmother.jpg -n 4 --seed 3
    chromafield samples grandmother.jpg -n 8 --draw means -o likely
    chromafield samples grandmother.jpg -n 8 --prior lite-unet

    --model names a folder of the three networks vae, structure and mdn.
    """
    from ..colorizer.files import OutputOptions

    with errors_as_one_line():
        refuse_addresses(inputs)
        extras = OutputOptions(
            quality=given["quality"], max_pixels=given["max_pixels"], invert=given["invert"]
        )
    write_samples(inputs, output, given, extras)


def write_samples(
    inputs: tuple[Path, ...], output: Path | None, given: dict[str, Any], extras: OutputOptions
) -> None:
    """Write the colourings, print their paths, and end with exit code 1 where one failed.

    Args:
        given: the command's options by name, `count` among them.
    """
    from ..batch.batch import sample_many
    from ..jobs.jobs import plan
    from ..models.weights import SHIPPED
    from ..sampling.sampler import load_sampler
    from ..sampling.samples import Sampling

    failed = False
    with errors_as_one_line():
        sampling = Sampling(given["count"], given["seed"], given["draw"], prior=given["prior"])
        jobs = plan(inputs, output, given["recursive"])
        chosen = {name: given[name] for name in ("device", "strength", "force")}
        folder = SHIPPED if given["model"] == MODEL else Path(given["model"])
        if not folder.is_dir():
            raise BadValue(
                f"{folder} is no folder of the three networks that draw samples. Other networks "
                "have one colouring of a picture (chromafield colorize --model), or are a --prior."
            )
        sampler = load_sampler(sampling, folder, **chosen)
    for done in sample_many(jobs, sampler, extras, given["overwrite"]):
        if isinstance(done, str):
            click.echo(f"Error: {done}", err=True)
            failed = True
        else:
            click.echo("\n".join(map(str, done)))
    if failed:
        sys.exit(1)
