"""A run's folder.

RUN/config.json      what the run was started with, and each start's commit and processor
RUN/log.jsonl        one JSON line a logged step or evaluation
RUN/checkpoint.pt    all that a resumed run needs
RUN/sheets/STEP.jpg  the same held-out pictures as the run goes on: grey, coloured, true
RUN/weights/         the weights, their hash and their card, as they ship
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import pickle
import platform
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from .. import __version__
from ..errors import BadValue, DataError, OutputError
from ..models.weights import SUFFIX
from ..storage import remove_parts, write_atomically
from .config import RunConfig, run_config
from .fit import TrainState


@dataclass(frozen=True)
class RunFolder:
    path: Path
    board: Any = None  # TensorBoard's writer, where one is wanted

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.pt"

    def weights(self, name: str) -> Path:
        """Where the weights of what is trained by this name go."""
        return self.path / "weights" / f"{name.replace('-', '_')}{SUFFIX}"

    def sheet(self, step: int) -> Path:
        """Where the sheet of held-out pictures at this step goes."""
        return self.path / "sheets" / f"{step:07}.jpg"

    def write_sheet(self, step: int, sheet: NDArray[np.uint8]) -> None:
        path = self.sheet(step)
        with self.writing():
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(sheet).save(path, quality=90)

    @property
    def config(self) -> Path:
        return self.path / "config.json"

    def check(self, resume: bool) -> None:
        """Refuse a folder that cannot be the run's, before any work is done.

        Raises:
            BadValue: it holds a run already and `resume` is off.
            OutputError: it cannot be made, or nothing can be written into it.
        """
        if self.config.exists() and not resume:
            raise BadValue(
                f"{self.path} holds a run already. Add --resume to go on with it, or name another."
            )
        make_folder(self.path)

    def begin(self, config: RunConfig, pictures: int) -> None:
        """Write config.json, or add a start to it."""
        starts = self.record()["starts"] if self.config.exists() else []
        start = {
            "when": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
            "commit": commit(),
            "version": __version__,
            "torch": str(torch.__version__),
            "processor": processor(config.device),
        }
        record = {
            "config": dataclasses.asdict(config),
            "pictures": pictures,
            "starts": [*starts, start],
        }
        with self.writing():
            remove_parts(self.path)
            write_atomically(self.config, json.dumps(record, indent=1))

    def record(self) -> dict[str, Any]:
        """What config.json holds.

        Raises:
            DataError: there is none, or it is not what a run writes.
        """
        try:
            text = self.config.read_text("utf-8")
        except OSError as error:
            raise DataError(
                f"{self.path} holds no run to go on with ({error}). Leave --resume out to begin "
                "one, or name another folder with -o."
            ) from error
        except ValueError as error:
            raise self._broken(error) from error
        try:
            record: dict[str, Any] = json.loads(text)
        except ValueError as error:
            raise self._broken(error) from error
        if not _is_record(record):
            raise self._broken("it lacks the settings or the starts")
        return record

    def read_config(self) -> RunConfig:
        """The settings that the run was started with.

        Raises:
            DataError: as `record`, or a setting is missing, unknown or out of its range.
        """
        try:
            return run_config(self.record()["config"])
        except BadValue as error:
            raise self._broken(error) from error

    def _broken(self, why: object) -> DataError:
        reason = str(why).rstrip(".")
        return DataError(
            f"{self.config} is not as a run wrote it ({reason}). Put the run's own back, or begin "
            "another run in another folder."
        )

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Raises: OutputError: what is written here cannot be: a full disk, a folder that went."""
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"The run's folder {self.path} cannot be written into ({error.strerror or error}). "
                "Once it can, --resume goes on from the last checkpoint."
            ) from error

    def log(self, **line: Any) -> None:
        """Add a line to log.jsonl; single numbers go to TensorBoard too."""
        with self.writing(), (self.path / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        for name, value in line.items():
            if self.board is not None and isinstance(value, float):
                self.board.add_scalar(name, value, line["step"])

    def save(self, state: TrainState) -> None:
        """Write the checkpoint; a kill at any moment leaves the old one or the new one."""
        stored = {
            "model": state.model.state_dict(),
            "average": state.average.state_dict(),
            "optimizer": state.optimizer.state_dict(),
            "objective": state.objective.state(),
            "step": state.step,
            "seconds": state.seconds,
        }
        data = io.BytesIO()  # torch's own writer would say nothing of a full disk
        torch.save(stored, data)
        with self.writing():
            write_atomically(self.checkpoint, data.getvalue())

    def restore(self, state: TrainState) -> None:
        """Load the checkpoint into `state`.

        Raises:
            DataError: it is damaged, or of another run.
        """
        way_out = (
            "Put the run's own back, or remove it and --resume again: the run then begins anew."
        )
        try:
            stored = _read_checkpoint(self.checkpoint)
        except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
            raise DataError(
                f"The checkpoint {self.checkpoint} is damaged and cannot be read. {way_out}"
            ) from error
        try:
            state.model.load_state_dict(stored["model"])
            state.average.load_state_dict(stored["average"])
            state.optimizer.load_state_dict(stored["optimizer"])
            state.objective.restore(stored.get("objective", {}))
            state.step, state.seconds = int(stored["step"]), float(stored["seconds"])
        except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"The checkpoint {self.checkpoint} is of another network or of other settings than "
                f"{self.config.name} beside it. {way_out}"
            ) from error


def _read_checkpoint(path: Path) -> Any:
    """Raises: ValueError, or as `torch.load`: it is cut off or was never one."""
    if not zipfile.is_zipfile(path):
        raise ValueError(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def make_folder(path: Path) -> None:
    """A folder that results can be written into.

    Raises:
        OutputError: it cannot be made, or nothing can be written into it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise OutputError(
            f"The folder {path} cannot be made or written into ({error.strerror}). Choose another "
            "with -o."
        ) from error


def _is_record(record: object) -> bool:
    """Whether it has a run's settings, and of each start what the card lists."""
    if not isinstance(record, dict):
        return False
    config, starts = record.get("config"), record.get("starts")
    return (
        isinstance(config, dict)
        and isinstance(starts, list)
        and all(isinstance(s, dict) and {"commit", "processor"} <= s.keys() for s in starts)
    )


def commit() -> str:
    """The source's git commit, with a plus sign where files differ from it; "none" outside git."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        name = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, check=True
        )
        clean = subprocess.run([*git, "diff", "--quiet", "HEAD"], capture_output=True, check=False)
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return name.stdout.decode().strip() + ("+" if clean.returncode else "")


def processor(device: str) -> str:
    """What trains: the GPU's name, or the number of CPU threads."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"{torch.get_num_threads()} {platform.machine()} CPU threads"
