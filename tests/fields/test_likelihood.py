"""The field's exact likelihood against a Gaussian built entry by entry, and finite differences."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.stats import multivariate_normal
from torch import Tensor

from chromafield.fields._likelihood import log_likelihood


def inputs() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    embedding = 0.7 * torch.randn(2, 6, 3, generator=random, dtype=torch.float64)
    own = 0.1 + torch.rand(2, 6, generator=random, dtype=torch.float64)
    right = torch.randn(2, 6, 2, generator=random, dtype=torch.float64)
    x = torch.randn(2, 6, 2, generator=random, dtype=torch.float64)
    return embedding, own, right, x


def test_it_is_the_density_of_the_gaussian_with_the_papers_precision() -> None:
    embedding, own, right, x = inputs()
    found = log_likelihood(embedding, own, right, x)
    for one in range(2):
        e = embedding[one].tolist()
        precision = torch.zeros(6, 6, dtype=torch.float64)
        rows = []
        for i in range(6):
            weight = [
                math.exp(sum(a * b for a, b in zip(e[i], e[j], strict=True))) for j in range(6)
            ]
            rows.append([(i == j) - w / sum(weight) for j, w in enumerate(weight)])
        apart = torch.tensor(rows, dtype=torch.float64)
        for i in range(6):
            for j in range(6):
                precision[i, j] = sum(apart[k, i] * apart[k, j] for k in range(6))
            precision[i, i] += own[one, i]
        covariance = torch.linalg.inv(precision)
        expected = 0.0
        for channel in range(2):
            mean = covariance @ right[one, :, channel]
            expected += multivariate_normal.logpdf(
                x[one, :, channel].numpy(), mean.numpy(), covariance.numpy()
            )
        assert found[one].item() == pytest.approx(expected, rel=1e-9)


def test_its_gradient_equals_finite_differences() -> None:
    given = [one.requires_grad_() for one in inputs()]
    assert torch.autograd.gradcheck(log_likelihood, given)


def test_binding_nothing_is_not_the_best_as_it_is_for_the_energy_alone() -> None:
    """Of two colours in two blocks: vectors that bind each block are likelier than S near I."""
    block = torch.tensor([[2.0, 0.0]] * 4 + [[0.0, 2.0]] * 4, dtype=torch.float64)[None]
    apart = 4 * torch.eye(8, dtype=torch.float64)[None]
    x = torch.tensor([1.0] * 4 + [-1.0] * 4, dtype=torch.float64).view(1, 8, 1)
    own = torch.full((1, 8), 1e-3, dtype=torch.float64)
    own[0, [0, 4]] = 1.0
    right = own[..., None] * x
    assert log_likelihood(block, own, right, x) > log_likelihood(apart, own, right, x)
