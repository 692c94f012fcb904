"""`chromafield colorize`: pictures in, coloured pictures out."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..defaults import MAX_PIXELS
from ..settings import Scope, names
from ._given import given_beside
from ._options import is_given, settings_of, settings_options
from ._progress import show
from ._shared import errors_as_one_line, inputs_and_output, renamed
from ._streams import STREAM, refuse_addresses, through_streams
from .samples import write_samples

if TYPE_CHECKING:
    from ..colorizer.batch import Batch
    from ..colorizer.files import OutputOptions
    from ..colorizer.jobs import Job
    from ..settings import Settings

MANIFEST = "chromafield-manifest.jsonl"


@click.command()
@inputs_and_output("A file, or a folder for several pictures.  [default: NAME-color beside each]")
@settings_options(Scope.PHOTO)
@click.option("--samples", type=click.IntRange(1), hidden=True)  # of `chromafield samples`
@click.option("--draw", type=click.Choice(["sample", "means"]), default="sample", hidden=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
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
@click.option("--invert", is_flag=True, help="The pictures are negatives: make them positive.")
@click.option("--quality", default=95, show_default=True, help="Of JPEG, WebP and AVIF results.")
@click.option("--max-pixels", default=MAX_PIXELS, show_default=True, help="Refuse larger pictures.")
@click.option("--overwrite", is_flag=True, help="Write over results that are there.")
@click.option(
    "--format",
    "stream_format",
    type=click.Choice(["png", "jpg", "tif", "webp", "avif"]),
    help="Of a result that goes to standard output.  [default: the picture's own]",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line a picture.")
def colorize(inputs: tuple[Path, ...], output: Path | None, **options: Any) -> None:
    """Colour black-and-white pictures: files, or folders of them.

    The result keeps size, lightness, depth, transparency and metadata of each picture. Exit code
    0: all done; 1: an input or a value was refused, and is named; 2: wrong usage.

    A folder is named by a name without a picture's ending; - is standard input or output. A
    result that is there already is kept, unless --overwrite is given.

    Nothing that is read is written over, nor one result by another: b.bmp beside b.png becomes
    b-bmp.png, and a picture that still has no place of its own is named and left out.

    \b
    chromafield colorize grandmother.jpg
    chromafield colorize grandmother.jpg -o coloured.png --strength 0.8 --compare
    chromafield colorize dog.jpg --field potts --palette autumn.jpg
    chromafield colorize grandmother.jpg --hints grandmother.hints.json
    chromafield colorize grandmother.jpg --colors-from from-a-service.png --trust-sheet
    chromafield colorize -r scans -o coloured --resume --jobs 2
    chromafield colorize album -o coloured --series album/uniform.jpg.hints.json
    """
    with errors_as_one_line():
        refuse_addresses(inputs)
    stream_format = options.pop("stream_format")
    if STREAM in map(str, (*inputs, output)):
        _stream(inputs, output, stream_format, options)
        return
    if options["samples"]:
        _sample(inputs, output, options)
        return
    if is_given("draw"):
        raise click.UsageError("--draw says how samples are found: see `chromafield samples`.")
    from ..colorizer.batch import Batch, colorize_many
    from ..colorizer.jobs import plan

    with errors_as_one_line():
        jobs = plan(inputs, output, options["recursive"])
        _report_left_out(inputs, options["recursive"])
        folder = (
            output if output is not None and any(job.target != output for job in jobs) else None
        )
        batch = Batch(
            _settings(options),
            _extras(options),
            options["device"],
            options["workers"],
            folder / MANIFEST if folder is not None else None,
            options["resume"],
            options["overwrite"],
        )
        if options["series"]:
            jobs = _drafted(jobs, options["series"], batch)
        failed = show(colorize_many(jobs, batch), len(jobs), options["as_json"])
    if failed:
        sys.exit(1)


def _drafted(jobs: list[Job], series: tuple[Path, ...], batch: Batch) -> list[Job]:
    """The jobs with the drafts of their hints, which are written beside the photographs."""
    from ..colorizer.colorizer import load_colorizer
    from ..colorizer.series import draft, read_series

    if batch.settings.hints is not None:
        raise click.UsageError("--hints are for one picture and --series for many: leave one out.")
    found = list(draft(jobs, read_series(series, load_colorizer(batch.settings, batch.device))))
    counts = [count for _, count in found if count]
    click.echo(
        f"Colours were carried to {len(counts)} of {len(jobs)} photographs, as {sum(counts)} marks "
        "in a draft beside each. Look at them in chromafield studio.",
        err=True,
    )
    return [job for job, _ in found]


def _stream(
    inputs: tuple[Path, ...], output: Path | None, format: str | None, options: dict[str, Any]
) -> None:
    """A picture from standard input, or a result to standard output."""
    from ..colorizer.batch import Batch, colorize_many
    from ..colorizer.jobs import Job

    def work(source: Path, target: Path) -> list[str]:
        batch = Batch(
            _settings(options), _extras(options), options["device"], overwrite=options["overwrite"]
        )
        (outcome,) = colorize_many([Job(source, target)], batch)
        for note in outcome.report.notes if outcome.report else ():
            click.echo(f"Note: {note}", err=True)
        return [outcome.error] if outcome.error else []

    with errors_as_one_line():
        done = through_streams(inputs, output, format, work)
    if not done:
        sys.exit(1)


def _report_left_out(inputs: tuple[Path, ...], recursive: bool) -> None:
    """Say which files of the folders are not meant."""
    from ..colorizer.jobs import described_by_ending, left_out

    others = [name for name in left_out(inputs, recursive) if Path(name).name != MANIFEST]
    if others:
        files = "file" if len(others) == 1 else "files"
        click.echo(
            f"{len(others)} other {files} left out: {described_by_ending(others)}.", err=True
        )


def _sample(inputs: tuple[Path, ...], output: Path | None, options: dict[str, Any]) -> None:
    """`chromafield samples` as it was spelled before."""
    taken = (
        *("inputs", "output", "recursive", "samples", "draw", "device", "quality", "max_pixels"),
        "invert",
    )
    if surplus := given_beside(*taken, *names(Scope.SAMPLES)):
        raise click.UsageError(f"--samples does not take {surplus[0]}. Leave one of them out.")
    count = options["samples"]
    renamed("--samples", f"chromafield samples -n {count}")
    write_samples(inputs, output, options | {"count": count}, _extras(options))


def _settings(options: dict[str, Any]) -> Settings:
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


def _extras(options: dict[str, Any]) -> OutputOptions:
    from ..colorizer.files import OutputOptions

    names = (
        "compare",
        "layer",
        "trust_sheet",
        "tag",
        "quality",
        "max_pixels",
        "strict",
        "keep_times",
        "invert",
    )
    return OutputOptions(**{name: options[name] for name in names})
