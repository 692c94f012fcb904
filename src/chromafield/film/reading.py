"""A film's frames one after the other, broken ones in their place."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from typing import Any

import av

from .fields import Fields, whole
from .source import BY_PACKETS, HAIR, Moment, Notes, Source, Span, open_source, reason, step_of

LATE = 2.0  # seconds by which frames may come out after their packets
BEFORE = (0.0, 5.0, 60.0)  # seconds before a part at which it is looked for, in turn
SHORT = 1.0  # seconds that a film may end before its own length
START_OF_SCAN, END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"  # of a JPEG picture
WITHOUT_TIMES = ("avi",)  # kinds of files that number packets as they are decoded
REORDERED = ("h264", "hevc")  # codecs whose times FFmpeg guesses there, wrongly


def moments(
    source: Source, span: Span, notes: Notes, fields: Fields | None = None
) -> Iterator[Moment]:
    """The part's frames as they are shown; broken ones hold the one before, and are noted.

    Args:
        fields: how lines make pictures; whole ones where it is not said.
    """
    fields = fields or Fields()
    last: Moment | None = None
    for moment in whole(_all_moments(source, span, notes, fields), source, fields):
        pts = moment.pts if last is None else max(moment.pts, last.pts + 1)
        last = Moment(moment.frame, pts, moment.duration)
        if span.has(last.seconds(source)):
            yield last
    seconds_named = source.seconds
    if last is None or seconds_named is None or notes.truncated:
        return
    began = float(((source.video.start_time or 0) - source.origin) * source.time_base)
    held = last.duration or step_of(source)
    shown = last.seconds(source) - began + float(held * source.time_base)
    if min(seconds_named, span.end - began) - shown > SHORT:
        notes.truncated = (
            f"It ends after {shown:.2f} seconds, but says that it has {seconds_named:.2f}: it may "
            "have been cut off."
        )


def _all_moments(source: Source, span: Span, notes: Notes, fields: Fields) -> Iterator[Moment]:
    """Every frame from some time before the part on."""
    if fields.kind == "telecine" and span.start:  # which frames go is counted from the first
        with open_source(source.path, source.rate) as fresh:
            yield from _read(fresh, span, None, notes)
        return
    # In a stream of packets the first frame after a jump may be taken for another.
    wary = source.container.format.name in BY_PACKETS or fields.kind != "progressive"
    margin = 3 * step_of(source) if wary else 0
    for before in (b for b in BEFORE if span.start > b):
        found = Notes()
        frames = _read(source, span, span.start - before, found)
        first = next(frames, None)
        if (
            first is not None
            and float((first.pts + margin) * source.time_base) <= span.start + HAIR
        ):
            yield first
            yield from frames
            break
    else:
        found = Notes()
        with open_source(source.path, source.rate) as fresh:
            yield from _read(fresh if span.start else source, span, None, found)
    notes.damaged += [seconds for seconds in found.damaged if span.has(seconds)]
    notes.truncated = found.truncated


def _read(source: Source, span: Span, begin: float | None, notes: Notes) -> Iterator[Moment]:
    """The frames from these seconds on, as far as the file can be searched."""
    lost: list[int] = []
    last: Any = None
    times = _Times(source)
    for packet in _packets(source, span, begin, notes):
        frames, broken = _decoded(packet)
        if source.rate is not None and _breaks_off(packet):
            frames, broken = [], True
        stated = times.of(packet, holds=not broken and packet.size > 0)
        if (broken or _is_empty(packet)) and stated is not None:
            lost.append(stated)
        if broken and stated is not None:
            notes.damaged.append(float(stated * source.time_base))
        for frame in frames:
            time = times.shown(frame)
            if frame.is_corrupt:
                notes.damaged.append(float(time * source.time_base))
            for held in sorted(pts for pts in lost if pts < time and last is not None):
                yield Moment(last, held)
            lost = [pts for pts in lost if pts > time]
            last = frame
            yield Moment(frame, time, int(frame.duration or 0))
    if last is not None:
        for held in sorted(lost):
            yield Moment(last, held)


class _Times:
    """When frames are shown, in ticks after the film's start.

    As they say themselves; where the file numbers packets alone, frames take the numbers in order.
    """

    def __init__(self, source: Source) -> None:
        self.origin, self.step = source.origin, step_of(source)
        kind, codec = source.container.format.name, source.video.codec_context.name
        self.in_order = kind in WITHOUT_TIMES and codec in REORDERED
        self.due: list[int] = []  # of packets whose frames are not shown yet
        self.last = -self.step

    def of(self, packet: Any, holds: bool) -> int | None:
        """A packet's time; `holds` says that it has a frame."""
        stated = packet.dts if self.in_order else packet.pts
        if stated is None:
            return None
        if self.in_order and holds:
            heapq.heappush(self.due, stated - self.origin)
        return int(stated - self.origin)

    def shown(self, frame: Any) -> int:
        """A frame's time, told of each in turn."""
        stated = frame.pts if frame.pts is not None else frame.dts
        if self.in_order and self.due:
            self.last = heapq.heappop(self.due)
        else:
            self.last = stated - self.origin if stated is not None else self.last + self.step
        return self.last


def _packets(source: Source, span: Span, begin: float | None, notes: Notes) -> Iterator[Any]:
    """The packets of pictures; where the file breaks off they end, with a note."""
    if begin is not None:
        source.container.seek(int((begin + source.began) * av.time_base))
    packets = source.container.demux(source.video)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError as error:
            notes.truncated = f"It cannot be read to its end ({reason(error)})."
            return
        if packet is None:
            return
        late = math.inf if packet.dts is None else span.end + float(source.began) + LATE
        if packet.dts is not None and packet.dts * packet.time_base > late:
            return
        yield packet


def _decoded(packet: Any) -> tuple[list[Any], bool]:
    """The packet's frames, and whether it is broken."""
    if _is_empty(packet):
        return [], False
    try:
        return packet.decode(), False
    except av.FFmpegError:
        return [], True


def _breaks_off(packet: Any) -> bool:
    """Is the packet a JPEG picture without its end? FFmpeg shows grey there, and says nothing."""
    if packet.stream.codec_context.name != "mjpeg" or packet.size == 0:
        return False
    data = bytes(packet)
    return data.rfind(END_OF_IMAGE) < data.rfind(START_OF_SCAN)


def _is_empty(packet: Any) -> bool:
    """Does the packet say "the same again"? (The one without a time ends the stream.)"""
    return packet.size == 0 and packet.dts is not None
