"""Which pictures a run of `chromafield colorize` is about: named ones, folders, a list, a shard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..addresses import is_address, spelled
from ._colorizing import say_left_out

if TYPE_CHECKING:
    from ..jobs.jobs import Job, LeftOut
    from ..jobs.shards import Shard


@dataclass(frozen=True)
class Planned:
    """The work of this run."""

    jobs: Sequence[Job]
    left_out: Sequence[LeftOut]
    shard: Shard | None
    remote: bool = False  # whether sources or results are at addresses


def planned(inputs: tuple[Path, ...], output: Path | None, options: dict[str, Any]) -> Planned:
    """What is to be done, and what is left out, which is said."""
    from ..jobs.shards import parse_shard

    shard = parse_shard(options["shard"]) if options["shard"] else None
    if options["from_list"] is not None:
        if inputs:
            raise click.UsageError("--from-list names the pictures. Name no others beside it.")
        return listed(options["from_list"], output, shard)
    if not inputs:
        raise click.UsageError("Name the pictures or folders to be coloured, or --from-list.")
    from ..jobs.jobs import plan_all, without_results

    named, results = without_results(inputs)
    jobs, left_out = plan_all(named, output, options["recursive"])
    others = [*results, *left_out]
    say_left_out(others)
    if shard is not None:
        jobs = _of_shard(jobs, output, shard)
    return Planned(jobs, others if shard is None else (), shard)


def listed(path: Path, output: Path | None, shard: Shard | None) -> Planned:
    """The pictures of a list that are the shard's."""
    from ..jobs.jobs import plan_listed
    from ..jobs.lists import place_of, read_list
    from ..jobs.shards import key_of

    names = read_list(path)
    places = {name: place_of(name) for name in names}
    if shard is not None:
        places = {name: one for name, one in places.items() if shard.has(key_of(one))}
        _say(shard, len(places), len(names))
    remote = any(map(is_address, names)) or (output is not None and is_address(str(output)))
    if remote and output is None:
        raise click.UsageError("Name a place for the results of addresses with -o.")
    return Planned(plan_listed(places, output), (), shard, remote)


def _of_shard(jobs: Sequence[Job], output: Path | None, shard: Shard) -> list[Job]:
    from ..jobs.shards import key_of

    def place(job: Job) -> str:
        inside = output is not None and job.target.is_relative_to(output)
        return (job.target.relative_to(output) if inside and output else job.target).as_posix()

    own = [job for job in jobs if shard.has(key_of(place(job)))]
    _say(shard, len(own), len(jobs))
    return own


def _say(shard: Shard, own: int, all_: int) -> None:
    click.echo(f"Shard {shard.index} of {shard.count}: {own} of {all_} pictures.", err=True)


def manifest_of(folder: Path | None, plan: Planned, options: dict[str, Any]) -> Path | None:
    """Where the run's manifest lies: the shard's own part; None where there is none."""
    from ..batch.manifest import MANIFEST

    place = options["manifest"] or folder
    if place is None:
        return None
    if is_address(str(place)):
        raise click.UsageError(
            f"A manifest lies on a disk, not at {spelled(place)}. Name a folder with --manifest."
        )
    whole = Path(place) / MANIFEST
    return plan.shard.of(whole) if plan.shard else whole


def only_failed(jobs: Sequence[Job], manifest: Path | None) -> list[Job]:
    """The jobs that failed in the run before, by its manifest and the joined one."""
    from ..batch.manifest import MANIFEST
    from ..remote.parts import failed_inputs

    if manifest is None:
        raise click.UsageError("--retry-failed needs the manifest of the run: name its -o folder.")
    failed = failed_inputs([manifest.with_name(MANIFEST), manifest])
    return [job for job in jobs if job.named in failed]
