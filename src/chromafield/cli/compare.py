"""`chromafield compare`: the papers' comparisons and tables, one command each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..train.options import run_config_of
from ._bars import counted
from ._given import given_beside
from ._run_options import options_of_runs
from ._shared import errors_as_one_line

if TYPE_CHECKING:
    from ..train.config import RunConfig

PATH = click.Path(path_type=Path)
OF_RUNS = ("steps", "minutes", "unlabelled", "device", "batch", "seed", "keep", "lr")
KINDS = (
    *("classifier", "start", "loss", "streams", "data", "probe", "adversarial", "aged"),
    *("classifiers", "regression"),
)
TABLES = ("table1", "table2", "table3")  # the second paper's
OF_TABLES = ("--samples", "--full")
OF_COMPARISONS = ("--scenes", "--faces", "--grey", "--unlabelled")
EVENING = 30.0  # minutes of a method where no budget is given: a table takes an evening


@click.command()
@click.argument("kind", type=click.Choice([*KINDS, *TABLES]))
@click.argument("paths", nargs=-1, type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The comparison's folder.")
@options_of_runs(*OF_RUNS, lr=1e-3)
@click.option("--check", "checking", multiple=True, type=PATH, help="True pictures to judge by.")
@click.option("--scenes", multiple=True, type=PATH, help="Landscapes, for data.")
@click.option("--faces", multiple=True, type=PATH, help="Faces, for data.")
@click.option("--grey", type=PATH, help="Weights of ResNet-18-Gray, for start.")
@click.option("--samples", default=8, show_default=True, help="A picture and method, for table2.")
@click.option("--most", type=click.IntRange(1), help="True pictures of each dataset, at most.")
@click.option("--full", is_flag=True, help="For the tables: the authors' widths, for a GPU.")
@click.option("--side", default=96, show_default=True, help="The crops' side in pixels.")
@click.option("--threads", type=click.IntRange(1), help="CPU threads.  [default: all cores]")
def compare(kind: str, paths: tuple[Path, ...], output: Path, **given: Any) -> None:
    """Train the networks of a comparison on PATHS, each for the same time, and judge them.

    \b
    classifier   ResNet-18 in colour and in grey, and the default's encoder from ImageNet
    classifiers  the same, and VGG in colour and in grey
    start        paper-cnn from scratch and from ResNet-18-Gray
    loss         paper-cnn by squared and by absolute error
    streams      paper-cnn and two-stream
    data         on scenes, also a quarter as long, on faces, on scenes then faces, on both (the
                 paper's Table 3)
    probe        what a linear layer makes of random features, of those of a colorizer from nothing,
                 of the default's and of ImageNet's
    adversarial  the default network with and without a critic
    aged         the default network with and without marks of age, shown old pictures and sketches
    regression   paper-cnn and two-stream, and a quarter as wide zhang2016, zhang2017, larsson and
                 iizuka, on one set
    table1       the second paper's: a study of ours, VAE + MDN and PIC for people to vote in
    table2       the second paper's: GANs, PIC, CVAE, VAE + MDN and ours, each for the same time
    table3       the second paper's: revealed points, with zhang2017 and our networks trained on
                 PATHS

    The tables take 30 minutes for each method where no budget is given; ours shares them out among
    its three networks. The paper's own figures stand below, named so.

    Runs that are finished are not run again, so the command goes on where it was stopped.

    \b
    chromafield compare loss faces.zip scenes.zip -o runs/loss --minutes 20 --check val.zip
    chromafield compare data --scenes scenes.zip --faces faces.zip -o runs/data --minutes 20 \\
      --check val/scenes.zip --check val/faces.zip
    chromafield compare table2 faces.zip -o runs/faces --check val/faces.zip --most 50
    """
    import torch

    if given["threads"]:
        torch.set_num_threads(given["threads"])
    without = OF_COMPARISONS if kind in TABLES else OF_TABLES
    if surplus := [word for word in given_beside() if word in without]:
        raise click.UsageError(f"Leave out {', '.join(surplus)}: {kind} does not take that.")
    with errors_as_one_line():
        if kind in TABLES:
            table = _table(kind, paths, output, given)
        else:
            table = _comparison(kind, paths, output, given)
    click.echo(table, nl=False)


def _comparison(kind: str, paths: tuple[Path, ...], output: Path, given: dict[str, Any]) -> str:
    from ..papers.first.comparisons import Datasets, arms
    from ..papers.first.comparisons import compare as run

    datasets = Datasets(
        tuple(map(str, paths)),
        tuple(map(str, given["scenes"])),
        tuple(map(str, given["faces"])),
        str(given["grey"]) if given["grey"] else None,
    )
    listed = arms(kind, datasets, _base(given))
    with _progress([arm.name for arm in listed]) as progress:
        return run(kind, output, listed, given["checking"], progress, given["most"])


def _table(kind: str, paths: tuple[Path, ...], output: Path, given: dict[str, Any]) -> str:
    from ..models import choose_device
    from ..papers.second.tables import Judging, make_table, table_arms

    if given["steps"] is None and given["minutes"] is None:
        given = given | {"minutes": EVENING}
    device = choose_device(given["device"] or "auto")
    judging = Judging(given["checking"], given["samples"], given["most"], device=device)
    listed = table_arms(kind, tuple(map(str, paths)), _base(given), given["full"])
    with _progress([arm.name for arm in listed]) as progress:
        return make_table(kind, output, listed, judging, progress)


@contextlib.contextmanager
def _progress(names: list[str]) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """A bar with a unit a run."""
    shape = "{n:.2f}/{total}|{bar}| {elapsed} {postfix}"
    with counted(len(names), shape=shape) as bar:

        def progress(name: str, line: dict[str, Any]) -> None:
            bar.set_postfix_str(f"{name}, loss {line['loss']:.3f}", refresh=False)
            bar.update(names.index(name) + line["progress"] - bar.n)

        yield progress


def _base(given: dict[str, Any]) -> RunConfig:
    """What all runs share; each has the rest of its settings from its arm."""
    from ..models import choose_device, has_half

    device = choose_device(given["device"] or "auto")
    values = given | {"device": device, "half": has_half(device), "sides": (given["side"],)}
    base = run_config_of(values, model="", paths=())
    return replace(base, fit=replace(base.fit, start_lr=base.fit.lr / 4))
