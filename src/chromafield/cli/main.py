"""The group of commands. Each is a file; none imports torch before it runs."""

from __future__ import annotations

import os

import click

from .. import __version__
from ._group import Commands
from .archive import archive
from .average import average
from .benchmark import benchmark
from .colorize import colorize
from .compare import compare
from .config import config
from .crop import crop
from .diversity import diversity
from .evaluate import evaluate
from .export import export
from .figure import figure
from .film import film
from .immich import immich
from .inspect import inspect
from .manifest import manifest
from .models import models
from .names import fields
from .points import points
from .samples import samples
from .serve import serve
from .studio import studio
from .study import study
from .train import train


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="chromafield")
def main() -> None:
    """Black-and-white photographs in colour.

    \b
    chromafield grandmother.jpg
    chromafield colorize -r scans -o coloured --resume

    A network proposes colours, a field decides, you stay in control. The colours are guesses.
    """
    # Idle threads must sleep, not spin: beside another busy process, spinning is 30 times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


for command in (
    *(
        colorize,
        samples,
        studio,
        serve,
        film,
        archive,
        crop,
        immich,
        inspect,
        figure,
        models,
        fields,
        config,
        manifest,
    ),
    *(train, average, compare, evaluate, diversity, points, study, benchmark, export),
):
    main.add_command(command)
