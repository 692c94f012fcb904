"""A run's folder that is not as the run left it: each damage has its sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from chromafield.data.crop_config import CropConfig
from chromafield.errors import DataError, OutputError
from chromafield.train.config import LossConfig, RunConfig
from chromafield.train.folder import RunFolder, make_folder
from chromafield.train.run import train


def config(pack: Path, **changes: Any) -> RunConfig:
    start = RunConfig(
        model="lite-unet",
        paths=(str(pack),),
        steps=2,
        start="scratch",
        options={"coarse": 16, "widths": (8, 8, 8)},
        sides=(32,),
        held_out=0.0,
        crops=CropConfig(batch=2),
    )
    return replace(start, **changes)


@pytest.fixture(scope="module")
def checkpoint(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Of a run of two steps."""
    run = tmp_path_factory.mktemp("run")
    train(run, config(pack))
    return RunFolder(run).checkpoint.read_bytes()


def without(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda state: {name: value for name, value in state.items() if name != key}


@pytest.mark.parametrize("cut", [0, 10, 1000, -10], ids=str)
def test_a_checkpoint_that_was_cut_off_is_said_to_be_damaged(
    cut: int, checkpoint: bytes, pack: Path, tmp_path: Path
) -> None:
    RunFolder(tmp_path).checkpoint.write_bytes(checkpoint[:cut])
    with pytest.raises(DataError, match=r"checkpoint.pt is damaged .* remove it and --resume"):
        train(tmp_path, config(pack), resume=True)


def test_other_files_in_its_place_are_too(pack: Path, tmp_path: Path) -> None:
    for content in (b"not a checkpoint", b"\x80\x04garbage", b"PK\x03\x04" + bytes(100)):
        RunFolder(tmp_path).checkpoint.write_bytes(content)
        with pytest.raises(DataError, match="is damaged and cannot be read"):
            train(tmp_path, config(pack), resume=True)
    torch.save({"a": [1]}, RunFolder(tmp_path).checkpoint)
    with pytest.raises(DataError, match="is of another network or of other settings"):
        train(tmp_path, config(pack), resume=True)
    torch.save([1, 2], RunFolder(tmp_path).checkpoint)
    with pytest.raises(DataError, match="is of another network or of other settings"):
        train(tmp_path, config(pack), resume=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "paper-cnn", "options": {}},
        {"options": {"coarse": 16, "widths": (8, 8, 16)}},
        {"losses": LossConfig(adversarial=0.1)},
    ],
)
def test_a_checkpoint_of_another_run_is_named(
    changes: dict[str, Any], checkpoint: bytes, pack: Path, tmp_path: Path
) -> None:
    RunFolder(tmp_path).checkpoint.write_bytes(checkpoint)
    with pytest.raises(DataError, match="is of another network or of other settings than config"):
        train(tmp_path, config(pack, **changes), resume=True)


@pytest.mark.parametrize("key", ["model", "average", "optimizer", "step", "seconds"])
def test_a_checkpoint_that_lacks_something_is_named(
    key: str, checkpoint: bytes, pack: Path, tmp_path: Path
) -> None:
    path = RunFolder(tmp_path).checkpoint
    path.write_bytes(checkpoint)
    torch.save(without(key)(torch.load(path, weights_only=True)), path)
    with pytest.raises(DataError, match="is of another network or of other settings"):
        train(tmp_path, config(pack), resume=True)


def test_a_config_is_read_as_it_was_written(pack: Path, tmp_path: Path) -> None:
    RunFolder(tmp_path).begin(told := config(pack, minutes=2.5), pictures=24)
    assert RunFolder(tmp_path).read_config() == told


def changed(record: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """The record with one value replaced, or taken away where it is `...`."""
    names = place.split(".")
    inner = record
    for name in names[:-1]:
        inner = inner[name]
    if value is ...:
        del inner[names[-1]]
    else:
        inner[names[-1]] = value
    return record


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *(("config", value) for value in (..., None, [], 3)),
        *(("starts", value) for value in (..., None, {}, [3], [{}])),
        *(("config.model", value) for value in (..., None, 3)),
        *(("config.paths", value) for value in (..., None, "photos.zip", [3])),
        *(("config.steps", value) for value in (None, "two", 0, 1.5, [])),
        *(("config.sides", value) for value in ([], ["a"], 3, [0])),
        *(("config.crops", value) for value in (None, [], {"batch": "many"}, {"batch": 0})),
        *(("config.fit", value) for value in (3, {"lr": None}, {"lr": -1}, {"width": 3})),
        *(("config.losses", value) for value in ("l1", {"mean": "l3"}, {"soft": 2})),
        *(("config.options", value) for value in (None, 3, ["a"])),
        *(("config.held_out", value) for value in ("a tenth", None)),
        ("config.device", 3),
    ],
)
def test_a_broken_config_has_its_sentence(
    place: str, value: Any, pack: Path, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(config(pack), pictures=24)
    folder.config.write_text(json.dumps(changed(folder.record(), place, value)))
    with pytest.raises(DataError, match=r"config.json is not as a run wrote it .* another folder"):
        folder.read_config()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00"])
def test_what_is_no_json_has_its_sentence(content: bytes, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.config.write_bytes(content)
    with pytest.raises(DataError, match="config.json is not as a run wrote it"):
        folder.read_config()


def test_a_folder_that_nothing_can_be_written_into_is_refused(tmp_path: Path) -> None:
    make_folder(tmp_path / "new" / "one")
    assert list((tmp_path / "new" / "one").iterdir()) == []
    (tmp_path / "file").write_text("")
    places = [tmp_path / "file", tmp_path / "file" / "x"]
    if Path("/proc/self").exists():
        places += [Path("/proc"), Path("/proc/x")]
    for place in places:
        with pytest.raises(OutputError, match="cannot be made or written into .* another with -o"):
            make_folder(place)
