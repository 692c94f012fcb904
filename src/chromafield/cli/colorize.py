"""`chromafield colorize`: pictures in, coloured pictures out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..defaults import MAX_PIXELS, MODEL
from ..settings import Scope, names
from ._given import given_beside
from ._options import is_given, settings_of, settings_options
from ._shared import errors_as_one_line

if TYPE_CHECKING:
    from ..colorizer.batch import Outcome
    from ..colorizer.files import Extras
    from ..settings import Settings

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=PATH)
@click.option(
    "-o",
    "--output",
    type=PATH,
    help="A file, or a folder for several pictures.  [default: NAME-color beside each]",
)
@click.option("-r", "--recursive", is_flag=True, help="Also the folders in a folder.")
@settings_options(Scope.PHOTO)
@click.option(
    "--samples",
    type=click.IntRange(1),
    help="Colour each picture so many times, each in another way: NAME-sample-1 ..., and a sheet.",
)
@click.option(
    "--draw",
    type=click.Choice(["sample", "means"]),
    default="sample",
    show_default=True,
    help="How samples are found: drawn, or the eight most typical.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.option(
    "-j", "--jobs", "workers", default=1, show_default=True, help="Processes side by side."
)
@click.option("--resume", is_flag=True, help="Skip what the output folder's manifest proves done.")
@click.option("--compare", is_flag=True, help="Write a before/after sheet beside each result.")
@click.option("--layer", is_flag=True, help="Write the colours alone as a transparent layer (PNG).")
@click.option("--tag", is_flag=True, help="Say in the metadata that the colours are guesses.")
@click.option("--quality", default=95, show_default=True, help="Of JPEG, WebP and AVIF results.")
@click.option("--max-pixels", default=MAX_PIXELS, show_default=True, help="Refuse larger pictures.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line a picture.")
def colorize(inputs: tuple[Path, ...], output: Path | None, **options: Any) -> None:
    """Colour black-and-white pictures: files, or folders of them.

    The result keeps size, lightness, depth, transparency and metadata of each picture. Exit code
    0: all done; 1: an input or a value was refused, and is named; 2: wrong usage.

    Nothing that is read is written over, nor one result by another: b.bmp beside b.png becomes
    b-bmp.png, and a picture that still has no place of its own is named and left out.

    \b
    chromafield colorize grandmother.jpg
    chromafield colorize grandmother.jpg -o coloured.png --strength 0.8 --compare
    chromafield colorize dog.jpg --field potts --palette autumn.jpg
    chromafield colorize grandmother.jpg --hints grandmother.hints.json
    chromafield colorize grandmother.jpg --samples 8 --seed 3
    chromafield colorize -r scans -o coloured --resume --jobs 2
    """
    if options["samples"]:
        _sample(inputs, output, options)
        return
    from ..colorizer.batch import Batch, colorize_many
    from ..colorizer.jobs import plan
    from ..colorizer.manifest import MANIFEST

    with errors_as_one_line():
        jobs = plan(inputs, output, options["recursive"])
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
        )
        failed = _show(colorize_many(jobs, batch), len(jobs), options["as_json"])
    if failed:
        sys.exit(1)


def _sample(inputs: tuple[Path, ...], output: Path | None, options: dict[str, Any]) -> None:
    from ..colorizer.batch import sample_many
    from ..colorizer.jobs import plan
    from ..models.weights import SHIPPED
    from ..sampling.sampler import load_sampler
    from ..sampling.samples import Sampling

    taken = ("inputs", "output", "recursive", "samples", "draw", "device", "quality", "max_pixels")
    if surplus := given_beside(*taken, *names(Scope.SAMPLES)):
        raise click.UsageError(f"--samples does not take {surplus[0]}. Leave one of them out.")
    failed = False
    with errors_as_one_line():
        sampling = Sampling(options["samples"], options["seed"], options["draw"])
        jobs = plan(inputs, output, options["recursive"])
        chosen = {name: options[name] for name in ("device", "strength", "force")}
        folder = SHIPPED if options["model"] == MODEL else Path(options["model"])
        sampler = load_sampler(sampling, folder, **chosen)
    for done in sample_many(jobs, sampler, _extras(options)):
        if isinstance(done, str):
            click.echo(f"Error: {done}", err=True)
            failed = True
        else:
            click.echo("\n".join(map(str, done)))
    if failed:
        sys.exit(1)


def _settings(options: dict[str, Any]) -> Settings:
    """What the command line says goes before what the hint file says."""
    from ..hints.file import read_hints
    from ..hints.raster import clash

    settings = settings_of(Scope.PHOTO, options)
    if settings.hints is None:
        return settings
    hints = read_hints(Path(settings.hints))
    if sentence := clash(hints):
        click.echo(f"Note: {sentence}", err=True)
    own = {k: v for k, v in hints.placed_settings().items() if not is_given(k)}
    return replace(settings, **own)


def _extras(options: dict[str, Any]) -> Extras:
    from ..colorizer.files import Extras

    names = ("compare", "layer", "tag", "quality", "max_pixels")
    return Extras(**{name: options[name] for name in names})


def _show(outcomes: Iterator[Outcome], count: int, as_json: bool) -> int:
    """Print the outcomes as they come; how many errors there were."""
    from tqdm import tqdm

    errors, done, skipped = [], 0, 0
    with tqdm(total=count, unit="picture", disable=count == 1) as bar:
        for outcome in outcomes:
            bar.update()
            skipped += outcome.skipped
            done += outcome.report is not None
            if outcome.error:
                errors.append(outcome.error)
            if as_json:
                for line in _lines(outcome):
                    tqdm.write(json.dumps(line), file=sys.stdout)
            elif outcome.report and count == 1:
                click.echo(outcome.report.output)
    for error in errors:
        click.echo(f"Error: {error}", err=True)
    if count > 1:
        failed = count - done - skipped
        click.echo(f"{done} coloured, {skipped} done before, {failed} failed.", err=True)
    return len(errors)


def _lines(outcome: Outcome) -> Iterator[dict[str, object]]:
    """What `--json` prints of a picture."""
    source = str(outcome.job.source)
    if outcome.skipped:
        yield {"input": source, "output": str(outcome.job.target), "done_before": True}
    if outcome.report:
        yield outcome.report.as_dict()
    if outcome.error:
        yield {"input": source, "error": outcome.error}
