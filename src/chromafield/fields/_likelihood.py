"""How likely given colours are under the fully connected field, determinant included.

    -ln p(x) = 1/2 (x - x*)' A (x - x*) - 1/2 ln det A + p/2 ln 2 pi,   A x* = b

a channel, with A and b as in `_adjoint`. Least energy alone would be had by S = I, which binds
nothing; the determinant is what stops that. Costs p^3 forwards and backwards.

References:
    Messaoud, Forsyth and Schwing, 2018, Equation 7, whose -ln p(x | z, g) this is.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor


def log_likelihood(
    embedding: Float[Tensor, "b p d"],
    own: Float[Tensor, "b p"],
    right: Float[Tensor, "b p c"],
    x: Float[Tensor, "b p c"],
) -> Float[Tensor, " b"]:
    """ln p(x) in nats, of all pixels and channels, differentiable in all four.

    Raises:
        torch.linalg.LinAlgError: a system is singular in the inputs' precision.
    """
    p, channels = x.shape[1:]
    likeness = torch.softmax(embedding @ embedding.mT, dim=2)
    apart = torch.eye(p).to(likeness) - likeness
    system = apart.mT @ apart + torch.diag_embed(own)
    factor = torch.linalg.cholesky(system)
    away = x - torch.cholesky_solve(right, factor)
    energy = (away * (system @ away)).sum((1, 2)) / 2
    half_determinant = factor.diagonal(dim1=1, dim2=2).log().sum(1)
    found: Tensor = channels * (half_determinant - p / 2 * math.log(2 * math.pi)) - energy
    return found
