"""What `chromafield colorize` prints while it works, and after."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ..addresses import spelled
from ._bars import Lines, counted

if TYPE_CHECKING:
    from ..batch.batch import Outcome


def kept(outcomes: Iterator[Outcome], ends: list[Outcome]) -> Iterator[Outcome]:
    """The outcomes, each put at the end of a list as it comes."""
    for outcome in outcomes:
        ends.append(outcome)
        yield outcome


def show(outcomes: Iterator[Outcome], count: int, as_json: bool) -> int:
    """Print the outcomes as they come; how many errors there were."""
    from tqdm import tqdm

    began = time.monotonic()
    errors: list[str] = []
    notes: list[str] = []
    done = skipped = 0
    unit = "picture"
    with counted(count, unit) if count > 1 else Lines(count, unit) as bar:  # one is not counted
        for outcome in outcomes:
            bar.update()
            skipped += outcome.skipped
            done += outcome.report is not None
            if outcome.error:
                errors.append(outcome.error)
            notes += outcome.report.notes if outcome.report else ()
            if as_json:
                for line in _lines(outcome):
                    tqdm.write(json.dumps(line), file=sys.stdout)
            elif outcome.report and count == 1:
                click.echo(outcome.report.output)
    for note in notes:
        click.echo(f"Note: {note}", err=True)
    for error in errors:
        click.echo(f"Error: {error}", err=True)
    if count > 1:
        failed = count - done - skipped
        took = max(time.monotonic() - began, 0.1)
        click.echo(
            f"{done} coloured, {skipped} done before, {failed} failed, in {took:.0f} s "
            f"({60 * done / took:.1f} a minute).",
            err=True,
        )
    return len(errors)


def show_each(outcomes: Iterator[Outcome], as_json: bool) -> None:
    """Print each outcome as it comes, where nobody knows how many there will be."""
    for outcome in outcomes:
        if as_json:
            for line in _lines(outcome):
                click.echo(json.dumps(line))
        elif outcome.report:
            click.echo(outcome.report.output)
        for note in outcome.report.notes if outcome.report else ():
            click.echo(f"Note: {note}", err=True)
        if outcome.error:
            click.echo(f"Error: {outcome.error}", err=True)


def _lines(outcome: Outcome) -> Iterator[dict[str, object]]:
    """What `--json` prints of a picture."""
    source = outcome.job.named
    if outcome.skipped:
        yield {"input": source, "output": spelled(outcome.job.target), "done_before": True}
    if outcome.report:
        yield outcome.report.as_dict()
    if outcome.error:
        yield {"input": source, "error": outcome.error}
