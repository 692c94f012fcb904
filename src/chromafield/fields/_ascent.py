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

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from numba import njit, prange
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

    The marginals are good until the next sweep is asked for, which may overwrite them. A compiled
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
    weight = float(edges.right.double().sum() + edges.down.double().sum())
    alone = float(theta.double().mean(0).sum()) + theta[0].numel() * math.log(k)
    return torch.full_like(theta, 1 / k), alone + pair * weight


def _by_kernel(
    theta: Float[Tensor, "k h w"], edges: Edges, reward: Reward
) -> Iterator[tuple[Float[Tensor, "k h w"], float]]:
    scores = np.ascontiguousarray(theta.movedim(0, -1).numpy())
    q = np.full_like(scores, 1 / scores.shape[-1])
    right, down = (e[0].to(theta.dtype).contiguous().numpy() for e in (edges.right, edges.down))
    alone = np.empty(scores.shape[:2], scores.dtype)
    numbers = (reward.same, reward.near, reward.reach)
    while True:
        _half_sweep(scores, q, right, down, alone, 0, *numbers)
        black = _half_sweep(scores, q, right, down, alone, 1, *numbers)
        red = _board(alone.shape, 0)
        yield torch.from_numpy(q).movedim(-1, 0), black + float(alone[red].sum(dtype=np.float64))


def _board(shape: tuple[int, ...], colour: int) -> NDArray[np.bool_]:
    """The checkerboard's squares of one colour: 0 red, with the corner, 1 black."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    squares: NDArray[np.bool_] = (y + x) % 2 == colour
    return squares


@njit(cache=True, parallel=True)  # type: ignore[untyped-decorator, unused-ignore]
def _half_sweep(
    theta: Any,
    q: Any,
    right: Any,
    down: Any,
    alone: Any,
    colour: int,
    same: float,
    near: float,
    reach: int,
) -> float:
    """Update the pixels of one colour in place; the sum of their logsumexp."""
    h, w, k = theta.shape
    rows = np.zeros(h)
    for y in prange(h):
        heard = np.empty(k, theta.dtype)
        message = np.empty(k, theta.dtype)
        for x in range((y + colour) % 2, w, 2):
            heard[:] = 0
            if x > 0:
                _hear(heard, right[y, x - 1], q[y, x - 1])
            if x < w - 1:
                _hear(heard, right[y, x], q[y, x + 1])
            if y > 0:
                _hear(heard, down[y - 1, x], q[y - 1, x])
            if y < h - 1:
                _hear(heard, down[y, x], q[y + 1, x])
            box = 0.0  # in double precision: it is added to and taken from all along
            for d in range(min(reach, k)):
                box += heard[d]
            top = theta[y, x, 0] - 1e30
            for i in range(k):
                if i + reach < k:
                    box += heard[i + reach]
                if i - reach - 1 >= 0:
                    box -= heard[i - reach - 1]
                message[i] = (same - near) * heard[i] + near * box
                top = max(top, theta[y, x, i] + message[i])
            total = 0.0
            for i in range(k):
                q[y, x, i] = np.exp(theta[y, x, i] + message[i] - top)
                total += q[y, x, i]
            inner = 0.0
            for i in range(k):
                q[y, x, i] /= total
                inner += q[y, x, i] * message[i]
            score = top + np.log(total)
            alone[y, x] = score - inner
            rows[y] += score
    return float(rows.sum())


@njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]
def _hear(heard: Any, weight: float, q: Any) -> None:
    for i in range(len(heard)):
        heard[i] += weight * q[i]


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
        bound = score[boards[1]].double().sum() + alone[boards[0]].double().sum()
        yield q, float(bound)


def _messages(q: Float[Tensor, "k h w"], edges: Edges, reward: Reward) -> Float[Tensor, "k h w"]:
    """S times the weighted sum of the four neighbours' marginals."""
    right, down = edges.right[0].to(q.dtype), edges.down[0].to(q.dtype)
    heard = right * F.pad(q[:, :, 1:], (0, 1)) + down * F.pad(q[:, 1:], (0, 0, 0, 1))
    heard = heard + F.pad((right * q)[:, :, :-1], (1, 0)) + F.pad((down * q)[:, :-1], (0, 0, 1, 0))
    width = 2 * reward.reach + 1
    lines = F.pad(heard.flatten(1).T[:, None], (reward.reach, reward.reach))
    box: Tensor = F.avg_pool1d(lines, width, 1)[:, 0].T.reshape(q.shape) * width
    return (reward.same - reward.near) * heard + reward.near * box
