"""`chromafield fields`: a name and a line each, and one's options."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ._completion import COMPLETERS
from ._shared import errors_as_one_line

if TYPE_CHECKING:
    from ..plugins import Option


@click.command()
@click.argument("name", required=False, shell_complete=COMPLETERS["field"])
def fields(name: str | None) -> None:
    """List the fields: ways to decide on a colour; or the options of NAME."""
    from ..fields import describe_field, explain_field, list_fields

    if name is not None:
        show_options(name, describe_field, explain_field)
        return
    for each in list_fields():
        click.echo(f"{each}: {describe_field(each)}")


def show_options(
    name: str, describe: Callable[[str], str], explain: Callable[[str], list[Option]]
) -> None:
    """Print the options as `--option NAME=VALUE` takes them, with their defaults."""
    with errors_as_one_line():
        line, options = describe(name), explain(name)
    click.echo(f"{name}: {line}")
    if not options:
        click.echo("It has no options.")
        return
    click.echo()
    width = max(len(option.name) + len(option.default) for option in options) + 1
    for option in options:
        words = f"{option.name}={option.default}"
        click.echo(f"  --option {words:<{width}}  {option.note}".rstrip())
