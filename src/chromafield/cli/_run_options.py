"""The settings of a training run as options of the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from ..errors import BadValue
from ..train.options import RunOption, parse_numbers, run_options
from ._shared import named_values

F = TypeVar("F", bound=Callable[..., Any])


def options_of_runs(*only: str, **defaults: Any) -> Callable[[F], F]:
    """Add an option for each setting of a run.

    Args:
        only: names of fields; all by default.
        defaults: other defaults than the fields'.
    """

    def add(command: F) -> F:
        for one in reversed(list(run_options())):
            if not only or one.field in only:
                command = _option(one, defaults.get(one.field, one.default))(command)
        return command

    return add


def _option(one: RunOption, default: Any) -> Callable[[F], F]:
    own = one.flag
    shown = one.kind in (int, float, str) and not own.otherwise and default not in (None, "")
    text = f"{own.help}  [default: {own.otherwise}]" if own.otherwise else own.help
    if one.kind is bool:
        spelling = f"{one.spelling}/--{own.off}" if own.off else one.spelling
        unset = None if own.off else default
        return click.option(spelling, one.field, is_flag=True, default=unset, help=text)
    if one.of_numbers:
        text_default = ",".join(map(str, default))
        return click.option(
            one.spelling, one.field, default=text_default, show_default=True, help=text
        )
    if one.kind in (tuple, dict):
        return click.option(one.spelling, one.field, multiple=True, help=text)
    kind = click.Choice(own.choices) if own.choices else one.kind
    taken = None if own.otherwise else default
    return click.option(
        one.spelling, one.field, type=kind, default=taken, show_default=shown, help=text
    )


def values_of_runs(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a command was given, in the kinds of the fields' values; None where it was not."""
    values = dict(given)
    for one in run_options():
        if one.field in given and one.kind is dict:
            values[one.field] = named_values(given[one.field], one.spelling)
        if one.of_numbers and isinstance(given.get(one.field), str):
            try:
                values[one.field] = parse_numbers(given[one.field], one.default)
            except BadValue as error:
                raise click.BadParameter(str(error), param_hint=one.spelling) from error
    return values
