"""When frames are shown: at the film's rate where that is constant, at their own times elsewhere.

A container rounds times to its own unit: Matroska writes 24000/1001 frames a second as 42, 41 and
42 thousandths. Times that are those of a constant rate but for such rounding become exact again.
Discs show the frames of a film for two and three half pictures in turn; they get the film's rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from .source import Source
from .survey import Survey

TELECINED = Fraction(4, 5)  # of the video's rate: the film's
NTSC = Fraction(1000, 1001)
FILM = (24 * NTSC, Fraction(24))  # rates of films that are shown at 30 frames a second
AWAY = 1.5  # half pictures that a frame of such a film may be shown from its own time
COARSE = 0.3  # of a frame that times may be off, at most; else a tick
HIGHEST = 1000  # frames a second that are looked for
RATE_TOLERANCE = 2e-4  # of a rate: as near to a whole one, or to one of NTSC, it is meant


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of a result's frames."""

    unit: Fraction  # seconds of a tick
    rate: Fraction  # frames a second, on average
    times: tuple[int, ...]  # ticks from the result's start at which frames are shown
    last: int  # ticks that the last frame is shown
    constant: bool  # is each frame shown equally long?
    source_unit: Fraction = Fraction(1, 1000)  # seconds of a tick of the source

    @property
    def step(self) -> int:
        """Ticks of a frame, on average."""
        return max(round(1 / (self.rate * self.unit)), 1)

    @property
    def durations(self) -> tuple[int, ...]:
        """Ticks that each frame is shown."""
        ends = (*self.times[1:], self.times[-1] + self.last)
        return tuple(end - time for time, end in zip(self.times, ends, strict=True))


def timing_of(source: Source, survey: Survey, from_zero: bool) -> Timing:
    """The times of a film's frames, exact where the rate is constant.

    Args:
        from_zero: the first frame is shown at 0, as in a part of a film.
    """
    unit = source.time_base
    begins = 0 if from_zero else survey.times[0]
    offsets = [time - survey.times[0] for time in survey.times]
    named_rates = (source.video.average_rate, source.video.guessed_rate, source.video.base_rate)
    rates = [Fraction(one) for one in named_rates if one]
    if survey.fields.kind == "telecine":
        rates = [TELECINED * one for one in rates]
    rate = constant_rate(offsets, survey.last, unit, rates)
    rate = rate or film_rate(offsets, unit)
    if rate is None:
        total = (offsets[-1] + survey.last) * unit
        times = tuple(begins + offset for offset in offsets)
        return Timing(unit, len(times) / total, times, survey.last, False, unit)
    fine = 1 / rate if begins == 0 else Fraction(1, math.lcm(rate.numerator, unit.denominator))
    start, step = round(begins * unit / fine), round(1 / (rate * fine))
    times = tuple(start + step * n for n in range(len(offsets)))
    return Timing(fine, rate, times, step, True, unit)


def constant_rate(
    offsets: Sequence[int], last: int, unit: Fraction, named_rates: Iterable[Fraction]
) -> Fraction | None:
    """The rate whose times these are, rounded to the unit; None where there is none.

    Args:
        offsets: ticks of each frame after the first.
        last: ticks that the last frame is shown.
        named_rates: rates that the file names, tried first.
    """
    span = (offsets[-1] if len(offsets) > 1 else last) * unit
    mean = max(len(offsets) - 1, 1) / span if span > 0 else Fraction(25)
    near = [Fraction(round(mean)), round(mean / NTSC) * NTSC, mean.limit_denominator(12)]
    exact = [mean] if len(offsets) == 1 else []
    named_rates = [one for rate in named_rates for one in (*_standard_rates(rate), rate)]
    for rate in (*named_rates, *near, *exact):
        if 0 < rate <= HIGHEST and _fits(offsets, last, 1 / (rate * unit)):
            return rate
    return None


def film_rate(offsets: Sequence[int], unit: Fraction) -> Fraction | None:
    """The film's rate where frames are shown for two and three half pictures of video."""
    steps = [after - before for before, after in pairwise(offsets)]
    for rate in FILM:
        half = float(1 / (rate * unit) * TELECINED / 2)
        fields = [round(step / half) for step in steps]
        told = set(fields) == {2, 3} and all(
            abs(step - count * half) <= 1 for step, count in zip(steps, fields, strict=True)
        )
        away = (abs(offset - n * 5 / 2 * half) for n, offset in enumerate(offsets))
        if told and max(away) <= AWAY * half:
            return rate
    return None


def _standard_rates(rate: Fraction) -> list[Fraction]:
    """The whole rate, or NTSC's, that a file means by one that was counted in rounded times."""
    near = (Fraction(round(rate)), round(rate / NTSC) * NTSC)
    return [one for one in near if one and abs(rate / one - 1) < RATE_TOLERANCE]


def _fits(offsets: Sequence[int], last: int, step: Fraction) -> bool:
    """Are these the multiples of the step, rounded?"""
    ticks = float(step)
    if abs(last - ticks) > max(1.0, ticks / 2):
        return False
    if len(offsets) == 1:
        return abs(last - ticks) < 1
    limit = min(1.0, COARSE * ticks) + 1e-6
    return all(abs(offset - n * ticks) <= limit for n, offset in enumerate(offsets))
