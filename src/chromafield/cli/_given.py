"""What a command line names beside what has a use."""

from __future__ import annotations

import click


def is_given(name: str) -> bool:
    """Whether the running command's line says it; settings of one's own are not given."""
    source = click.get_current_context().get_parameter_source(name)
    kinds = click.core.ParameterSource
    return source not in (kinds.DEFAULT, kinds.DEFAULT_MAP)


def given_beside(*used: str) -> list[str]:
    """The options and arguments that the command line gives, as it spells them, but for these."""
    context = click.get_current_context()
    return [
        "/".join([*param.opts, *param.secondary_opts])
        if isinstance(param, click.Option)
        else str(param.name).upper()
        for param in context.command.params
        if param.name not in used and is_given(str(param.name))
    ]
