"""Coordinate ascent on a Potts model of one channel: red pixels, then black ones, and again.

    ELBO(q) = sum_i <q_i, theta_i> + sum_{i~j} w_ij q_i' S q_j - sum_i <q_i, log q_i>  <=  log Z

Given its neighbours, a pixel's best q is softmax(f), f = theta + S sum_j w_ij q_j. Pixels of one
colour of the checkerboard have no edge among them, so updating all of them at once is exact and the
bound never falls. All pixels at once would be two chains that flicker.

S rewards equal labels by `same` and labels at most `reach` apart by `near`, so that
S m = (same - near) m + near box(m), box a running sum: no k x k product.

After a half-sweep the bound is sum over the updated pixels of logsumexp(f), plus over the others of
what they have alone, <q, theta> + entropy = logsumexp(f) - <q, f - theta> at their own last update.

References:
    Blei, Kucukelbir and McAuliffe, Variational Inference: A Review for Statisticians, 2017.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from numba import njit, prange
from numba.core import event
from numpy.typing import NDArray
from torch import Tensor

from ._grid import Edges


@dataclass(frozen=True)
class Reward:
    """The pair term S(k, l)."""

    same: float  # for k = l
    near: float  # for 1 <= |k - l| <= reach
    reach: int

    def matrix(self, labels: int) -> NDArray[np.float64]:
        step = np.abs(np.subtract.outer(np.arange(labels), np.arange(labels)))
        return np.where(step == 0, self.same, np.where(step <= self.reach, self.near, 0.0))


def ascend(
    theta: Float[Tensor, "k h w"], edges: Edges, reward: Reward
) -> Iterator[tuple[Float[Tensor, "k h w"], float]]:
    """Marginals and their bound: at the uniform start, then after each sweep, without end.

    The marginals are valid until the next sweep, which may overwrite them. A compiled
    kernel on the CPU, torch elsewhere; the two agree to rounding.

    Args:
        theta: log-scores of each label.
        edges: of one picture, (1, h, w) each.
    """
    yield _uniform(theta, edges, reward)
    sweeps = _by_kernel if theta.device.type == "cpu" else by_torch
    yield from sweeps(theta, edges, reward)


def _uniform(
    theta: Float[Tensor, "k h w"], edges: Edges, reward: Reward
) -> tuple[Float[Tensor, "k h w"], float]:
    k = theta.shape[0]
    pair = float(reward.matrix(k).mean())
    weight = float(edges.right.cpu().double().sum() + edges.down.cpu().double().sum())
    alone = float(theta.sum((1, 2)).cpu().double().sum()) / k + theta[0].numel() * math.log(k)
    return theta.new_full((1, 1, 1), 1 / k).expand(theta.shape), alone + pair * weight


def _by_kernel(
    theta: Float[Tensor, "k h w"], edges: Edges, reward: Reward
) -> Iterator[tuple[Float[Tensor, "k h w"], float]]:
    scores = np.ascontiguousarray(theta.movedim(0, -1).numpy())
    q = np.full_like(scores, 1 / scores.shape[-1])
    right, down = (e[0].to(theta.dtype).contiguous().numpy() for e in (edges.right, edges.down))
    alone = np.empty(scores.shape[:2], scores.dtype)
    numbers = (reward.same, reward.near, reward.reach)
    _share_threads()
    while True:
        _half_sweep(scores, q, right, down, alone, 0, *numbers)
        black = _half_sweep(scores, q, right, down, alone, 1, *numbers)
        red = _board(alone.shape, 0)
        yield torch.from_numpy(q).movedim(-1, 0), black + float(alone[red].sum(dtype=np.float64))


class _CompileNotice(event.Listener):  # type: ignore[misc, unused-ignore]
    """Says once that a kernel is compiled; one that was compiled before is not again."""

    shown = False

    def on_start(self, event: Any) -> None:
        if not self.shown and event.data["dispatcher"].__module__ == __name__:
            self.shown = True
            logging.getLogger(__name__).warning(
                "The Potts field is compiled for this processor, once: it takes some ten seconds."
            )

    def on_end(self, event: Any) -> None:
        """Nothing is left to say."""


event.register("numba:compile", _CompileNotice())  # type: ignore[no-untyped-call, unused-ignore]


def _share_threads() -> None:
    """As many for the kernel as torch has in this thread.

    Both share OpenMP: kernels, when they are first run, leave torch their own number, and its sums
    would then be rounded otherwise than before.
    """
    own = torch.get_num_threads()
    limit: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined, unused-ignore]
    numba.set_num_threads(min(own, limit))
    torch.set_num_threads(own)


def _board(shape: tuple[int, ...], color: int) -> NDArray[np.bool_]:
    """The checkerboard's squares of one colour: 0 red, with the corner, 1 black."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    squares: NDArray[np.bool_] = (y + x) % 2 == color
    return squares


# Sums may be taken in any order, so that they run several labels at a time; infinities stay exact.
ANY_ORDER = {"reassoc", "contract", "arcp", "nsz"}


