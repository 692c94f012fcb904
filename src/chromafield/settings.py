"""The settings of a colouring. Each stands here once; whatever lists them is a loop over these.

A setting decides on the colours of a picture. What is only written (quality, a layer, a sheet)
belongs to `OutputOptions`; where work runs (device, processes) belongs to neither.

From the fields of `Settings` follow the command line's options, the keywords of
`chromafield.colorize`, the settings of a hint file and of a shot, the HTTP query, the JSON schemas,
and the fingerprint by which a finished picture is known. Nothing here imports torch.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

from .defaults import FIELD, LARGEST_SIZE, MODEL, SIZE, VIEW_LIMIT, VIEWS, VIVIDNESS
from .errors import BadValue

ABOUT = "about"  # the key of a field's metadata


class Scope(enum.Flag):
    """Where a setting may be given."""

    PHOTO = enum.auto()  # `colorize`, and the keywords of `chromafield.colorize`
    FILM = enum.auto()  # `film`
    HINTS = enum.auto()  # the settings of a hint file
    SHOT = enum.auto()  # those of a frame in a film's hint file
    HTTP = enum.auto()  # the query of POST /api/colorize
    SAMPLES = enum.auto()  # several colourings, by the second paper's networks


class Counts(enum.Enum):
    """How a setting enters the fingerprint of a picture."""

    VALUE = "by its value"
    CONTENT = "by the content of what it names"
    NOT = "not at all, or by something else, as the model by its weights"


@dataclass(frozen=True)
class About:
    """What is known of a setting beside its kind and its default."""

    help: str
    scopes: Scope
    counts: Counts
    low: float = -math.inf  # both allowed
    high: float = math.inf
    named: str = ""  # what a sentence calls it
    ends: str = ""  # what a sentence says of its range
    choices: tuple[str, ...] = ()  # of a word


def setting(
    default: Any,
    help: str,
    scopes: Scope,
    counts: Counts = Counts.VALUE,
    **more: Any,
) -> Any:
    """A field of `Settings`; `more` are fields of `About`."""
    return field(default=default, metadata={ABOUT: About(help, scopes, counts, **more)})


def share(of: str, scopes: Scope, named: str, ends: str, default: float = 1.0) -> Any:
    """A setting from 0 to 1."""
    return setting(
        default, f"Of the {of}.", scopes, low=0, high=1, named=named, ends=f"it goes from {ends}."
    )


P, F, H, S, W, D = (Scope[n] for n in ("PHOTO", "FILM", "HINTS", "SHOT", "HTTP", "SAMPLES"))


@dataclass(frozen=True)
class Settings:
    """What decides on the colours; two pictures with equal settings and weights come out equal.

    Raises:
        BadValue: a value outside its range.
    """

    model: str = setting(
        MODEL,
        "A name of `chromafield models`, a weight file, or several joined by + and averaged.",
        P | F | H | W | D,
        Counts.NOT,
    )
    field: str = setting(FIELD, "See `chromafield fields`.", P | F | H | W)
    size: int = setting(
        SIZE,
        "What the network sees: about SIZE x SIZE pixels, sides multiples of 32.",
        P | F | H | W,
        low=1,
        high=LARGEST_SIZE,
        named="The size",
        ends=f"it goes from 1 to {LARGEST_SIZE} pixels (default {SIZE}).",
    )
    strength: float = share(
        "colours: 0 grey, 1 full", P | F | H | W | D, "The strength", "0 (grey) to 1 (full)"
    )
    vividness: float = setting(
        VIVIDNESS,
        "Of the colours: 0 calm (the network's mean), 1 usual, 2 vivid.",
        P | F | H | S | W,
        low=0,
        high=2,
        named="The vividness",
        ends="it goes from 0 (calm) over 1 (usual) to 2 (vivid).",
    )
    seed: int = setting(
        0,
        "For samples, and fields that draw.",
        P | H | W | D,
        low=0,
        high=2**63 - 1,
        named="The seed",
        ends="it is a whole number from 0 to 2^63 - 1.",
    )
    views: int = setting(
        VIEWS,
        "1 to 4: average the network's guess over so many sizes and mirror images.",
        P | H | W,
        low=1,
        high=VIEW_LIMIT,
        named="The number of views",
        ends=f"it goes from 1 to {VIEW_LIMIT}.",
    )
    palette: str | None = setting(
        None,
        "Colours to see more of: a picture, a folder of them, a .gpl file, or '#a03020,#204060'.",
        P | F | H | S | W,
        Counts.CONTENT,
    )
    palette_strength: float = share(
        "palette: 0 none, 1 full",
        P | F | H | S | W,
        "The palette's strength",
        "0 (none) to 1 (full)",
        default=0.3,
    )
    reference: str | None = setting(
        None,
        "A colour picture to take colours from, where it looks alike; or a folder of them.",
        P | F | H | S,
        Counts.CONTENT,
    )
    reference_strength: float = share(
        "reference: 0 none, 1 full", P | F | H | S, "The reference's strength", "0 to 1"
    )
    hints: str | None = setting(
        None, "A file of colours and regions that you give (JSON).", P, Counts.CONTENT
    )
    colors_from: str | None = setting(
        None,
        "The same picture as another program coloured it; its colours are taken where it agrees.",
        P,
        Counts.CONTENT,
    )
    options: tuple[tuple[str, Any], ...] = setting(
        (), "NAME=VALUE of the field's own options.", P | F | H | W
    )
    clean: str = setting(
        "none",
        "Take out dust and scratches: for the network (seen), or in the result too (output).",
        P,
        named="Clean",
        ends="it is one of none, seen, output.",
        choices=("none", "seen", "output"),
    )
    whole: bool = setting(
        False,
        "Show the network the picture as a whole: look for no photographs on a page, and no tiles.",
        P | H | W,
    )
    force: bool = setting(
        False, "Replace the colours of pictures that have some.", P | D, Counts.NOT
    )

    def __post_init__(self) -> None:
        for name in about:
            check_value(name, getattr(self, name))


about: dict[str, About] = {f.name: f.metadata[ABOUT] for f in dataclasses.fields(Settings)}
defaults: dict[str, Any] = {f.name: f.default for f in dataclasses.fields(Settings)}


kinds: dict[str, type] = {
    name: dict if name == "options" else (get_args(hint) or (hint,))[0]
    for name, hint in get_type_hints(Settings).items()
}


def names(scope: Scope) -> tuple[str, ...]:
    """Of the settings that may be given there."""
    return tuple(name for name, one in about.items() if scope in one.scopes)


def names_of_files() -> tuple[str, ...]:
    """Of the settings whose value may name a file."""
    return tuple(name for name, one in about.items() if one.counts is Counts.CONTENT)


def check_value(name: str, value: Any) -> None:
    """Raises: BadValue: the setting's value lies outside its range."""
    one = about[name]
    if not one.named:
        return
    if not (value in one.choices if one.choices else one.low <= value <= one.high):
        raise BadValue(f"{one.named} is {value}; {one.ends}")


