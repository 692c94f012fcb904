"""A run from its first picture to its weights: processes, order of work, what is kept when."""

from __future__ import annotations

import contextlib
import copy
import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from ..data.crops import batches
from ..data.datasets import Photo, list_photos
from ..data.order import weighted_order
from ..errors import BadValue, MissingExtra
from .config import RunConfig
from .fit import Trainee, fit, make_optimizer
from .flags import refuse_unanswered, refuse_unused
from .folder import RunFolder
from .schedule import crop_side
from .task import Task
from .tasks import create_task, task_file

Tell = Callable[[dict[str, Any]], None]

FIRST_SHEET = 50  # steps; the next at twice as many, and so on


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
        BadValue: the folder holds a run already and `resume` is off, or the network has no use for
            a setting.
        OutputError: the folder cannot be made or written into.
        TrainingDiverged: the loss is not finite.
    """
    ignores = task_file(config.model).IGNORES
    refuse_unused(config, ignores)
    task = create_task(config)
    with processes() as place:
        if place.first:
            RunFolder(path).check(resume)
        photos, held_out = task.photos()
        if checking:
            list_photos(checking)  # what is wrong with them is said before hours of training
        folder = RunFolder(path, _board(path) if tensorboard and place.first else None)
        if place.world > 1 and config.losses.adversarial:
            raise BadValue("A critic trains in one process. Start the run without torchrun.")
        resuming = resume and folder.checkpoint.exists()  # or it was killed before its first one
        trainee = make_trainee(config, task, photos, begin=not resuming)
        if resuming:
            folder.restore(trainee)
            freeze(config, trainee.model)  # as it was, not as it is made
        if place.first:
            folder.begin(config, len(photos))
        shown = list_photos([Path(p) for p in config.shown]) if config.shown else held_out
        watch = watcher(
            folder, config, task, trainee, held_out, shown, tell if place.first else None
        )
        go(config, trainee, photos, place, watch)
        if place.first:
            folder.save(trainee)
            if shown:
                task.show(folder.sheet(trainee.step), trainee, shown)
            task.export(folder, trainee, held_out, checking)
        return trainee


def _board(path: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtra("Logging for TensorBoard", "tensorboard") from error
    return SummaryWriter(str(path / "tensorboard"))


def make_trainee(config: RunConfig, task: Task, photos: Sequence[Photo], begin: bool) -> Trainee:
    """Everything at its start, or ready for a checkpoint."""
    model = task.model(begin)
    if task_file(config.model).IGNORES is None:  # a colorizer
        refuse_unanswered(config, model)
    freeze(config, model)
    average = copy.deepcopy(model).eval().requires_grad_(False)
    return Trainee(model, average, make_optimizer(model, config.fit), task.objective(photos))


def freeze(config: RunConfig, model: nn.Module) -> None:
    """Let the beginning of the model stay as it is, where the config says so.

    Raises:
        BadValue: the network has no beginning that could.
    """
    if not config.fit.freeze:
        return
    if not hasattr(model, "freeze"):
        raise BadValue(f"{config.model} has no encoder that can stay as it is: leave --freeze out.")
    beginning: Callable[[str], None] = model.freeze  # type: ignore[assignment]
    beginning(config.fit.freeze)


def go(
    config: RunConfig,
    trainee: Trainee,
    photos: Sequence[Photo],
    place: Place,
    watch: Callable[[dict[str, float]], None],
) -> None:
    """Fit until the budget is spent."""

    def side(step: int) -> int:
        return crop_side(config.sides, config.budget.progress(step, trainee.seconds))

    network: nn.Module = trainee.model
    if place.world > 1:
        network = nn.parallel.DistributedDataParallel(trainee.model)
    order = weighted_order(photos, config.weights, config.crops.seed)
    stream = batches(photos, config.crops, side, trainee.step, place.rank, place.world, order)
    with contextlib.closing(stream):
        agree = functools.partial(latest, config.device) if place.world > 1 else float
        fit(trainee, network, stream, config.fit, config.budget, watch, agree)


def latest(device: str, seconds: float) -> float:
    """The largest of all processes' times."""
    time = torch.tensor([seconds], dtype=torch.float64, device=device)
    dist.all_reduce(time, dist.ReduceOp.MAX)
    return float(time)


def watcher(
    folder: RunFolder,
    config: RunConfig,
    task: Task,
    trainee: Trainee,
    held_out: Sequence[Photo],
    shown: Sequence[Photo],
    tell: Tell | None,
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
        if held_out and trainee.seconds >= due:
            folder.log(step=trainee.step, held_out=task.look(trainee, held_out))
            due += interval
            if shown:
                task.show(folder.sheet(trainee.step), trainee, shown)
        elif shown and _is_early(trainee.step):
            task.show(folder.sheet(trainee.step), trainee, shown)

    return watch


def _is_early(step: int) -> bool:
    """Is it step 50, 100, 200, 400 ...? Networks change most at their beginning."""
    times, rest = divmod(step, FIRST_SHEET)
    return step > 0 and not rest and not times & (times - 1)
