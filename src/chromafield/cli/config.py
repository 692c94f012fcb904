"""`chromafield config`: the settings of one's own, and where each was chosen."""

from __future__ import annotations

import json

import click

from ._config import Chosen, config_file, read_config, settable
from ._group import Commands
from ._shared import errors_as_one_line


@click.command()
@click.option("--all", "every", is_flag=True, help="Also what has its usual value, as comments.")
@click.pass_context
def config(context: click.Context, every: bool) -> None:
    """Show the settings of your own: the file, the variables, and what they choose.

    \b
    chromafield config
    chromafield config --all
    CHROMAFIELD_SIZE=224 chromafield colorize grandmother.jpg

    The file is TOML. A name that stands alone (size = 224) goes for all commands that colour, a
    table ([film]) for one. A variable CHROMAFIELD_SIZE, or CHROMAFIELD_FILM_CODEC, goes before the
    file; the command line goes before both, and so does a hint file. What is printed can be the
    file.
    """
    assert context.parent is not None
    group = context.parent.command
    assert isinstance(group, Commands)
    path = config_file()
    click.echo(f"# {path}{'' if path.exists() else ' (not there yet)'}")
    with errors_as_one_line():
        chosen = read_config(group.commands, group.coloring)
    for command in sorted(chosen if not every else {*chosen, *group.coloring}):
        click.echo(f"\n[{command}]")
        for name, option in settable(group.commands[command]):
            one = chosen.get(command, {}).get(option.name or "")
            if one or every:
                click.echo(_line(name, option, one))


def _line(name: str, option: click.Option, chosen: Chosen | None) -> str:
    """A line of TOML; a comment where the value is the usual one."""
    if chosen:
        value = list(chosen.value) if option.multiple else chosen.value
        return f"{name} = {json.dumps(value)}  # {chosen.source}"
    if isinstance(option.default, (str, int, float)):  # bool too
        return f"# {name} = {json.dumps(option.default)}"
    return f"# {name}"
