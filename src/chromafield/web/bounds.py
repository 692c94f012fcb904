"""What the numbers of a field's options may be over HTTP, so that none of them costs minutes.

On the command line a person may wait as long as they like; there the fields' own checks are all.
"""

from __future__ import annotations

import ast
from typing import Any

from ..errors import BadValue
from ..fields import explain_field, list_fields
from ..settings import Settings

# Of options that cost time.
MOST = {"grid": 1 << 18, "rank": 1024, "reach": 200, "steps": 5000, "sweeps": 50}
LARGEST = 1e6  # of other numbers: what pulls a million times as hard is as good as exact
WHOLE = "full"  # the grid of the picture's own size
KINDS = {bool: "boolean", int: "integer", float: "number", str: "string"}


def described_options() -> dict[str, Any]:
    """JSON Schema of each field's own options, by the field's name."""
    return {name: {"type": "object", "properties": _options(name)} for name in list_fields()}


def check_options(settings: Settings) -> None:
    """Raises: BadValue: a number among the field's options is out of its bounds."""
    if not settings.options or settings.field not in list_fields():
        return
    known = _options(settings.field)
    for name, value in settings.options:
        high = known.get(name, {}).get("maximum")
        if high is None:
            continue  # a word, or no option of the field, which says so itself
        if name == "grid" and value == WHOLE:
            raise BadValue(
                f"The option grid of {settings.field} is full. Over HTTP it is a number of pixels "
                f"up to {high}, or network; the command line takes full."
            )
        if isinstance(value, (int, float)) and not 0 <= value <= high:
            raise BadValue(
                f"The option {name} of {settings.field} is {value}; over HTTP it goes from 0 to "
                f"{high}."
            )


def _options(field: str) -> dict[str, Any]:
    found = {}
    for option in explain_field(field):
        default = ast.literal_eval(option.default)
        one = {"default": default, "description": option.note, "type": KINDS[type(default)]}
        if option.name == "grid":
            one["type"] = ["integer", "string"]
        if option.name == "grid" or type(default) in (int, float):
            most = MOST.get(option.name, LARGEST)
            size = default if isinstance(default, (int, float)) else 0
            one |= {"minimum": 0, "maximum": max(most, size)}
        found[option.name] = one
    return found
