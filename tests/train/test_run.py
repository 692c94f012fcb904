from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from chromafield.data.crop_config import CropConfig
from chromafield.errors import (
    BadValue,
    DataError,
    MissingExtra,
    OutputError,
    TrainingDiverged,
    WeightsError,
)
from chromafield.models import load_model
from chromafield.models.lite_unet import Config
from chromafield.models.weights import read_weights
from chromafield.papers.first.training import history_sheet
from chromafield.train import folder
from chromafield.train.config import FitConfig, LossConfig, RunConfig, run_config
from chromafield.train.folder import RunFolder
from chromafield.train.run import train
from chromafield.train.tasks.colorizer import ColorTask


def config(pack: Path, **changes: Any) -> RunConfig:
    start = RunConfig(
        model="lite-unet",
        paths=(str(pack),),
        steps=6,
        start="scratch",
        sides=(32,),
        held_out=0.2,
        evaluated=2,
        log_every=1,
        save_every=3,
        crops=CropConfig(batch=2, aged=0.5),
    )
    return replace(start, **changes)


class Killed(Exception):
    """Stands for the signal that ends a process."""


def kill_at(step: int):
    def tell(line: dict[str, Any]) -> None:
        if line["step"] == step:
            raise Killed

    return tell


@pytest.mark.parametrize(
    ("losses", "fit", "weights"),
    [
        ({"label_step": 2}, {"freeze": "1/8", "average_every": 2}, {"scenes": 0.5}),
        ({"label_step": 3}, {"cool": 0.5, "average_ramp": 2.0, "half": True}, {"scenes": 2}),
    ],
    ids=["cheap", "long"],
)
def test_a_killed_and_resumed_run_equals_an_unbroken_one_to_the_bit(
    losses: dict[str, Any],
    fit: dict[str, Any],
    weights: dict[str, float],
    pack: Path,
    tmp_path: Path,
) -> None:
    own = config(pack, losses=LossConfig(**losses), fit=FitConfig(**fit), weights=weights)
    whole = train(tmp_path / "whole", own)
    with pytest.raises(Killed):
        train(tmp_path / "broken", own, kill_at(4))
    assert RunFolder(tmp_path / "broken").checkpoint.exists()
    resumed = train(tmp_path / "broken", own, resume=True)
    assert resumed.step == whole.step == 6
    for kept, other in ((whole.model, resumed.model), (whole.average, resumed.average)):
        for name, value in kept.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name
    a, b = ((tmp_path / n / "weights" / "lite_unet.safetensors") for n in ("whole", "broken"))
    assert a.read_bytes() == b.read_bytes()


