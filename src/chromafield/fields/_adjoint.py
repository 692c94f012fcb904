"""The fully connected field's solve as a layer to train through.

    x = A^-1 b,   A = (I - S)'(I - S) + diag(t),   S = softmax over j of e_i . e_j

With g = dl/dx and one more solve by the same factor, A y = g, the gradients are

    dl/db = y,   dl/dt = - sum over channels of x y,
    dl/dz_ij = S_ij [ r_i . (y_j - (S y)_i) + q_i . (x_j - (S x)_i) ],   dl/de = (dl/dz + dl/dz') e

where r = x - S x and q = y - S y: nothing of the backward pass costs p^3.

References:
    Messaoud, Forsyth and Schwing, 2018, section 3.2 and Equation 6; the gradient by the adjoint
    method. Chandra and Kokkinos, 2016, train Gaussian fields so.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable


def solve(
    embedding: Float[Tensor, "b p d"], own: Float[Tensor, "b p"], right: Float[Tensor, "b p c"]
) -> Float[Tensor, "b p c"]:
    """The least-energy colours of some pictures, differentiable in all three.

    Args:
        embedding: a vector a pixel; alike is what has a large inner product.
        own: t, what pulls a pixel by itself: beta of its belief and the ridge; not below 0, and
            above 0 somewhere in each picture.
        right: b, beta times the given colours, and the ridge times the prior.

    Raises:
        torch.linalg.LinAlgError: a system is singular in the inputs' precision.
    """
    x: Tensor = _Solve.apply(embedding, own, right)  # type: ignore[no-untyped-call]
    return x


class _Solve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, embedding: Tensor, own: Tensor, right: Tensor) -> Tensor:
        likeness = torch.softmax(embedding @ embedding.mT, dim=2)
        away = torch.eye(likeness.shape[1]).to(likeness) - likeness
        system = away.mT @ away
        system.diagonal(dim1=1, dim2=2).add_(own)
        factor = torch.linalg.cholesky(system)
        x = torch.cholesky_solve(right, factor)
        ctx.save_for_backward(embedding, likeness, factor, x)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, given: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        embedding, likeness, factor, x = ctx.saved_tensors
        y = torch.cholesky_solve(given, factor)
        mean_x, mean_y = likeness @ x, likeness @ y
        r, q = x - mean_x, y - mean_y
        inner = r @ y.mT + q @ x.mT
        inner -= (r * mean_y + q * mean_x).sum(2, keepdim=True)
        inner *= likeness  # dl/dz
        along = inner @ embedding + inner.mT @ embedding
        return along, -(x * y).sum(2), y
