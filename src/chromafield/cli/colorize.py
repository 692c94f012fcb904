"""`chromafield colorize`: pictures in, coloured pictures out."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..addresses import is_address
from ..defaults import MAX_PIXELS
from ..settings import Scope, names
from ._colorizing import batch_of, drafted, folder_of, output_options
from ._given import given_beside, is_given
from ._options import settings_options
from ._planned import manifest_of, only_failed, planned
from ._progress import kept, show, show_each
from ._shared import (
    PATH,
    Place,
    device_option,
    errors_as_one_line,
    inputs_and_output,
    refuse_addresses,
    renamed,
)
from ._streams import STREAM, through_streams
from .samples import write_samples

if TYPE_CHECKING:
    from ..batch.batch import Outcome
    from ..jobs.jobs import LeftOut


@click.command()
@inputs_and_output(
    "A file, or a folder for several pictures.  [default: NAME-color beside each]",
    Place(addresses=True),
)
@settings_options(Scope.PHOTO)
@click.option("--samples", type=click.IntRange(1), hidden=True)  # of `chromafield samples`
@click.option("--draw", type=click.Choice(["sample", "means"]), default="sample", hidden=True)
@device_option
@click.option(
    "-j", "--jobs", "workers", default=1, show_default=True, help="Processes side by side."
)
@click.option(
    "--series",
    "series",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="HINTS",
    help="Hints of a photograph beside them; what they colour is looked for in all others.",
)
@click.option("--resume", is_flag=True, help="Skip what the output folder's manifest proves done.")
@click.option("--compare", is_flag=True, help="Write a before/after sheet beside each result.")
@click.option("--layer", is_flag=True, help="Write the colours alone as a transparent layer (PNG).")
@click.option(
    "--trust-sheet",
    is_flag=True,
    help="Write a sheet of where the picture of --colors-from was trusted.",
)
@click.option(
    "--tag/--no-tag",
    default=True,
    show_default=True,
    help="Say in the metadata that the colours are guesses.",
)
@click.option(
    "--strict", is_flag=True, help="Refuse what is damaged, or would lose something on the way."
)
@click.option("--keep-times", is_flag=True, help="Give results their sources' times of change.")
@click.option("--c2pa", metavar="PEM", help="Sign each result with this certificate, last of all.")
@click.option("--c2pa-key", metavar="PEM", help="Its private key.  [default: in the same file]")
@click.option("--invert", is_flag=True, help="The pictures are negatives: make them positive.")
@click.option("--quality", default=95, show_default=True, help="Of JPEG, WebP and AVIF results.")
@click.option("--max-pixels", default=MAX_PIXELS, show_default=True, help="Refuse larger pictures.")
@click.option("--overwrite", is_flag=True, help="Write over results that are there.")
@click.option("--from-list", type=PATH, help="A list of pictures: .txt, .csv or .parquet.")
@click.option("--shard", metavar="I/N", help="This run's part, from 0; auto: as the cluster says.")
@click.option("--retry-failed", is_flag=True, help="Only what failed in the run before.")
@click.option("--manifest", type=PATH, help="A folder for the manifest.  [default: that of -o]")
@click.option(
    "--watch", is_flag=True, help="Colour also what arrives in the folders, until Ctrl-C."
)
@click.option(
    "--format",
    "stream_format",
    type=click.Choice(["png", "jpg", "tif", "webp", "avif"]),
    help="Of a result that goes to standard output.  [default: the picture's own]",
)
@click.option("--report", type=PATH, help="Write a table of all files, a row each (CSV).")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line a picture.")
def colorize(inputs: tuple[Path, ...], output: Path | None, **options: Any) -> None:
    """Colour black-and-white pictures: files, or folders of them.

    \b
    chromafield colorize grandmother.jpg
    chromafield colorize grandmother.jpg -o coloured.png --strength 0.8 --compare
    chromafield colorize dog.jpg --field potts --palette autumn.jpg
    chromafield colorize grandmother.jpg --hints grandmother.hints.json
    chromafield colorize grandmother.jpg --colors-from from-a-service.png --trust-sheet
    chromafield colorize -r scans -o coloured --resume --jobs 2
    chromafield colorize album -o coloured --series album/uniform.jpg.hints.json
    chromafield colorize --from-list scans.csv -o coloured --shard 0/8 --resume
    chromafield colorize --watch from-the-scanner -o coloured

    The result keeps size, lightness, depth, transparency and metadata of each picture. Exit code
    0: all done; 1: an input or a value was refused, and is named; 2: wrong usage.

    A folder is named by a name without a picture's ending; - is standard input or output. A
    result that is there already is kept, unless --overwrite is given.

    Nothing that is read is written over, nor one result by another: b.bmp beside b.png becomes
    b-bmp.png, and a picture that still has no place of its own is named and left out.
    """
    with errors_as_one_line():
        refuse_addresses(inputs)
    stream_format = options.pop("stream_format")
    if output is not None and is_address(str(output)) and options["from_list"] is None:
        raise click.UsageError("An address for the results goes with --from-list.")
    streams = STREAM in map(str, (*inputs, output))
    if options["series"] and (streams or options["watch"]):
        raise click.UsageError("--series is for photographs that are there: files and folders.")
    if streams:
        _stream(inputs, output, stream_format, options)
        return
    if options["samples"]:
        _sample(inputs, output, options)
        return
    if is_given("draw"):
        raise click.UsageError("--draw says how samples are found: see `chromafield samples`.")
    with errors_as_one_line():
        if options["watch"]:
            _watch(inputs, output, options)
            return
        failed = _color(inputs, output, options)
    if failed:
        sys.exit(1)


def _watch(inputs: tuple[Path, ...], output: Path | None, options: dict[str, Any]) -> None:
    """Colour what arrives; it ends with Ctrl-C."""
    from ..batch.manifest import MANIFEST
    from ..batch.watch import watch

    if output is None:
        raise click.UsageError("Name a folder for the results with -o.")
    if is_given("from_list") or is_given("shard"):
        raise click.UsageError("--watch takes folders, not --from-list or --shard.")
    with _table(options["report"], ()) as ends:
        batch = batch_of(options, output / MANIFEST)
        arrivals = watch(inputs, output, batch, options["recursive"])
        show_each(kept(arrivals, ends), options["as_json"])


def _color(inputs: tuple[Path, ...], output: Path | None, options: dict[str, Any]) -> int:
    """Colour what is given; how many errors there were."""
    from ..batch.batch import colorize_many
    from ..colorizer.loading import load_colorizer
    from ..remote.remote import colorize_remote

    plan = planned(inputs, output, options)
    listed = options["from_list"] is not None
    manifest = manifest_of(output if listed else folder_of(output, plan.jobs), plan, options)
    batch = batch_of(options, manifest, plan.left_out)
    jobs = only_failed(plan.jobs, manifest) if options["retry_failed"] else plan.jobs
    colorizer = None
    if options["series"]:
        if plan.remote:
            raise click.UsageError("--series keeps drafts beside photographs, not at addresses.")
        if batch.settings.hints is not None:
            raise click.UsageError(
                "--hints are for one picture and --series for many: leave one out."
            )
        colorizer = load_colorizer(batch.settings, batch.device)
        jobs = drafted(jobs, options["series"], colorizer)
    with _table(options["report"], plan.left_out) as ends:
        if plan.remote:
            outcomes = colorize_remote(jobs, batch)
        else:
            outcomes = colorize_many(jobs, batch, colorizer)
        return show(kept(outcomes, ends), len(jobs), options["as_json"])


@contextlib.contextmanager
def _table(path: Path | None, left_out: Sequence[LeftOut]) -> Iterator[list[Outcome]]:
    """A list of outcomes, which become a table also where Ctrl-C ends the run."""
    from ..batch.rows import write_table
    from ..evaluate.files import check_file

    check_file(path)
    ends: list[Outcome] = []
    try:
        yield ends
    finally:
        if path is not None:
            write_table(path, ends, left_out)


def _stream(
    inputs: tuple[Path, ...], output: Path | None, format: str | None, options: dict[str, Any]
) -> None:
    """A picture from standard input, or a result to standard output."""
    from ..batch.batch import colorize_many
    from ..jobs.jobs import Job

    def work(source: Path, target: Path) -> list[str]:
        (outcome,) = colorize_many([Job(source, target)], batch_of(options))
        for note in outcome.report.notes if outcome.report else ():
            click.echo(f"Note: {note}", err=True)
        return [outcome.error] if outcome.error else []

    with errors_as_one_line():
        done = through_streams(inputs, output, format, work)
    if not done:
        sys.exit(1)


def _sample(inputs: tuple[Path, ...], output: Path | None, options: dict[str, Any]) -> None:
    """`chromafield samples` as it was spelled before."""
    taken = (
        *("inputs", "output", "recursive", "samples", "draw", "device", "quality", "max_pixels"),
        *("invert", "overwrite"),
    )
    if surplus := given_beside(*taken, *names(Scope.SAMPLES)):
        raise click.UsageError(f"--samples does not take {surplus[0]}. Leave one of them out.")
    count = options["samples"]
    renamed("--samples", f"chromafield samples -n {count}")
    write_samples(inputs, output, options | {"count": count, "prior": ""}, output_options(options))
