"""S by a few directions: the randomised range finder, and the system's inverse by Woodbury.

    S ~ Q V',  V = S' Q,   Q orthonormal, its first column constant, so that rows still sum to 1
    A ~ (I - Q V')' (I - Q V') + diag(t - 1) = diag(t) + W C W',   W = [Q V]

    A^-1 = T^-1 - T^-1 W (C^-1 + W' T^-1 W)^-1 W' T^-1,   C^-1 = [[-Q'Q, -I], [-I, 0]]

t - 1 is what pulls a pixel by itself: its precision and the ridge. New precisions change T alone.

References:
    Halko, Martinsson and Tropp, Finding structure with randomness, 2011, for the range finder;
    it keeps S accurate in the Euclidean norm, where random features and landmarks fail on trained
    embeddings.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ._affinity import Affinity

POWERS = 1  # steps of the power iteration that sharpens the range
SEED = 0


@dataclass(frozen=True, slots=True)
class LowRank:
    """S ~ q v', with what every inverse needs of it."""

    wings: Float[Tensor, "p s"]  # [q v]; the columns of q are orthonormal
    gram: Float[Tensor, "s s"]  # W'W

    @property
    def q(self) -> Float[Tensor, "p r"]:
        return self.wings[:, : self.wings.shape[1] // 2]

    @property
    def v(self) -> Float[Tensor, "p r"]:
        return self.wings[:, self.wings.shape[1] // 2 :]

    def double(self) -> LowRank:
        wings = self.wings.double()
        return LowRank(wings, wings.T @ wings)


def find_range(affinity: Affinity, rank: int) -> LowRank:
    """The range of S in about `rank` directions; costs 2 * POWERS + 2 products with S."""
    pixels = len(affinity.embedding)
    rank = min(rank, pixels)
    random = torch.Generator().manual_seed(SEED)
    start = torch.randn(pixels, rank, generator=random, dtype=torch.float64)
    block = affinity.times(start.to(affinity.embedding))
    for _ in range(POWERS):
        block = torch.linalg.qr(affinity.transposed_times(block)).Q
        block = affinity.times(block)
    constant = torch.ones_like(block[:, :1])
    q = torch.linalg.qr(torch.cat([constant, block[:, : rank - 1]], dim=1)).Q
    wings = torch.cat([q, affinity.transposed_times(q)], dim=1)
    return LowRank(wings, wings.T @ wings)


@dataclass(frozen=True, slots=True)
class Woodbury:
    """A~^-1 for one set of precisions, ready for any right-hand sides."""

    diagonal: Float[Tensor, " p"]  # t
    wings: Float[Tensor, "p s"]  # W
    pivots: Float[Tensor, "s s"]  # the small system, factorised
    order: Tensor

    def solve(self, b: Float[Tensor, "p c"]) -> Float[Tensor, "p c"]:
        scaled = b / self.diagonal[:, None]
        against = (scaled.T @ self.wings).T  # W'b; reading W by rows takes a fifth of the time
        inner = torch.linalg.lu_solve(self.pivots, self.order, against)
        x: Tensor = scaled - self.wings @ inner / self.diagonal[:, None]
        return x

    def diagonal_of_inverse(self) -> Float[Tensor, " p"]:
        scaled = self.wings / self.diagonal[:, None]
        inner = torch.linalg.lu_solve(self.pivots, self.order, scaled.T)
        found: Tensor = 1 / self.diagonal - (scaled * inner.T).sum(1)
        return found


def invert(low: LowRank, own: Float[Tensor, " p"]) -> Woodbury:
    """The inverse of (I - S~)'(I - S~) + diag(own); costs s^2 for each pixel whose weight differs
    from most pixels'."""
    rank = low.wings.shape[1] // 2
    diagonal = 1 + own
    core = _weighted_gram(low, 1 / diagonal)
    one = torch.eye(rank, dtype=own.dtype, device=own.device)
    core[:rank, :rank] -= low.gram[:rank, :rank]
    core[:rank, rank:] -= one
    core[rank:, :rank] -= one
    pivots, order = torch.linalg.lu_factor(core)
    return Woodbury(diagonal, low.wings, pivots, order)


def _weighted_gram(low: LowRank, weight: Float[Tensor, " p"]) -> Float[Tensor, "s s"]:
    """W' diag(weight) W, from W'W where most weights are one value."""
    common = weight.mode().values
    others = (weight != common).nonzero()[:, 0]
    rows = low.wings[others]
    extra: Tensor = rows.T @ (rows * (weight[others] - common)[:, None])
    return common * low.gram + extra
