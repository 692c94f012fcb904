"""The field's solvers on a photograph, with the vectors that the shipped networks learned."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage.data import astronaut, coffee
from torch import Tensor

from chromafield.beliefs import GaussianBelief
from chromafield.canvas.guide import SIZE, embedding, shipped
from chromafield.color import rgb_to_lab
from chromafield.fields.gcrf import Config, GaussianCRF
from chromafield.metrics.sample_metrics import UNIT
from chromafield.resize import resize


def photograph(rgb: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """A vector a cell of about 48 x 48, and the true ab there."""
    lab = rgb_to_lab(torch.from_numpy(rgb.copy()).movedim(-1, 0)[None].float() / 255)
    vectors = embedding(shipped("cpu"), lab[:, :1], 3 * SIZE // 4).clone()
    return vectors, resize(lab[:, 1:], (vectors.shape[2], vectors.shape[3]))


def told(ab: Tensor, share: float) -> GaussianBelief:
    places = torch.rand(ab.shape[2:], generator=torch.Generator().manual_seed(0))
    known = (places < share) | (places == places.min())
    return GaussianBelief(ab, 0.1 * known[None, None].float())


@pytest.mark.parametrize(
    ("show", "rank", "shares"),
    [(coffee, 192, (1.0, 0.01)), (astronaut, 384, (0.1,))],
    ids=["as usual", "a hard one"],
)
def test_low_rank_is_near_the_dense_answer_and_exact_is_it(
    show: Callable[[], NDArray[np.uint8]], rank: int, shares: tuple[float, ...]
) -> None:
    vectors, ab = photograph(show())
    dense = GaussianCRF(Config(solver="dense"))
    low = GaussianCRF(Config(rank=rank))
    exact = GaussianCRF(Config(rank=rank, exact=True))
    truth = dense.prepare(vectors.double())
    near, nearest = low.prepare(vectors), exact.prepare(vectors)
    for share in shares:
        most = 1e-3 if share == 1 else 3e-3
        belief = told(ab, share)
        expected = dense.infer(truth, belief).unwrap().double()

        def off(found: Tensor, expected: Tensor = expected) -> float:
            return float((found.double() - expected).square().mean().sqrt()) / UNIT

        assert off(low.infer(near, belief).unwrap()) < most, share
        assert off(exact.infer(nearest, belief).unwrap()) < 1e-5, share
        assert float((expected - ab).square().mean().sqrt()) / UNIT > 5 * most  # it does decide
