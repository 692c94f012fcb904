"""`chromafield compare`: the first paper's comparisons, one command each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._shared import errors_as_one_line

if TYPE_CHECKING:
    from ..train.config import RunConfig

PATH = click.Path(path_type=Path)
KINDS = ("classifier", "start", "loss", "streams", "data", "probe", "adversarial", "aged")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("paths", nargs=-1, type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The comparison's folder.")
@click.option("--minutes", type=float, help="Of each run.")
@click.option("--steps", type=int, help="Of each run.")
@click.option("--check", "checking", multiple=True, type=PATH, help="True pictures to judge by.")
@click.option("--scenes", multiple=True, type=PATH, help="Landscapes, for data.")
@click.option("--faces", multiple=True, type=PATH, help="Faces, for data.")
@click.option("--grey", type=PATH, help="Weights of ResNet-18-Gray, for start.")
@click.option(
    "--unlabelled", multiple=True, help="FOLDER or PACK/FOLDER that is no class; * for any."
)
@click.option("--side", default=96, show_default=True, help="The crops' side in pixels.")
@click.option("--batch", default=32, show_default=True, help="Pictures a step.")
@click.option("--lr", default=1e-3, show_default=True, help="Peak learning rate.")
@click.option(
    "--keep", default=1.0, show_default=True, help="GB of decoded pictures kept in memory."
)
@click.option("--seed", default=0, show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.option("--threads", type=click.IntRange(1), help="CPU threads.  [default: all cores]")
def compare(kind: str, paths: tuple[Path, ...], output: Path, **given: Any) -> None:
    """Train the networks of a comparison on PATHS, each for the same time, and judge them.

    \b
    classifier   ResNet-18 in colour and in grey, and the default's encoder from ImageNet
    start        paper-cnn from scratch and from ResNet-18-Gray
    loss         paper-cnn by squared and by absolute error
    streams      paper-cnn and two-stream
    data         on scenes, on faces, on scenes then faces, on both (the paper's Table 3)
    probe        what a linear layer makes of random, colorizer's and ImageNet's features
    adversarial  the default network with and without a critic
    aged         the default network with and without marks of age, shown old pictures and sketches

    Runs that are finished are not run again, so the command goes on where it was stopped.

    \b
    chromafield compare loss faces.zip scenes.zip -o runs/loss --minutes 20 --check val.zip
    chromafield compare data --scenes scenes.zip --faces faces.zip -o runs/data --minutes 20 \\
      --check val/scenes.zip --check val/faces.zip
    """
    import torch
    from tqdm import tqdm

    from ..papers.first.comparisons import Packs, arms
    from ..papers.first.comparisons import compare as run

    if given["threads"]:
        torch.set_num_threads(given["threads"])
    with errors_as_one_line():
        packs = Packs(
            tuple(map(str, paths)),
            tuple(map(str, given["scenes"])),
            tuple(map(str, given["faces"])),
            str(given["grey"]) if given["grey"] else None,
        )
        listed = arms(kind, packs, _base(given))
        shape = "{n:.2f}/{total}|{bar}| {elapsed} {postfix}"
        with tqdm(total=len(listed), bar_format=shape) as bar:

            def tell(name: str, line: dict[str, Any]) -> None:
                bar.set_postfix_str(f"{name}, loss {line['loss']:.3f}", refresh=False)
                before = [arm.name for arm in listed].index(name)
                bar.update(before + line["progress"] - bar.n)

            table = run(kind, output, listed, given["checking"], tell)
    click.echo(table, nl=False)


def _base(given: dict[str, Any]) -> RunConfig:
    from ..data.crops import CropConfig
    from ..models import choose_device, has_half
    from ..train.config import FitConfig, RunConfig

    device = choose_device(given["device"])
    return RunConfig(
        model="",
        paths=(),
        steps=given["steps"],
        minutes=given["minutes"],
        unlabelled=given["unlabelled"],
        sides=(given["side"],),
        device=device,
        crops=CropConfig(given["batch"], seed=given["seed"], keep=given["keep"]),
        fit=FitConfig(given["lr"], start_lr=given["lr"] / 4, half=has_half(device)),
    )
