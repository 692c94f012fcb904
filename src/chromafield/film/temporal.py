"""Colours that stay with things: what the frames before believed is one more belief.

It is brought along the motion and counts as many frames as agree, as far as the motion is trusted;
old ones are forgotten. A new shot knows nothing of the one before. What is averaged depends on the
field:

    any field                     the Gaussian of the colours decided so far joins the network's own
    one with edges through time   the network's distributions are averaged, label by label, since
                                  products of many drift to the likeliest label, which is grey; and
                                  the marginals of the frame before are a neighbour
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import (
    Belief,
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    as_channels,
    as_gaussian,
    join,
)
from ..canvas.canvas import Canvas
from ..fields import FollowingField, Past
from .clock import Clock
from .evenness import Evenness
from .motion import Motion, find_motion, shrunk

MEMORY = 30.0  # frames that count at most
LEAST = 1e-9  # a probability that has a logarithm


@runtime_checkable
class Memory(Protocol):
    """What is remembered of a shot's colours."""

    def decide(
        self, canvas: Canvas, motion: Motion | None, told: tuple[GaussianBelief, ...], most: float
    ) -> Float[Tensor, "1 2 h w"]:
        """The colours of the next frame, which are remembered.

        Args:
            motion: from the last frame; None at a shot's start.
            most: frames that count at most.
        """
        ...

    @property
    def state(self) -> dict[str, Tensor]: ...


@dataclass
class Colours:
    """One Gaussian: the colours so far, and how sure they are."""

    state: dict[str, Tensor] = field(default_factory=dict)  # mean and precision

    def decide(
        self, canvas: Canvas, motion: Motion | None, told: tuple[GaussianBelief, ...], most: float
    ) -> Float[Tensor, "1 2 h w"]:
        own = as_gaussian(canvas.belief)
        known, opinions = own, told
        if motion is not None and self.state["mean"].shape == own.mean.shape:
            before = self._brought(motion)
            known, opinions = own * before, (before, *told)
        ab = canvas.solve(*opinions)
        precision = torch.minimum(known.precision, most * own.precision)
        self.state = {"mean": ab, "precision": precision}
        return ab

    def _brought(self, motion: Motion) -> GaussianBelief:
        both = motion.bring(torch.cat([self.state["mean"], self.state["precision"]], dim=1))
        trust = motion.trust_on((both.shape[2], both.shape[3])).to(both)
        return GaussianBelief(both[:, :2], both[:, 2:] * trust)


@dataclass
class Labels:
    """The mean distributions of a and of b over the frames so far, and the last marginals."""

    state: dict[str, Tensor] = field(default_factory=dict)  # share, count, marginals

    def decide(
        self, canvas: Canvas, motion: Motion | None, told: tuple[GaussianBelief, ...], most: float
    ) -> Float[Tensor, "1 2 h w"]:
        if not isinstance(canvas.field, FollowingField):
            raise TypeError("the field has no edges through time")
        channels = as_channels(canvas.belief)
        share = torch.cat([channels.a.probability(), channels.b.probability()], dim=1)
        count, past = torch.ones_like(share[:, :1]), None
        if motion is not None and self.state["share"].shape == share.shape:
            trust = motion.trust_on((share.shape[2], share.shape[3])).to(share)
            before = trust * motion.bring(self.state["count"])
            share = (share + before * motion.bring(self.state["share"])) / (1 + before)
            count = (1 + before).clamp_max(most)
            a, b = motion.bring(self.state["marginals"]).chunk(2, dim=1)
            past = Past(a, b, trust)
        solution, marginals = canvas.field.follow(
            canvas.prepared, _believed(share, channels, told), past
        )
        self.state = {"share": share, "count": count, "marginals": torch.cat(marginals, dim=1)}
        return solution.unwrap()


def _believed(
    share: Float[Tensor, "1 k h w"], like: ChannelBeliefs, told: tuple[GaussianBelief, ...]
) -> Belief:
    """Shares of the bins of a and of b as a belief, joined with what is told."""
    a, b = (-share.clamp_min(LEAST).log()).chunk(2, dim=1)
    belief: Belief = ChannelBeliefs(LabelBelief(a, like.a.palette), LabelBelief(b, like.b.palette))
    for opinion in told:
        belief = join(belief, opinion)
    return belief


@dataclass
class Steady:
    """The colours of a film's frames, one after the other."""

    memory: float = MEMORY  # frames that count at most
    clock: Clock = field(default_factory=Clock)
    last: NDArray[np.uint8] | None = None  # the last frame of the shot, shrunk
    remembered: Memory | None = None
    held: Tensor | None = None  # the last frame's colours
    even: Evenness = field(default_factory=Evenness)

    def cut(self) -> None:
        """A new shot begins."""
        self.last = self.remembered = self.held = None
        self.even = Evenness()

    @torch.inference_mode()
    def decide(
        self, canvas: Canvas, luma: NDArray[np.uint8], *told: GaussianBelief
    ) -> Float[Tensor, "1 2 h w"]:
        """This frame's colours; it is remembered for the next.

        Args:
            canvas: the frame, prepared.
            luma: the same, as motion is found on it, 8 bits.
            told: what a person says of it, on the canvas's grid.
        """
        now = shrunk(luma)
        motion = None
        if self.last is not None and self.last.shape == now.shape:
            with self.clock.runs("flow"):
                motion = find_motion(self.last, now)
        if self.remembered is None:
            self.remembered = _memory_for(canvas)
        with self.clock.runs("field"):
            ab = self.remembered.decide(canvas, motion, told, self.memory)
        self.last, self.held = now, ab
        return ab

    def save(self, path: Path) -> None:
        """What the next frame of the shot needs, for another run to go on."""
        state: dict[str, Tensor] = {}
        if self.last is not None and self.remembered is not None:
            state = {"last": torch.from_numpy(self.last)} | self.remembered.state
            if self.held is not None:
                state["held"] = self.held
            if self.even.gain is not None:
                state["gain"] = torch.tensor(self.even.gain, dtype=torch.float64)
        torch.save(state, path)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        self.cut()
        state: dict[str, Tensor] = torch.load(path, weights_only=True)
        if "last" in state:
            self.last = state.pop("last").numpy()
            self.held = state.pop("held", None)
            self.even.gain = float(state.pop("gain")) if "gain" in state else None
            self.remembered = Labels(state) if "marginals" in state else Colours(state)


def _memory_for(canvas: Canvas) -> Memory:
    return Labels() if isinstance(canvas.field, FollowingField) else Colours()
