"""potts: the first paper's random field; neighbours of similar lightness agree on a colour bin.

For a and b apart, with y_i one of the channel's 25 bins, and p_i the network's own 25 + 25 bins or,
where it has none or `belief` says so, its joint cells summed over the other channel:

    p(y) = exp( sum_i theta_i(y_i) + sum_{i~j} w_ij S(y_i, y_j) ) / Z
    theta_i(k) = 10 p_i(k)
    S(k, l) = 10 if k = l, 3 if |k - l| <= 2, else 0
    w_ij = exp(-(L_i - L_j)^2 / 1e-4), L in [0, 1], i~j the four neighbours, each edge once

A film's frame has one more neighbour, the same place a frame before, whose marginals stand:
w = time * trust in the motion that leads there.

Mean-field marginals by coordinate ascent from the uniform start, red pixels before black ones, for
eight sweeps or until the bound no longer rises; the colour is the marginals' mean.

References:
    Melas-Kyriazi and Han, section 3.2.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import (
    Belief,
    ChannelBeliefs,
    LabelBelief,
    Proposal,
    as_channels,
    as_labels,
    checked,
    marginals,
)
from ..color.palette import gamut_cells
from ..errors import BadValue
from ._ascent import Reward, ascend
from ._checks import check_guide, exactly
from ._grid import Edges, lightness_edges
from ._result import Result, Solution
from ._time import Past

UNARIES = ("prob", "sqrt", "log")
DECODES = ("mean", "mode")
BELIEFS = ("bins", "joint")


@dataclass(frozen=True)
class Config:
    belief: str = (
        "bins"  # a network's own 25 + 25 bins where it has some; or its joint cells, summed
    )
    unary: str = "prob"  # theta is the weight times p, its square root, or its logarithm
    weight: float = 10.0  # of the unary term
    same: float = 10.0  # reward of two neighbours in one bin
    near: float = 3.0  # reward of two neighbours at most `reach` bins apart
    reach: int = 2  # bins
    sigma: float = 1e-4  # of squared lightness steps, L in [0, 1]
    time: float = 0.3  # weight of the edge to the frame before, in films
    sweeps: int = 8  # at most; the paper's "approximately eight epochs"
    tolerance: float = 1e-4  # stop when a sweep raises the bound by a smaller share of it
    decode: str = "mean"  # of the marginals, or their mode
    grid: int | str = "network"  # where it works; see `FieldConfig`

    def __post_init__(self) -> None:
        if self.unary not in UNARIES or self.decode not in DECODES or self.belief not in BELIEFS:
            raise BadValue(
                f"The belief is {self.belief!r} of {', '.join(BELIEFS)}; "
                f"the unary is {self.unary!r} of {', '.join(UNARIES)}; "
                f"the decoder is {self.decode!r} of {', '.join(DECODES)}."
            )
        if (
            min(self.sigma, self.sweeps) <= 0
            or min(self.weight, self.tolerance, self.reach, self.time) < 0
        ):
            raise BadValue(
                f"sigma ({self.sigma}) and sweeps ({self.sweeps}) must be above 0; weight "
                f"({self.weight}), tolerance ({self.tolerance}), reach ({self.reach}) and time "
                f"({self.time}) not below."
            )


@dataclass(frozen=True, slots=True)
class Sweep:
    """The state after a sweep of both channels; the first is the uniform start."""

    ab: Float[Tensor, "b 2 h w"]
    bound: float  # the evidence lower bound, summed over channels and pictures


class PottsField:
    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, guide: Float[Tensor, "b c h w"]) -> Edges:
        """The edges' weights, by the guide's steps between neighbours."""
        check_guide(guide)
        return lightness_edges(guide, self.config.sigma)

    def infer(self, prepared: Edges, belief: Belief) -> Solution:
        """The marginals' colours.

        Returns:
            `steps` is the most sweeps a channel took, `residual` the share by which a last one
            raised its bound at most, `bounds` the evidence lower bound summed over channels and
            pictures at the start and after each sweep; a search that ended early keeps its last.
        """
        return self.follow(prepared, belief, None)[0]

    def follow(
        self, prepared: Edges, belief: Belief, past: Past | None
    ) -> tuple[Solution, tuple[Tensor, Tensor]]:
        """As `infer`, with edges to the frame before; also the marginals of a and of b."""
        belief = checked(belief)
        before = (None, None) if past is None else (past.a, past.b)
        values, traces, marginals, residual = [], [], [], 0.0
        for labels, q_before in zip(self._channels(belief), before, strict=True):
            theta = self._scores(labels.energy)
            if past is not None and q_before is not None:
                theta = theta + self.config.time * past.trust * self._reward_of(q_before)
            pictures, settled = [], []
            for i in range(len(theta)):
                q, trace, gain = self._settle(theta[i], prepared, i)
                pictures.append(self._decode(q, labels))
                settled.append(q)
                traces.append(trace)
                residual = max(residual, gain)
            values.append(torch.stack(pictures))
            marginals.append(torch.stack(settled))
        steps = max(len(trace) for trace in traces) - 1
        bounds = tuple(sum(t[min(n, len(t) - 1)] for t in traces) for n in range(steps + 1))
        result = Result.CONVERGED if residual < self.config.tolerance else Result.SWEPT
        colors = exactly(torch.stack(values, dim=1), belief)
        solution = Solution(colors, result, steps, residual, bounds)
        return solution, (marginals[0], marginals[1])

    def _reward_of(self, q: Float[Tensor, "b k h w"]) -> Float[Tensor, "b k h w"]:
        """What each label gains from a neighbour of these marginals: S q."""
        pair = torch.from_numpy(self.reward.matrix(q.shape[1])).to(q)
        return torch.einsum("kl,blhw->bkhw", pair, q)

    def sweeps(self, prepared: Edges, belief: Belief, count: int) -> list[Sweep]:
        """The picture at the start and after each of `count` sweeps (the paper's Figure 4)."""
        bounds = [0.0] * (count + 1)
        # by sweep, channel and picture
        values: list[list[list[Tensor]]] = [[[], []] for _ in bounds]
        for c, labels in enumerate(self._channels(checked(belief))):
            for i in range(len(labels.energy)):
                theta = self._scores(labels.energy[i : i + 1])[0]
                states = itertools.islice(self._ascend(theta, prepared, i), count + 1)
                for n, (q, bound) in enumerate(states):
                    even = n == 0  # where no bin is the most probable one
                    values[n][c].append(self._mean(q, labels) if even else self._decode(q, labels))
                    bounds[n] += bound
        pictures = [torch.stack([torch.stack(c) for c in v], dim=1) for v in values]
        return [Sweep(ab, bound) for ab, bound in zip(pictures, bounds, strict=True)]

    @property
    def reward(self) -> Reward:
        """The pair term."""
        return Reward(self.config.same, self.config.near, self.config.reach)

    def channels(self, belief: Belief) -> ChannelBeliefs:
        """The distributions of a and of b that the field decides on, by its option `belief`."""
        if self.config.belief == "bins" or isinstance(belief, ChannelBeliefs):
            return as_channels(belief)
        return marginals(as_labels(belief, gamut_cells()))

    def decides_on(self, belief: Belief) -> str:
        """The words for it: a network without bins of its own is decided on its joint cells."""
        own = not isinstance(belief, (Proposal, LabelBelief)) or (
            isinstance(belief, Proposal) and belief.channels is not None
        )
        return "bins" if own and self.config.belief == "bins" else "joint"

    def _channels(self, belief: Belief) -> tuple[LabelBelief, LabelBelief]:
        channels = self.channels(belief)
        return channels.a, channels.b

    def _ascend(
        self, theta: Float[Tensor, "k h w"], edges: Edges, i: int
    ) -> Iterator[tuple[Float[Tensor, "k h w"], float]]:
        """The ascent on the batch's picture number i."""
        own = Edges(edges.right[i : i + 1], edges.down[i : i + 1])
        beside = theta.movedim(0, -1).contiguous().movedim(-1, 0)  # as the kernel wants labels
        return ascend(beside, own, self.reward)

    def _scores(self, energy: Float[Tensor, "b k h w"]) -> Float[Tensor, "b k h w"]:
        """theta."""
        p = torch.softmax(-energy, dim=1)
        match self.config.unary:
            case "prob":
                pass
            case "sqrt":
                p.sqrt_()
            case _:
                p.clamp_min_(torch.finfo(p.dtype).tiny).log_()
        return p.mul_(self.config.weight)

    def _settle(
        self, theta: Float[Tensor, "k h w"], edges: Edges, i: int
    ) -> tuple[Float[Tensor, "k h w"], list[float], float]:
        """Marginals of picture number i; the bound at the start and each sweep; the last gain."""
        states = self._ascend(theta, edges, i)
        q, bound = next(states)
        trace, gain = [bound], math.inf
        while len(trace) <= self.config.sweeps and gain >= self.config.tolerance:
            q, bound = next(states)
            gain = (bound - trace[-1]) / max(abs(bound), 1.0)
            trace.append(bound)
        return q.clone(), trace, gain

    def _decode(self, q: Float[Tensor, "k h w"], labels: LabelBelief) -> Float[Tensor, "h w"]:
        if self.config.decode == "mode":
            return labels.palette[:, 0].to(q)[q.argmax(0)]
        return self._mean(q, labels)

    @staticmethod
    def _mean(q: Float[Tensor, "k h w"], labels: LabelBelief) -> Float[Tensor, "h w"]:
        return q.movedim(0, -1) @ labels.palette[:, 0].to(q)


# Clauses of the fields' contract that do not hold here, and why.
EXCEPTIONS = {
    "mirror": "pixels of one colour go first, and which colour a pixel has depends on its place",
    "certain": "four agreeing neighbours outweigh a unary term of at most 10",
    "shift": "its bins lie where they lie, and the outermost have fewer neighbours",
    "silence": "an even distribution is an answer too, though it says little",
    "vividness": "it decides on the distribution itself, not on its mean",
}

build = PottsField
