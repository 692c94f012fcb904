"""Splotches counted by hand and pair by pair."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.metrics.splotches import splotches


def test_by_hand() -> None:
    """Seven pairs; the two onto the bright pixel do not count; one of five is a colour step."""
    lightness = torch.tensor([[[50.0, 50.5, 50.9], [50.0, 80.0, 51.0]]])
    a = torch.tensor([[0.0, 4.0, 8.0], [5.0, 50.0, 8.0]])
    assert splotches(lightness, torch.stack([a, torch.zeros_like(a)])) == 1 / 4


def test_no_pair_of_one_lightness_has_no_splotch() -> None:
    steep = torch.tensor([[[0.0, 50.0]]])
    assert splotches(steep, torch.cat([steep, steep])) == 0
    assert splotches(torch.zeros(1, 1, 1), torch.zeros(2, 1, 1)) == 0


@given(seed=st.integers(0, 10**6))
def test_pair_by_pair(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    lightness = 50 + torch.randn(1, 4, 5, generator=random)
    ab = 4 * torch.randn(2, 4, 5, generator=random)
    flat = steps = 0
    for i in range(4):
        for j in range(5):
            for k, m in ((i + 1, j), (i, j + 1)):
                if k < 4 and m < 5 and abs(lightness[0, i, j] - lightness[0, k, m]) < 1:
                    flat += 1
                    steps += bool((ab[:, i, j] - ab[:, k, m]).square().sum() >= 25)
    assert splotches(lightness, ab) == (steps / flat if flat else 0)
