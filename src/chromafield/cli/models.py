"""`chromafield models`: the networks there are, and those of others that are added to them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import UnknownName, WeightsError
from ._shared import errors_as_one_line
from .names import show_options

if TYPE_CHECKING:
    from ..models.plugged.catalogue import Offer
    from ..models.plugged.description import Description

PATH = click.Path(path_type=Path)
PRESETS = (
    *("ddcolor", "deoldify", "zhang2016", "zhang2017"),
    *("hints", "ab", "pix2pix", "rgb", "imagenet", "signed"),
)


class NameOrCommand(click.Group):
    """`models NAME` means `models show NAME`, unless NAME is a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=NameOrCommand, invoke_without_command=True, subcommand_metavar="[NAME | COMMAND]")
@click.pass_context
def models(context: click.Context) -> None:
    """List the models, or the options that NAME is trained with.

    \b
    chromafield models
    chromafield models lite-unet
    chromafield models add ddcolor.onnx --licence Apache-2.0
    """
    if context.invoked_subcommand is None:
        _list()


@models.command("list")
def list_() -> None:
    """List the models: built in, added, and to be had by `chromafield models get`."""
    _list()


@models.command()
@click.argument("name")
def show(name: str) -> None:
    """Show what NAME is trained with; of an added network, its description and where it lies."""
    from ..models.plugged import store
    from ..models.plugged.description import as_toml
    from ..train.tasks import describe_task, explain_task

    with errors_as_one_line():
        added = store.find(name)
    if added is None:
        show_options(name, describe_task, explain_task)
        return
    click.echo(f"# {store.description_of(name)}\n{as_toml(added)}", nl=False)


@models.command()
@click.argument("file", type=PATH)
@click.option("--as", "name", default="", help="What --model calls it.  [default: from its file]")
@click.option(
    "--preset",
    type=click.Choice(PRESETS),
    help="The convention that it follows.  [default: found by its shapes and outputs]",
)
@click.option(
    "--size",
    type=click.IntRange(0),
    help="It is shown about SIZE x SIZE pixels; 0: as many as --size of a command says.  [default: "
    "the preset's; networks with fixed sides see those]",
)
@click.option(
    "--multiple",
    type=click.IntRange(1, 4096),
    help="Its sides are multiples of this, where they are free.  [default: 32, or what it takes]",
)
@click.option("--output", default="", help="The name of the output that is its colours.")
@click.option("--licence", default="", help="Under which it may be used; kept as a note.")
@click.option("--source", default="", help="Where it comes from; kept as a note.")
def add(
    file: Path,
    name: str,
    preset: str | None,
    size: int | None,
    multiple: int | None,
    output: str,
    licence: str,
    source: str,
) -> None:
    """Add a network of another's: an ONNX file, or a published .pth file.

    \b
    chromafield models add ddcolor.onnx --licence Apache-2.0
    chromafield models add deoldify.onnx --as old --size 320
    chromafield models add colorization_release_v2-9b330a0b.pth

    It is copied into your own folder of networks with a description beside it, which you may edit.
    From then on --model takes its name in every command.
    """
    from dataclasses import replace

    from ..models import list_ready
    from ..models.plugged.loading import add as keep
    from ..models.plugged.loading import describe_file
    from ..models.plugged.probe import Stated

    told = Stated(preset or "", size, multiple or 0, output)
    with errors_as_one_line():
        description = describe_file(file, name, told)
        click.echo(f"{description.name}: {_line(description)}")
        path = keep(file, replace(description, licence=licence, source=source), list_ready())
    click.echo(f"Added; its description may be edited: {path}")


