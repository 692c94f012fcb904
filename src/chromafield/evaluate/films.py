"""What steady colours are worth on a film in colour: its grey copy coloured, and compared.

    warp error   how much chroma changes along the motion, mean over places whose motion is sure;
                 Farneback's flow on the original, which no method uses to propagate
    CDC          Jensen-Shannon divergence, in nats, of the histograms of red, green and blue in
                 frames of one shot that are 1, 2 and 4 apart; mean over all
    swing        of the chroma and the hue of what stands still, over a shot; see `swing.py`
    CIEDE2000    against the true colours, mean over pixels and frames

References:
    Lai et al., Learning blind video temporal consistency, 2018, for the warp error;
    Liu et al., Temporally consistent video colorization, 2021, for CDC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..canvas.upsample import render
from ..color import ciede2000, rgb_to_lab
from ..image.sheet import within
from ..metrics.metrics import colourfulness
from ..metrics.swing import Swings, still_places
from ..resize import resize
from ..tables import as_table

SIDE = 320  # pixels of the longer side that all is measured on
ASTRAY = 1.0  # pixels that going back and forth may miss
APART = (1, 2, 4)  # frames between histograms that are compared

Frame = NDArray[np.uint8]  # (h, w, 3), sRGB
# A method: a frame's lightness and luma to its colours.
Decide = Callable[[Float[Tensor, "1 1 H W"], NDArray[np.uint8]], Float[Tensor, "1 2 h w"]]


@dataclass
class Tally:
    """One method's sums over a film."""

    warps: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    colours: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)  # of histograms
    last: NDArray[np.float32] | None = None  # ab of the frame before, (h, w, 2)
    shares: list[NDArray[np.float64]] = field(default_factory=list)  # histograms of the shot so far
    swings: Swings = field(default_factory=Swings)

    def mean(self, name: str) -> float:
        """Of the values of this name; 0 where there are none."""
        values: list[float] = getattr(self, name)
        return sum(values) / len(values) if values else 0.0


def measure_film(
    frames: Iterable[Frame],
    methods: dict[str, Decide],
    is_cut: Callable[[NDArray[np.uint8]], bool],
    grain: float = 0.0,
    seed: int = 0,
    progress: Callable[[], None] = lambda: None,
) -> tuple[dict[str, Tally], float]:
    """Every method on a film's frames.

    Args:
        frames: in colour.
        is_cut: says of each frame's luma whether a shot begins.
        grain: standard deviation of noise on what the methods see, levels of 255.

    Returns:
        The tallies, and the truth's own mean colourfulness.
    """
    random = np.random.default_rng(seed)
    tallies = {name: Tally() for name in methods}
    truths: list[float] = []
    greys: list[NDArray[np.uint8]] = []  # of the shot so far
    before: NDArray[np.uint8] | None = None
    for rgb in frames:
        small = within(rgb, SIDE, minimum=16)
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        seen = np.clip(grey + random.normal(0, grain, grey.shape), 0, 255).round().astype(np.uint8)
        cut = is_cut(seen)
        now = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        motion = None if cut or before is None else _sure_motion(before, now)
        truth = rgb_to_lab(torch.from_numpy(small).movedim(-1, 0).float() / 255)
        if cut:
            _close_shot(tallies, greys)
        greys.append(now)
        for name, decide in methods.items():
            ab = decide(lightness_of(seen), seen)
            _count(tallies[name], ab, truth, motion)
        truths.append(colourfulness(torch.from_numpy(small).movedim(-1, 0)))
        before = now
        progress()
    _close_shot(tallies, greys)
    return tallies, sum(truths) / max(len(truths), 1)


def _close_shot(tallies: dict[str, Tally], greys: list[NDArray[np.uint8]]) -> None:
    seen = still_places(greys)
    for tally in tallies.values():
        tally.shares.clear()
        tally.swings.close(seen)
    greys.clear()


