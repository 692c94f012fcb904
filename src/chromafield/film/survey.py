"""One look through a film before its colours: its shots, its frames' times, and its faults.

What it finds makes everything after it plain: how much there is to do, where work can be divided,
how far a hint may travel, and whether the film can be coloured at all.
"""

from __future__ import annotations

import dataclasses
import json
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadValue, PictureError
from .chroma import as_bytes
from .dissolves import Dissolves
from .evenness import is_measured
from .exposure import quantiles_of
from .fields import Fields, Lines
from .levels import coding_of, luma_of
from .reading import moments
from .shots import Cutting, Shots
from .source import Moment, Notes, Source, Span, frame_rate, no_frame, open_source, step_of
from .toned import ChromaCount, colored_shots

# The mean chroma of a frame that is coloured alone.
MeasureChroma = Callable[[Any], float]
LONGEST = 120  # frames of a piece, at most: what a film loses that is stopped


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames of one shot that are written as one closed file."""

    number: int
    shot: int
    first: int  # the number of its first frame in the part
    count: int

    @property
    def frames(self) -> range:
        return range(self.first, self.first + self.count)


@dataclass(frozen=True)
class Survey:
    """What a part of a film holds; frames are counted from the part's first."""

    times: tuple[int, ...]  # of each frame, in units of the source's time base
    shots: tuple[int, ...]  # the first frame of each
    levels: tuple[float, ...]  # each frame's mean luma, 0 to 255
    in_colour: tuple[bool, ...]  # whether each shot has colours beyond a tone
    damaged: tuple[float, ...]  # seconds of frames that are not whole
    cut_off: str | None  # a sentence on where the film ends too early
    last: int = 1  # how long the last frame is shown, in the same units
    fields: Fields = field(default_factory=Fields)  # how lines make pictures
    quantiles: tuple[tuple[float, ...], ...] = ()  # of each frame's luma; see `quantiles_of`
    before: int = 0  # frames of the film before the part, where they were counted
    asked: tuple[tuple[int, float], ...] = ()  # frames coloured alone, and their mean chroma
    marked: tuple[bool, ...] = ()  # whether each shot has a coloured mark, as a logo is
    # Frames of dissolves between colour and grey, and how much of each is grey, 0 to 1.
    dissolved: tuple[tuple[int, float], ...] = ()

    def shot(self, number: int) -> range:
        """The frames of a shot."""
        after = self.shots[number + 1] if number + 1 < len(self.shots) else len(self.times)
        return range(self.shots[number], after)

    def shot_of(self, frame: int) -> int:
        """The number of the shot that a frame is of."""
        return bisect_right(self.shots, frame) - 1

    def frames_of(self, shots: Sequence[bool]) -> int:
        """How many frames the shots have that are flagged."""
        return sum(len(self.shot(n)) for n, flag in enumerate(shots) if flag)

    def pieces(self) -> list[Piece]:
        """The film in pieces, each of one shot."""
        pieces: list[Piece] = []
        for number in range(len(self.shots)):
            shot = self.shot(number)
            for first in range(shot.start, shot.stop, LONGEST):
                count = min(LONGEST, shot.stop - first)
                pieces.append(Piece(len(pieces), number, first, count))
        return pieces

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self)), "utf-8")


def load_survey(path: Path) -> Survey:
    """What `Survey.save` wrote."""
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    lists = {name: tuple(value) for name, value in document.items() if isinstance(value, list)}
    for pairs in ("quantiles", "asked", "dissolved"):
        lists[pairs] = tuple(tuple(frame) for frame in document[pairs])
    return Survey(**document | lists | {"fields": Fields(**document["fields"])})


def survey_film(
    source: Source,
    span: Span,
    progress: Callable[[int], None] = lambda done: None,
    kind: str = "auto",
    measure: MeasureChroma | None = None,
    cutting: Cutting | None = None,
) -> Survey:
    """Decode every frame of the part once; twice where lines are found to be of two moments.

    Args:
        progress: called after each frame with how many were seen.
        kind: how lines make pictures; auto where that is to be found.
        measure: the mean chroma of a frame that is coloured alone.
        cutting: where shots begin, or how that is found.

    Raises:
        PictureError: there is no frame; one is of too many bits, or of another size than the
            first.
        BadValue: a shot is said to begin after the film's end.
    """
    cutting = cutting or Cutting()
    lines = Lines(frame_rate(source))
    if kind in ("auto", "progressive"):
        survey = _survey(source, span, progress, Fields(), lines, measure, cutting)
        if kind == "progressive" or lines.fields.kind == "progressive":
            return survey
    else:
        for moment in moments(source, span, Notes()):
            lines.add(_eight_bits(moment))
    fields = lines.fields if kind == "auto" else Fields(kind, lines.fields.top_first)
    with open_source(source.path, source.rate) as again:
        return _survey(again, span, progress, fields, Lines(frame_rate(source)), measure, cutting)