@models.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Ask nothing, unless what came cannot be checked.")
def get(name: str, yes: bool) -> None:
    """Fetch the network NAME from its makers' address, check it and add it.

    Address, size and licence are shown first. A download that stopped is gone on with by the same
    command. Nothing is ever fetched but by this command.
    """
    from dataclasses import replace

    from ..models.plugged import fetch, store
    from ..models.plugged.catalogue import OFFERS
    from ..models.plugged.loading import add as keep
    from ..models.plugged.loading import describe_file, refuse_unusable

    with errors_as_one_line():
        offer = next((one for one in OFFERS if one.name == name), None)
        if offer is None:
            raise UnknownName("network to be had", name, [one.name for one in OFFERS])
        store.refuse_name(name, store.added())
        refuse_unusable(Path(offer.file))
        click.echo(
            f"{name}: {offer.what}\nlicence {offer.licence}; {_size(offer)}\n{offer.address}"
        )
        if not yes:
            click.confirm("Fetch it?", abort=True)
        with _progress() as progress:
            path, digest = fetch.fetch(offer, progress)
        if not offer.sha256:
            click.echo(f"Its SHA-256 is {digest}\nNo hash of its makers' is known to compare.")
            if not click.confirm("Keep it?"):
                fetch.discard(path)
                raise click.Abort
        try:
            described = describe_file(path, name)
        except WeightsError:
            fetch.discard(path)  # else the same command would find it again
            raise
        description = replace(described, licence=offer.licence, source=offer.address)
        toml = keep(path, description, [], move=True)
    click.echo(f"Added: {_line(description)}\nIts description may be edited: {toml}")


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, where a person sees it."""
    from tqdm import tqdm

    with tqdm(unit="B", unit_scale=True, disable=None) as bar:

        def progress(have: int, total: int) -> None:
            bar.total = total or None
            bar.update(have - bar.n)

        yield progress


@models.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget an added network, and delete its copy."""
    from ..models.plugged import store

    with errors_as_one_line():
        store.remove(name)


def _list() -> None:
    from ..models import describe_model, list_models, output_of, shipped_path
    from ..models.plugged import store
    from ..models.plugged.catalogue import OFFERS
    from ..train.tasks import describe_task, list_tasks

    added = store.added()
    for each in list_models():
        click.echo(
            f"{each}: {describe_model(each).rstrip('.')}; gives {output_of(each)}; "
            f"{_weights(shipped_path(each), each in added)}"
        )
    for each in added:
        try:
            description = store.find(each)
            assert description is not None
            click.echo(
                f"{each}: added; {_line(description)}; {store.size_of(description) / 1e6:.1f} MB"
            )
        except WeightsError as error:
            click.echo(f"{each}: added, but: {error}")
    for each in list_tasks():
        if each not in list_models():
            line = describe_task(each).rstrip(".")
            click.echo(f"{each}: {line} (no colorizer by itself; chromafield train {each})")
    for offer in OFFERS:
        if offer.name not in added:
            click.echo(
                f"{offer.name}: to be had; licence {offer.licence}; {_size(offer)}; gives "
                f"{offer.gives}; {offer.what} (chromafield models get {offer.name})"
            )


def _weights(path: Path, added: bool) -> str:
    """Of a model of our own: its size and licence, or that it has no weights yet."""
    if path.exists():
        return f"{path.stat().st_size / 1e6:.1f} MB, comes with the package; licence Apache-2.0"
    return "its weights were added" if added else "no weights come with the package"


def _size(offer: Offer) -> str:
    return f"{offer.size / 1e6:.0f} MB" if offer.size else "size not known"


KINDS = {"grey": "grey RGB", "lightness": "lightness", "hints": "lightness and hints"}
NAMES = {"ab": "ab", "rgb": "RGB", "probabilities": "probabilities", "logits": "logits"}


def _line(description: Description) -> str:
    """Its input, its output and its licence, in a line."""
    licence = f"licence {description.licence}" if description.licence else "licence not known"
    if description.preset == "published":
        return f"a published file; {licence}"
    read, out = description.input, description.output
    size = f"about {read.size} x {read.size}" if read.size else "any number of"
    sides = f"{read.height} x {read.width}" if read.height else size
    return "; ".join(
        [
            f"as {description.preset}: {sides} pixels",
            f"{KINDS[read.kind]} as (value - {_few(read.mean)}) / {_few(read.deviation)}",
            f"gives {NAMES[out.kind]} as {_few(out.scale)} x output + {_few(out.shift)}",
            licence,
        ]
    )


def _few(numbers: tuple[float, ...]) -> str:
    return (
        "(" + ", ".join(f"{n:.4g}" for n in numbers) + ")" if numbers[1:] else f"{numbers[0]:.4g}"
    )
