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
from ..datasets.datasets import Photo, list_photos
from ..datasets.order import weighted_order
from ..errors import BadValue, MissingExtra
from .card import write_result
from .config import RunConfig
from .fit import TrainState, fit, make_optimizer
from .flags import refuse_unanswered, refuse_unused
from .folder import RunFolder
from .schedule import crop_side
from .task import Task
from .tasks import create_task, task_file

Progress = Callable[[dict[str, Any]], None]

FIRST_SHEET = 50  # steps; the next at twice as many, and so on


@dataclass(frozen=True)
class Worker:
    """This process among those that train together."""

    rank: int
    world: int

    @property
    def first(self) -> bool:
        return self.rank == 0


@contextlib.contextmanager
def processes() -> Iterator[Worker]:
    """Join the group that `torchrun` started; alone without it."""
    if "WORLD_SIZE" not in os.environ:
        yield Worker(0, 1)
        return
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield Worker(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


def train(
    path: Path,
    config: RunConfig,
    progress: Progress = lambda line: None,
    resume: bool = False,
    checking: tuple[Path, ...] = (),
    tensorboard: bool = False,
) -> TrainState:
    """Train a model into the folder `path`, from the start or from its checkpoint.

    Args:
        progress: called by the first process after each step with its numbers and `progress`.
        checking: packs of true pictures whose figures go on the weights' card at the end.
        tensorboard: also write the log for TensorBoard.

    Raises:
        MissingExtra: TensorBoard is wanted and not installed.
        DataError: no pictures, or one that cannot be read.
        BadValue: the folder holds a run already and `resume` is off, or the network does not take
            a setting.
        OutputError: the folder cannot be made or written into.
        TrainingDiverged: the loss is not finite.
    """
    ignores = task_file(config.model).IGNORES
    refuse_unused(config, ignores)
    task = create_task(config)
    with processes() as worker:
        if worker.first:
            RunFolder(path).check(resume)
        photos, held_out = task.photos()
        if checking:
            list_photos(checking)  # refused before hours of training
        folder = RunFolder(path, _board(path) if tensorboard and worker.first else None)
        if worker.world > 1 and config.losses.adversarial:
            raise BadValue("A critic trains in one process. Start the run without torchrun.")
        resuming = resume and folder.checkpoint.exists()  # or it was killed before its first one
        state = make_state(config, task, photos, begin=not resuming)
        if resuming:
            folder.restore(state)
            freeze(config, state.model)  # as it was, not as it is made
        if worker.first:
            folder.begin(config, len(photos))
        shown = list_photos([Path(p) for p in config.shown]) if config.shown else held_out
        view = View(folder, task, held_out, shown)
        watch = watcher(view, config, state, progress if worker.first else None)
        go(config, state, photos, worker, watch)
        if worker.first:
            folder.save(state)
            view.write_sheet(state)
            with torch.no_grad():
                result = task.result(state.average, held_out, checking)
            with folder.writing():
                write_result(folder, config, state, result)
        return state


@dataclass(frozen=True)
class View:
    """What is seen of a run while it goes."""

    folder: RunFolder
    task: Task
    held_out: Sequence[Photo]
    shown: Sequence[Photo]  # on the sheets

    def log_figures(self, state: TrainState) -> None:
        with torch.no_grad():
            figures = self.task.figures(state.average, self.held_out)
        self.folder.log(step=state.step, held_out=figures)

    def write_sheet(self, state: TrainState) -> None:
        """Write a sheet, where there are pictures and something to see."""
        with torch.no_grad():
            sheet = self.task.sheet(state.average, self.shown) if self.shown else None
        if sheet is not None:
            self.folder.write_sheet(state.step, sheet)


def _board(path: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtra("Logging for TensorBoard", "tensorboard") from error
    return SummaryWriter(str(path / "tensorboard"))


def make_state(config: RunConfig, task: Task, photos: Sequence[Photo], begin: bool) -> TrainState:
    """Everything at its start, or ready for a checkpoint."""
    model = task.network(begin)
    if task_file(config.model).IGNORES is None:  # a colorizer
        refuse_unanswered(config, model)
    freeze(config, model)
    average = copy.deepcopy(model).eval().requires_grad_(False)
    return TrainState(model, average, make_optimizer(model, config.fit), task.objective(photos))


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
    state: TrainState,
    photos: Sequence[Photo],
    worker: Worker,
    watch: Callable[[dict[str, float]], None],
) -> None:
    """Fit until the budget is spent."""

    def side(step: int) -> int:
        return crop_side(config.sides, config.budget.progress(step, state.seconds))

    network: nn.Module = state.model
    if worker.world > 1:
        network = nn.parallel.DistributedDataParallel(state.model)
    order = weighted_order(photos, config.weights, config.crops.seed)
    stream = batches(photos, config.crops, side, state.step, worker.rank, worker.world, order)
    with contextlib.closing(stream):
        agree = functools.partial(latest, config.device) if worker.world > 1 else float
        fit(state, network, stream, config.fit, config.budget, watch, agree)


def latest(device: str, seconds: float) -> float:
    """The largest of all processes' times."""
    time = torch.tensor([seconds], dtype=torch.float64, device=device)
    dist.all_reduce(time, dist.ReduceOp.MAX)
    return float(time)


def watcher(
    view: View, config: RunConfig, state: TrainState, progress: Progress | None
) -> Callable[[dict[str, float]], None]:
    """What happens after each step: the log, the checkpoint, the evaluation, the progress bar."""
    interval = config.evaluate_every * 60
    due = state.seconds + interval
    folder = view.folder

    def watch(numbers: dict[str, float]) -> None:
        nonlocal due
        if progress is None:
            return
        line = {"step": state.step, "seconds": round(state.seconds, 1), **numbers}
        progress(line | {"progress": config.budget.progress(state.step, state.seconds)})
        if state.step % config.log_every == 0:
            folder.log(**line)
        if state.step % config.save_every == 0:
            folder.save(state)
        if view.held_out and state.seconds >= due:
            view.log_figures(state)
            due += interval
            view.write_sheet(state)
        elif _is_early(state.step):
            view.write_sheet(state)

    return watch


def _is_early(step: int) -> bool:
    """Is it step 50, 100, 200, 400 ...? Networks change most at their beginning."""
    times, rest = divmod(step, FIRST_SHEET)
    return step > 0 and not rest and not times & (times - 1)
