"""A picture from standard input, and its result to standard output."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

STREAM = "-"
INPUT_NAME = "standard input"


def through_streams(
    inputs: tuple[Path, ...],
    output: Path | None,
    format: str | None,
    work: Callable[[Path, Path], list[str]],
) -> bool:
    """Colour one picture from or to the streams.

    Args:
        format: the ending of the result, when it goes to standard output.
        work: colours a file to a file, and says what went wrong.

    Returns:
        Whether all went well.
    """
    if len(inputs) != 1:
        raise click.UsageError("- stands for one picture. Name no others beside it.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = inputs[0]
        if str(source) == STREAM:
            source = folder / INPUT_NAME
            with source.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        to_stream = output is None or str(output) == STREAM
        target = output if output is not None and not to_stream else folder / "result"
        if to_stream:
            target = target.with_suffix(_ending(source, format))
        for error in work(source, target):
            sentence = error.replace(f"{folder}/", "").replace(f"{folder}\\", "")
            click.echo(f"Error: {sentence}", err=True)
            return False
        if to_stream:
            sys.stdout.flush()
            with target.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return True


def _ending(source: Path, format: str | None) -> str:
    from ..image.write import suffix_for

    return f".{format}" if format else suffix_for(source)
