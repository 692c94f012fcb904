"""What the commands share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from ..errors import ChromafieldError


@contextlib.contextmanager
def errors_as_one_line() -> Iterator[None]:
    """Turn an error of ours into its sentence on stderr and exit code 1."""
    try:
        yield
    except ChromafieldError as error:
        raise click.ClickException(str(error)) from error
