"""Settings as options of the command line, and what of them was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from ..settings import Scope, Settings, about, defaults, kinds, names
from ._completion import COMPLETERS
from ._shared import named_values

F = TypeVar("F", bound=Callable[..., Any])


def settings_options(scope: Scope) -> Callable[[F], F]:
    """Add an option for each setting that may be given there."""

    def add(command: F) -> F:
        for name in reversed(names(scope)):
            command = _option(name)(command)
        return command

    return add


def _option(name: str) -> Callable[[F], F]:
    flag, text = f"--{name.replace('_', '-')}", about[name].help
    if name == "options":
        return click.option(
            "--option",
            name,
            multiple=True,
            metavar="NAME=VALUE",
            shell_complete=COMPLETERS[name],
            help=text,
        )
    if kinds[name] is bool:
        return click.option(flag, is_flag=True, help=text)
    default = defaults[name]
    return click.option(
        flag,
        type=click.Choice(about[name].choices) if about[name].choices else kinds[name],
        default=default,
        show_default=default is not None,
        shell_complete=COMPLETERS.get(name),
        help=text,
    )


def settings_of(scope: Scope, given: Mapping[str, Any], **fixed: Any) -> Settings:
    """The settings that a command of this scope was given.

    Args:
        fixed: what the command itself decides.

    Raises:
        BadValue: a value outside its range.
    """
    own = {name: given[name] for name in names(scope)}
    own["options"] = tuple(named_values(own.get("options", ())).items())
    return Settings(**(own | fixed))
