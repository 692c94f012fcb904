"""What a network of another's takes and answers with: a small TOML file beside its own.

name, file, sha256, beside, preset, licence, source
[input]   what it is shown: seen = (value - mean) / deviation
[output]  what it answers with: value = scale * answer + shift
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import BadValue, WeightsError
from ...plugins import configure

GREY, LIGHTNESS, HINTS = "grey", "lightness", "hints"
PLANES = {GREY: 3, LIGHTNESS: 1, HINTS: 4}  # of an input
AB, RGB, PROBABILITIES, LOGITS = "ab", "rgb", "probabilities", "logits"
CELLS = 313  # of a distribution
CHANNELS = {AB: 2, RGB: 3, PROBABILITIES: CELLS, LOGITS: CELLS}  # planes of an output
PRESET_KEY = "chromafield.preset"  # in a file's metadata: the preset that it follows
LARGEST = 4096  # pixels of a side


@dataclass(frozen=True)
class Input:
    name: str = ""  # of the graph's input
    kind: str = GREY  # grey: sRGB of the grey picture, 0 to 1, three planes; lightness: L; hints
    mean: tuple[float, ...] = (0.0,)  # one number, or one a plane
    deviation: tuple[float, ...] = (1.0,)  # the same
    height: int = 0  # pixels; 0: any
    width: int = 0  # pixels; 0: any
    multiple: int = 32  # of which both sides must be, where they are free
    size: int = 0  # where they are free, about size x size pixels are shown; 0: what --size says

    def __post_init__(self) -> None:
        _one_of("input's kind", self.kind, PLANES)
        _fitting("mean", self.mean, PLANES[self.kind])
        _fitting("deviation", self.deviation, PLANES[self.kind])
        if 0.0 in self.deviation:
            raise BadValue("The input's deviation holds a 0; seen = (value - mean) / deviation.")
        if (self.height == 0) != (self.width == 0):
            raise BadValue("The input's height and width are both fixed, or both 0: any.")
        for name in ("height", "width", "size"):
            if not 0 <= getattr(self, name) <= LARGEST:
                raise BadValue(
                    f"The input's {name} is {getattr(self, name)}; it goes from 0 to {LARGEST}."
                )
        if not 1 <= self.multiple <= LARGEST:
            raise BadValue(f"The input's multiple is {self.multiple}; it is at least 1.")


@dataclass(frozen=True)
class Output:
    name: str = ""  # of the graph's output
    kind: str = AB  # ab, rgb, probabilities or logits
    scale: tuple[float, ...] = (1.0,)  # one number, or one a plane
    shift: tuple[float, ...] = (0.0,)  # the same
    deviation: float = 10.0  # ab units: how far off colours are taken to be where views agree

    def __post_init__(self) -> None:
        _one_of("output's kind", self.kind, CHANNELS)
        _fitting("scale", self.scale, CHANNELS[self.kind])
        _fitting("shift", self.shift, CHANNELS[self.kind])
        if not self.deviation > 0:
            raise BadValue(f"The output's deviation is {self.deviation}; it must be above 0.")


@dataclass(frozen=True)
class Description:
    name: str = ""  # what --model calls it
    file: str = ""  # its own file's name, in the same folder
    sha256: str = ""
    beside: tuple[str, ...] = ()  # files with its weights: the SHA-256, two spaces, the path
    preset: str = ""  # where the rest came from
    licence: str = ""  # as far as it is known
    source: str = ""
    input: Input = field(default_factory=Input)
    output: Output = field(default_factory=Output)


def read_description(path: Path) -> Description:
    """Raises: WeightsError: the file cannot be read, or says what cannot be."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WeightsError(f"The description {path} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WeightsError(f"The description {path} is no TOML ({error}).") from error
    try:
        parts: dict[str, Any] = {
            "input": _part(Input, data.pop("input", {}), "input"),
            "output": _part(Output, data.pop("output", {}), "output"),
        }
        return dataclasses.replace(configure(Description, data, "a description"), **parts)
    except BadValue as error:
        raise WeightsError(f"The description {path} cannot be: {error}") from error


def as_toml(description: Description) -> str:
    """The same as `read_description` reads it."""
    lines = []
    for name, value in dataclasses.asdict(description).items():
        if not isinstance(value, dict):
            lines.append(f"{name} = {_value(value)}")
    for part in ("input", "output"):
        lines += ["", f"[{part}]"]
        for name, value in dataclasses.asdict(getattr(description, part)).items():
            lines.append(f"{name} = {_value(value)}")
    return "\n".join(lines) + "\n"


def fingerprint(description: Description) -> str:
    """SHA-256 of what decides on its colours: its files, what it takes and what it answers with."""
    own = dataclasses.replace(description, name="", file="", preset="", licence="", source="")
    return hashlib.sha256(as_toml(own).encode("utf-8")).hexdigest()


def _value(value: object) -> str:
    # JSON's strings, numbers and lists are TOML's too, but for the one character 7F.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _part(kind: type[Any], data: object, name: str) -> Any:
    if not isinstance(data, dict):
        raise BadValue(f"its {name} is {data!r}, no table.")
    return configure(kind, data, f"an {name}")


def _one_of(what: str, value: str, known: dict[str, int]) -> None:
    if value not in known:
        raise BadValue(f"The {what} is {value!r}; it is one of {', '.join(known)}.")


def _fitting(what: str, values: tuple[float, ...], planes: int) -> None:
    if len(values) not in (1, planes):
        raise BadValue(
            f"The {what} has {len(values)} numbers; it has one, or one a plane: {planes}."
        )
