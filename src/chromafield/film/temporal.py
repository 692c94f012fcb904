"""Colours that stay with objects: the history of a shot is one more belief.

The history is moved along the motion and weighted by the trust in it. Its precision is limited, so
that old frames lose their weight. A new shot starts without a history. The history depends on the
field:

    any field                     a Gaussian of the colours so far, multiplied with the network's
    one with edges through time   the mean of the network's distributions, label by label, since
                                  products of many drift to the likeliest label, which is grey; and
                                  the marginals of the frame before, as a neighbour

In the dark, where grain hides the motion and the network wavers, the colours that a place had
lately are one more belief; see `place.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import (
    Belief,
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    as_gaussian,
    multiply,
)
from ..canvas.canvas import Canvas, finish_canvas
from ..fields import Field, FollowingField, Past
from .clock import Clock
from .evenness import Evenness
from .looks import Look, Looks, brought
from .motion import Motion
from .place import PlaceColors

HISTORY_LIMIT = 30.0  # frames that count at most
MIN_PROBABILITY = 1e-9  # a probability that has a logarithm


@runtime_checkable
class History(Protocol):
    """The history of a shot's colours."""

    def decide(
        self, canvas: Canvas, motion: Motion | None, given: tuple[GaussianBelief, ...], limit: float
    ) -> Float[Tensor, "1 2 h w"]:
        """Solve for the colours of the next frame, and add them to the history.

        Args:
            canvas: the frame, prepared.
            motion: the motion from the last frame; None at a shot's start.
            given: colours that a person gives, on the canvas's grid.
            limit: frames that count at most.
        """
        ...

    @property
    def state(self) -> dict[str, Tensor]: ...


@dataclass
class GaussianHistory:
    """One Gaussian a pixel: the mean and the precision of the colours so far."""

    state: dict[str, Tensor] = field(default_factory=dict)  # mean and precision

    def decide(
        self, canvas: Canvas, motion: Motion | None, given: tuple[GaussianBelief, ...], limit: float
    ) -> Float[Tensor, "1 2 h w"]:
        own = as_gaussian(canvas.belief)
        known, given_beliefs = own, given
        if motion is not None and self.state["mean"].shape == own.mean.shape:
            before = brought(GaussianBelief(self.state["mean"], self.state["precision"]), motion)
            known, given_beliefs = own * before, (before, *given)
        ab = canvas.solve(*given_beliefs)
        precision = torch.minimum(known.precision, limit * own.precision)
        self.state = {"mean": ab, "precision": precision}
        return ab


@dataclass
class LabelHistory:
    """The mean distributions of a and of b over the frames so far, and the last marginals."""

    state: dict[str, Tensor] = field(default_factory=dict)  # share, count, marginals

    def decide(
        self, canvas: Canvas, motion: Motion | None, given: tuple[GaussianBelief, ...], limit: float
    ) -> Float[Tensor, "1 2 h w"]:
        if not isinstance(canvas.field, FollowingField):
            raise TypeError("the field has no edges through time")
        channels = canvas.field.channels(canvas.belief)
        share = torch.cat([channels.a.probability(), channels.b.probability()], dim=1)
        count, past = torch.ones_like(share[:, :1]), None
        if motion is not None and self.state["share"].shape == share.shape:
            trust = motion.trust_on((share.shape[2], share.shape[3])).to(share)
            before = trust * motion.bring(self.state["count"])
            share = (share + before * motion.bring(self.state["share"])) / (1 + before)
            count = (1 + before).clamp_max(limit)
            a, b = motion.bring(self.state["marginals"]).chunk(2, dim=1)
            past = Past(a, b, trust)
        solution, marginals = canvas.field.follow(
            canvas.prepared, _believed(share, channels, given), past
        )
        self.state = {"share": share, "count": count, "marginals": torch.cat(marginals, dim=1)}
        return solution.unwrap()


def _believed(
    share: Float[Tensor, "1 k h w"], like: ChannelBeliefs, given: tuple[GaussianBelief, ...]
) -> Belief:
    """Turn shares of the bins of a and b into a belief, multiplied with the given colours."""
    a, b = (-share.clamp_min(MIN_PROBABILITY).log()).chunk(2, dim=1)
    belief: Belief = ChannelBeliefs(LabelBelief(a, like.a.palette), LabelBelief(b, like.b.palette))
    for one in given:
        belief = multiply(belief, one)
    return belief


@dataclass
class TemporalColors:
    """The colours of a film's frames, one after the other."""

    memory: float = HISTORY_LIMIT  # frames that count at most
    clock: Clock = field(default_factory=Clock)
    history: History | None = None
    held: Tensor | None = None  # the last frame's colours
    even: Evenness = field(default_factory=Evenness)
    place: PlaceColors = field(default_factory=PlaceColors)
    looks: Looks = field(init=False)
    seen: GaussianBelief | None = None  # of the last frame that the network saw

    def __post_init__(self) -> None:
        self.looks = Looks(self.clock)

    def cut(self) -> None:
        """Begin a new shot: forget the history."""
        self.history = self.held = self.seen = None
        self.even, self.place, self.looks = Evenness(), PlaceColors(), Looks(self.clock)

    @torch.inference_mode()
    def bring(
        self, lightness: Float[Tensor, "1 1 H W"], field: Field, look: Look | None
    ) -> Canvas | None:
        """A canvas of a frame that the network need not see; None of one that it has to.

        Args:
            lightness: the frame's, [0, 100].
            field: what decides, on the mean.
            look: what `looks` found of it.
        """
        if look is None or look.to_seen is None or self.seen is None:
            return None
        return finish_canvas(brought(self.seen, look.to_seen), lightness, field)

    @torch.inference_mode()
    def decide(
        self, canvas: Canvas, look: Look, *given: GaussianBelief, light: float = 1.0
    ) -> Float[Tensor, "1 2 h w"]:
        """Solve for this frame's colours, and add them to the history.

        Args:
            canvas: the frame, prepared.
            look: what `looks` found of it.
            given: colours that a person gives, on the canvas's grid.
            light: the frame's share of light, 0 to 1.
        """
        own = as_gaussian(canvas.belief)
        if look.to_seen is None:
            self.seen = own
        if self.history is None:
            self.history = _history_for(canvas)
        with self.clock.runs("field"):
            lately = self.place.belief(own, 1 - light)
            ab = self.history.decide(canvas, look.motion, (*given, *lately), self.memory)
            self.place.add(ab)
        self.held = ab
        return ab

    def save(self, path: Path) -> None:
        """Write what the next frame of the shot needs, so that another run can go on."""
        state: dict[str, Tensor] = {}
        if self.looks.last is not None and self.history is not None:
            state = {"last": torch.from_numpy(self.looks.last)} | self.history.state
            if self.held is not None:
                state["held"] = self.held
            if self.place.ab is not None:
                state["place"] = self.place.ab
            if self.even.gain is not None:
                state["gain"] = torch.tensor(self.even.gain, dtype=torch.float64)
        torch.save(state, path)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        self.cut()
        state: dict[str, Tensor] = torch.load(path, weights_only=True)
        if "last" in state:
            self.looks.last = state.pop("last").numpy()
            self.held = state.pop("held", None)
            self.place.ab = state.pop("place", None)
            self.even.gain = float(state.pop("gain")) if "gain" in state else None
            self.history = LabelHistory(state) if "marginals" in state else GaussianHistory(state)


def _history_for(canvas: Canvas) -> History:
    return LabelHistory() if isinstance(canvas.field, FollowingField) else GaussianHistory()
