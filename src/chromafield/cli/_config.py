"""Settings of one's own: a TOML file and variables, taken where the command line says nothing.

A name that stands alone goes for every command that colours and has such an option; a table, or a
variable with a command's name, for that command. Variables go before the file, tables before names
that stand alone, the command line before all.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..errors import BadValue

PREFIX = "CHROMAFIELD_"
FILE = f"{PREFIX}CONFIG"  # the variable that names another file
OF_OTHERS = {FILE, f"{PREFIX}MODELS"}  # variables that are no options


@dataclass(frozen=True)
class Chosen:
    """A value, and where it was chosen."""

    value: Any
    source: str


Commands = Mapping[str, click.Command]
ByCommand = dict[str, dict[str, Chosen]]  # of each command, by the parameter's name


def config_file() -> Path:
    """Where the file lies, if there is one."""
    if chosen := os.environ.get(FILE):
        return Path(chosen)
    from platformdirs import user_config_path

    return user_config_path("chromafield") / "config.toml"


def read_config(commands: Commands, coloring: Iterable[str]) -> ByCommand:
    """What the file and the variables choose.

    Args:
        commands: all commands.
        coloring: the names of those that colour, which a name that stands alone goes for.

    Raises:
        BadValue: a file that cannot be read, or says something that no command takes.
    """
    path, coloring = config_file(), list(coloring)
    found: ByCommand = {}
    for source, table in ((str(path), _from_file(path)), ("", _from_variables(commands, coloring))):
        tables = {name: own for name, own in table.items() if name in commands}
        for name in table.keys() - tables.keys():
            takers = [one for one in coloring if _option(commands[one], name)]
            if not takers:
                raise BadValue(
                    f"{path} says {name!r}, which no command that colours takes. "
                    "chromafield config --all lists what they take."
                )
            for one in takers:
                _choose(found, commands, one, name, table[name], source)
        for command, own in tables.items():
            if not isinstance(own, dict):
                raise BadValue(f"{path} says {command} = {own!r}; write a table, [{command}].")
            for name, value in own.items():
                _choose(found, commands, command, name, value, source)
    return found


def as_default_map(chosen: ByCommand) -> dict[str, dict[str, Any]]:
    """The form in which click takes defaults."""
    return {
        command: {name: one.value for name, one in own.items()} for command, own in chosen.items()
    }


def settable(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    """The options of a command, or of a group's, that can be chosen, by what a file calls them."""
    inner = command.commands.values() if isinstance(command, click.Group) else (command,)
    for option in (param for one in inner for param in one.params):
        if isinstance(option, click.Option) and not option.hidden and not option.is_eager:
            yield max(option.opts, key=len).lstrip("-"), option


def _option(command: click.Command, name: str) -> click.Option | None:
    return dict(settable(command)).get(name.replace("_", "-"))


def _choose(
    found: ByCommand, commands: Commands, command: str, name: str, value: Any, source: str
) -> None:
    option = _option(commands[command], name)
    source = source or _variable(command, name)
    if option is None:
        raise BadValue(f"{source} says {name!r} for {command}, which has no such option.")
    assert option.name is not None
    chosen = Chosen(_converted(option, value, f"{source} says {name} = {value!r}"), source)
    found.setdefault(command, {})[option.name] = chosen


def _variable(command: str, name: str) -> str:
    alone = PREFIX + name.upper().replace("-", "_")
    return alone if alone in os.environ else f"{PREFIX}{command.upper()}_{alone[len(PREFIX) :]}"


def _converted(option: click.Option, value: Any, saying: str) -> Any:
    """The value as the command line would take it.

    Raises:
        BadValue: the option does not take it.
    """
    if option.multiple:
        return _as_words(value)
    if isinstance(value, (dict, list)) or (isinstance(value, bool) and not option.is_flag):
        raise BadValue(f"{saying}, which --{option.opts[0].lstrip('-')} does not take.")
    try:
        option.type.convert(value, option, None)
    except click.BadParameter as error:
        raise BadValue(f"{saying}: {error.message}") from error
    return value


def _as_words(value: Any) -> list[str]:
    """The values of an option that may be repeated, as the command line spells them."""
    import json

    if isinstance(value, dict):
        return [
            f"{name}={one if isinstance(one, str) else json.dumps(one)}"
            for name, one in value.items()
        ]
    return [str(one) for one in value] if isinstance(value, list) else str(value).split()


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadValue(f"{path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise BadValue(f"{path} is no TOML file ({error}). Mend it, or rename it.") from error


def _from_variables(commands: Commands, coloring: Iterable[str]) -> dict[str, Any]:
    """The variables as a file would say them; one that names no option is of somebody else."""
    found: dict[str, Any] = {}
    known = {name for one in coloring for name, _ in settable(commands[one])}
    for variable, value in os.environ.items():
        if not variable.startswith(PREFIX) or variable in OF_OTHERS:
            continue
        name = variable[len(PREFIX) :].lower().replace("_", "-")
        command, _, own = name.partition("-")
        if name in known:
            found[name] = value
        elif command in commands and own:
            found.setdefault(command, {})[own] = value
    return found