@dataclass
class _Measured:
    """What was seen of a film so far, frame by frame."""

    shots: Shots
    times: list[int] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)
    quantiles: list[tuple[float, ...]] = field(default_factory=list)
    asked: list[tuple[int, float]] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    chroma_count: ChromaCount = field(default_factory=ChromaCount)
    dissolves: Dissolves = field(default_factory=Dissolves)
    held: int = 0  # ticks that the last frame says that it is shown

    def add(
        self,
        moment: Moment,
        luma: NDArray[np.uint8],
        seconds: float,
        measure: MeasureChroma | None,
    ) -> None:
        cut = self.shots.is_cut(luma, seconds)
        if cut:
            self.cuts.append(len(self.times))
            self.dissolves.close(self.chroma_count)
        self.chroma_count.add(moment.frame, cut)
        self.dissolves.add(moment.frame)
        if measure is not None and is_measured(len(self.times) - self.cuts[-1]):
            self.asked.append((len(self.times), measure(moment.frame)))
        self.times.append(moment.pts)
        self.held = moment.duration
        self.levels.append(round(float(luma.mean()), 3))
        self.quantiles.append(quantiles_of(luma))


def _survey(
    source: Source,
    span: Span,
    progress: Callable[[int], None],
    fields: Fields,
    lines: Lines,
    measure: MeasureChroma | None,
    cutting: Cutting,
) -> Survey:
    notes, seen = Notes(), _Measured(Shots(cutting))
    size: tuple[int, int] | None = None
    for moment in moments(source, span, notes, fields):
        luma = _eight_bits(moment)
        height, width = luma.shape
        size = size or (width, height)
        if (width, height) != size:
            raise PictureError(
                f"{source.path} changes from {size[0]} x {size[1]} to {width} x {height} pixels at "
                f"{moment.seconds(source):.2f} seconds. Colour the two parts apart, with --to and "
                "--from."
            )
        lines.add(luma)
        seen.add(moment, luma, moment.seconds(source), measure)
        progress(len(seen.times))
    if not seen.times:
        raise PictureError(no_frame(source, span))
    return _surveyed(source, span, seen, cutting, notes, fields)


def _surveyed(
    source: Source, span: Span, seen: _Measured, cutting: Cutting, notes: Notes, fields: Fields
) -> Survey:
    """What follows from all frames together."""
    if seen.shots.left and span.end == math.inf:
        raise BadValue(
            f"A shot is said to begin at {seen.shots.left[0]:g} seconds; the film's last frame is "
            f"shown at {seen.times[-1] * float(source.time_base):g}."
        )
    seen.dissolves.close(seen.chroma_count)
    found = seen.dissolves.cuts if cutting.times is None else []
    cuts = sorted({*seen.cuts, *found})
    bounds = [*cuts, len(seen.times)]
    spreads, marked = seen.chroma_count.of_shots(bounds, seen.dissolves.frames)
    return Survey(
        times=tuple(seen.times),
        shots=tuple(cuts),
        levels=tuple(seen.levels),
        in_colour=colored_shots(spreads, bounds),
        marked=marked,
        dissolved=tuple(seen.dissolves.frames.items()),
        damaged=tuple(notes.damaged),
        cut_off=notes.truncated,
        last=last_duration(source, span, seen.times, seen.held, notes.truncated is None),
        fields=fields,
        quantiles=tuple(seen.quantiles),
        asked=tuple(seen.asked),
    )


def _eight_bits(moment: Moment) -> NDArray[np.uint8]:
    coding = coding_of(moment.frame)
    return as_bytes(luma_of(moment.frame, coding), coding.depth)


def last_duration(source: Source, span: Span, times: Sequence[int], held: int, whole: bool) -> int:
    """Ticks that the last frame is shown.

    Args:
        held: what the file says of the frame; some containers tell another's.
        whole: the film was read to its end.
    """
    median_step = round(median(b - a for a, b in pairwise(times))) if len(times) > 1 else 0
    rest = (source.end or 0) - times[-1] if whole and span.end == math.inf else 0
    steady = median_step and max(abs(b - a - median_step) for a, b in pairwise(times)) <= 1
    if steady and rest > 0 and held > 0 and min(rest, held) < 1.5 * median_step:
        return median_step
    return max(rest if rest > 0 else held or median_step or step_of(source), 1)


def stretches(pieces: list[Piece], minimum: int = 2 * LONGEST) -> Iterator[list[Piece]]:
    """Pieces that one worker does in a row: whole shots, of so many frames together at least."""
    row: list[Piece] = []
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        row.append(piece)
        ends = after is None or after.shot != piece.shot
        if ends and (after is None or sum(p.count for p in row) >= minimum):
            yield row
            row = []
