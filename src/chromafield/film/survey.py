"""One look through a film before its colours: its shots, its frames' times, and its faults.

What it finds makes everything after it plain: how much there is to do, where work can be divided,
how far a hint may travel, and whether the film can be coloured at all.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from ..errors import PictureError
from ..image.detect import COLOUR_FROM
from .chroma import as_bytes
from .levels import coding_of, colour_spread, luma_of
from .shots import Shots
from .source import Notes, Part, Source, moments

LONGEST = 120  # frames of a piece, at most: what a film loses that is stopped
JUDGED = 40  # frames of a shot between two that are asked for colours


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

    def shot(self, number: int) -> range:
        """The frames of a shot."""
        after = self.shots[number + 1] if number + 1 < len(self.shots) else len(self.times)
        return range(self.shots[number], after)

    def shot_of(self, frame: int) -> int:
        """The number of the shot that a frame is of."""
        return bisect_right(self.shots, frame) - 1

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
        path.write_text(json.dumps(vars(self)), "utf-8")


def load_survey(path: Path) -> Survey:
    """What `Survey.save` wrote."""
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return Survey(**lists, cut_off=told["cut_off"])


def look_through(
    source: Source, part: Part, tell: Callable[[int], None] = lambda done: None
) -> Survey:
    """Decode every frame of the part once.

    Args:
        tell: called after each frame with how many were seen.

    Raises:
        PictureError: there is no frame; one is interlaced, of too many bits, or of another size
            than the first.
    """
    notes, shots = Notes(), Shots()
    times: list[int] = []
    levels: list[float] = []
    cuts: list[int] = []
    spreads: list[list[float]] = []  # how far colours leave a tone, shot by shot
    size: tuple[int, int] | None = None
    for moment in moments(source, part, notes):
        frame = moment.frame
        if frame.interlaced_frame:
            raise PictureError(
                f"{source.path} is interlaced. Deinterlace it first, with FFmpeg's bwdif."
            )
        size = size or (frame.width, frame.height)
        if (frame.width, frame.height) != size:
            raise PictureError(
                f"{source.path} changes from {size[0]} x {size[1]} to {frame.width} x "
                f"{frame.height} pixels at {moment.seconds(source):.2f} seconds. Colour the two "
                "parts apart, with --to and --from."
            )
        coding = coding_of(frame)
        luma = as_bytes(luma_of(frame, coding), coding.depth)
        if shots.is_cut(luma):
            cuts.append(len(times))
            spreads.append([])
        if (len(times) - cuts[-1]) % JUDGED == 0:
            spreads[-1].append(colour_spread(frame))
        times.append(moment.pts)
        levels.append(round(float(luma.mean()), 3))
        tell(len(times))
    if not times:
        where = "that can be decoded" if part.is_all else f"from {part.start:g} seconds on"
        raise PictureError(f"{source.path} has no frame {where}.")
    return Survey(
        times=tuple(times),
        shots=tuple(cuts),
        levels=tuple(levels),
        in_colour=coloured_shots([median(shot) for shot in spreads], [*cuts, len(times)]),
        damaged=tuple(notes.damaged),
        cut_off=notes.cut_off,
    )


def coloured_shots(spreads: Sequence[float], bounds: Sequence[int]) -> tuple[bool, ...]:
    """Which shots are in colour; in a film that mostly is, half as much is enough.

    Args:
        spreads: how far each shot's colours leave a tone.
        bounds: the first frame of each shot, and one past the last.
    """
    surely = [spread > COLOUR_FROM for spread in spreads]
    frames = sum(b - a for a, b, sure in zip(bounds, bounds[1:], surely, strict=False) if sure)
    mostly = frames > (bounds[-1] - bounds[0]) / 2
    return tuple(spread > (COLOUR_FROM / 2 if mostly else COLOUR_FROM) for spread in spreads)


def stretches(pieces: list[Piece], least: int = 2 * LONGEST) -> Iterator[list[Piece]]:
    """Pieces that one worker does in a row: whole shots, of so many frames together at least."""
    row: list[Piece] = []
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        row.append(piece)
        ends = after is None or after.shot != piece.shot
        if ends and (after is None or sum(p.count for p in row) >= least):
            yield row
            row = []
