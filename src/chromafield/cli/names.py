"""`chromafield models` and `chromafield fields`: a name and a line each, and one's options."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ._shared import errors_as_one_line

if TYPE_CHECKING:
    from ..plugins import Option

NAME = click.argument("name", required=False)


@click.command()
@NAME
def models(name: str | None) -> None:
    """List the models, or the options that NAME, or anything else to train, is trained with."""
    from ..models import describe_model, list_models, shipped_path

    if name is not None:
        from ..train.tasks import describe_task, explain_task

        _show(name, describe_task, explain_task)
        return
    for each in list_models():
        note = "" if shipped_path(each).exists() else " (no weights come with the package)"
        click.echo(f"{each}: {describe_model(each)}{note}")


@click.command()
@NAME
def fields(name: str | None) -> None:
    """List the fields: ways to decide on a colour; or the options of NAME."""
    from ..fields import describe_field, explain_field, list_fields

    if name is not None:
        _show(name, describe_field, explain_field)
        return
    for each in list_fields():
        click.echo(f"{each}: {describe_field(each)}")


def _show(
    name: str, describe: Callable[[str], str], explain: Callable[[str], list[Option]]
) -> None:
    """The options as `--option NAME=VALUE` takes them, with their usual values."""
    with errors_as_one_line():
        line, options = describe(name), explain(name)
    click.echo(f"{name}: {line}\n")
    width = max(len(option.name) + len(option.default) for option in options) + 1
    for option in options:
        told = f"{option.name}={option.default}"
        click.echo(f"  --option {told:<{width}}  {option.note}".rstrip())
