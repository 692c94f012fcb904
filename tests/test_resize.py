from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.resize import enlarge, enlarge_rows, resize, shrink

sides = st.integers(1, 24)


@given(h=sides, w=sides, height=sides, seed=st.integers(0, 99))
def test_rows_are_rows_of_the_whole(h: int, w: int, height: int, seed: int) -> None:
    x = torch.rand(1, 3, h, w, generator=torch.Generator().manual_seed(seed))
    height = max(h, height)
    whole = enlarge(x, (height, w))
    for start, stop in ((0, height), (height // 3, height // 2 + 1), (height - 1, height)):
        rows = enlarge_rows(x, height, start, stop)
        torch.testing.assert_close(rows, whole[:, :, start:stop], atol=1e-5, rtol=0)


def test_shrinking_averages_the_cells() -> None:
    x = torch.arange(24.0).reshape(1, 1, 4, 6)
    by_hand = x.reshape(2, 2, 3, 2).permute(0, 2, 1, 3).reshape(2, 3, 4).mean(-1)
    assert torch.equal(shrink(x, (2, 3))[0, 0], by_hand)


@given(h=sides, w=sides, height=sides, width=sides)
def test_constants_stay_constant_at_any_size(h: int, w: int, height: int, width: int) -> None:
    out = resize(torch.full((1, 2, h, w), 7.0), (height, width))
    assert out.shape == (1, 2, height, width)
    torch.testing.assert_close(out, torch.full_like(out, 7.0))


def test_one_side_may_grow_while_the_other_shrinks() -> None:
    x = torch.rand(1, 1, 2, 30)
    both = resize(x, (4, 10))
    torch.testing.assert_close(both, enlarge(shrink(x, (2, 10)), (4, 10)))
