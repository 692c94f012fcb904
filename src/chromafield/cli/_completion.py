"""What a shell may complete: names of fields and models, and a field's own options.

Names of fields come from the files in a folder: completing them imports no torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ..defaults import FIELD
from ..errors import UnknownName
from ..plugins import names_in

if TYPE_CHECKING:
    from collections.abc import Callable

    Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

PACKAGE = Path(__file__).parents[1]
DEVICES = ("auto", "cpu", "cuda", "mps")


def fields(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The fields' names."""
    return _beginning(incomplete, names_in([str(PACKAGE / "fields")]))


def models(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The models' names and those of added networks, after a + too; else files."""
    from ..models import list_known

    before, plus, last = incomplete.rpartition("+")
    found = _beginning(last, list_known())
    items = [CompletionItem(f"{before}{plus}{item.value}") for item in found]
    return items or [CompletionItem(incomplete, type="file")]


def devices(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Where work may run."""
    return _beginning(incomplete, DEVICES)


def options(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """NAME= of the options of the field that the line names."""
    from ..fields import explain_field

    try:
        own = explain_field(str(context.params.get("field") or FIELD))
    except UnknownName:
        return []
    return _beginning(incomplete, [f"{option.name}=" for option in own])


COMPLETERS: dict[str, Completer] = {  # by the names of options and arguments
    "field": fields,
    "model": models,
    "device": devices,
    "options": options,
}


def _beginning(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
