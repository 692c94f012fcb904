"""Files as authors publish them: strictly loaded, checked by name, never run."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from chromafield.beliefs import as_gaussian
from chromafield.errors import WeightsError, WeightsMismatch
from chromafield.models import create_model, load_model, start_from

NAMES = pytest.mark.parametrize("name", ["zhang2016", "zhang2017"])


def state(name: str, width: int = 4) -> OrderedDict[str, Tensor]:
    torch.manual_seed(0)
    return OrderedDict(create_model(name, width=width).state_dict())


def saved(path: Path, what: Any) -> Path:
    torch.save(what, path)
    return path


def named_by_its_hash(path: Path) -> Path:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return path.rename(path.with_name(f"{path.stem}-{digest[:8]}.pth"))


@NAMES
def test_a_published_file_loads_by_its_path(name: str, tmp_path: Path) -> None:
    told = state(name)
    path = named_by_its_hash(saved(tmp_path / "release.pth", told))
    trained = load_model(str(path))
    assert trained.name == name
    assert trained.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    own = trained.model.state_dict()
    assert own.keys() == told.keys() and all(torch.equal(own[k], told[k]) for k in told)
    assert as_gaussian(trained.model(100 * torch.rand(1, 1, 32, 32))).mean.isfinite().all()


@NAMES
def test_a_name_that_tells_another_hash_is_refused(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "release-9b330a0b.pth", state(name))
    with pytest.raises(WeightsError, match="not what its name says: .* the name says 9b330a0b"):
        load_model(str(path))


@NAMES
def test_counters_that_old_files_lack_are_no_loss(name: str, tmp_path: Path) -> None:
    old = {k: v for k, v in state(name).items() if not k.endswith("num_batches_tracked")}
    assert len(state(name)) - len(old) == {"zhang2016": 7, "zhang2017": 9}[name]
    assert load_model(str(saved(tmp_path / "old.pth", old))).name == name


@NAMES
@pytest.mark.parametrize("lost", ["model4.2.bias", "model_out", "model1.0.weight"])
def test_a_missing_tensor_is_named(name: str, lost: str, tmp_path: Path) -> None:
    told = state(name)
    key = next(k for k in told if k.startswith(lost))
    del told[key]
    with pytest.raises(WeightsMismatch, match=f"missing {key}; not known to the model: none"):
        load_model(str(saved(tmp_path / "cut.pth", told)))


@NAMES
def test_a_surplus_tensor_is_named(name: str, tmp_path: Path) -> None:
    told = state(name) | {"fusion.weight": torch.zeros(2)}
    with pytest.raises(
        WeightsMismatch, match="missing none; not known to the model: fusion.weight"
    ):
        load_model(str(saved(tmp_path / "more.pth", told)))


def test_a_tensor_of_another_shape_is_named(tmp_path: Path) -> None:
    told = state("zhang2016") | {"model8.6.bias": torch.zeros(261)}
    with pytest.raises(WeightsError, match=r"model8.6.bias is \(261,\), the model wants \(313,\)"):
        load_model(str(saved(tmp_path / "other.pth", told)))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Linear(2, 2)).state_dict()
    with pytest.raises(WeightsError, match="of no network that is known here .* zhang2016"):
        load_model(str(saved(tmp_path / "other.pth", other)))


class Harmful:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def test_a_pickle_that_would_run_something_is_refused_unread(tmp_path: Path) -> None:
    mark = tmp_path / "was-run"
    pickle.loads(pickle.dumps(Harmful(mark)))
    assert mark.exists()  # or the refusal would prove nothing
    mark.rmdir()
    for save in (torch.save, lambda what, path: path.write_bytes(pickle.dumps(what))):
        path = tmp_path / "harmful.pth"
        save({"model1.0.weight": Harmful(mark)}, path)
        with pytest.raises(WeightsError, match="holds more than tensors, or is damaged"):
            load_model(str(path))
    assert not mark.exists()


@pytest.mark.parametrize("what", [[1, 2], {}, {"epoch": 3}, {3: torch.zeros(1)}, torch.zeros(2)])
def test_what_is_no_state_dict_is_refused(what: Any, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not names with their tensors|is no state dict"):
        load_model(str(saved(tmp_path / "what.pth", what)))


def test_names_of_a_network_on_several_devices_and_halves_are_taken(tmp_path: Path) -> None:
    told = state("zhang2017")
    several = {f"module.{k}": v.half() if v.is_floating_point() else v for k, v in told.items()}
    own = load_model(str(saved(tmp_path / "several.pth", several))).model.state_dict()
    assert all(torch.equal(own[k], v.half().float()) for k, v in told.items() if "weight" in k)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.to_sparse(),
        lambda x: x.to("meta"),
        lambda x: x.int(),
        lambda x: x + 1j,
        lambda x: x / 0,
    ],
    ids=["sparse", "meta", "whole", "complex", "infinite"],
)
def test_a_tensor_that_holds_no_weights_is_named(change: Any, tmp_path: Path) -> None:
    told = state("zhang2017", 1)
    told["model2.0.bias"] = change(told["model2.0.bias"])
    with pytest.raises(WeightsError, match="the tensor model2.0.bias holds no weights"):
        load_model(str(saved(tmp_path / "odd.pth", told)))


def test_a_width_that_no_memory_holds_is_a_sentence(tmp_path: Path) -> None:
    told = state("zhang2017", 1) | {"model1.0.weight": torch.zeros(200_000, 4, 3, 3)}
    with pytest.raises(WeightsError, match="do not fit: .* the model wants"):
        load_model(str(saved(tmp_path / "wide.pth", told)))


def test_damage_of_every_kind_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "damaged.pth"
    torch.save(state("zhang2017", 1), path, _use_new_zipfile_serialization=False)
    data, random = path.read_bytes(), np.random.default_rng(1)
    refused = 0
    for number in range(60):
        broken = bytearray(data)
        broken[random.integers(len(data) if number % 2 else 4000)] = random.integers(256)
        path.write_bytes(broken)
        try:
            load_model(str(path))
        except WeightsError:
            refused += 1
    assert refused > 10


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_cut_file_is_refused(share: float, tmp_path: Path) -> None:
    path = saved(tmp_path / "whole.pth", state("zhang2016"))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(WeightsError, match="or is damaged"):
        load_model(str(path))


def test_a_missing_file_and_missing_weights_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read .No such file"):
        load_model(str(tmp_path / "none.pth"))
    with pytest.raises(WeightsError, match="Train it .* colorization_release_v2-9b330a0b.pth"):
        load_model("zhang2016")


def test_other_cells_than_the_known_are_said_and_impossible_ones_refused(tmp_path: Path) -> None:
    told = state("zhang2016")
    told["model_out.weight"] = told["model_out.weight"].flip(1)
    path = saved(tmp_path / "flipped.pth", told)
    with pytest.warns(UserWarning, match="313 cells in .* are not those of the published network"):
        trained = load_model(str(path))
    assert trained.model.palette[0].tolist() == [100, 0]
    told["model_out.weight"] = 3 * told["model_out.weight"]
    with pytest.raises(WeightsError, match="ab reaches 330, colours end at 125"):
        load_model(str(saved(tmp_path / "far.pth", told)))


@NAMES
def test_training_starts_from_a_published_file(name: str, tmp_path: Path) -> None:
    told = state(name)
    model = create_model(name, width=4)
    assert start_from(model, saved(tmp_path / "release.pth", told)) == []
    assert all(torch.equal(value, told[key]) for key, value in model.state_dict().items())
