"""`chromafield train`: train a model on folders or archives of photographs."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue
from ._given import given_beside
from ._shared import errors_as_one_line, named_values

if TYPE_CHECKING:
    from ..train.config import RunConfig

PATH = click.Path(path_type=Path)
RESUMED = (  # what a run that goes on listens to
    *("name", "output", "resume", "minutes", "steps"),
    *("device", "threads", "checking", "tensorboard"),
)


@click.command()
@click.argument("name")
@click.argument("paths", nargs=-1, type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The run's folder.")
@click.option("--minutes", type=float, help="Stop after this time.")
@click.option("--steps", type=int, help="Stop after so many steps.")
@click.option(
    "--start",
    help="First weights: imagenet, scratch, a .safetensors file, or torchvision's ResNet-18 (.pth)."
    "  [default: imagenet where the network can, else scratch]",
)
@click.option(
    "--sides",
    default="96",
    show_default=True,
    help="Crop sides in pixels, comma-separated; each has an equal share of the run.",
)
@click.option("--warmup", default=200, show_default=True, help="Steps in which the rate rises.")
@click.option(
    "--cool",
    default=1.0,
    show_default=True,
    help="Last share of the run in which the rate falls; before it is constant.",
)
@click.option(
    "--average",
    default=0.999,
    show_default=True,
    help="Decay of the weights' moving average, a step.",
)
@click.option(
    "--average-ramp",
    default=9.0,
    show_default=True,
    help="A young average reaches back over the steps done, divided by this.",
)
@click.option("--average-every", default=1, show_default=True, help="Steps between its updates.")
@click.option(
    "--freeze",
    type=click.Choice(["1/2", "1/4", "1/8", "1/16", "1/32"]),
    help="The encoder stays as it is up to its map of this size.  [default: all of it learns]",
)
@click.option(
    "--label-step",
    default=1,
    show_default=True,
    help="Distributions are learnt at every so many rows and columns of the answer.",
)
@click.option(
    "--weight",
    "weights",
    multiple=True,
    help="PACK=FACTOR: its pictures are shown that many times as often.",
)
@click.option("--batch", default=32, show_default=True, help="Pictures a step and process.")
@click.option("--lr", default=2e-3, show_default=True, help="Peak learning rate.")
@click.option(
    "--aged", default=0.2, show_default=True, help="Share of pictures given marks of age."
)
@click.option(
    "--loss",
    type=click.Choice(["huber", "mse", "l1"]),
    help="Of the mean colour.  [default: the model's own; huber where it has none]",
)
@click.option(
    "--adversarial", default=0.0, show_default=True, help="Weight of a critic's verdict; 0: none."
)
@click.option("--teacher", default="", help="Models to learn from too: NAME, FILE or several by +.")
@click.option(
    "--vivid", default=1.0, show_default=True, help="The mean learns colours so much stronger."
)
@click.option("--soft", is_flag=True, help="25 + 25 bins: share a pixel between the two nearest.")
@click.option(
    "--half/--single",
    default=None,
    help="Compute the network in bfloat16.  [default: where the processor has it in hardware]",
)
@click.option(
    "--unlabelled",
    multiple=True,
    help="FOLDER or PACK/FOLDER that is no class; * for any (classifier, two-stream).",
)
@click.option("--option", "options", multiple=True, help="NAME=VALUE of the model's own options.")
@click.option(
    "--keep", default=1.0, show_default=True, help="GB of decoded pictures kept in memory."
)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--device", help="auto, cpu, cuda or mps.  [default: auto; of a resumed run, its own]"
)
@click.option("--threads", type=click.IntRange(1), help="CPU threads.  [default: all cores]")
@click.option("--check", "checking", multiple=True, type=PATH, help="Packs for the weights' card.")
@click.option(
    "--show", "shown", multiple=True, type=PATH, help="Pictures on the run's sheets.  [held out]"
)
@click.option("--tensorboard", is_flag=True, help="Also log for TensorBoard (an extra).")
@click.option("--resume", is_flag=True, help="Go on from the folder's checkpoint and settings.")
def train(name: str, paths: tuple[Path, ...], output: Path, **given: Any) -> None:
    """Train the model NAME on photographs in PATHS (folders or zip archives).

    NAME is one of `chromafield models`, or `classifier`, for which folders are classes.

    The run's folder gets the settings, a log, checkpoints, sheets of held-out pictures, and at
    the end the weights with their card. A killed run goes on with --resume.

    \b
    chromafield train lite-unet photos.zip more-photos/ -o runs/first --minutes 90
    chromafield train lite-unet -o runs/first --resume
    chromafield train classifier labelled.zip -o runs/grey --minutes 60 --option net=resnet18
    torchrun --nproc-per-node 2 -m chromafield train lite-unet photos.zip -o runs/two --steps 1000
    """
    import torch
    from tqdm import tqdm

    from ..train.folder import RunFolder
    from ..train.run import train as run

    if given["threads"]:
        torch.set_num_threads(given["threads"])
    shape = "{percentage:3.0f}%|{bar}| {elapsed}<{remaining} {postfix}"
    alone = os.environ.get("RANK", "0") == "0"
    with errors_as_one_line():
        resume, board = given["resume"], given["tensorboard"]
        config = _resumed(name, output, given) if resume else _fresh(name, paths, given)
        with tqdm(total=1.0, bar_format=shape, miniters=0, disable=not alone) as bar:

            def tell(line: dict[str, Any]) -> None:
                bar.set_postfix_str(f"step {line['step']}, loss {line['loss']:.3f}", refresh=False)
                bar.update(line["progress"] - bar.n)

            run(output, config, tell, resume, given["checking"], board)
    if alone:
        click.echo(RunFolder(output).weights(name))


def _resumed(name: str, output: Path, given: dict[str, Any]) -> RunConfig:
    """The folder's own config, with a new budget or device if one is named."""
    from ..models import choose_device
    from ..train.folder import RunFolder

    folder = RunFolder(output)
    config = folder.read_config()
    if config.model != name:
        raise BadValue(f"The run in {output} trains {config.model}, not {name}.")
    if surplus := given_beside(*RESUMED):
        raise click.UsageError(
            f"A resumed run has its settings from {folder.config}: leave {', '.join(surplus)} out, "
            "or begin another run in another folder."
        )
    budget = {key: given[key] for key in ("minutes", "steps") if given[key] is not None}
    return replace(config, **budget, device=choose_device(given["device"] or config.device))


