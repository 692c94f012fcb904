"""The kinds of belief: Gaussian, over a joint palette, over each channel, and all at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True, slots=True)
class GaussianBelief:
    """What one source thinks of each pixel's ab: N(mean, 1 / precision).

    `a * b` multiplies the densities of two sources.
    """

    mean: Float[Tensor, "b c h w"]  # CIELAB ab, c = 2; or one of them alone, c = 1
    precision: Float[Tensor, "b 1 h w"]  # 1 / ab^2; 0 means "no belief", infinity "exactly"

    @property
    def exact(self) -> Bool[Tensor, "b 1 h w"]:
        """Where the mean is the colour, whatever else is believed."""
        return self.precision == math.inf

    def read(self) -> Float[Tensor, "b c h w"]:
        """The mean, 0 where the precision is 0: nothing stands there, not even a number."""
        return torch.where(self.precision == 0, 0.0, self.mean)

    def weighted(self) -> Float[Tensor, "b c h w"]:
        """The precision times the mean, 0 where the precision is 0."""
        return self.precision * self.read()

    def on(
        self, grid: tuple[int, int], resize: Callable[[Tensor, tuple[int, int]], Tensor]
    ) -> GaussianBelief:
        """The same on a grid of this height and width; the mean weighted by precision.

        A cell that exact colours touch has their average, exactly.
        """
        exact = self.exact
        if bool(exact.any()):
            return self._split_on(grid, resize)
        precision = resize(self.precision, grid)
        mean = resize(self.weighted(), grid) / precision.clamp_min(1e-12)
        return GaussianBelief(mean, precision)

    def _split_on(
        self, grid: tuple[int, int], resize: Callable[[Tensor, tuple[int, int]], Tensor]
    ) -> GaussianBelief:
        exact = self.exact
        rest = GaussianBelief(self.mean, torch.where(exact, 0.0, self.precision)).on(grid, resize)
        pinned = GaussianBelief(self.mean, exact.to(self.mean)).on(grid, resize)
        touched = pinned.precision > 0
        return GaussianBelief(
            torch.where(touched, pinned.mean, rest.mean),
            torch.where(touched, math.inf, rest.precision),
        )

    def to(self, like: Tensor) -> GaussianBelief:
        """The same in the dtype and on the device of `like`."""
        return GaussianBelief(self.mean.to(like), self.precision.to(like))

    def __mul__(self, other: GaussianBelief) -> GaussianBelief:
        """The product; where both are exact, half way between the two."""
        one, two = self.precision, other.precision
        sure = self.exact | other.exact
        if bool(sure.any()):
            one = torch.where(sure, self.exact.to(one), one)
            two = torch.where(sure, other.exact.to(two), two)
        precision = one + two
        weighted = GaussianBelief(self.mean, one).weighted()
        weighted = weighted + GaussianBelief(other.mean, two).weighted()
        mean = weighted / precision.clamp_min(1e-12)
        return GaussianBelief(mean, self.precision + other.precision)


@dataclass(frozen=True, slots=True)
class LabelBelief:
    """A distribution over a palette at each pixel: p = softmax(-energy) along the second axis.

    A joint belief has palette entries (a, b), c = 2; one channel's belief has c = 1.
    """

    energy: Float[Tensor, "b k h w"]
    palette: Float[Tensor, "k c"]  # CIELAB units

    def probability(self) -> Float[Tensor, "b k h w"]:
        return torch.softmax(-self.energy, dim=1)


@dataclass(frozen=True, slots=True)
class Few:
    """Every `step`-th row and column of a grid: in training, distributions at these are enough."""

    step: int = 1
    phase: int = 0  # any whole number: which of the step x step choices

    def of(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c i j"]:
        if self.step == 1:
            return x
        top = min(self.phase // self.step % self.step, x.shape[2] - 1)
        left = min(self.phase % self.step, x.shape[3] - 1)
        return x[:, :, top :: self.step, left :: self.step].contiguous(
            memory_format=torch.channels_last
        )


ALL = Few()


@dataclass(frozen=True, slots=True)
class ChannelBeliefs:
    """The first paper's 25 + 25: a and b apart, each a `LabelBelief` with c = 1."""

    a: LabelBelief
    b: LabelBelief


