"""A run from its first picture to its weights: processes, order of work, what is kept when."""

from __future__ import annotations

import contextlib
import copy
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from ..color.palette import rebalance
from ..data.crops import batches
from ..data.packs import Photo, list_photos, split
from ..errors import DataError, MissingExtra
from ..models import create_model, placed, start_from
from .card import export
from .checks import check, spread, write_sheet
from .config import RunConfig
from .fit import Trainee, fit, make_optimizer
from .folder import RunFolder
from .prior import measure_prior
from .schedule import crop_side

Tell = Callable[[dict[str, Any]], None]


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
    path: Path,
    config: RunConfig,
    tell: Tell = lambda line: None,
    resume: bool = False,
    checking: tuple[Path, ...] = (),
    tensorboard: bool = False,
) -> Trainee:
    """Train a model into the folder `path`, from the start or from its checkpoint.

    Args:
        tell: called by the first process after each step with its numbers and `progress`.
        checking: packs of true pictures whose figures go on the weights' card at the end.
        tensorboard: also write the log for TensorBoard.

    Raises:
        MissingExtra: TensorBoard is asked for and not installed.
        DataError: no pictures, or one that cannot be read.
        BadValue: the folder holds a run already and `resume` is off.
        TrainingDiverged: the loss is not finite.
    """
    with processes() as place:
        photos, held_out = split(list_photos([Path(p) for p in config.paths]), config.held_out)
        if not photos:
            raise DataError("No training pictures are left beside those held out. Add pictures.")
        folder = RunFolder(path, _board(path) if tensorboard and place.first else None)
        if place.first:
            folder.begin(config, len(photos), resume)
        trainee = make_trainee(config)
        if resume:
            folder.restore(trainee)
        seen = spread(held_out, config.evaluated) if held_out else []
        watch = watcher(folder, config, trainee, seen, tell if place.first else None)
        go(config, trainee, photos, place, watch)
        if place.first:
            folder.save(trainee)
            export(folder, config, trainee, seen, checking)
        return trainee


def _board(path: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtra("Logging for TensorBoard", "tensorboard") from error
    return SummaryWriter(str(path / "tensorboard"))


def make_trainee(config: RunConfig) -> Trainee:
    """Fresh weights from the seed, then what ImageNet's or a weight file's can replace of them."""
    torch.manual_seed(config.crops.seed)
    model = create_model(config.model, **config.options)
    if config.start not in ("imagenet", "scratch"):
        start_from(model, Path(config.start))
    elif config.start == "imagenet":
        imagenet: Callable[[], None] = getattr(model, "start_from_imagenet", lambda: None)
        imagenet()
    model = placed(model, config.device)
    average = copy.deepcopy(model).eval().requires_grad_(False)
    return Trainee(model, average, make_optimizer(model, config.fit))


def go(
    config: RunConfig,
    trainee: Trainee,
    photos: list[Photo],
    place: Place,
    watch: Callable[[dict[str, float]], None],
) -> None:
    """Fit until the budget is spent."""
    balance = rebalance(measure_prior(photos), config.losses.uniform).to(config.device)

    def side(step: int) -> int:
        return crop_side(config.sides, config.budget.progress(step, trainee.seconds))

    network: nn.Module = trainee.model
    if place.world > 1:
        network = nn.parallel.DistributedDataParallel(trainee.model)
    stream = batches(photos, config.crops, side, trainee.step, place.rank, place.world)
    with contextlib.closing(stream):
        agree = latest if place.world > 1 else float
        budget, losses = config.budget, config.losses
        fit(trainee, network, stream, balance, config.fit, losses, budget, watch, agree)


def latest(seconds: float) -> float:
    """The largest of all processes' times."""
    time = torch.tensor([seconds], dtype=torch.float64)
    dist.all_reduce(time, dist.ReduceOp.MAX)
    return float(time)


def watcher(
    folder: RunFolder, config: RunConfig, trainee: Trainee, seen: list[Photo], tell: Tell | None
) -> Callable[[dict[str, float]], None]:
    """What happens after each step: the log, the checkpoint, the evaluation, the progress bar."""
    interval = config.evaluate_every * 60
    due = trainee.seconds + interval

    def watch(numbers: dict[str, float]) -> None:
        nonlocal due
        if tell is None:
            return
        line = {"step": trainee.step, "seconds": round(trainee.seconds, 1), **numbers}
        tell(line | {"progress": config.budget.progress(trainee.step, trainee.seconds)})
        if trainee.step % config.log_every == 0:
            folder.log(**line)
        if trainee.step % config.save_every == 0:
            folder.save(trainee)
        if seen and trainee.seconds >= due:
            grey, mean = check(trainee.average, seen)
            folder.log(
                step=trainee.step,
                held_out={
                    "ciede2000": mean.ciede2000,
                    "psnr_gain": mean.psnr - grey.psnr,
                    "colourfulness_ratio": mean.colourfulness_ratio,
                },
            )
            write_sheet(trainee.average, seen, folder.path / "sheets" / f"{trainee.step:07}.jpg")
            due += interval

    return watch
