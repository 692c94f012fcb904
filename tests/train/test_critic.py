"""The critic: what it learns, what it pays, and what a run of it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from chromafield.beliefs import Belief, GaussianBelief, LabelBelief
from chromafield.color.palette import gamut_cells
from chromafield.data.crop_config import CropConfig
from chromafield.data.crops import Batch
from chromafield.errors import BadValue
from chromafield.resize import shrink
from chromafield.train.config import LossConfig, RunConfig
from chromafield.train.critic import AdversarialObjective, Critic
from chromafield.train.objective import BeliefObjective
from chromafield.train.run import train

COLOUR = BeliefObjective(torch.ones(261), LossConfig())


class Says(nn.Module):
    """Answers with one colour everywhere, which can be learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.ab = nn.Parameter(torch.zeros(2))

    def forward(self, lightness: torch.Tensor) -> GaussianBelief:
        b, _, h, w = lightness.shape
        mean = self.ab.view(1, 2, 1, 1).expand(b, 2, h // 4, w // 4)
        return GaussianBelief(mean, torch.ones_like(mean[:, :1]))


def batch(seed: int, ab: tuple[float, float]) -> Batch:
    lightness = 100 * torch.rand(4, 1, 64, 64, generator=torch.Generator().manual_seed(seed))
    colours = torch.tensor(ab).view(1, 2, 1, 1).expand(4, 2, 64, 64)
    return Batch(lightness, torch.cat([lightness, colours], 1), (0, 1, 2, 3))


def test_it_judges_patches() -> None:
    """A verdict every four cells; without the norm, one sees 22 x 22 cells and no more."""
    critic = Critic()
    critic.layers[3] = nn.Identity()
    lab = torch.full((1, 3, 64, 64), 20.0, requires_grad=True)
    verdicts = critic(lab)
    assert verdicts.shape == (1, 1, 15, 15)
    (slope,) = torch.autograd.grad(verdicts[0, 0, 7, 7], lab)
    seen = slope[0].abs().sum(0).nonzero()
    assert (seen.max(0).values - seen.min(0).values + 1).tolist() == [22, 22]


def test_it_learns_to_tell_true_from_guessed() -> None:
    objective = AdversarialObjective(COLOUR, 1.0, seed=0)
    network = Says()
    for i in range(60):
        objective(network, batch(i, (40.0, -20.0)), 0.0)
    told = batch(99, (40.0, -20.0))
    true = shrink(told.lab, (16, 16))
    guessed = torch.cat([true[:, :1], torch.zeros(4, 2, 16, 16)], dim=1)
    with torch.no_grad():
        assert objective.opponent.critic(true).mean() > 0.8
        assert objective.opponent.critic(guessed).mean() < 0.2


def test_its_verdict_moves_the_network_and_not_the_critic() -> None:
    objective = AdversarialObjective(COLOUR, 1.0, seed=0)
    network = Says()
    for i in range(20):
        parts = objective(network, batch(i, (40.0, -20.0)), 0.0)
    (slope,) = torch.autograd.grad(parts["critic"], network.ab)
    assert slope.isfinite().all() and slope.any()
    assert not any(p.requires_grad for p in objective.opponent.critic.parameters())


def test_the_weight_scales_the_verdict_alone() -> None:
    parts = [
        AdversarialObjective(COLOUR, weight, seed=0)(Says(), batch(0, (9.0, 9.0)), 0.0)
        for weight in (1.0, 0.25)
    ]
    assert parts[1]["critic"].item() == pytest.approx(parts[0]["critic"].item() / 4)
    assert parts[0]["mean"].item() == parts[1]["mean"].item()


def test_a_network_without_colours_is_refused() -> None:
    class Labels(nn.Module):
        def forward(self, lightness: torch.Tensor) -> Belief:
            return LabelBelief(torch.zeros(4, 261, 16, 16), gamut_cells())

    objective = AdversarialObjective(COLOUR, 1.0, seed=0)
    with pytest.raises(BadValue, match="The critic needs a network that predicts a colour"):
        objective(Labels(), batch(0, (1.0, 1.0)), 0.0)


def test_too_small_crops_and_weights_below_zero_are_refused() -> None:
    objective = AdversarialObjective(COLOUR, 1.0, seed=0)
    lab = torch.zeros(2, 3, 24, 24)
    with pytest.raises(BadValue, match=r"at least 8 x 8 cells; these crops give \(6, 6\)"):
        objective(Says(), Batch(lab[:, :1], lab, (0, 1)), 0.0)
    with pytest.raises(BadValue, match="The critic's weight is -1"):
        LossConfig(adversarial=-1.0)


def test_a_resumed_run_with_a_critic_equals_an_unbroken_one(pack: Path, tmp_path: Path) -> None:
    class Killed(Exception): ...

    def kill(line: dict[str, float]) -> None:
        if line["step"] == 4:
            raise Killed

    run = RunConfig(
        model="lite-unet",
        paths=(str(pack),),
        options={"coarse": 16, "widths": (8, 8, 8)},
        steps=6,
        start="scratch",
        sides=(32,),
        held_out=0.2,
        save_every=3,
        crops=CropConfig(batch=2),
        losses=LossConfig(adversarial=0.1),
    )
    whole = train(tmp_path / "whole", run)
    with pytest.raises(Killed):
        train(tmp_path / "broken", run, kill)
    resumed = train(tmp_path / "broken", run, resume=True)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name
    one, other = (t.objective.state()["critic"] for t in (whole, resumed))
    assert all(torch.equal(one[name], other[name]) for name in one)
