"""The two-stream colorizer's two losses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from chromafield.data.crop_config import CropConfig
from chromafield.data.crops import Batch
from chromafield.data.synthetic import write_pack
from chromafield.datasets.datasets import Photo
from chromafield.datasets.labels import find_classes
from chromafield.errors import BadValue, DataError
from chromafield.models import create_model, load_model
from chromafield.train.config import LossConfig, RunConfig
from chromafield.train.objective import BeliefObjective
from chromafield.train.run import train
from chromafield.train.tasks.classifier import Rivals
from chromafield.train.tasks.two_stream import TwoStreamObjective


def photos() -> list[Photo]:
    names = [f"{c}/{i}.png" for c in ("sea", "street", "loose") for i in "123"]
    return [Photo("pack", name, Path("somewhere")) for name in names]


def test_pictures_without_a_class_teach_colour_alone() -> None:
    rivals = Rivals(photos(), find_classes(photos()[:6]))
    scores = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
    got = rivals.loss(scores, (0, 4, 7, 8))  # sea, street and two of no class
    torch.testing.assert_close(got, F.cross_entropy(scores[:2], torch.tensor([0, 1])))
    assert rivals.loss(scores[:2], (7, 8)).item() == 0


def test_its_objective_is_the_colours_and_a_weighted_share_of_the_classes() -> None:
    torch.manual_seed(0)
    model = create_model("two-stream", classes=2, class_weight=0.5).eval()
    colour = BeliefObjective(torch.ones(261), LossConfig(mean="mse"))
    rivals = Rivals(photos(), find_classes(photos()[:6]))
    lab = torch.rand(2, 3, 32, 32) * 40
    batch = Batch(lab[:, :1], lab, (1, 5))
    parts = TwoStreamObjective(colour, rivals)(model, batch, 0.0)
    belief, scores = model.both(lab[:, :1])
    expected = 0.5 * 25.5**2 * F.cross_entropy(scores, torch.tensor([0, 1]))
    torch.testing.assert_close(parts["classes"], expected)
    torch.testing.assert_close(parts["mean"], colour.parts(belief, batch)["mean"])
    with pytest.raises(BadValue, match="Two streams train in one process"):
        TwoStreamObjective(colour, rivals)(nn.Sequential(model), batch, 0.0)


def test_the_whole_picture_reaches_every_place() -> None:
    torch.manual_seed(0)
    model = create_model("two-stream").eval()
    lightness = torch.full((1, 1, 256, 64), 50.0, requires_grad=True)
    mean = model(lightness).mean
    (slope,) = torch.autograd.grad(mean[0, 0, 0, 0], lightness)
    assert slope[0, 0, -8:].any()  # the other end, far outside any convolution's reach


def test_a_run_counts_the_classes_itself(tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    write_pack(pack, count=12, seed=1, size=(40, 48), labels=("sea", "street", "loose"))
    run = RunConfig(
        model="two-stream",
        paths=(str(pack),),
        steps=2,
        start="scratch",
        unlabelled=("loose",),
        sides=(32,),
        crops=CropConfig(batch=2),
        losses=LossConfig(mean="mse"),
    )
    train(tmp_path / "run", run)
    loaded = load_model(str(tmp_path / "run" / "weights" / "two_stream.safetensors")).model
    assert loaded.config.classes == 2
    write_pack(tmp_path / "flat.zip", count=4, seed=1, size=(40, 48))
    with pytest.raises(DataError, match="lies in no folder, so it has no label"):
        train(
            tmp_path / "other",
            RunConfig("two-stream", (str(tmp_path / "flat.zip"),), steps=1, start="scratch"),
        )


def test_a_critic_or_a_teacher_stands_beside_its_classes(
    tiny_weights: Path, tmp_path: Path
) -> None:
    pack = tmp_path / "pack.zip"
    write_pack(pack, count=12, seed=1, size=(40, 48), labels=("sea", "street"))
    run = RunConfig(
        model="two-stream",
        paths=(str(pack),),
        steps=1,
        start="scratch",
        sides=(32,),
        held_out=0.0,
        crops=CropConfig(batch=2),
        losses=LossConfig(mean="mse"),
    )
    critic = replace(run, losses=LossConfig(mean="mse", adversarial=0.1))
    taught = replace(run, teacher=str(tiny_weights))
    for name, config in (("critic", critic), ("taught", taught)):
        lines: list[dict[str, Any]] = []
        train(tmp_path / name, config, lines.append)
        assert {"mean", "classes", name} <= lines[0].keys()
    resumed = train(tmp_path / "critic", replace(critic, steps=2), resume=True)
    assert resumed.step == 2 and resumed.objective.state().keys() == {"critic", "optimizer"}
