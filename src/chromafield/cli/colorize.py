"""`chromafield colorize`: pictures in, coloured pictures out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..defaults import FIELD, MAX_PIXELS, MODEL, SIZE, VIEWS
from ._shared import errors_as_one_line, named_values

if TYPE_CHECKING:
    from ..pipeline.batch import Outcome
    from ..pipeline.colorizer import Settings
    from ..pipeline.files import Extras
    from ..pipeline.hints import Hints

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
@click.option(
    "--model",
    default=MODEL,
    show_default=True,
    help="See `chromafield models`; several joined by + are averaged. With --samples, a folder of "
    "vae, structure and mdn.",
)
@click.option("--field", default=FIELD, show_default=True, help="See `chromafield fields`.")
@click.option("--option", "options", multiple=True, help="NAME=VALUE of the field's own options.")
@click.option(
    "--size",
    default=SIZE,
    show_default=True,
    help="What the network sees: about SIZE x SIZE pixels, sides multiples of 32.",
)
@click.option(
    "--views",
    default=VIEWS,
    show_default=True,
    help="1 to 4: average the network's guess over so many sizes and mirror images.",
)
@click.option("--strength", default=1.0, show_default=True, help="Of the colours: 0 grey, 1 full.")
@click.option(
    "--palette",
    help="Colours to see more of: a picture, a folder of them, a .gpl file, or '#a03020,#204060'.",
)
@click.option("--palette-strength", default=1.0, show_default=True, help="0 none, 1 full.")
@click.option("--reference", help="A colour picture to take colours from, where it looks alike.")
@click.option("--reference-strength", default=1.0, show_default=True, help="0 none, 1 full.")
@click.option("--hints", help="A file of colours and regions that you give (JSON).")
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
@click.option("--seed", default=0, show_default=True, help="For samples, and fields that draw.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.option(
    "-j", "--jobs", "workers", default=1, show_default=True, help="Processes side by side."
)
@click.option("--force", is_flag=True, help="Replace the colours of pictures that have some.")
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
    from ..pipeline.batch import Batch, colorize_many
    from ..pipeline.manifest import MANIFEST
    from ..pipeline.plan import plan

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


SAMPLED = {  # what samples listen to
    *("inputs", "output", "recursive", "samples", "draw", "seed", "strength", "device"),
    *("force", "quality", "max_pixels", "model"),
}
FLAGS = {"options": "option", "workers": "jobs", "as_json": "json"}  # called otherwise than inside


def _sample(inputs: tuple[Path, ...], output: Path | None, options: dict[str, Any]) -> None:
    from ..models._checkpoint import SHIPPED
    from ..pipeline.batch import sample_many
    from ..pipeline.plan import plan
    from ..pipeline.samples import Sampling
    from ..pipeline.sampling import load_sampler

    context = click.get_current_context()
    for name in options.keys() - SAMPLED:
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            flag = FLAGS.get(name, name).replace("_", "-")
            raise click.UsageError(f"--samples has no use for --{flag}. Leave one of them out.")
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


def _unless_given(hints: Hints) -> dict[str, Any]:
    """The hints' own settings; what the command line says goes before them."""
    settings = hints.placed_settings()
    context = click.get_current_context()
    default = click.core.ParameterSource.DEFAULT
    return {k: v for k, v in settings.items() if context.get_parameter_source(k) is default}


def _settings(options: dict[str, Any]) -> Settings:
    from ..pipeline.colorizer import Settings
    from ..pipeline.hint_file import read_hints
    from ..pipeline.marks import clash

    names = (
        *("model", "field", "size", "views", "seed"),
        *("strength", "force", "palette", "palette_strength", "hints"),
        *("reference", "reference_strength"),
    )
    own = tuple(named_values(options["options"]).items())
    if options["hints"]:
        hints = read_hints(Path(options["hints"]))
        options = {**options, **_unless_given(hints)}
        if sentence := clash(hints):
            click.echo(f"Note: {sentence}", err=True)
    return Settings(**{name: options[name] for name in names}, options=own)


def _extras(options: dict[str, Any]) -> Extras:
    from ..pipeline.files import Extras

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
