"""The points that Zhang et al.'s network is trained with."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from chromafield.data.crops import Batch
from chromafield.models import create_model
from chromafield.train.config import LossConfig
from chromafield.train.objective import BeliefObjective
from chromafield.train.tasks.zhang2017 import PointsObjective, simulate


def test_points_are_as_many_as_the_paper_draws_and_lie_around_the_middle() -> None:
    """Points of unlike colours are counted by their colours: mean 7, none in one of eight."""
    random = np.random.default_rng(0)
    ab = torch.randn(400, 2, 48, 48, generator=torch.Generator().manual_seed(0))
    given = simulate(ab, random)
    told = given.precision[:, 0] > 0
    whole = told.flatten(1).all(1)
    assert whole.sum() <= 12
    counts = [len(torch.unique(m[0][k])) for m, k in zip(given.mean, told, strict=True)]
    some = np.array(counts)[~whole.numpy()]
    assert (some == 0).mean() == pytest.approx(1 / 8, abs=0.05)
    assert some.mean() == pytest.approx(7, abs=1.2)  # patches that are covered whole are not seen
    where = told[~whole].float().mean(0)
    assert where[16:32, 16:32].mean() > 1.5 * where[:8, :8].mean()


def test_its_parts_are_the_colours_where_the_points_are_told() -> None:
    torch.manual_seed(0)
    model = create_model("zhang2017", width=4).eval()
    lab = 40 * torch.rand(2, 3, 32, 32)
    batch = Batch(lab[:, :1], lab, (0, 1))
    color = BeliefObjective(torch.ones(261), LossConfig())
    objective = PointsObjective(color, 3)
    kept = objective.state()
    parts = objective(model, batch, 0.0)
    objective.restore(kept)
    number = int(torch.randint(2**62, (), generator=objective.random))
    given = simulate(lab[:, 1:], np.random.default_rng(number))
    expected = color.parts(model(lab[:, :1], given), batch)
    assert given.precision.any()
    torch.testing.assert_close(parts["mean"], expected["mean"])
    assert not torch.equal(parts["mean"], color(model, batch, 0.0)["mean"])
