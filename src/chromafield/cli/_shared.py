"""What the commands share."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from ..addresses import is_address, spelled
from ..defaults import MODEL, SIZE, VIEWS
from ..errors import BadValue, ChromafieldError, PictureError, missing
from ..settings import named_value
from ._completion import COMPLETERS

F = TypeVar("F", bound=Callable[..., Any])


@contextlib.contextmanager
def errors_as_one_line() -> Iterator[None]:
    """Turn an error of ours, and a package that is not there, into a sentence and exit code 1."""
    try:
        yield
    except ChromafieldError as error:
        raise click.ClickException(str(error)) from error
    except ModuleNotFoundError as error:
        found = missing("This command", error)
        if found is error:
            raise
        raise click.ClickException(str(found)) from error


def refuse_addresses(paths: Iterable[Path]) -> None:
    """Raises: PictureError: one of the names is an address of the web."""
    for given in paths:
        if is_address(str(given)):
            raise PictureError(
                f"{spelled(given)} is an address, not a file. Download the picture first."
            )


class LocalPath(click.Path):
    """A path; an address is told from one."""

    def __init__(self, addresses: bool = False) -> None:
        super().__init__(path_type=Path)
        self.addresses = addresses  # whether they are taken too

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """As click's; an address is a sentence, and so is an empty name, which Python takes for
        the folder that one is in."""
        if not os.fsencode(value):
            self.fail("the name is empty. Name a file or a folder.", param, ctx)
        if not self.addresses:
            with errors_as_one_line():
                refuse_addresses([Path(value)])
        return Path(os.fsdecode(super().convert(value, param, ctx)))


class Place(LocalPath):
    """Where results go: with a slash at its end it is a folder, whatever its ending."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """As click's; a folder that is named like a picture is made, so that it is known as one."""
        path = super().convert(value, param, ctx)
        if str(value).endswith((os.sep, "/")) and path.suffix and not is_address(str(path)):
            try:
                path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                self.fail(f"The folder {path} cannot be made ({error.strerror}).", param, ctx)
        return path


PATH = LocalPath()


def inputs_and_output(output: str, place: click.Path | None = None) -> Callable[[F], F]:
    """Add the pictures, where results go, and whether folders in folders count.

    Args:
        output: the help of `--output`.
        place: the kind of its value.
    """

    def add(command: F) -> F:
        for option in (
            click.option("-r", "--recursive", is_flag=True, help="Also the folders in a folder."),
            click.option("-o", "--output", type=place or Place(), help=output),
            click.argument(
                "inputs", nargs=-1, required=place is None, type=LocalPath(addresses=True)
            ),
        ):
            command = option(command)
        return command

    return add


def renamed(option: str, command: str) -> None:
    """Say that an option became a command; it is still taken in this version."""
    click.echo(f"Note: {option} is now `{command}`; the next version takes no {option}.", err=True)


def device_option(command: F) -> F:
    """Add where the work runs."""
    return click.option(
        "--device",
        default="auto",
        show_default=True,
        shell_complete=COMPLETERS["device"],
        help="auto, cpu, cuda or mps.",
    )(command)


def network_options(command: F) -> F:
    """Add the options of a command that uses one network: name, size of its input, device."""
    for option in (
        device_option,
        click.option("--views", default=VIEWS, show_default=True, help="1 to 4, averaged."),
        click.option("--size", default=SIZE, show_default=True, help="What the network sees."),
        click.option(
            "--model",
            default=MODEL,
            show_default=True,
            shell_complete=COMPLETERS["model"],
            help="See `chromafield models`.",
        ),
    ):
        command = option(command)
    return command


def named_values(texts: Iterable[str], option: str = "--option") -> dict[str, Any]:
    """Options given as NAME=VALUE, the value as JSON has it: true, 64, 0.5, [8, 8]; else a word."""
    try:
        return dict(named_value(text) for text in texts)
    except BadValue as error:
        raise click.BadParameter(str(error), param_hint=option) from error
