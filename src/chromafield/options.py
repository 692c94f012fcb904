"""Fields of a frozen dataclass that are options of a command too: a line each.

From their metadata follow the command's options, what its help says, and the command line that a
card names. Nothing here imports torch.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, dataclass, field
from typing import Any, Literal

FLAG = "flag"  # the key of a field's metadata


# When a command line that is written down names an option: always, since what is taken without it
# may be another one day; where it is not the default; or never, since nothing learnt depends on it.
Named = Literal["always", "changed", "never"]


@dataclass(frozen=True)
class Flag:
    """How a command takes the value of a field."""

    help: str
    spelling: str = ""  # by default the field's name
    off: str = ""  # the option that says no
    choices: tuple[str, ...] = ()
    otherwise: str = ""  # what is taken without it, where the field's default does not say
    named: Named = "changed"


def flag(default: Any, help: str, spelling: str = "", **more: Any) -> Any:
    """A field that is an option; `more` are fields of `Flag`."""
    return field(default=default, metadata={FLAG: Flag(help, spelling, **more)})


def default_of(one: dataclasses.Field[Any]) -> Any:
    """A field's default, made anew where it has a factory."""
    return one.default if one.default_factory is MISSING else one.default_factory()


def changed(config: Any) -> dict[str, Any]:
    """Names and values of a dataclass's fields that are not the defaults."""
    now = {one.name: (getattr(config, one.name), one) for one in dataclasses.fields(config)}
    return {name: value for name, (value, one) in now.items() if value != default_of(one)}
