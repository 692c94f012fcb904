"""`chromafield archive`: a list of pictures on the cores of a machine, or on a cluster."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._colorizing import batch_of
from ._planned import listed, manifest_of, only_failed
from ._progress import show
from ._shared import PATH, Place, errors_as_one_line
from .colorize import colorize

if TYPE_CHECKING:
    from ..remote.remote import Engine

PROCESSES, RAY = "processes", "ray"
OWN = {"inputs", "recursive", "output", "from_list", "workers", "samples", "draw"}  # not taken
OWN |= {"series", "watch", "report", "stream_format"}


@click.group()
def archive() -> None:
    """Colour a list of pictures on all cores of a machine, or on a cluster.

    \b
    chromafield archive run scans.csv --to coloured
    chromafield archive run scans.csv --to s3://coloured --manifest manifest --engine ray
    """


@archive.command()
@click.argument("list_", metavar="LIST", type=PATH)
@click.option(
    "--to", required=True, type=Place(addresses=True), help="A folder, or an address, for results."
)
@click.option(
    "--engine",
    type=click.Choice([PROCESSES, RAY]),
    default=PROCESSES,
    show_default=True,
    help="What does the work: processes of this machine, or actors of Ray.",
)
@click.option(
    "--workers", type=click.IntRange(1), help="Processes, or actors.  [default: a core each]"
)
@click.option(
    "--address", help="Ray's cluster; auto: this machine's.  [default: one for this run alone]"
)
@click.option(
    "--batch",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="Pictures handed to an actor at once; what a lost one costs.",
)
def run(list_: Path, to: Path, **options: Any) -> None:
    """Colour the pictures of LIST: a .txt, .csv or .parquet file of paths and addresses.

    \b
    chromafield archive run scans.csv --to coloured --workers 4
    chromafield archive run scans.csv --to s3://coloured --manifest manifest --engine ray
    chromafield archive run scans.csv --to /archive/coloured --engine ray --address auto --resume

    The list, its shards and the manifest are those of `chromafield colorize --from-list`: a run
    that was begun by one goes on by the other. Exit code 1: a picture failed, and is named.
    """
    with errors_as_one_line():
        from ..batch.batch import colorize_many
        from ..jobs.shards import parse_shard
        from ..remote.remote import colorize_remote

        shard = parse_shard(options["shard"]) if options["shard"] else None
        plan = listed(list_, to, shard)
        manifest = manifest_of(to, plan, options)
        workers = options["workers"] or os.cpu_count() or 1
        batch = batch_of(options | {"workers": workers}, manifest)
        jobs = only_failed(plan.jobs, manifest) if options["retry_failed"] else plan.jobs
        if plan.remote or options["engine"] == RAY:
            outcomes = colorize_remote(jobs, batch, _engine(workers, options))
        else:
            outcomes = colorize_many(jobs, batch)
        failed = show(outcomes, len(jobs), options["as_json"])
    if failed:
        sys.exit(1)


def _engine(workers: int, options: dict[str, Any]) -> Engine | None:
    if options["engine"] == PROCESSES:
        return None
    from ..remote.on_ray import Ray

    return Ray(workers, options["address"], options["batch"])


run.params += [one for one in colorize.params if one.name not in OWN]
