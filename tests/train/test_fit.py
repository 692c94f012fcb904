"""A frozen beginning, weights of packs, and settings that are out of their range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from chromafield.data.crop_config import CropConfig
from chromafield.errors import BadValue
from chromafield.train.config import FitConfig, RunConfig
from chromafield.train.run import train
from chromafield.train.tasks.colorizer import ColorTask


def config(pack: Path, **changes: Any) -> RunConfig:
    usual: dict[str, Any] = {"model": "lite-unet", "steps": 2, "start": "scratch", "sides": (32,)}
    return RunConfig(paths=(str(pack),), crops=CropConfig(batch=2), **(usual | changes))


def test_what_is_frozen_stays_as_it_started_and_the_rest_learns(pack: Path, tmp_path: Path) -> None:
    run = config(pack, steps=2, fit=FitConfig(freeze="1/16"))
    before = ColorTask(run).network(begin=True).state_dict()
    model = train(tmp_path, run).model
    frozen = {n for n, p in model.named_parameters() if not p.requires_grad}
    assert any("_blocks.10." in name for name in frozen)
    moved = {n for n, value in model.state_dict().items() if not torch.equal(value, before[n])}
    kernels = {n for n, p in model.named_parameters() if p.ndim > 1}
    assert not moved & frozen and moved >= kernels - frozen
    stem = {n for n in before if n.startswith(("encoder._bn0", "encoder._blocks.0."))}
    assert stem and not moved & stem  # running values of its norms too


def test_a_network_without_such_an_encoder_refuses_to_freeze_it(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="paper-cnn has no encoder that can stay .* --freeze out"):
        train(tmp_path, config(pack, model="paper-cnn", fit=FitConfig(freeze="1/8")))


def test_a_weight_of_no_pack_is_refused(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="No pack is named 'sports'. There are: scenes"):
        train(tmp_path, config(pack, weights={"sports": 2.0}))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"warmup": -1}, "The warm-up"),
        ({"cool": 1.5}, "The warm-up"),
        ({"average": 1.0}, "The average's decay"),
        ({"average_ramp": 0.0}, "The average's decay"),
        ({"average_every": 0}, "The average's decay"),
        ({"freeze": "1/3"}, "Freeze is '1/3'; it is one of 1/2, 1/4, 1/8, 1/16, 1/32"),
    ],
)
def test_settings_of_the_fit_out_of_range_are_refused(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadValue, match=sentence):
        FitConfig(**changes)


@pytest.mark.parametrize(
    "changes",
    [{"batch": 0}, {"seed": -1}, {"aged": 2.0}, {"aged": -0.1}, {"plates": 1.5}, {"keep": -1.0}],
)
def test_crops_out_of_range_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadValue, match="must be at least 1"):
        CropConfig(**changes)


def test_a_learning_rate_out_of_range_is_refused() -> None:
    with pytest.raises(BadValue, match="The learning rate is -1.0; it must be above 0"):
        FitConfig(lr=-1.0)
