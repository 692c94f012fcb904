"""Colours given on some frames of a shot, carried to the others.

A key frame gives colours and, for each place, the share by which they count. They are kept on the
grid of the film's chroma planes, are read along the route from each frame straight to its key, and
count there by the trust in that route; `routes` has the formula. Of two keys around a frame each
counts by trust / sqrt(distance). Where no route is trusted they count LOST, the network the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.canvas import Canvas
from ..canvas.upsample import upsampled
from ..hints.document import Hints
from ..propagation.propagate import HintPropagator
from ..resize import resize
from .motion import Motion
from .routes import Route, Small, routes

STRONG = 100.0  # 1 / ab^2: the precision of a place that is given whole; others weigh far less
CHANGED = 3.0  # ab units of change by hints from which on a place is given whole
TRUSTED = 0.03  # trust in the route from which on a place is given whole
LOST = 0.5  # of the colours that a key gives: what they count beside the network without trust
LITTLE = 1e-3  # trust that colours have beside those of another key without any
FARTHEST = 1500  # frames that colours travel each way, at most: their routes stay in memory
DIRECTIONS = ("both", "forward", "back")  # in which given colours travel


@dataclass(frozen=True, slots=True)
class FrameColors:
    """Colours given to a frame, on the grid of its chroma planes."""

    ab: Float[Tensor, "1 2 h w"]  # CIELAB units, half precision
    share: Float[Tensor, "1 1 h w"]  # 0 to 1: how far they count; half precision

    def belief(self, grid: tuple[int, int]) -> GaussianBelief:
        """The same on the grid of a canvas, for its field."""
        share = self.share.float()
        both = resize(torch.cat([share * self.ab.float(), share], dim=1), grid)
        return GaussianBelief(both[:, :2] / both[:, 2:].clamp_min(1e-6), STRONG * both[:, 2:])

    def over(
        self, ab: Float[Tensor, "1 2 i j"], lightness: Float[Tensor, "1 1 h w"]
    ) -> Float[Tensor, "1 2 h w"]:
        """Colours of a canvas with these over them.

        Args:
            ab: on the canvas's grid.
            lightness: of the frame, on this grid.
        """
        return torch.lerp(upsampled(ab.cpu(), lightness), self.ab.float(), self.share.float())

    def before(self, other: FrameColors) -> FrameColors:
        """Both together: these colours where they count, the other's elsewhere."""
        ab = torch.lerp(other.ab.float(), self.ab.float(), self.share.float())
        return FrameColors(ab.half(), self.share.maximum(other.share))

    def along(self, motion: Motion) -> FrameColors:
        """The same on another frame, as far as the motion from there to here is trusted."""
        ab, share, _ = _brought(self, motion)
        return FrameColors(ab.half(), share.half())


@dataclass(frozen=True)
class ShotColors:
    """What is given to the frames of a shot."""

    keys: Mapping[int, FrameColors]  # by number, what the key frames are given
    routes: Mapping[int, Mapping[int, Route]]  # of a frame, to one key or two

    def __bool__(self) -> bool:
        return bool(self.keys)

    def on(self, number: int) -> FrameColors | None:
        """What a frame is given; None of one that no key reaches."""
        if number in self.keys:
            return self.keys[number]
        if number not in self.routes:
            return None
        found = self.routes[number]
        keys = [_brought(self.keys[key], route.motion) for key, route in found.items()]
        return _blended(keys, [route.distance for route in found.values()])


def propagate(
    keys: Mapping[int, FrameColors], frames: range, small: Small, direction: str = "both"
) -> ShotColors:
    """Carry what keys are given to the other frames of their shot, until the next key.

    Args:
        keys: by number, what the key frames are given.
        frames: of the shot.
        direction: one of `DIRECTIONS`.
    """
    found: dict[int, dict[int, Route]] = {}
    for key in keys:
        ways = {
            "forward": range(key + 1, min([n for n in keys if n > key], default=frames.stop)),
            "back": range(key - 1, max([n for n in keys if n < key], default=frames.start - 1), -1),
        }
        for name, way in ways.items():
            if direction in ("both", name):
                for number, route in routes(key, way[:FARTHEST], small):
                    found.setdefault(number, {})[key] = route
    return ShotColors(keys, found)


@torch.inference_mode()
def frame_colors(
    canvas: Canvas, propagator: HintPropagator, hints: Hints, lightness: Float[Tensor, "1 1 h w"]
) -> FrameColors:
    """What hints change on their own frame; under dense marks as exact as they are.

    Args:
        lightness: of the frame, on the grid of its chroma planes.
    """
    grid = (lightness.shape[2], lightness.shape[3])
    found = propagator.colors(hints)
    change = torch.linalg.vector_norm(found - propagator.automatic, dim=1, keepdim=True)
    drawn = propagator.given(hints).belief(grid)
    known = drawn.precision.clamp(0, 1)
    share = (resize(change.cpu(), grid) / CHANGED).maximum(known).clamp(0, 1)
    ab = torch.lerp(upsampled(found.cpu(), lightness), drawn.mean, known)
    return FrameColors(ab.half(), share.half())


def _brought(given: FrameColors, motion: Motion) -> tuple[Tensor, Tensor, Tensor]:
    """The colours of a key, how far they count, and the trust that they do."""
    planes = motion.bring(torch.cat([given.ab, given.share], dim=1).float())
    trust = motion.trust_on((planes.shape[2], planes.shape[3]))
    share = planes[:, 2:] * (trust / TRUSTED).clamp(LOST, 1)
    return planes[:, :2], share, planes[:, 2:] * trust.clamp_min(LITTLE)


def _blended(keys: list[tuple[Tensor, Tensor, Tensor]], distances: list[int]) -> FrameColors:
    """By trust, and between two key frames the nearer counts more."""
    colours, shares, trusts = (torch.stack(planes) for planes in zip(*keys, strict=True))
    weights = trusts / torch.tensor(distances).sqrt().view(-1, 1, 1, 1, 1)
    ab = (weights * colours).sum(0) / weights.sum(0).clamp_min(1e-12)
    return FrameColors(ab.half(), shares.amax(0).half())
