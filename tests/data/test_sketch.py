from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chromafield.data.sketch import sketch


def test_even_light_is_white_paper_and_an_edge_is_a_line() -> None:
    lightness = np.full((60, 80), 70, np.float32)
    lightness[:, 40:] = 30
    drawn = sketch(lightness)
    assert drawn[:, :30].min() > 99 and drawn[:, 60:].min() > 99
    assert drawn[30, 40] < 75  # just inside the darker side
    assert drawn[30, 40] == drawn[30].min()


@given(seed=st.integers(0, 10**6), h=st.integers(1, 40), w=st.integers(1, 40))
def test_any_picture_stays_within_range(seed: int, h: int, w: int) -> None:
    lightness = (100 * np.random.default_rng(seed).random((h, w))).astype(np.float32)
    drawn = sketch(lightness)
    assert drawn.shape == (h, w) and drawn.dtype == np.float32
    assert drawn.min() >= 0 and drawn.max() <= 100
