from __future__ import annotations

import torch

from chromafield.beliefs import LabelBelief
from chromafield.fields.sample import Config, SampleField


def belief(side: int) -> LabelBelief:
    p = torch.tensor([0.5, 0.3, 0.15, 0.05, 0.0])
    energy = -p.log()[None, :, None, None].expand(1, 5, side, side)
    return LabelBelief(energy, torch.arange(10.0).reshape(5, 2))


def draw(side: int, seed: int) -> torch.Tensor:
    return SampleField(Config(seed)).infer(None, belief(side)).unwrap()


def test_cells_are_drawn_as_often_as_they_are_probable() -> None:
    """100,000 draws: each share within five standard deviations of its probability."""
    a = draw(316, seed=5)[0, 0]
    for k, p in enumerate((0.5, 0.3, 0.15, 0.05, 0.0)):
        share = (a == 2 * k).float().mean().item()
        assert abs(share - p) <= 5 * (p * (1 - p) / a.numel()) ** 0.5


def test_the_seed_decides() -> None:
    assert torch.equal(draw(20, seed=1), draw(20, seed=1))
    assert not torch.equal(draw(20, seed=1), draw(20, seed=2))
