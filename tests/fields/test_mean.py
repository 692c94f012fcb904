from __future__ import annotations

import torch

from chromafield.beliefs import GaussianBelief, LabelBelief
from chromafield.fields.mean import Config, MeanField


def test_a_gaussian_belief_gives_its_mean() -> None:
    mean = torch.randn(1, 2, 3, 4)
    belief = GaussianBelief(mean, torch.rand(1, 1, 3, 4))
    assert torch.equal(MeanField(Config()).infer(None, belief).unwrap(), mean)


def test_a_distribution_gives_its_expectation_by_hand() -> None:
    palette = torch.tensor([[0.0, 0.0], [10.0, -20.0]])
    p = torch.tensor([0.25, 0.75])
    belief = LabelBelief(-p.log()[None, :, None, None], palette)
    got = MeanField(Config()).infer(None, belief).unwrap()
    torch.testing.assert_close(got.flatten(), torch.tensor([7.5, -15.0]))
