"""Arms of a comparison: runs that are begun, gone on with, or found done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import BadValue
from ..models._efficientnet import imagenet_path
from ..train.config import LossConfig, RunConfig
from ..train.flags import refuse_unused
from ..train.folder import RunFolder
from ..train.run import train
from ..train.tasks import create_task, task_defaults, task_file

Progress = Callable[[str, dict[str, Any]], None]  # the arm's name, and a line of its run


@dataclass(frozen=True)
class Arm:
    """One run of a comparison."""

    name: str
    config: RunConfig
    after: str | None = None  # the arm whose weights it starts from
    judged: bool = True  # it is a row of the table; else others start from it
    run: str = ""  # the run's folder where several comparisons have this arm; else by its name

    @property
    def folder(self) -> str:
        return self.run or "".join(c if c.isalnum() else "-" for c in self.name.lower())


def run_of(base: RunConfig, model: str, paths: Sequence[str], **changes: Any) -> RunConfig:
    """The base's budget and crops for another network, and what that takes by default."""
    own = task_defaults(model, changes.get("options", {}))
    given = {
        "losses": LossConfig(mean=own.loss),
        "held_out": own.held_out,
        "fit": own.fitted(base.fit),
        **changes,
    }
    return replace(base, model=model, paths=tuple(paths), **given)


def shorter(config: RunConfig, share: float) -> RunConfig:
    """The same run with a share of its budget; at least a step."""
    minutes = None if config.minutes is None else config.minutes * share
    steps = None if config.steps is None else max(round(config.steps * share), 1)
    return replace(config, minutes=minutes, steps=steps)


def run_arms(
    folder: Path, listed: Sequence[Arm], progress: Progress = lambda name, line: None
) -> dict[str, Path]:
    """Run the arms that are not finished; the weights of each by its name.

    Raises:
        DataError, TrainingDiverged, BadValue, OutputError: as `train`.
    """
    weights: dict[str, Path] = {}
    for arm in listed:
        start = arm.config.start if arm.after is None else str(weights[arm.after])
        config = replace(arm.config, start=start)
        weights[arm.name] = finished(folder / arm.folder, arm.name, config, progress)
    return weights


def check_arms(folder: Path, listed: Sequence[Arm]) -> None:
    """Ask before hours of training for what an arm that is not finished will want.

    Raises:
        MissingExtra: ImageNet's weights, which an arm starts from, are not installed.
        DataError: its pictures are missing, or not what its task needs.
        BadValue: a setting that its network does not take.
    """
    if any(arm.config.start == "imagenet" and arm.after is None for arm in listed):
        imagenet_path()
    for arm in listed:
        if not RunFolder(folder / arm.folder).weights(arm.config.model).exists():
            refuse_unused(arm.config, task_file(arm.config.model).IGNORES)
            create_task(arm.config).photos()


def finished(path: Path, name: str, config: RunConfig, progress: Progress) -> Path:
    """The weights of an arm, which is begun, gone on with, or found done.

    Raises:
        BadValue: the folder holds a run of other settings.
    """
    run = RunFolder(path)
    if run.config.exists() and not _same(run.read_config(), config):
        raise BadValue(f"{path} holds a run of other settings. Name another folder with -o.")
    weights = run.weights(config.model)
    if not weights.exists():
        train(path, config, lambda line: progress(name, line), resume=run.config.exists())
    return weights


def _same(one: RunConfig, other: RunConfig) -> bool:
    """Are the settings alike that what is learnt depends on?"""
    plain = RunConfig("", (), steps=1)

    def learnt(config: RunConfig) -> RunConfig:
        crops = replace(config.crops, keep=plain.crops.keep)
        return replace(config, device=plain.device, crops=crops)

    return learnt(one) == learnt(other)