@njit(cache=True, parallel=True, fastmath=ANY_ORDER)  # type: ignore[untyped-decorator, unused-ignore]
def _half_sweep(
    theta: Any,
    q: Any,
    right: Any,
    down: Any,
    alone: Any,
    color: int,
    same: float,
    near: float,
    reach: int,
) -> float:
    """Update the pixels of one colour in place; the sum of their logsumexp."""
    h, w, k = theta.shape
    rows = np.zeros(h)
    pair = np.array([same - near, near]).astype(theta.dtype)
    for y in prange(h):
        summed = np.zeros(k + 2 * reach, theta.dtype)  # `reach` zeros on each side
        message = np.empty(k, theta.dtype)
        score = np.empty(k, theta.dtype)
        whole = np.empty(k, np.int32)
        for x in range((y + color) % 2, w, 2):
            summed[reach : reach + k] = 0
            if x > 0:
                _add_weighted(summed, reach, right[y, x - 1], q[y, x - 1])
            if x < w - 1:
                _add_weighted(summed, reach, right[y, x], q[y, x + 1])
            if y > 0:
                _add_weighted(summed, reach, down[y - 1, x], q[y - 1, x])
            if y < h - 1:
                _add_weighted(summed, reach, down[y, x], q[y + 1, x])
            for i in range(k):
                message[i] = pair[0] * summed[reach + i]
            for d in range(2 * reach + 1):
                for i in range(k):
                    message[i] += pair[1] * summed[i + d]
            top = theta[y, x, 0] + message[0]
            for i in range(k):
                score[i] = theta[y, x, i] + message[i]
                top = max(top, score[i])
            for i in range(k):
                score[i] -= top
            _exponentiate(score, whole)
            total = score[0] - score[0]
            inner = score[0] - score[0]
            for i in range(k):
                total += score[i]
                inner += score[i] * message[i]
            for i in range(k):
                q[y, x, i] = score[i] / total
            value = top + np.log(total)
            alone[y, x] = value - inner / total
            rows[y] += value
    return float(rows.sum())


# exp(r) for |r| <= ln(2) / 2 to single precision: 1 + r + r^2 (c_0 + c_1 r + ...), after Cephes.
C_0, C_1, C_2 = np.array([0.50000001201, 0.16666665459, 0.041665795894], np.float32)
C_3, C_4, C_5 = np.array([0.0083334519073, 0.0013981999507, 0.00019875691500], np.float32)
LOG2_E, LN2_HIGH, LN2_LOW = np.array([1.44269504, 0.693359375, -2.12194440e-4], np.float32)
SMALLEST_EXPONENT, HALF, ONE = np.array([-87.0, 0.5, 1.0], np.float32)


@njit(cache=True, fastmath=ANY_ORDER)  # type: ignore[untyped-decorator, unused-ignore]
def _exponentiate(x: Any, whole: Any) -> None:
    """exp of numbers that are at most 0, in place; in single precision several at a time.

    exp(x) = 2^n exp(r) with n = round(x / ln 2); `whole` has room for the bits of each 2^n.
    """
    if x.itemsize > 4:
        for i in range(len(x)):
            x[i] = np.exp(x[i])
        return
    power = whole.view(np.float32)
    for i in range(len(x)):
        kept = max(x[i], SMALLEST_EXPONENT)
        n = np.floor(kept * LOG2_E + HALF)
        whole[i] = (np.int32(n) + 127) << 23
        r = kept - n * LN2_HIGH - n * LN2_LOW
        series = ((C_5 * r + C_4) * r + C_3) * r + C_2
        x[i] = ((series * r + C_1) * r + C_0) * r * r + r
    for i in range(len(x)):
        x[i] = (x[i] + ONE) * power[i]


@njit(cache=True, fastmath=ANY_ORDER)  # type: ignore[untyped-decorator, unused-ignore]
def _add_weighted(summed: Any, reach: int, weight: float, q: Any) -> None:
    for i in range(len(q)):
        summed[reach + i] += weight * q[i]


def by_torch(
    theta: Float[Tensor, "k h w"], edges: Edges, reward: Reward
) -> Iterator[tuple[Float[Tensor, "k h w"], float]]:
    """The same sweeps in torch, for GPUs."""
    boards = [torch.from_numpy(_board(theta.shape[1:], c)).to(theta.device) for c in (0, 1)]
    q = torch.full_like(theta, 1 / theta.shape[0])
    alone = torch.zeros_like(theta[0])
    while True:
        for board in boards:
            message = _messages(q, edges, reward)
            f = theta + message
            score = f.logsumexp(0)
            new = (f - score).exp()
            q = torch.where(board, new, q)
            alone = torch.where(board, score - (new * message).sum(0), alone)
        bound = score[boards[1]].cpu().double().sum() + alone[boards[0]].cpu().double().sum()
        yield q, float(bound)


def _messages(q: Float[Tensor, "k h w"], edges: Edges, reward: Reward) -> Float[Tensor, "k h w"]:
    """S times the weighted sum of the four neighbours' marginals."""
    right, down = edges.right[0].to(q.dtype), edges.down[0].to(q.dtype)
    summed = right * F.pad(q[:, :, 1:], (0, 1)) + down * F.pad(q[:, 1:], (0, 0, 0, 1))
    summed = (
        summed + F.pad((right * q)[:, :, :-1], (1, 0)) + F.pad((down * q)[:, :-1], (0, 0, 1, 0))
    )
    width = 2 * reward.reach + 1
    lines = F.pad(summed.flatten(1).T[:, None], (reward.reach, reward.reach))
    box: Tensor = F.avg_pool1d(lines, width, 1)[:, 0].T.reshape(q.shape) * width
    return (reward.same - reward.near) * summed + reward.near * box
