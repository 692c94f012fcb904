"""Which part of a run a machine does: a shard by a stable hash, or by what a cluster says.

A picture belongs to shard int(first 8 hex digits of SHA-256 of its key) mod N, whatever the order
of the list and wherever its folders lie.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import BadValue

SLURM = "SLURM_ARRAY_TASK_ID"
BATCH = "AWS_BATCH_JOB_ARRAY_INDEX"
KUBERNETES = "JOB_COMPLETION_INDEX"
COUNT = "CHROMAFIELD_SHARDS"  # says how many, where the cluster does not
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` parts, from 0."""

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.count:
            raise BadValue(
                f"There is no shard {self.index} of {self.count}; they go from 0 to "
                f"{self.count - 1}."
            )

    def has(self, key: str) -> bool:
        """Whether the key's picture is this shard's."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
        return int(digest[:8], 16) % self.count == self.index

    def of(self, manifest: Path) -> Path:
        """The shard's own part of a manifest."""
        return manifest.with_name(f"{manifest.stem}.{self.index}-of-{self.count}{manifest.suffix}")


def parse_shard(text: str, environment: Mapping[str, str] = os.environ) -> Shard:
    """A shard given as I/N, from 0; or `auto`, from what a cluster says.

    Raises:
        BadValue: it is none.
    """
    if text == AUTO:
        return _from_cluster(environment)
    index, slash, count = text.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal()):
        raise BadValue(f"The shard is {text!r}; write I/N, as 0/8, or auto.")
    return Shard(int(index), int(count))


def key_of(place: str) -> str:
    """The key of a picture whose result has this path below the folder of the results: without
    its ending, so that pictures of one result are in one shard."""
    return PurePosixPath(place).with_suffix("").as_posix()


def _from_cluster(environment: Mapping[str, str]) -> Shard:
    def number(name: str, otherwise: int | None = None) -> int:
        text = environment.get(name, "" if otherwise is None else str(otherwise))
        if not text.isdecimal():
            raise BadValue(
                f"The variable {name} is {text!r}, no number: it is not known how many shards "
                f"there are. Write --shard I/N, or set {COUNT}."
            )
        return int(text)

    if SLURM in environment:
        first, step = number("SLURM_ARRAY_TASK_MIN", 0), number("SLURM_ARRAY_TASK_STEP", 1)
        count, own = number("SLURM_ARRAY_TASK_COUNT"), number(SLURM) - first
        if own % max(step, 1) or own // max(step, 1) >= count:
            raise BadValue(
                f"The array of {count} tasks has gaps, so task {number(SLURM)} is no shard of it. "
                f"Give --array without gaps, or write --shard I/N."
            )
        return Shard(own // max(step, 1), count)
    if BATCH in environment:
        return Shard(number(BATCH), number("AWS_BATCH_JOB_ARRAY_SIZE"))
    if KUBERNETES in environment:
        return Shard(number(KUBERNETES), number(COUNT))
    raise BadValue(
        f"No cluster says which shard this is ({SLURM}, {BATCH} or {KUBERNETES}). "
        "Write --shard I/N."
    )
