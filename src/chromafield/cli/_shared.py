"""What the commands share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from ..defaults import MODEL, SIZE, VIEWS
from ..errors import BadValue, ChromafieldError
from ..settings import named_value

F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)


@contextlib.contextmanager
def errors_as_one_line() -> Iterator[None]:
    """Turn an error of ours into its sentence on stderr and exit code 1."""
    try:
        yield
    except ChromafieldError as error:
        raise click.ClickException(str(error)) from error


def inputs_and_output(output: str) -> Callable[[F], F]:
    """Add the pictures, where results go, and whether folders in folders count.

    Args:
        output: the help of `--output`.
    """

    def add(command: F) -> F:
        for option in (
            click.option("-r", "--recursive", is_flag=True, help="Also the folders in a folder."),
            click.option("-o", "--output", type=PATH, help=output),
            click.argument("inputs", nargs=-1, required=True, type=PATH),
        ):
            command = option(command)
        return command

    return add


def renamed(option: str, command: str) -> None:
    """Say that an option became a command; it is still taken in this version."""
    click.echo(f"Note: {option} is now `{command}`; the next version takes no {option}.", err=True)


def network_options(command: F) -> F:
    """Add the options of a command that uses one network: name, size of its input, device."""
    for option in (
        click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps."),
        click.option("--views", default=VIEWS, show_default=True, help="1 to 4, averaged."),
        click.option("--size", default=SIZE, show_default=True, help="What the network sees."),
        click.option("--model", default=MODEL, show_default=True, help="See `chromafield models`."),
    ):
        command = option(command)
    return command


def named_values(texts: Iterable[str], option: str = "--option") -> dict[str, Any]:
    """Options given as NAME=VALUE, the value as JSON has it: true, 64, 0.5, [8, 8]; else a word."""
    try:
        return dict(named_value(text) for text in texts)
    except BadValue as error:
        raise click.BadParameter(str(error), param_hint=option) from error