@dataclass(frozen=True, slots=True)
class Proposal:
    """A network's prediction: all kinds of belief from one pass; a field takes the kind it uses."""

    gaussian: GaussianBelief
    labels: LabelBelief  # over joint ab cells
    channels: ChannelBeliefs | None = None  # None: the marginals of `labels` stand for them


Belief: TypeAlias = GaussianBelief | LabelBelief | ChannelBeliefs | Proposal

CHANNEL_BINS = 25  # of the first paper, a channel


def channel_bins(like: Tensor) -> Float[Tensor, " 25"]:
    """Centres of the first paper's 25 bins of a channel, with the dtype and device of `like`."""
    return torch.arange(-120, 121, 10, dtype=like.dtype, device=like.device)


def channel_beliefs(energy: Float[Tensor, "b 50 h w"]) -> ChannelBeliefs:
    """The first paper's answer of a network: 25 planes of energy for a, then 25 for b."""
    bins = channel_bins(energy)[:, None]
    a, b = energy[:, :CHANNEL_BINS], energy[:, CHANNEL_BINS:]
    return ChannelBeliefs(LabelBelief(a, bins), LabelBelief(b, bins))


def grid_of(belief: Belief) -> tuple[int, int]:
    """Height and width of the grid a belief lies on."""
    match belief:
        case Proposal():
            return grid_of(belief.gaussian)
        case GaussianBelief():
            shape = belief.mean.shape
        case LabelBelief():
            shape = belief.energy.shape
        case ChannelBeliefs():
            shape = belief.a.energy.shape
    return shape[2], shape[3]


def select(belief: Belief, number: int) -> Belief:
    """Select the belief of one picture of a batch."""
    own = slice(number, number + 1)
    match belief:
        case GaussianBelief():
            return GaussianBelief(belief.mean[own], belief.precision[own])
        case LabelBelief():
            return _labels_of(belief, own)
        case ChannelBeliefs():
            return ChannelBeliefs(_labels_of(belief.a, own), _labels_of(belief.b, own))
        case Proposal():
            gaussian = GaussianBelief(belief.gaussian.mean[own], belief.gaussian.precision[own])
            channels = belief.channels and ChannelBeliefs(
                _labels_of(belief.channels.a, own), _labels_of(belief.channels.b, own)
            )
            return Proposal(gaussian, _labels_of(belief.labels, own), channels)


def _labels_of(belief: LabelBelief, own: slice) -> LabelBelief:
    return LabelBelief(belief.energy[own], belief.palette)


def stacked(beliefs: Sequence[Belief]) -> Belief:
    """Beliefs of one kind, on grids of one size, as one of a batch; undone by `select`."""
    first = beliefs[0]
    match first:
        case GaussianBelief():
            return _stacked_gaussians(cast("Sequence[GaussianBelief]", beliefs))
        case LabelBelief():
            return _stacked_labels(cast("Sequence[LabelBelief]", beliefs))
        case ChannelBeliefs():
            return _stacked_channels(cast("Sequence[ChannelBeliefs]", beliefs))
        case Proposal():
            own = cast("Sequence[Proposal]", beliefs)
            channels = [one.channels for one in own if one.channels is not None]
            return Proposal(
                _stacked_gaussians([one.gaussian for one in own]),
                _stacked_labels([one.labels for one in own]),
                _stacked_channels(channels) if channels else None,
            )


def _stacked_gaussians(beliefs: Sequence[GaussianBelief]) -> GaussianBelief:
    return GaussianBelief(
        torch.cat([one.mean for one in beliefs]), torch.cat([one.precision for one in beliefs])
    )


def _stacked_labels(beliefs: Sequence[LabelBelief]) -> LabelBelief:
    return LabelBelief(torch.cat([one.energy for one in beliefs]), beliefs[0].palette)


def _stacked_channels(beliefs: Sequence[ChannelBeliefs]) -> ChannelBeliefs:
    return ChannelBeliefs(
        _stacked_labels([one.a for one in beliefs]), _stacked_labels([one.b for one in beliefs])
    )
