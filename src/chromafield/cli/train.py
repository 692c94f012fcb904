"""`chromafield train`: train a model on folders or archives of photographs."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadValue
from ..train.options import run_config_of
from ._bars import counted
from ._given import given_beside
from ._run_options import options_of_runs, values_of_runs
from ._shared import errors_as_one_line

if TYPE_CHECKING:
    from ..train.config import RunConfig

PATH = click.Path(path_type=Path)
RESUMED = (  # what a run that goes on takes
    *("name", "output", "resume", "minutes", "steps"),
    *("device", "threads", "checking", "tensorboard"),
)


@click.command()
@click.argument("name")
@click.argument("paths", nargs=-1, type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The run's folder.")
@options_of_runs()
@click.option("--threads", type=click.IntRange(1), help="CPU threads.  [default: all cores]")
@click.option(
    "--check",
    "checking",
    multiple=True,
    type=PATH,
    help="True pictures for the figures on the weights' card.",
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

    from ..train.folder import RunFolder
    from ..train.run import train as run

    if given["threads"]:
        torch.set_num_threads(given["threads"])
    shape = "{percentage:3.0f}%|{bar}| {elapsed}<{remaining} {postfix}"
    alone = os.environ.get("RANK", "0") == "0"
    with errors_as_one_line():
        resume, board = given["resume"], given["tensorboard"]
        config = _resumed(name, output, given) if resume else _fresh(name, paths, given)
        with counted(1.0, shape=shape) if alone else contextlib.nullcontext() as bar:

            def progress(line: dict[str, Any]) -> None:
                if bar is not None:
                    told = f"step {line['step']}, loss {line['loss']:.3f}"
                    bar.set_postfix_str(told, refresh=False)
                    bar.update(line["progress"] - bar.n)

            run(output, config, progress, resume, given["checking"], board)
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
    """The options as a config; what depends on the network or on the machine is decided here."""
    from ..models import choose_device, has_half
    from ..train.tasks import task_defaults

    values = values_of_runs(given)
    device = choose_device(given["device"] or "auto")
    own = task_defaults(name, values["options"])
    values |= {
        "device": device,
        "half": has_half(device) if given["half"] is None else given["half"],
        "start": given["start"] or own.start,
        "mean": given["mean"] or own.loss,
    }
    config = run_config_of(values, model=name, paths=tuple(map(str, paths)), held_out=own.held_out)
    given_names = [word.lstrip("-").replace("-", "_") for word in given_beside()]
    return replace(config, fit=own.fitted(config.fit, given_names))
