"""What the commands share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from ..errors import ChromafieldError


@contextlib.contextmanager
def errors_as_one_line() -> Iterator[None]:
    try:
        yield
    except ChromafieldError as error:
        raise click.ClickException(str(error)) from error
