"""Old plates: what they see of colours, and that greys stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.color import rgb_to_lab
from chromafield.data.plates import random_plate, through_plate
from chromafield.data.responses import PLATES

RED, SKY, LEAF = (0.8, 0.1, 0.1), (0.45, 0.65, 0.9), (0.25, 0.5, 0.2)


def even(*rgb: float) -> torch.Tensor:
    return torch.tensor(rgb).view(3, 1, 1).expand(3, 2, 2)


def light(name: str, rgb: tuple[float, ...]) -> float:
    return float(through_plate(even(*rgb), PLATES[name]).mean())


def test_responses_are_shares() -> None:
    for response in PLATES.values():
        assert sum(response) == pytest.approx(1) and min(response) > 0


@given(level=st.floats(0, 1), name=st.sampled_from(sorted(PLATES)))
def test_greys_keep_their_lightness(level: float, name: str) -> None:
    own = float(rgb_to_lab(even(level, level, level))[0].mean())
    assert light(name, (level,) * 3) == pytest.approx(own, abs=0.01)


def test_the_eyes_own_response_is_lightness() -> None:
    rgb = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))
    seen = through_plate(rgb, (0.21263901, 0.71516868, 0.07219232))
    assert torch.allclose(seen, rgb_to_lab(rgb)[0], atol=0.01)


def test_blue_plates_make_skies_white_and_reds_black() -> None:
    sky, red = (float(rgb_to_lab(even(*rgb))[0].mean()) for rgb in (SKY, RED))
    assert light("blue-sensitive", SKY) > sky + 20
    assert light("blue-sensitive", RED) < red - 20
    assert light("orthochromatic", RED) < red - 15
    assert light("panchromatic", RED) > red + 5
    assert light("green-sensitive", LEAF) > light("blue-sensitive", LEAF) + 10


@given(seed=st.integers(0, 2**32 - 1))
def test_random_plates_lie_between_and_stay_in_range(seed: int) -> None:
    rgb = even(*SKY)
    seen = random_plate(rgb, np.random.default_rng(seed))
    assert torch.equal(seen, random_plate(rgb, np.random.default_rng(seed)))
    ends = [
        float(through_plate(rgb, PLATES[name], g).mean()) for name in PLATES for g in (0.75, 1.35)
    ]
    assert min(ends) - 0.1 <= float(seen.mean()) <= max(ends) + 0.1
