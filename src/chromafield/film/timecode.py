"""Timecode as editors have it, HH:MM:SS:FF; with a semicolon before the frames it drops numbers.

References:
    SMPTE ST 12-1: at 30000/1001 frames a second the numbers 0 and 1 of each minute are left out,
    but for every tenth minute; at 60000/1001 twice as many.
"""

from __future__ import annotations

import re
from fractions import Fraction

SHAPE = re.compile(r"(\d+):(\d\d):(\d\d)([:;.])(\d+)")


def frame_of(code: str, rate: Fraction) -> int | None:
    """The number of the frame after 0 that has this code; None where it is no timecode."""
    found = SHAPE.fullmatch(code.strip())
    if not found:
        return None
    hours, minutes, seconds, frames = (int(found[n]) for n in (1, 2, 3, 5))
    base = round(rate)
    minutes += 60 * hours
    dropped = 0 if found[4] == ":" else _left_out(base) * (minutes - minutes // 10)
    return (60 * minutes + seconds) * base + frames - dropped


def code_of(frame: int, rate: Fraction, drops: bool) -> str:
    """The code of a frame, counted from 0."""
    base = round(rate)
    if drops:
        lost = _left_out(base)
        tens, rest = divmod(frame, 600 * base - 9 * lost)
        frame += 9 * lost * tens + lost * max((rest - lost) // (60 * base - lost), 0)
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minutes:02d}:{seconds:02d}{';' if drops else ':'}{frames:02d}"


def later(code: str, frames: int, rate: Fraction) -> str:
    """The code so many frames after one; itself where it is no timecode."""
    first = frame_of(code, rate)
    if first is None or not frames:
        return code
    return code_of(first + frames, rate, ";" in code)


def _left_out(base: int) -> int:
    """Numbers that are dropped a minute."""
    return 2 * round(base / 30)
