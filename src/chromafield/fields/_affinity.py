"""Learned affinities between all pixels, and the operators that a fully connected field needs.

    S_ij = exp(z_ij) / sum_l exp(z_il),   z_ij = e_i . e_j + c_j

e is the picture's embedding, c an offset a pixel: 0 is the second paper's row-softmax of inner
products; -|e_j|^2 / 2 makes S a Gaussian affinity of distances, for guides that nobody trained.
Rows sum to 1, so constants pass through: (I - S) 1 = 0.

Nothing here stores S but `dense`, `keeping` and `Stored`; the rest works through tiles of rows.

References:
    Messaoud, Forsyth and Schwing, Structural consistency and controllability for diverse
    colorization, 2018, section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

TILE = 1 << 22  # entries of S that exist at once
FEW = 16  # columns


@dataclass(frozen=True, slots=True)
class Affinity:
    """S by its factors; p pixels, d numbers in an embedding."""

    embedding: Float[Tensor, "p d"]
    offset: Float[Tensor, " p"]
    log_sum: Float[Tensor, " p"]  # log of each row's sum of exp(z)
    kept: Float[Tensor, "p p"] | None = None  # S, where its room is worth it

    def rows(self) -> Iterator[tuple[slice, Float[Tensor, "r p"]]]:
        """S, some rows at a time."""
        for part in _row_slices(self.embedding):
            if self.kept is not None:
                yield part, self.kept[part]
                continue
            z = self.embedding[part] @ self.embedding.T + self.offset
            yield part, (z - self.log_sum[part, None]).exp_()

    def row(self, pixel: int) -> Float[Tensor, " p"]:
        """One pixel's."""
        z = self.embedding @ self.embedding[pixel] + self.offset
        return (z - self.log_sum[pixel]).exp_()

    def dense(self) -> Float[Tensor, "p p"]:
        return torch.cat([rows for _, rows in self.rows()])

    def times(self, v: Float[Tensor, "p c"]) -> Float[Tensor, "p c"]:
        """S v."""
        return torch.cat([_times(rows, v) for _, rows in self.rows()])

    def transposed_times(self, u: Float[Tensor, "p c"]) -> Float[Tensor, "p c"]:
        """S' u."""
        total = torch.zeros_like(u)
        for part, rows in self.rows():
            total += _transposed_times(rows, u[part])
        return total

    def stored(self) -> Stored:
        """S in double precision."""
        embedding, offset = self.embedding.double(), self.offset.double()
        rows = [
            torch.softmax(embedding[part] @ embedding.T + offset, dim=1)
            for part in _row_slices(embedding)
        ]
        return Stored(torch.cat(rows))

    def keeping(self) -> Affinity:
        """The same, so that a product with S costs one reading of it."""
        return replace(self, kept=self.dense())

    def double(self) -> Affinity:
        """The same in double precision."""
        return make_affinity(self.embedding.double(), self.offset.double())


@dataclass(frozen=True, slots=True)
class Stored:
    """S itself, where it is used so often that its room is worth it."""

    matrix: Float[Tensor, "p p"]

    def times(self, v: Float[Tensor, "p c"]) -> Float[Tensor, "p c"]:
        """S v."""
        return _times(self.matrix, v)

    def transposed_times(self, u: Float[Tensor, "p c"]) -> Float[Tensor, "p c"]:
        """S' u."""
        return _transposed_times(self.matrix, u)


def _times(rows: Float[Tensor, "r p"], v: Float[Tensor, "p c"]) -> Float[Tensor, "r c"]:
    """The product; of few columns in the layout that reads each row once, ten times as fast."""
    few = v.shape[1] < FEW
    return rows @ v.T.contiguous().T if few else rows @ v


def _transposed_times(rows: Float[Tensor, "r p"], u: Float[Tensor, "r c"]) -> Float[Tensor, "p c"]:
    few = u.shape[1] < FEW
    return (u.T.contiguous() @ rows).T if few else rows.T @ u


def make_affinity(embedding: Float[Tensor, "p d"], offset: Float[Tensor, " p"]) -> Affinity:
    """Prepare S for an embedding and the columns' offsets."""
    sums = [
        torch.logsumexp(embedding[part] @ embedding.T + offset, dim=1)
        for part in _row_slices(embedding)
    ]
    return Affinity(embedding, offset, torch.cat(sums))


def gaussian_offset(embedding: Float[Tensor, "p d"]) -> Float[Tensor, " p"]:
    """The offset that makes S depend on distances alone."""
    return -0.5 * (embedding**2).sum(1)


def _row_slices(embedding: Float[Tensor, "p d"]) -> Iterator[slice]:
    pixels = len(embedding)
    step = max(TILE // pixels, 1)
    for start in range(0, pixels, step):
        yield slice(start, min(start + step, pixels))
