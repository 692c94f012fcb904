"""What `chromafield colorize` was given, as settings, output options and a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..settings import Scope
from ._given import is_given
from ._options import settings_of

if TYPE_CHECKING:
    from ..batch.batch import Batch
    from ..colorizer.colorizer import Colorizer
    from ..colorizer.files import OutputOptions
    from ..jobs.jobs import Job, LeftOut
    from ..settings import Settings


def batch_of(
    options: dict[str, Any], manifest: Path | None = None, left_out: Sequence[LeftOut] = ()
) -> Batch:
    """What is the same for all pictures of the command."""
    from ..batch.batch import Batch

    return Batch(
        photo_settings(options),
        output_options(options),
        options["device"],
        options["workers"],
        manifest,
        options["resume"],
        options["overwrite"],
        tuple(left_out),
    )


def folder_of(output: Path | None, jobs: Sequence[Job]) -> Path | None:
    """The folder of the results; None where they lie beside their sources, or one has a name."""
    return output if output is not None and any(job.target != output for job in jobs) else None


def photo_settings(options: dict[str, Any]) -> Settings:
    """What the command line says goes before what the hint file says."""
    from ..hints.file import read_hints
    from ..hints.raster import conflict

    settings = settings_of(Scope.PHOTO, options)
    if settings.hints is None:
        return settings
    hints = read_hints(Path(settings.hints))
    if sentence := conflict(hints):
        click.echo(f"Note: {sentence}", err=True)
    own = {k: v for k, v in hints.resolved_settings().items() if not is_given(k)}
    return replace(settings, **own)


def output_options(options: dict[str, Any]) -> OutputOptions:
    """The options of the written files."""
    from ..colorizer.files import OutputOptions

    return OutputOptions(**{one.name: options[one.name] for one in fields(OutputOptions)})


def say_left_out(left_out: Sequence[LeftOut]) -> None:
    """Say which files are not meant."""
    from ..jobs.jobs import EARLIER_RESULT, described_by_ending

    results = [one.path.name for one in left_out if one.why == EARLIER_RESULT]
    others = [str(one.path) for one in left_out if one.why != EARLIER_RESULT]
    if others:
        files = "file" if len(others) == 1 else "files"
        click.echo(
            f"{len(others)} other {files} left out: {described_by_ending(others)}.", err=True
        )
    if results:
        first = ", ".join(results[:3]) + (" ..." if len(results) > 3 else "")
        what = "result of an earlier run" if len(results) == 1 else "results of earlier runs"
        click.echo(f"{len(results)} {what} left out: {first}.", err=True)


def drafted(jobs: Sequence[Job], series: Sequence[Path], colorizer: Colorizer) -> list[Job]:
    """The jobs with the drafts of their hints, which are written beside the photographs."""
    from ..batch.series import draft, read_series

    found = list(draft(jobs, read_series(series, colorizer)))
    counts = [count for _, count in found if count]
    click.echo(
        f"Colours were carried to {len(counts)} of {len(jobs)} photographs, as {sum(counts)} marks "
        "in a draft beside each. Look at them in chromafield studio.",
        err=True,
    )
    return [job for job, _ in found]
