"""A teacher: its mean is learnt beside the truth, from the clean picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from chromafield.data.crop_config import CropConfig
from chromafield.data.crops import Batch
from chromafield.errors import BadValue
from chromafield.train.config import LossConfig, RunConfig
from chromafield.train.objective import BeliefObjective
from chromafield.train.run import train
from chromafield.train.teacher import DistilledObjective

from .test_critic import Says, batch


def test_the_teachers_mean_pulls_as_the_truth_does() -> None:
    teacher = Says()
    teacher.ab.data = torch.tensor([30.0, 10.0])
    own = BeliefObjective(torch.ones(261), LossConfig(mean="l1"))
    network, true = Says(), batch(0, (0.0, 0.0))
    parts = DistilledObjective(own, teacher, 0.5)(network, true, 0.0)
    assert parts["taught"].item() == pytest.approx(0.5 * 20 / 10)  # |30| and |10|, units of 10
    assert parts["mean"].item() == 0
    parts["taught"].backward()
    assert network.ab.grad is not None and (network.ab.grad < 0).all()
    assert teacher.ab.grad is None
    vivid = BeliefObjective(torch.ones(261), LossConfig(mean="l1", vivid=1.5))
    more = DistilledObjective(vivid, teacher, 0.5)(network, true, 0.0)
    assert more["taught"].item() == pytest.approx(1.5 * parts["taught"].item())


def test_it_sees_the_clean_picture() -> None:
    seen: list[torch.Tensor] = []

    class Looks(Says):
        def forward(self, lightness: torch.Tensor):  # type: ignore[no-untyped-def]
            seen.append(lightness)
            return super().forward(lightness)

    true = batch(0, (0.0, 0.0))
    aged = Batch(torch.zeros_like(true.seen), true.lab, true.chosen)
    own = BeliefObjective(torch.ones(261), LossConfig())
    DistilledObjective(own, Looks(), 1.0)(Says(), aged, 0.0)
    assert torch.equal(seen[0], true.lab[:, :1])


def test_a_run_has_a_teacher_and_its_card_says_so(
    pack: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    config = RunConfig(
        "lite-unet",
        (str(pack),),
        steps=2,
        start="scratch",
        options={"coarse": 8, "widths": (8, 8, 8)},
        teacher=str(tiny_weights),
        sides=(32,),
        held_out=0.2,
        log_every=1,
        crops=CropConfig(batch=4),
    )
    lines: list[dict[str, object]] = []
    train(tmp_path / "run", config, lines.append)
    assert all("taught" in line for line in lines if "loss" in line)
    card = (tmp_path / "run" / "weights" / "lite_unet.md").read_text("utf-8")
    assert f"--teacher {tiny_weights}" in card
    critic = replace(config, losses=LossConfig(adversarial=0.1))
    with pytest.raises(BadValue, match="a teacher or a critic, not both"):
        train(tmp_path / "both", critic)