def _fresh(name: str, paths: tuple[Path, ...], given: dict[str, Any]) -> RunConfig:
    """The options as a config."""
    from ..data.crops import CropConfig
    from ..models import choose_device, has_half
    from ..train.config import FitConfig, RunConfig
    from ..train.losses import LossConfig
    from ..train.tasks import task_defaults

    try:
        sides = tuple(int(side) for side in given["sides"].split(","))
    except ValueError as error:
        raise click.BadParameter("whole numbers, comma-separated", param_hint="--sides") from error
    device = choose_device(given["device"] or "auto")
    half = has_half(device) if given["half"] is None else given["half"]
    options = named_values(given["options"])
    own = task_defaults(name, options)
    return RunConfig(
        model=name,
        paths=tuple(str(path) for path in paths),
        options=options,
        start=given["start"] or own.start,
        teacher=given["teacher"],
        unlabelled=given["unlabelled"],
        shown=tuple(str(path) for path in given["shown"]),
        sides=sides,
        device=device,
        weights=named_values(given["weights"], "--weight"),
        crops=CropConfig(
            given["batch"], aged=given["aged"], seed=given["seed"], keep=given["keep"]
        ),
        fit=FitConfig(
            given["lr"],
            start_lr=given["lr"] / 4,
            warmup=given["warmup"],
            cool=given["cool"],
            average=given["average"],
            average_ramp=given["average_ramp"],
            average_every=given["average_every"],
            freeze=given["freeze"] or "",
            half=half,
        ),
        losses=LossConfig(
            given["loss"] or own.loss,
            vivid=given["vivid"],
            soft=given["soft"],
            label_step=given["label_step"],
            adversarial=given["adversarial"],
        ),
        held_out=own.held_out,
        steps=given["steps"],
        minutes=given["minutes"],
    )