def fits(name: str, value: object) -> bool:
    """Whether the value of a parsed file is of the setting's kind; any number is a float."""
    kind = kinds[name]
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value) is kind


def schema(scope: Scope) -> dict[str, Any]:
    """JSON Schema of an object with the settings that may be given there."""
    return {
        "type": "object",
        "properties": {name: _property(name) for name in names(scope)},
        "additionalProperties": False,
    }


TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object"}


def _property(name: str) -> dict[str, Any]:
    one, default = about[name], defaults[name]
    found: dict[str, Any] = {"description": one.help, "type": TYPES[kinds[name]]}
    if default is not None:
        found["default"] = dict(default) if name == "options" else default
    found |= {"enum": list(one.choices)} if one.choices else {}
    found |= {"minimum": one.low} if math.isfinite(one.low) else {}
    return found | ({"maximum": one.high} if math.isfinite(one.high) else {})


def named_value(text: str) -> tuple[str, Any]:
    """An option given as NAME=VALUE, the value as JSON has it: true, 64, [8, 8]; else a word.

    Raises:
        BadValue: no equals sign.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise BadValue(f"{text!r} is not NAME=VALUE")
    try:
        read = json.loads(value)
    except ValueError:
        read = value
    return name.strip(), _frozen(read)


def as_options(given: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The field's own options of a parsed file in the form that `Settings` keeps them in."""
    return tuple((name, _frozen(value)) for name, value in given.items())


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