def test_a_run_leaves_what_it_promises(pack: Path, few: Path, tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    train(tmp_path, config(pack, steps=3, evaluate_every=0.0), told.append, checking=(few,))
    assert [line["step"] for line in told] == [1, 2, 3]
    assert told[-1]["progress"] == 1
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {"step", "seconds", "mean", "labels", "loss", "grad_norm"} <= log[0].keys()
    assert {"ciede2000", "psnr_gain", "colourfulness_ratio"} == log[1]["held_out"].keys()
    assert sorted(p.name for p in (tmp_path / "sheets").iterdir()) == [
        "0000001.jpg",
        "0000002.jpg",
        "0000003.jpg",
    ]
    record = RunFolder(tmp_path).record()
    assert record["starts"][0].keys() == {"when", "commit", "version", "torch", "processor"}
    assert run_config(record["config"]) == config(pack, steps=3, evaluate_every=0.0)
    card = (tmp_path / "weights" / "lite_unet.md").read_text()
    digest = load_model(str(tmp_path / "weights" / "lite_unet.safetensors")).digest
    for part in (
        digest,
        "3 steps, 6 crops",
        "| scenes | all-grey | 3 |",
        "| scenes | mean | 3 |",
    ):
        assert part in card


def test_training_learns(pack: Path, tmp_path: Path) -> None:
    """Against the colour loss of the first steps, not against nothing: random weights, 30 steps."""
    told: list[dict[str, Any]] = []
    train(tmp_path, config(pack, steps=30, fit=FitConfig(warmup=5)), told.append)
    first = sum(line["mean"] for line in told[:5]) / 5
    last = sum(line["mean"] for line in told[-5:]) / 5
    assert last < 0.75 * first


def test_half_precision_learns_too_and_keeps_its_weights_single(pack: Path, tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    half = FitConfig(warmup=2, half=True)
    trainee = train(tmp_path, config(pack, steps=20, fit=half), told.append)
    assert all(p.dtype == torch.float32 for p in trainee.model.parameters())
    first, last = (sum(line["mean"] for line in part) / 4 for part in (told[:4], told[-4:]))
    assert last < 0.75 * first


def test_the_models_own_options_are_kept_with_the_run(pack: Path, tmp_path: Path) -> None:
    options = {"coarse": 16, "widths": (8, 8, 8), "channels": True}
    train(tmp_path, config(pack, steps=1, options=options))
    assert RunFolder(tmp_path).read_config().options == options
    model = load_model(str(tmp_path / "weights" / "lite_unet.safetensors")).model
    assert model.config == Config(**options)
    card = (tmp_path / "weights" / "lite_unet.md").read_text()
    assert "--option 'widths=[8, 8, 8]' --option channels=true" in card


def test_weights_can_be_the_start_of_another_run(pack: Path, tmp_path: Path) -> None:
    train(tmp_path / "first", config(pack, steps=1))
    path = tmp_path / "first" / "weights" / "lite_unet.safetensors"
    again = ColorTask(config(pack, start=str(path))).network(begin=True).state_dict()
    for name, value in read_weights(path)[2].items():
        assert torch.equal(again[name], value), name


def test_a_network_without_a_start_from_imagenet_says_so(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="PaperCNN has no start from ImageNet. Say --start scratch"):
        train(tmp_path, config(pack, model="paper-cnn", start="imagenet"))


def test_a_run_without_a_budget_is_refused(pack: Path) -> None:
    with pytest.raises(BadValue, match="The run has no budget. Give --minutes or --steps"):
        config(pack, steps=None)


def test_a_mistake_leaves_the_folder_free_for_the_right_run(pack: Path, tmp_path: Path) -> None:
    for wrong, error in (
        (config(pack, options={"colour": 3}), BadValue),
        (config(pack, start=str(tmp_path / "none.safetensors")), WeightsError),
    ):
        with pytest.raises(error):
            train(tmp_path / "run", wrong)
    with pytest.raises(DataError, match="none.zip does not exist"):
        train(tmp_path / "run", config(pack, steps=1), checking=(tmp_path / "none.zip",))
    train(tmp_path / "run", config(pack, steps=1))


def test_a_folder_that_cannot_be_made_is_named(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be made"):
        train(tmp_path / "file", config(pack, steps=1))


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": 0},
        {"steps": -1},
        {"steps": None, "minutes": -1.0},
        {"sides": (5000,)},
        {"sides": ()},
    ],
)
def test_budgets_and_sides_out_of_range_are_refused(pack: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(BadValue):
        config(pack, **changes)


def test_a_folder_with_a_run_is_not_written_over(pack: Path, tmp_path: Path) -> None:
    train(tmp_path, config(pack, steps=1))
    with pytest.raises(BadValue, match="holds a run already. Add --resume"):
        train(tmp_path, config(pack, steps=1))


def test_an_empty_folder_of_pictures_is_named(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="none holds no pictures"):
        train(tmp_path / "run", config(tmp_path / "none"))


def test_a_training_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for i in range(8):
        (tmp_path / "photos" / f"broken{i}.jpg").write_bytes(b"not a picture")
    with pytest.raises(DataError, match=r"The picture broken\d.jpg in .*photos cannot be read"):
        train(tmp_path / "run", config(tmp_path / "photos"))


def test_a_loss_that_is_no_number_stops_the_run(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged, match="Resume from the last checkpoint with a lower --lr"):
        train(tmp_path, config(pack, steps=30, fit=FitConfig(lr=1e30, start_lr=1e30, warmup=1)))


def test_unknown_settings_in_a_run_are_refused(pack: Path) -> None:
    with pytest.raises(BadValue, match="unknown settings: widht"):
        run_config({"model": "lite-unet", "paths": [], "steps": 1, "widht": 3})


SCRIPT = """
import hashlib, sys
from pathlib import Path
import torch
from chromafield.data.crop_config import CropConfig
from chromafield.train.config import RunConfig
from chromafield.train.run import train

def trained(pack, out):
    run = RunConfig("lite-unet", (pack,), steps=2, start="scratch", sides=(32,), held_out=0.0,
                    crops=CropConfig(batch=2))
    values = train(Path(out), run).model.parameters()
    return hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in values)).hexdigest()

if __name__ == "__main__":
    torch.set_num_threads(1)
    print(trained(*sys.argv[1:]))
"""


def test_two_processes_train_one_model(pack: Path, tmp_path: Path) -> None:
    """Each is told its place as `torchrun` tells it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    told = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    command = [sys.executable, "-c", SCRIPT, str(pack), str(tmp_path / "two")]
    with contextlib.ExitStack() as held:
        both = []
        for rank in ("0", "1"):
            child = subprocess.Popen(
                command, env=os.environ | told | {"RANK": rank}, stdout=subprocess.PIPE, text=True
            )
            held.callback(child.kill)
            both.append(child)
        first, second = (child.communicate(timeout=500)[0] for child in both)
        assert [child.returncode for child in both] == [0, 0]
    assert first == second
    scope: dict[str, Any] = {"__name__": "script"}
    exec(SCRIPT, scope)
    alone = scope["trained"](str(pack), tmp_path / "one")
    assert first.strip() != alone  # both processes' pictures count


def test_tensorboard_is_an_extra(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[tensorboard\]'"):
        train(tmp_path, config(pack), tensorboard=True)


def test_single_numbers_go_to_the_board(tmp_path: Path) -> None:
    class Board:
        told: ClassVar[list[tuple[str, float, int]]] = []

        def add_scalar(self, name: str, value: float, step: int) -> None:
            self.told.append((name, value, step))

    RunFolder(tmp_path, Board()).log(step=7, loss=0.5, held_out={"psnr_gain": 1.0})
    assert Board.told == [("loss", 0.5, 7)]


def test_a_runs_sheets_show_how_it_went(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chromafield.train.run.FIRST_SHEET", 2)
    run = tmp_path / "run"
    train(run, config(pack, steps=7))
    steps = sorted(int(p.stem) for p in (run / "sheets").glob("*.jpg"))
    assert steps == [2, 4, 7]
    sheet = history_sheet(run)
    assert sheet.shape[0] == 5 * (120 + 4) - 4  # grey, three times coloured, true
    with pytest.raises(DataError, match="holds no sheets"):
        history_sheet(tmp_path)


@pytest.mark.parametrize("what", ["config.json", "log.jsonl", "checkpoint.pt"])
def test_a_full_disk_is_a_sentence_and_the_run_goes_on_when_there_is_space(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    own, opened, write = config(pack, steps=3), Path.open, folder.write_atomically

    def full(name: str) -> None:
        if name == what:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opening(path: Path, *told: Any, **named: Any) -> Any:
        full(path.name)
        return opened(path, *told, **named)

    def writing(path: Path, data: bytes | str) -> None:
        full(path.name)
        write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(folder, "write_atomically", writing)
        if what == "log.jsonl":
            patch.setattr(Path, "open", opening)
        with pytest.raises(OutputError, match=r"cannot be written into \(No space left on device"):
            train(tmp_path / "run", own, lambda line: None)
    resume = (tmp_path / "run" / "config.json").exists()
    assert resume == (what != "config.json")
    left = tmp_path / "run" / ".0123456789abcdef.part"  # as a kill leaves it
    left.write_bytes(b"a part")
    assert train(tmp_path / "run", own, lambda line: None, resume).step == 3
    assert not left.exists()
