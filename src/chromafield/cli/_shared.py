"""What the commands share."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import click

from ..errors import ChromafieldError


@contextlib.contextmanager
def errors_as_one_line() -> Iterator[None]:
    """Turn an error of ours into its sentence on stderr and exit code 1."""
    try:
        yield
    except ChromafieldError as error:
        raise click.ClickException(str(error)) from error


def named_values(texts: Iterable[str]) -> dict[str, Any]:
    """Options given as NAME=VALUE, the value as JSON has it: true, 64, 0.5, [8, 8]; else a word."""
    return dict(_named_value(text) for text in texts)


def _named_value(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--option")
    try:
        read = json.loads(value)
    except ValueError:
        read = value
    return name.strip(), tuple(read) if isinstance(read, list) else read
