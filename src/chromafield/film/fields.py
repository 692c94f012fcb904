"""How lines make pictures: whole ones, two half ones of different moments, or film told as video.

Where things move, a line is compared with the mean of the lines beside it: as it is, and with the
same line of the frame before or after in its place. In a whole picture its own line fits best.
Where the lines between are of another moment, one of the others fits as well. Interlaced video is
woven in every frame that moves, and each of its half pictures is new. Film told as 30 frames a
second is woven in one to three of five, and shows half pictures twice: one of a woven frame is that
of the frame before or after. What a file says of itself is often wrong, and is not asked.

References:
    FFmpeg's filters idet, whose sums these are, bwdif, which deinterlaces, and fieldmatch and
    decimate, which give back the film's own frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

from .source import Moment, Source, frame_rate

TELECINED = 30  # frames a second of film told as video
MOVES = 10  # levels of 255 by which a place changes at least
MOVING_SHARE = 0.005  # share of places that must move
FITS = 1.25  # how much worse another moment's line may fit in a woven picture
DIFFERENT = 1.15  # how much the two moments differ at least, where that tells something
REPEATED = 0.4  # of the half pictures' change that one shown twice may have
MOSTLY = 0.6  # share of moving frames that are woven in interlaced video
SOME = 0.12  # and from which there are too many for whole pictures; film has at least 0.2
TWICE = 0.4  # share of a film's woven frames with a half picture that is shown twice
AGREE = 0.5  # how far woven frames agree on which lines are first, 0 to 1
MIN_MOVING = 5  # frames that must move
ACROSS = 160  # columns that are looked at


@dataclass(frozen=True, slots=True)
class Fields:
    """How a film's lines make pictures."""

    kind: str = "progressive"  # or interlaced, or telecine
    top_first: bool = True  # are the upper lines of an interlaced frame the earlier ones?

    @property
    def sentences(self) -> list[str]:
        """What there is to say of a film that was told in fields."""
        done = {
            "interlaced": "interlaced: it was deinterlaced",
            "telecine": "telecined: it has its own frames again",
        }
        if self.kind not in done:
            return []
        return [f"The film is {done[self.kind]}. As it is: --fields progressive."]

    def filters(self, rate: Fraction) -> tuple[tuple[str, str], ...]:
        """FFmpeg's filters that make whole pictures, and their options."""
        order = "tff" if self.top_first else "bff"
        if self.kind == "interlaced":
            return (("bwdif", f"mode=send_frame:parity={order}:deint=all"),)
        return (
            ("fps", f"fps={rate.numerator}/{rate.denominator}"),
            ("fieldmatch", f"order={order}"),
            ("bwdif", f"mode=send_frame:parity={order}:deint=interlaced"),
            ("decimate", "cycle=5"),
        )


@dataclass(frozen=True, slots=True)
class Weave:
    """What a frame in which something moves tells."""

    order: int  # 0 of one moment; of two 1 with the upper lines first, -1 with the lower ones
    twice: bool = False  # is a half picture of it shown in the frame before or after as well?


class Lines:
    """Told of each frame's luma in turn."""

    def __init__(self, rate: Fraction) -> None:
        """Of a film of so many frames a second: at another rate than 30 it is not telecined."""
        self.may_be_telecined = abs(rate - TELECINED) < 1
        self.told: list[Weave] = []  # of the frames that tell
        self.near: list[NDArray[np.int16]] = []  # at most two frames before

    def add(self, luma: NDArray[np.uint8]) -> None:
        """The next frame."""
        self.near.append(luma[:, :: max(luma.shape[1] // ACROSS, 1)].astype(np.int16))
        if len(self.near) == 3 and len({frame.shape for frame in self.near}) == 1:
            weave = weave_of(*self.near)
            if weave is not None:
                self.told.append(weave)
        del self.near[:-2]

    @property
    def fields(self) -> Fields:
        """What the frames so far tell."""
        woven = [weave for weave in self.told if weave.order]
        order = sum(weave.order for weave in woven)
        share = len(woven) / max(len(self.told), 1)
        kind = "progressive"
        if woven and abs(order) >= AGREE * len(woven):
            twice = np.mean([weave.twice for weave in woven]) >= TWICE
            if twice and share > SOME and len(self.told) >= MIN_MOVING:
                kind = "telecine" if self.may_be_telecined else "interlaced"
            elif share >= MOSTLY:
                kind = "interlaced"
        return Fields(kind, order >= 0)


def weave_of(
    before: NDArray[np.int16], now: NDArray[np.int16], after: NDArray[np.int16]
) -> Weave | None:
    """Is a frame of two moments? None where too little moves to tell."""
    moves = np.maximum(np.abs(now - before), np.abs(now - after)) > MOVES
    moves[0] = moves[-1] = False
    if moves.mean() < MOVING_SHARE:
        return None
    beside = np.zeros_like(now)
    beside[1:-1] = now[:-2] + now[2:]

    def misfit(lines: NDArray[np.int16], parity: int) -> float:
        away = np.abs(beside - 2 * lines)[parity::2]
        return float(away[moves[parity::2]].sum())

    def change(other: NDArray[np.int16], parity: int) -> float:
        return float(np.abs(now - other)[parity::2][moves[parity::2]].mean())

    own = misfit(now, 0) + misfit(now, 1) + 1
    top_first = misfit(before, 1) + misfit(after, 0)
    bottom_first = misfit(after, 1) + misfit(before, 0)
    best, worst = sorted((top_first, bottom_first))
    if best >= FITS * own:
        return Weave(0)
    if worst <= DIFFERENT * best:
        return None
    changes = [change(other, parity) for other in (before, after) for parity in (0, 1)]
    twice = min(changes) < REPEATED * float(np.median(changes))
    return Weave(1 if top_first < bottom_first else -1, twice)


def whole(frames: Iterable[Moment], source: Source, fields: Fields) -> Iterator[Moment]:
    """Frames of whole pictures of frames that are told in fields."""
    if fields.kind == "progressive":
        yield from frames
        return
    graph: Any = None
    for moment in frames:
        graph = graph or _graph(moment.frame, source, fields)
        moment.frame.pts, moment.frame.time_base = moment.pts, source.time_base
        graph.vpush(moment.frame)
        yield from _made(graph, source)
    if graph is not None:
        graph.vpush(None)
        yield from _made(graph, source)


def _graph(frame: Any, source: Source, fields: Fields) -> Any:
    graph = av.filter.Graph()
    nodes = [
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=source.time_base,
        )
    ]
    filters = (*fields.filters(frame_rate(source)), ("format", f"pix_fmts={frame.format.name}"))
    nodes += [graph.add(name, options) for name, options in filters]
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph


def _made(graph: Any, source: Source) -> Iterator[Moment]:
    while True:
        try:
            frame = graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
        pts = round(frame.pts * frame.time_base / source.time_base)
        length = round((frame.duration or 0) * frame.time_base / source.time_base)
        yield Moment(frame, pts, length)
