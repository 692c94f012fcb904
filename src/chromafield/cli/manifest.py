"""`chromafield manifest`: what a run did, over all of its parts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ._shared import PATH, errors_as_one_line


@click.group()
def manifest() -> None:
    """Join, count and check the manifests of runs.

    \b
    chromafield manifest status coloured
    chromafield manifest verify coloured
    chromafield manifest merge coloured
    """


@manifest.command()
@click.argument("folder", type=PATH)
def status(folder: Path) -> None:
    """Count what is coloured, failed and left out, over all parts in FOLDER.

    Exit code 1: some failed. chromafield colorize --retry-failed tries those again.
    """
    from ..remote.parts import last_lines, parts_of, status_of

    with errors_as_one_line():
        parts = parts_of(folder)
        found = status_of(parts)
        lines = last_lines(parts)
    click.echo(
        f"{found.colored} coloured, {found.failed} failed, {found.left_out} left out, in "
        f"{len(parts)} {'part' if len(parts) == 1 else 'parts'}; {found.seconds:.0f} s of work."
    )
    for line in lines.values():
        if "error" in line:
            click.echo(f"Error: {line['error']}", err=True)
    if found.failed:
        sys.exit(1)


@manifest.command()
@click.argument("folder", type=PATH)
def verify(folder: Path) -> None:
    """Check each result in FOLDER against the hash that it was written with.

    Exit code 1: one is not there, or is another.
    """
    from ..remote.parts import parts_of, verify

    with errors_as_one_line():
        wrong = list(verify(parts_of(folder)))
    for sentence in wrong:
        click.echo(f"Error: {sentence}", err=True)
    if wrong:
        sys.exit(1)
    click.echo("All results are as they were written.")


@manifest.command()
@click.argument("folder", type=PATH)
def merge(folder: Path) -> None:
    """Join the parts in FOLDER into its one manifest, a line a picture."""
    from ..errors import OutputError
    from ..remote.parts import merge

    with errors_as_one_line():
        try:
            target, count = merge(folder)
        except OSError as error:
            raise OutputError(
                f"The parts in {folder} cannot be joined ({error.strerror})."
            ) from error
    click.echo(f"{target}: {count} lines.")
