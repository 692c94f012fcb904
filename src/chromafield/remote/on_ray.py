"""Many pictures on a cluster, by Ray Data: rows are names, an actor holds the network.

Actors fetch, colour and send; what travels between processes are names and reports. A batch is a
block of Ray's: a lost worker costs its batch, which another does again, to the same bytes. The
driver alone adds to the manifest, a line a picture as its batch ends.
"""

from __future__ import annotations

import logging
import os
import pickle
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..batch.batch import Batch, Outcome, killed
from ..batch.pool import one_thread
from ..colorizer.colorizer import Colorizer
from ..colorizer.loading import load_colorizer
from ..errors import BadValue, ClusterError, MissingExtra
from ..jobs.jobs import Job
from .remote import color_remote

ADDRESS = "RAY_ADDRESS"  # says which cluster, where no other is named
RETRIES = 2  # of a batch whose worker died, before its pictures are sentences
WINDOW = 20_000  # pictures that Ray knows of at once: memory does not grow with the list


@dataclass(frozen=True)
class Ray:
    """A cluster, and how much of it.

    Args:
        workers: actors, a core each.
        address: of the cluster's head; `auto` for the one that this machine is part of; None
            starts one on this machine for the run.
        batch: pictures that are handed to an actor at once.
    """

    workers: int = 1
    address: str | None = None
    batch: int = 8

    def __call__(
        self, jobs: Sequence[Job], batch: Batch, colorizer: Colorizer
    ) -> Iterator[Outcome]:
        """Colour the jobs; an engine of `colorize_remote`.

        Raises:
            MissingExtra: Ray is not installed.
            BadValue: fewer than one worker, or than one picture a batch.
            ClusterError: there is no such cluster.
        """
        if self.workers < 1 or self.batch < 1:
            raise BadValue(
                f"{self.workers} workers with {self.batch} pictures a batch: both are 1 at least."
            )
        if not jobs:
            return
        ray = _connected(self.address)
        try:
            for first in range(0, len(jobs), WINDOW):
                yield from self._window(ray, jobs[first : first + WINDOW], batch)
        finally:
            ray.shutdown()

    def _window(self, ray: Any, jobs: Sequence[Job], batch: Batch) -> Iterator[Outcome]:
        """Colour a part of the list by one pipeline of Ray Data."""
        left = dict(enumerate(jobs))
        blocks = -(-len(jobs) // self.batch)
        rows = [{"number": number, "job": pickle.dumps(job)} for number, job in left.items()]
        with warnings.catch_warnings():  # that `max_task_retries` goes with Ray 2.64
            warnings.simplefilter("ignore")
            done = ray.data.from_items(rows, override_num_blocks=blocks).map_batches(
                Worker,
                batch_size=self.batch,
                batch_format="numpy",
                compute=ray.data.ActorPoolStrategy(size=self.workers),
                num_cpus=1,
                fn_constructor_args=(batch,),
                max_task_retries=RETRIES,
            )
        for row in done.iter_rows():
            left.pop(int(row["number"]))
            yield pickle.loads(row["outcome"])
        yield from map(killed, left.values())


class Worker:
    """An actor: a colorizer, loaded once, and one thread."""

    def __init__(self, batch: Batch) -> None:
        one_thread()
        self.batch = batch
        self.colorizer = load_colorizer(batch.settings, batch.device)

    def __call__(self, rows: dict[str, Any]) -> dict[str, Any]:
        """Colour a batch's pictures: a column of outcomes beside their numbers."""
        jobs = map(pickle.loads, rows["job"])
        ends = [pickle.dumps(color_remote(job, self.batch, self.colorizer)) for job in jobs]
        return {"number": rows["number"], "outcome": ends}


def _connected(address: str | None) -> Any:
    """Ray, connected to a cluster and quiet."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine
    os.environ.setdefault("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtra("The engine ray", "ray") from error
    _hush(ray)
    alone: dict[str, Any] = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    named = address or os.environ.get(ADDRESS)
    try:
        ray.init(
            address=named, log_to_driver=False, logging_level="error", **({} if named else alone)
        )
    except Exception as error:  # so Ray names a node that did not start in time
        reason = " ".join(str(error).split())[:200].rstrip(".")
        if named:
            raise ClusterError(
                f"Ray's cluster {named} cannot be reached ({reason}). Start it with "
                "ray start --head, or leave --address out for one on this machine."
            ) from error
        raise ClusterError(
            f"Ray did not start on this machine ({reason}). Try again when the machine has less to "
            "do, or take --engine processes."
        ) from error
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.max_errored_blocks = -1  # a lost batch is a sentence a picture, not the run's end
    context.max_consecutive_actor_init_deaths = 3
    return ray


def _hush(ray: Any) -> None:
    """Keep Ray's words on a dead worker off standard output, where `--json` prints a picture each.

    Ray has no setting for it. The run tells itself what a lost worker cost.
    """
    ray._private.worker.print_to_stdstream = lambda *data, **more: None
