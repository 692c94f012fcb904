"""The settings of a run as options: of `chromafield train`, and on the card of its weights.

Both follow from the fields of `RunConfig` and its parts. Nothing here imports torch.
"""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from ..errors import BadValue
from ..options import FLAG, Flag, changed, default_of
from .config import PARTS, RunConfig


@dataclass(frozen=True)
class RunOption:
    """A field of `RunConfig`, or of one of its parts, that may be given."""

    field: str  # its name; no two are alike
    part: str  # "" for a field of `RunConfig` itself
    kind: type  # of its value: str, int, float, bool, tuple or dict
    default: Any
    flag: Flag

    @property
    def spelling(self) -> str:
        """As the command line spells it."""
        return f"--{self.flag.spelling or self.field.replace('_', '-')}"

    @property
    def of_numbers(self) -> bool:
        """Whether the value is numbers, which stand in one word."""
        return self.kind is tuple and bool(self.default) and not isinstance(self.default[0], str)

    def words(self, value: Any) -> list[str]:
        """What the command line says for this value."""
        if self.kind is bool:
            return [self.spelling if value else f"--{self.flag.off}"]
        if self.kind is dict:
            return [w for name in value for w in (self.spelling, f"{name}={_text(value[name])}")]
        if self.of_numbers:
            return [self.spelling, ",".join(map(_number, value))]
        if self.kind is tuple:
            return [word for one in value for word in (self.spelling, one)]
        return [self.spelling, _number(value) if self.kind is float else str(value)]


def run_options() -> Iterator[RunOption]:
    """All that may be given, in the order of `RunConfig`."""
    kinds: dict[str, type[Any]] = {"": RunConfig, **PARTS}
    for part, config in kinds.items():
        hints = get_type_hints(config)
        for one in dataclasses.fields(config):
            if FLAG in one.metadata:
                kind = _kind(hints[one.name])
                yield RunOption(one.name, part, kind, default_of(one), one.metadata[FLAG])


def changed_options(config: RunConfig) -> list[RunOption]:
    """Those whose values are not the defaults."""
    found = {part: changed(_part(config, part)) for part in ("", *PARTS)}
    return [one for one in run_options() if one.field in found[one.part]]


def run_config_of(given: Mapping[str, Any], **fixed: Any) -> RunConfig:
    """The config of values by the fields' names; what is missing or None is the default.

    Args:
        fixed: further fields of `RunConfig`.

    Raises:
        BadValue: a value outside its range.
    """
    values: dict[str, dict[str, Any]] = {part: {} for part in ("", *PARTS)}
    for one in run_options():
        if given.get(one.field) is not None:
            values[one.part][one.field] = given[one.field]
    parts = {part: config(**values[part]) for part, config in PARTS.items()}
    return RunConfig(**{**values[""], **parts, **fixed})


def command(config: RunConfig) -> str:
    """The command that starts such a run; files lose their folders."""
    here = replace(config, start=start_names(config))
    named = {one.field for one in changed_options(config)}
    words = ["chromafield", "train", config.model, *map(path_name, config.paths)]
    for one in run_options():
        always = one.flag.named == "always"
        if always or (one.field in named and one.flag.named == "changed"):
            words += one.words(getattr(_part(here, one.part), one.field))
    return shlex.join(words)


def path_name(path: str) -> str:
    """Pictures' path without its folders; what a published data set's begins with stays."""
    before, colon, place = path.rpartition(":")
    return f"{before}{colon}{Path(place).name}"


def start_names(config: RunConfig) -> str:
    """The weights that the run began with, without the folders that they lay in."""
    from ..models import SEPARATOR, split_names  # imports torch

    return SEPARATOR.join(Path(one).name for one in split_names(config.start))


def parse_numbers(text: str, like: tuple[float, ...]) -> tuple[float, ...]:
    """Numbers, comma-separated, of the kind of those in `like`.

    Raises:
        BadValue: they are not.
    """
    kind = type(like[0])
    try:
        return tuple(kind(number) for number in text.split(","))
    except ValueError as error:
        raise BadValue(f"{'whole ' * (kind is int)}numbers, comma-separated") from error


def _part(config: RunConfig, part: str) -> Any:
    return getattr(config, part) if part else config


def _kind(hint: Any) -> type[Any]:
    """`int` of `int | None`, `tuple` of `tuple[int, ...]`."""
    kind: type[Any] = get_origin(hint) or hint
    return kind if isinstance(kind, type) and kind is not UnionType else get_args(hint)[0]


def _number(value: float) -> str:
    """The shortest text that is exact."""
    short = f"{value:g}"
    return short if float(short) == value else str(value)


def _text(value: Any) -> str:
    return _number(value) if isinstance(value, float) else json.dumps(value)
