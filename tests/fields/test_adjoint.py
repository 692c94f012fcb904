"""The solve as a layer: its answer against the field's, its gradient against finite differences."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from chromafield.beliefs import GaussianBelief
from chromafield.fields import create_field
from chromafield.fields._adjoint import solve


def inputs(known: float = 0.5, scale: float = 0.7) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    embedding = scale * torch.randn(2, 12, 3, generator=random, dtype=torch.float64)
    own = 1e-3 + (torch.rand(2, 12, generator=random, dtype=torch.float64) < known).double()
    right = own[..., None] * torch.randn(2, 12, 2, generator=random, dtype=torch.float64)
    return embedding.requires_grad_(), own.requires_grad_(), right.requires_grad_()


@pytest.mark.parametrize("known", [1.0, 0.5, 0.1])
def test_the_gradient_equals_finite_differences(known: float) -> None:
    assert torch.autograd.gradcheck(solve, inputs(known))


def test_the_gradient_equals_that_through_a_plain_solve() -> None:
    def plain(embedding: Tensor, own: Tensor, right: Tensor) -> Tensor:
        away = torch.eye(12) - torch.softmax(embedding @ embedding.mT, dim=2)
        return torch.linalg.solve(away.mT @ away + torch.diag_embed(own), right)

    weight = torch.randn(2, 12, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    one, other = inputs(), inputs()
    (weight * solve(*one)).sum().backward()
    (weight * plain(*other)).sum().backward()
    for mine, theirs in zip(one, other, strict=True):
        assert mine.grad is not None and theirs.grad is not None
        assert torch.allclose(mine.grad, theirs.grad, rtol=1e-10, atol=1e-12)


def test_the_layer_answers_as_the_field_does() -> None:
    random = torch.Generator().manual_seed(2)
    embedding = torch.randn(1, 5, 4, 3, generator=random, dtype=torch.float64)
    belief = GaussianBelief(
        10 * torch.randn(1, 2, 4, 3, generator=random, dtype=torch.float64),
        (torch.rand(1, 1, 4, 3, generator=random, dtype=torch.float64) < 0.5).double(),
    )
    field = create_field("gcrf", tau=1.5, ridge=1e-2, solver="dense")
    theirs = field.infer(field.prepare(embedding), belief).unwrap()
    beta = 1.5**2 * belief.precision.flatten(2).mT
    told = belief.mean.flatten(2).mT
    prior = (beta * told).sum(1, keepdim=True) / beta.sum()
    own = (beta + 1e-2)[..., 0]
    ours = solve(embedding.flatten(2).mT, own, beta * told + 1e-2 * prior)
    assert torch.allclose(ours.mT.reshape(1, 2, 4, 3), theirs, atol=1e-10)