def markdown(tallies: dict[str, Tally], truth: float) -> str:
    """A row a method, each warp error beside the first's."""
    lines = []
    first = next(iter(tallies.values())).mean("warps")
    for name, tally in tallies.items():
        share = 100 * tally.mean("warps") / first if first else 0.0
        vivid = 100 * tally.mean("colours") / truth if truth else 0.0
        lines.append(
            {
                "colours": name,
                "frames": str(len(tally.errors)),
                "warp error, ab": f"{tally.mean('warps'):.3f}",
                "of the first's": f"{share:.0f} %",
                "swing of chroma": _swing(tally.swings.chroma, 1),
                "of hue": _swing(tally.swings.hue, 0),
                "CDC, 1e-3": f"{1000 * tally.mean('changes'):.2f}",
                "CIEDE2000": f"{tally.mean('errors'):.2f}",
                "colourfulness of truth's": f"{vivid:.0f} %",
            }
        )
    return as_table(lines)


def _swing(shots: list[float], digits: int) -> str:
    """Its mean over shots; a dash where nothing stands still."""
    return f"{sum(shots) / len(shots):.{digits}f}" if shots else "-"


def _count(
    tally: Tally,
    ab: Float[Tensor, "1 2 h w"],
    truth: Float[Tensor, "3 H W"],
    motion: tuple[NDArray[np.float32], NDArray[np.bool_]] | None,
) -> None:
    lightness = truth[None, :1]
    rgb = render(ab, lightness)
    tally.errors.append(float(ciede2000(truth, rgb_to_lab(rgb)).mean()))
    levels = (rgb * 255).round().to(torch.uint8)
    tally.colours.append(colourfulness(levels))
    _count_histogram(tally, levels.numpy())
    size = (truth.shape[1], truth.shape[2])
    planes = np.ascontiguousarray(resize(ab, size)[0].movedim(0, -1).numpy(), np.float32)
    if motion is not None and tally.last is not None:
        where, sure = motion
        warped = cv2.remap(tally.last, where[..., 0], where[..., 1], cv2.INTER_LINEAR)
        away = np.hypot(*(planes - warped).transpose(2, 0, 1))
        if sure.any():
            tally.warps.append(float(away[sure].mean()))
    tally.last = planes
    tally.swings.add(planes)


def _count_histogram(tally: Tally, levels: NDArray[np.uint8]) -> None:
    share = np.stack([np.bincount(plane.ravel(), minlength=256) for plane in levels])
    tally.shares.append(share / share.sum(1, keepdims=True))
    for apart in APART:
        if len(tally.shares) > apart:
            both = (tally.shares[-1 - apart], tally.shares[-1])
            tally.changes.append(
                float(np.mean([divergence(*pair) for pair in zip(*both, strict=True)]))
            )
    del tally.shares[: -max(APART)]


def divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """Jensen-Shannon's of two distributions, in nats."""
    middle = (p + q) / 2
    return (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2


def _relative_entropy(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    there = p > 0  # 0 log 0 = 0
    return float((p[there] * np.log(p[there] / q[there])).sum())


def _sure_motion(
    before: NDArray[np.uint8], now: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where each pixel was, and whether that is sure."""
    back, forth = _farneback(now, before), _farneback(before, now)
    h, w = now.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    where = (np.stack([x, y], axis=2) + back).astype(np.float32)
    again = cv2.remap(forth, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderValue=(1e3, 1e3))
    sure = np.hypot(*(back + again).transpose(2, 0, 1)) < ASTRAY
    return where, sure


def _farneback(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    empty = np.zeros((*one.shape, 2), np.float32)
    flow = cv2.calcOpticalFlowFarneback(one, other, empty, 0.5, 4, 21, 3, 7, 1.5, 0)
    return np.asarray(flow, np.float32)


def lightness_of(grey: NDArray[np.uint8]) -> Float[Tensor, "1 1 H W"]:
    """L in [0, 100] of grey levels (h, w)."""
    three = torch.from_numpy(grey).float()[None].expand(3, -1, -1) / 255
    return rgb_to_lab(three)[None, :1]
