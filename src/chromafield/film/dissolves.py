"""Dissolves of a shot in colour into a grey one, or back: where a cut is not to be seen.

In a dissolve frame = (1 - s) a + s b, a before it and b after it. How much colour a frame has
tells s, and its luma must agree: what pans to a grey wall is no dissolve. The shot is divided
where the grey part begins or ends, so that each half is judged alone; a frame of the dissolve
keeps its own fading colours, and new ones are added in the share s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .toned import COLOR_SPREAD, ChromaCount

SIZE = (16, 12)  # width and height of the frames that are compared
AROUND = 24  # frames beside the nearest looks at its colours that a dissolve may reach
LONGEST = 90  # frames of a dissolve, at most
ENDS = 0.03  # share from its ends that a frame of the dissolve is away, at least
WAVERS = 0.02  # by which the share may go back from one frame to the next
MISFIT = 0.25  # of the change between both ends that a frame's luma may be off
CHANGE = 3.0  # levels of 255 between both ends, at least

Small = NDArray[np.float32]  # (12, 16), luma of a frame


@dataclass
class Dissolves:
    """Told of each frame in turn, and when a shot has ended."""

    cuts: list[int] = field(default_factory=list)  # first frames of shots found in others
    frames: dict[int, float] = field(default_factory=dict)  # of dissolves: the grey picture's share
    lumas: list[NDArray[np.uint8]] = field(default_factory=list)  # the shot's frames, very small
    amounts: list[float] = field(default_factory=list)  # and how much colour they have
    start: int = 0  # the number of its first

    def add(self, frame: Any) -> None:
        """The next frame of the shot."""
        width, height = SIZE
        small = frame.reformat(width=width, height=height, format="yuv444p", interpolation="AREA")
        luma, *planes = np.asarray(small.to_ndarray())
        self.lumas.append(luma)
        self.amounts.append(sum(float(np.abs(p - np.median(p)).mean()) for p in planes))

    def close(self, count: ChromaCount) -> None:
        """The shot is over: look for a dissolve in it."""
        count.close()
        looks = [look for look in count.looks if look.first >= self.start]
        colours = [look for look in looks if look.spread > COLOR_SPREAD]
        greys = [look for look in looks if look.spread < COLOR_SPREAD / 2]
        if colours and greys:
            if colours[-1].first < greys[0].first:
                self._between(colours[-1].first, greys[0].last, forward=True)
            elif greys[-1].first < colours[0].first:
                self._between(greys[-1].first, colours[0].last, forward=False)
        self.start += len(self.lumas)
        self.lumas.clear()
        self.amounts.clear()

    def _between(self, first: int, last: int, forward: bool) -> None:
        """Note the dissolve or the cut between two frames, where there is one."""
        begin = max(first - self.start - AROUND, 0)
        end = min(last - self.start + AROUND, len(self.lumas) - 1)
        amounts = np.asarray(self.amounts[begin : end + 1])
        lumas = [luma.astype(np.float32) for luma in self.lumas[begin : end + 1]]
        if not forward:
            amounts, lumas = amounts[::-1], lumas[::-1]
        found = _dissolve(amounts, lumas)
        if found is None:
            return
        before, after = found  # the last frame in colour, the first grey one
        high, low = amounts[before], amounts[after]
        numbers = range(self.start + begin, self.start + end + 1)[:: 1 if forward else -1]
        for n in range(before + 1, after):
            share = (high - amounts[n]) / (high - low)
            self.frames[numbers[n]] = round(float(np.clip(share, 0, 1)), 4)
        self.cuts.append(numbers[before] + 1 if forward else numbers[before])


def _dissolve(amounts: NDArray[np.float64], lumas: list[Small]) -> tuple[int, int] | None:
    """The last frame in colour and the first grey one, told of how much colour frames have."""
    high, low = np.quantile(amounts, 0.9), np.quantile(amounts, 0.1)
    shares = (high - amounts) / max(high - low, 1e-6)
    middle = int(np.argmax(shares > 0.5))
    before, after = max(middle - 1, 0), middle
    while before and shares[before] > ENDS and shares[before - 1] < shares[before] + WAVERS:
        before -= 1
    while (
        after < len(shares) - 1
        and shares[after] < 1 - ENDS
        and shares[after + 1] > shares[after] - WAVERS
    ):
        after += 1
    fits = after - before <= LONGEST and _blends(lumas[before : after + 1])
    return (before, after) if fits and amounts[before] > amounts[after] else None


def _blends(lumas: list[Small]) -> bool:
    """Are the frames between the first and the last mixtures of both?"""
    change = lumas[-1] - lumas[0]
    size = float(np.abs(change).mean())
    if size < CHANGE:
        return False
    for luma in lumas[1:-1]:
        away = luma - lumas[0]
        share = float((away * change).sum() / (change**2).sum())
        if float(np.abs(away - share * change).mean()) > MISFIT * size:
            return False
    return True
