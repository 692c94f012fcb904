"""A run: its folder, its checkpoints, its processes, and the order of the work.

RUN/config.json      everything the run was started with, and each start's commit and machine
RUN/log.jsonl        one line a logged step
RUN/checkpoint.pt    all that a resumed run needs
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from .. import __version__
from ..color.palette import rebalance
from ..data.crops import CropConfig, batches
from ..data.packs import list_photos, split
from ..errors import BadValue, DataError
from ..models import create_model
from .fit import FitConfig, Trainee, fit, make_optimizer
from .losses import LossConfig
from .prior import measure_prior
from .schedule import Budget, crop_side


@dataclass(frozen=True)
class RunConfig:
    """What a run is started with; all of it is written to its folder."""

    model: str
    paths: tuple[str, ...]  # folders and zip archives of photographs
    steps: int | None = None
    minutes: float | None = None
    start: str = "imagenet"  # or "scratch"
    sides: tuple[int, ...] = (96,)  # the crops' side in pixels; each has an equal share of the run
    held_out: float = 0.02  # share of the pictures kept for choosing between runs
    log_every: int = 20  # steps
    save_every: int = 300  # steps
    device: str = "cpu"
    crops: CropConfig = field(default_factory=CropConfig)
    fit: FitConfig = field(default_factory=FitConfig)
    losses: LossConfig = field(default_factory=LossConfig)


@dataclass(frozen=True)
class Place:
    """This process among those that train together."""

    rank: int
    world: int

    @property
    def first(self) -> bool:
        return self.rank == 0


@contextlib.contextmanager
def processes() -> Iterator[Place]:
    """Join the group that `torchrun` started; alone without it."""
    if "WORLD_SIZE" not in os.environ:
        yield Place(0, 1)
        return
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield Place(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


def train(
    folder: Path,
    config: RunConfig,
    tell: Callable[[dict[str, Any]], None],
    resume: bool = False,
) -> Trainee:
    """Train a model into `folder`, from the start or from its checkpoint.

    Args:
        tell: called by the first process after each step with its numbers and `progress`.

    Raises:
        DataError: no pictures, or one that cannot be read.
        BadValue: the folder holds a run already and `resume` is off, or the reverse.
    """
    with processes() as place:
        budget = Budget(config.steps, config.minutes)
        photos, _ = split(list_photos([Path(p) for p in config.paths]), config.held_out)
        if not photos:
            raise DataError("No training pictures are left beside those held out. Add pictures.")
        checkpoint = folder / "checkpoint.pt"
        if checkpoint.exists() != resume:
            raise BadValue(
                f"{folder} holds no run to resume."
                if resume
                else f"{folder} holds a run already. Resume it, or name another folder."
            )
        trainee = _trainee(config)
        if resume:
            _restore(trainee, checkpoint)
        if place.first:
            _write_config(folder, config, len(photos))
        balance = rebalance(measure_prior(photos), config.losses.uniform).to(config.device)

        def side(step: int) -> int:
            return crop_side(config.sides, budget.progress(step, trainee.seconds))

        def watch(numbers: dict[str, float]) -> None:
            if not place.first:
                return
            progress = budget.progress(trainee.step, trainee.seconds)
            line = {"step": trainee.step, "seconds": round(trainee.seconds, 1), **numbers}
            tell(line | {"progress": progress})
            if trainee.step % config.log_every == 0:
                _append(folder / "log.jsonl", line)
            if trainee.step % config.save_every == 0 or progress >= 1:
                save(trainee, checkpoint)

        stream = batches(photos, config.crops, side, trainee.step, place.rank, place.world)
        network: nn.Module = trainee.model
        if place.world > 1:
            network = nn.parallel.DistributedDataParallel(trainee.model)
        with contextlib.closing(stream):
            fit(trainee, network, stream, balance, config.fit, config.losses, budget, watch)
        return trainee


def _trainee(config: RunConfig) -> Trainee:
    torch.manual_seed(config.crops.seed)
    model = create_model(config.model)
    if config.start == "imagenet" and hasattr(model, "start_from_imagenet"):
        model.start_from_imagenet()
    model.to(config.device, memory_format=torch.channels_last)
    average = copy.deepcopy(model).eval().requires_grad_(False)
    return Trainee(model, average, make_optimizer(model, config.fit))


def save(trainee: Trainee, path: Path) -> None:
    """Write a checkpoint so that a kill at any moment leaves the old one or the new one."""
    state = {
        "model": trainee.model.state_dict(),
        "average": trainee.average.state_dict(),
        "optimizer": trainee.optimizer.state_dict(),
        "step": trainee.step,
        "seconds": trainee.seconds,
    }
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def _restore(trainee: Trainee, path: Path) -> None:
    state = torch.load(path, map_location="cpu", weights_only=True)
    trainee.model.load_state_dict(state["model"])
    trainee.average.load_state_dict(state["average"])
    trainee.optimizer.load_state_dict(state["optimizer"])
    trainee.step, trainee.seconds = state["step"], state["seconds"]


def _write_config(folder: Path, config: RunConfig, pictures: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.json"
    starts = json.loads(path.read_text("utf-8"))["starts"] if path.exists() else []
    starts.append(
        {
            "when": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
            "commit": commit(),
            "version": __version__,
            "torch": torch.__version__,
            "processor": processor(config.device),
        }
    )
    record = {"config": dataclasses.asdict(config), "pictures": pictures, "starts": starts}
    path.write_text(json.dumps(record, indent=1), "utf-8")


def commit() -> str:
    """The source's git commit, with a plus sign where files differ from it; "none" outside git."""
    where = Path(__file__).parent
    git = ["git", "-C", str(where)]
    try:
        name = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, check=True
        )
        clean = subprocess.run([*git, "diff", "--quiet", "HEAD"], capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return name.stdout.decode().strip() + ("+" if clean.returncode else "")


def processor(device: str) -> str:
    """What trains: the GPU's name, or the number of CPU threads."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"{torch.get_num_threads()} {platform.machine()} CPU threads"


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
