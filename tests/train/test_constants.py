"""The numbers of the second paper's trainings, each by a value worked out from its equation."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from chromafield.data.crops import Batch
from chromafield.models.sampler.loading import Diverse, create_mdn, create_structure, create_vae
from chromafield.models.sampler.vae import Features
from chromafield.train.config import RunConfig
from chromafield.train.tasks import structure
from chromafield.train.tasks._frozen import OnFrozenVae
from chromafield.train.tasks.structure import StructureObjective, StructureTask, infer
from chromafield.train.tasks.vae import VaeObjective, WeightedNorm

SMALL = {"coarse": 16, "widths": (12, 8, 8), "encoder_widths": (8, 8, 8)}


def batch(count: int, side: int = 16) -> Batch:
    random = torch.Generator().manual_seed(0)
    lab = 40 * torch.rand(count, 3, side, side, generator=random)
    return Batch(lab[:, :1], lab, tuple(range(count)))


def even_norm() -> WeightedNorm:
    return WeightedNorm(torch.ones(261))


# Messaoud et al., section 4: of 15 epochs the told share falls "from 100% to 75%, 50%, 25% then
# 10% of the total number of pixels after respectively epochs 2, 4, 6, 8".
def test_the_told_share_follows_the_papers_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    vae = create_vae(latent=6, **SMALL)
    learner = create_structure(dimensions=5, width=8, inside=8, top=(16, 8, 6), edits=0.0)
    shares: list[float] = []

    def spy(share: Tensor, places: Tensor) -> Tensor:
        shares.append(float(share[0]))
        return torch.ones_like(places, dtype=torch.bool)

    monkeypatch.setattr(structure, "choose", spy)
    objective = StructureObjective(even_norm(), 0, half=False)
    for epoch in (1, 3, 5, 7, 9, 11, 13, 14.9):  # the middle of every stretch of two, and the end
        objective(OnFrozenVae(vae, learner), batch(1), epoch / 15)
    assert shares == pytest.approx([1, 0.75, 0.5, 0.25, 0.1, 0.1, 0.1, 0.1])


# Our own choice: in two pictures of five true colours are told, as a person's edits would be.
def test_true_colours_are_told_in_four_pictures_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    learner = create_structure(dimensions=5, width=8, inside=8, top=(16, 8, 6))
    shares: list[float] = []

    def spy(share: Tensor, places: Tensor) -> Tensor:
        shares.extend(share.tolist())
        return torch.ones_like(places, dtype=torch.bool)

    monkeypatch.setattr(structure, "choose", spy)
    objective = StructureObjective(even_norm(), 0, half=False)
    objective(OnFrozenVae(create_vae(latent=6, **SMALL), learner), batch(10), 0.0)
    assert shares[4:] == [1.0] * 6 and all(0 < share < 1 for share in shares[:4])


# Section 3.3: phase 2 moves "the decoder's two top-most layers", which are phase 1's to begin with.
def test_the_structures_last_layers_start_as_the_vaes(
    networks: Diverse, networks_folder: Path, pack: Path
) -> None:
    start = str(networks_folder / "vae.safetensors")
    task = StructureTask(RunConfig("structure", (str(pack),), steps=1, start=start))
    standing = task.network(begin=True).eval()
    assert isinstance(standing, OnFrozenVae)
    grey = networks.vae.features(batch(2).seen)
    z = torch.randn(2, 6, generator=torch.Generator().manual_seed(0))
    expected = networks.vae.decode(z, grey)
    assert expected.std() > 0.1
    torch.testing.assert_close(standing.vae.decode(z, grey, standing.learner.top), expected)


# Deshpande et al.'s norm over a field of 64 x 64 pixels of a and b, on any grid: each of 8192
# values off by a tenth of the scale, 12.8 units, is sqrt(8192 / 100) = 9.05.
def test_colours_count_as_a_norm_over_a_field_of_64_by_64() -> None:
    true = torch.zeros(1, 2, 3, 5)
    assert math.sqrt(8192 / 100) == pytest.approx(9.05, abs=1e-2)
    assert even_norm()(true + 12.8, true).item() == pytest.approx(math.sqrt(8192 / 100), rel=1e-4)


# Equation 7's first term, KL(N(mean, 1) || N(0, I)) = |mean|^2 / 2: with all 64 numbers of a code
# at 2, 128 nats. Deshpande et al.'s released training adds a hundredth of a nat to the norm.
def test_a_code_costs_a_hundredth_of_its_nats() -> None:
    torch.manual_seed(0)
    vae = create_vae(**SMALL)
    nn.init.zeros_(vae.posterior.weight)
    with torch.no_grad():
        vae.posterior.bias.copy_(torch.tensor([2.0] * 64 + [0.0] * 64))
    parts = [VaeObjective(even_norm(), 0, half=False)(vae, batch(2), p) for p in (0.25, 0.5, 1.0)]
    codes = [part["codes"].item() for part in parts]
    assert codes == pytest.approx([0.64, 1.28, 1.28], rel=1e-4)  # it rises over the first half


# Equation 9: -ln pi + |z - mean|^2 / (2 sigma^2). Deshpande et al.'s sigma of a tenth makes
# 2 sigma^2 a fiftieth: a code a tenth away in one number costs half a nat, two tenths away two.
def test_a_code_a_tenth_away_costs_half_a_nat() -> None:
    torch.manual_seed(0)
    mdn = create_mdn(latent=6, inside=16, width=16, components=1)
    coarse = torch.randn(1, 16, 2, 2, generator=torch.Generator().manual_seed(0))
    codes = mdn(Features(coarse, (), (8, 8)))
    mean = codes.mean[:, 0]
    away = torch.tensor([[0.1, 0, 0, 0, 0, 0]])
    costs = [codes.loss(mean + n * away).item() for n in (0, 1, 2)]
    assert costs == pytest.approx([0, 0.5, 2], abs=1e-4)


# Two pixels that are like each other, S = 1/2 everywhere, told -20 and 20 with beta 1: Equation 6
# has (1/2 + 1/2 + 1) x = 20. The ridge that keeps clusters without a hint from swinging is a
# thousandth of a told colour, so it takes a two-thousandth of the answer.
def test_the_ridge_of_training_takes_a_two_thousandth_where_all_is_told() -> None:
    told = torch.tensor([-20.0, 20.0]).expand(1, 2, 2).reshape(1, 2, 1, 2)
    got = infer(torch.zeros(1, 3, 1, 2), told, torch.ones(1, 1, 2, dtype=torch.bool), beta=1.0)
    short = 1 - got[0, 0, 0, 1].item() / 10
    assert short == pytest.approx(1 / 2001, rel=0.01)
