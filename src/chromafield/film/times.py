"""Times as people write them: seconds, 0:01:30, 1234f for a frame, 01:00:03:12 for a timecode.

All are counted from the film's start; a timecode from the film's own, where it has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..errors import BadValue
from .source import frame_rate, open_source
from .streams import timecode_of
from .timecode import frame_of

CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d*)?)")
FRAME = re.compile(r"(\d+)f")
CODE = re.compile(r"\d+:\d\d:\d\d[:;]\d+")
HALF = Fraction(1, 2)  # of a frame: before its own time, after the one's before


@dataclass(frozen=True, slots=True)
class Pace:
    """What numbers of frames and timecodes of a film mean."""

    rate: Fraction
    code: str | None  # of its first frame


def pace_of(path: Path, rate: Fraction | None = None) -> Pace:
    """A film's own.

    Raises:
        PictureError: it is no film.
    """
    with open_source(path, rate) as source:
        return Pace(frame_rate(source), timecode_of(source))


def seconds_of(text: str, pace: Callable[[], Pace]) -> float:
    """The seconds from a film's start that a text means.

    Args:
        pace: asked for where the text names a frame.

    Raises:
        BadValue: it is no time, or before the film's start.
    """
    text = text.strip()
    if found := FRAME.fullmatch(text):
        return _of_frame(int(found[1]), pace().rate)
    if CODE.fullmatch(text):
        own = pace()
        number = (frame_of(text, own.rate) or 0) - (frame_of(own.code or "", own.rate) or 0)
        if number < 0:
            raise BadValue(f"The timecode {text} is before the film's first, {own.code}.")
        return _of_frame(number, own.rate)
    if found := CLOCK.fullmatch(text):
        hours, minutes, seconds = (float(found[n] or 0) for n in (1, 2, 3))
        return 3600 * hours + 60 * minutes + seconds
    try:
        return float(text)
    except ValueError as error:
        raise BadValue(
            f"The time is {text!r}; write seconds (90), minutes (1:30), a frame (2250f) or a "
            "timecode (00:01:30:00)."
        ) from error


def clock(seconds: float) -> str:
    """Seconds as hours, minutes and seconds, as `seconds_of` reads them."""
    minutes, rest = divmod(round(seconds, 2), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:05.2f}"


def span_of(text: str, pace: Callable[[], Pace]) -> tuple[float, float]:
    """The beginning and the end of a span, as 0:10-0:20.

    Raises:
        BadValue: it is no span.
    """
    begin, dash, end = text.partition("-")
    if not dash:
        raise BadValue(f"The span is {text!r}; write its beginning and its end, as 0:10-0:20.")
    span = seconds_of(begin, pace), seconds_of(end, pace)
    if span[0] >= span[1]:
        raise BadValue(f"The span {text} is empty.")
    return span


def rate_of(text: str) -> Fraction:
    """Frames a second, as 18, 23.976 or 24000/1001.

    Raises:
        BadValue: it is none.
    """
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise BadValue(f"The rate is {text!r}; write 18 or 24000/1001.") from error
    if not 0 < rate <= 1000:
        raise BadValue(f"The rate is {text}; it is above 0 and at most 1000 frames a second.")
    return rate


def _of_frame(number: int, rate: Fraction) -> float:
    return float(max(number - HALF, Fraction(0)) / rate)
