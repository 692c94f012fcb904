"""Levin's field against the released code's loops, and its own laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.beliefs import GaussianBelief
from chromafield.errors import BadValue, SolveError
from chromafield.fields import create_field, levin
from chromafield.fields.levin import _weights

seeds = st.integers(0, 10**6)
H, W = 5, 4


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((H, W))


def looped(y: np.ndarray) -> np.ndarray:
    """W entry by entry, as the released code has it."""
    h, w = y.shape
    out = np.zeros((h * w, h * w))
    for i in range(h):
        for j in range(w):
            around = [
                (k, m)
                for k in range(max(i - 1, 0), min(i + 2, h))
                for m in range(max(j - 1, 0), min(j + 2, w))
                if (k, m) != (i, j)
            ]
            values = np.array([y[k, m] for k, m in around])
            everything = np.append(values, y[i, j])
            csig = 0.6 * np.mean((everything - everything.mean()) ** 2)
            nearest = np.min((values - y[i, j]) ** 2)
            csig = max(csig, -nearest / math.log(0.01), 2e-6)
            weights = np.exp(-((values - y[i, j]) ** 2) / csig)
            for (k, m), weight in zip(around, weights / weights.sum(), strict=True):
                out[i * w + j, k * w + m] = weight
    return out


@given(seed=seeds)
def test_the_weights_are_those_of_the_released_code(seed: int) -> None:
    y = picture(seed)
    np.testing.assert_allclose(_weights(y[None]).toarray(), looped(y), atol=1e-12)


def hints(seed: int, share: float, precision: float) -> GaussianBelief:
    random = torch.Generator().manual_seed(seed)
    known = torch.rand(1, 1, H, W, generator=random, dtype=torch.float64) < share
    known[..., 0, 0] = True
    mean = 30 * torch.randn(1, 2, H, W, generator=random, dtype=torch.float64)
    return GaussianBelief(mean, precision * known.double())


@given(seed=seeds)
def test_hints_without_bound_are_the_papers_constraints(seed: int) -> None:
    told = hints(seed, 0.3, 1e9)
    known = (told.precision > 0).flatten().numpy()
    system = np.eye(H * W) - looped(picture(seed))
    system[known] = np.eye(H * W)[known]
    right = np.where(known[:, None], told.mean.flatten(2)[0].T.numpy(), 0.0)
    expected = np.linalg.solve(system, right)
    field = create_field("levin")
    guide = torch.from_numpy(100 * picture(seed))[None, None]
    got = field.infer(field.prepare(guide), told).unwrap()[0].flatten(1).T.numpy()
    np.testing.assert_allclose(got, expected, atol=1e-4)


@given(seed=seeds, precision=st.sampled_from([0.01, 1.0, 1e6]))
def test_no_colour_lies_beyond_the_hints(seed: int, precision: float) -> None:
    told = hints(seed, 0.3, precision)
    field = create_field("levin")
    guide = torch.from_numpy(100 * picture(seed))[None, None]
    got = field.infer(field.prepare(guide), told).unwrap()[0].flatten(1)
    values = told.mean[0].flatten(1)[:, (told.precision > 0).flatten()]
    assert (got <= values.amax(1, keepdim=True) + 1e-8).all()
    assert (got >= values.amin(1, keepdim=True) - 1e-8).all()


def test_colour_stops_at_an_edge_of_lightness() -> None:
    guide = torch.full((1, 1, 8, 12), 20.0, dtype=torch.float64)
    guide[..., 6:] = 80.0
    mean = torch.zeros(1, 2, 8, 12, dtype=torch.float64)
    precision = torch.zeros(1, 1, 8, 12, dtype=torch.float64)
    mean[0, :, 2, 1], precision[0, 0, 2, 1] = 40.0, 1e6
    mean[0, :, 2, 10], precision[0, 0, 2, 10] = -40.0, 1e6
    field = create_field("levin")
    got = field.infer(field.prepare(guide), GaussianBelief(mean, precision)).unwrap()
    assert (got[..., :6] > 30).all() and (got[..., 6:] < -30).all()


def test_nothing_known_and_a_useless_tau_are_refused() -> None:
    field = create_field("levin")
    guide = torch.from_numpy(picture(0))[None, None]
    nothing = GaussianBelief(torch.zeros(1, 2, H, W), torch.zeros(1, 1, H, W))
    with pytest.raises(SolveError, match="Nothing is known"):
        field.infer(field.prepare(guide), nothing)
    with pytest.raises(BadValue, match="tau"):
        create_field("levin", tau=0.0)


@given(seed=seeds)
def test_infinite_precision_is_a_row_less(seed: int) -> None:
    told = hints(seed, 0.4, 0.01)
    pinned = torch.rand(1, 1, H, W, generator=torch.Generator().manual_seed(seed)) < 0.3
    pinned[..., 2, 2] = True
    sure = GaussianBelief(told.mean, torch.where(pinned, math.inf, told.precision))
    beta = 1e4 * told.precision.flatten().numpy()
    system = np.diag(1 + beta) - looped(picture(seed))
    flat = pinned.flatten().numpy()
    system[flat] = np.eye(H * W)[flat]
    mean = told.mean.flatten(2)[0].T.numpy()
    expected = np.linalg.solve(system, np.where(flat[:, None], mean, beta[:, None] * mean))
    field = create_field("levin")
    guide = torch.from_numpy(100 * picture(seed))[None, None]
    solution = field.infer(field.prepare(guide), sure)
    got = solution.unwrap()
    np.testing.assert_allclose(got[0].flatten(1).T.numpy(), expected, atol=1e-7)
    assert torch.equal(got[pinned.expand_as(got)], told.mean[pinned.expand_as(got)])
    assert 0 <= solution.residual < 1e-12


def test_an_answer_that_misses_its_tolerance_is_no_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(levin, "TOLERANCE", -1.0)
    field = create_field("levin")
    guide = torch.from_numpy(100 * picture(0))[None, None]
    with pytest.raises(SolveError, match="farther from its solution"):
        field.infer(field.prepare(guide), hints(0, 0.3, 1.0)).unwrap()
