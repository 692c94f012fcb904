"""Files of frames and packets: a segment of coloured frames, and segments joined with the sound.

A segment is a film without sound of whole groups of pictures; NUT keeps times in any unit, exactly.
They begin LEAD seconds late, since decoding times would be below 0, which NUT shifts to 0.
Joining copies packets: those of the segments in order, those of the source that are not pictures
between them. Decoding times are made anew, since each segment counts its own: the n-th packet is
decoded when the (n - d)-th frame is shown, d being how far frames are written ahead of their turn.
"""

from __future__ import annotations

import contextlib
import heapq
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from ..errors import OutputError
from .chroma import Coding, Plane
from .levels import BT601, BT709, FULL, pix_fmt_for
from .source import Part, Source

CODECS = {"h264": "libx264", "h265": "libx265", "ffv1": "ffv1"}
DEEPEST = {"h264": 10, "h265": 12, "ffv1": 16}  # bits a level
ENDING = ".nut"
LEAD = 10  # seconds
NEEDED = ("audio",)  # kinds of streams without which no film is wanted


@dataclass(frozen=True, slots=True)
class Look:
    """What is the same for all frames of a coloured film."""

    codec: str
    quality: int  # of H.264 and H.265: 0 is lossless, 51 worst
    size: tuple[int, int]  # width and height
    pix_fmt: str
    coding: Coding
    time_base: Fraction
    rate: Fraction
    aspect: Fraction | None  # of a pixel

    def stream(self, out: Any) -> Any:
        """Its stream in a new file."""
        options = {} if self.codec == "ffv1" else {"crf": str(self.quality)}
        if self.codec == "h265":
            options["x265-params"] = "log-level=error"
        stream = out.add_stream(CODECS[self.codec], self.rate, options=options)
        stream.width, stream.height = self.size
        stream.pix_fmt = self.pix_fmt
        stream.time_base = stream.codec_context.time_base = self.time_base
        if self.aspect:
            stream.codec_context.sample_aspect_ratio = self.aspect
        stream.codec_context.color_range = FULL if self.coding.full else 1
        stream.codec_context.colorspace = BT709 if self.coding.matrix == "709" else BT601
        return stream


def look_of(
    source: Source, frame: Any, luma: Plane, coding: Coding, codec: str, quality: int
) -> Look:
    """The look of a film that begins with this frame.

    Raises:
        OutputError: the codec cannot hold as many bits a level.
    """
    if coding.depth > DEEPEST[codec]:
        deep = ", ".join(name for name, most in DEEPEST.items() if most >= coding.depth)
        raise OutputError(
            f"The film has {coding.depth} bits a level; {codec} holds {DEEPEST[codec]}. "
            f"Choose --codec {deep}."
        )
    height, width = luma.shape
    aspect = None if frame.rotation % 180 else source.video.sample_aspect_ratio
    rate = Fraction(source.video.average_rate or 25)
    pix_fmt = pix_fmt_for(luma, coding.depth)
    size = (width, height)
    return Look(codec, quality, size, pix_fmt, coding, source.time_base, rate, aspect)


class Segment:
    """A file that takes frames until it is closed."""

    def __init__(self, path: Path, look: Look) -> None:
        self.out = av.open(str(path), "w")
        self.stream = look.stream(self.out)
        self.lead = round(LEAD / look.time_base)
        self.shown: list[int] = []  # pts of its packets, as they are written

    def add(self, frame: Any) -> None:
        frame.pts += self.lead
        self._write(self.stream.encode(frame))

    def close(self) -> int:
        """Finish the file; returns how many frames ahead of their turn packets stand."""
        self._write(self.stream.encode(None))
        self.out.close()
        rank = {pts: number for number, pts in enumerate(sorted(self.shown))}
        return max((number - rank[pts] for number, pts in enumerate(self.shown)), default=0)

    def abandon(self) -> None:
        with contextlib.suppress(av.FFmpegError, OSError):
            self.out.close()

    def _write(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            self.shown.append(packet.pts)
            self.out.mux(packet)


def streams_kept(source: Source, look: Look, suffix: str) -> tuple[list[int], list[str]]:
    """The numbers of the source's other streams that a file of this kind can hold; the rest named.

    Raises:
        OutputError: it cannot hold the sound, or no film at all.
    """
    kept, left = [], []
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / f"trial{suffix}"
        if not _can_hold(trial, look, None):
            raise OutputError(
                f"A {suffix} file cannot hold {look.codec}. Name the result .mkv, which can."
            )
        for stream in source.container.streams:
            if stream is source.video:
                continue
            if _can_hold(trial, look, stream):
                kept.append(stream.index)
                continue
            name = _named(stream)
            if stream.type in NEEDED:
                raise OutputError(
                    f"A {suffix} file cannot hold the film's sound ({name}). Name the result "
                    ".mkv, which can."
                )
            left.append(f"{stream.type} {stream.index} ({name})")
    return kept, left


def join(
    source: Source,
    segments: Sequence[Path],
    look: Look,
    kept: Sequence[int],
    part: Part,
    ahead: int,
    target: Path,
) -> None:
    """Write the film: the segments' pictures, and of the source all else that lies in the part.

    Args:
        kept: numbers of the source's streams that are copied.
        ahead: how many frames ahead of their turn packets stand, at most.
    """
    container = source.container
    with av.open(str(target), "w") as out, av.open(str(segments[0])) as first:
        out.metadata.update(container.metadata)
        pictures = out.add_stream_from_template(first.streams.video[0])
        pictures.time_base = look.time_base
        pictures.metadata.update(source.video.metadata)
        copies = {number: _copied(out, container.streams[number]) for number in kept}
        with contextlib.suppress(AttributeError, ValueError):
            out.set_chapters(_chapters(container, part))
        flows = [_pictures(segments, look, ahead, pictures), _others(source, copies, part)]
        for _, packet in heapq.merge(*flows, key=lambda flow: flow[0]):
            out.mux(packet)


def _pictures(
    segments: Sequence[Path], look: Look, ahead: int, stream: Any
) -> Iterator[tuple[float, Any]]:
    """The segments' packets by decoding time, in seconds."""
    first: int | None = None
    shown: list[int] = []
    for number, packet in enumerate(_packets_of(segments)):
        pts = round((Fraction(packet.pts) * packet.time_base - LEAD) / look.time_base)
        first = pts if first is None else first
        heapq.heappush(shown, pts)
        dts = first - ahead + number if number < ahead else heapq.heappop(shown)
        packet.pts, packet.dts, packet.time_base = pts, dts, look.time_base
        packet.stream = stream
        yield float(dts * look.time_base), packet


def _packets_of(segments: Sequence[Path]) -> Iterator[Any]:
    for path in segments:
        with av.open(str(path)) as container:
            yield from (p for p in container.demux(video=0) if p.pts is not None)


def _others(source: Source, copies: dict[int, Any], part: Part) -> Iterator[tuple[float, Any]]:
    container = source.container
    streams = [container.streams[number] for number in copies]
    if not streams:
        return
    if part.start:
        container.seek(int(part.start * av.time_base))
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:  # noted when the pictures were read
            return
        if packet is None:
            return
        if packet.pts is None and packet.dts is None:
            continue
        packet.pts = packet.pts if packet.pts is not None else packet.dts
        packet.dts = packet.dts if packet.dts is not None else packet.pts
        seconds = float(packet.pts * packet.time_base)
        if not part.has(seconds):
            if seconds >= part.end + 10.0:  # streams may be apart by a little
                return
            continue
        shift = part.shift(packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = copies[packet.stream.index]
        yield seconds - part.start, packet


def _copied(out: Any, stream: Any) -> Any:
    copy = out.add_stream_from_template(stream)
    copy.metadata.update(stream.metadata)
    copy.disposition = stream.disposition
    return copy


def _chapters(container: Any, part: Part) -> list[Any]:
    """The chapters that begin in the part."""
    kept = []
    for chapter in container.chapters():
        unit = Fraction(chapter["time_base"])
        shift = part.shift(unit)
        begins, ends = chapter["start"] * unit, chapter["end"] * unit
        if ends <= part.start or begins >= part.end:
            continue
        last = chapter["end"] if part.end == math.inf else round(min(ends, part.end) / unit)
        start = max(chapter["start"] - shift, 0)
        kept.append({**chapter, "start": start, "end": last - shift})
    return kept


def _can_hold(trial: Path, look: Look, stream: Any) -> bool:
    """Can a file of the trial's kind hold such pictures, and this stream beside them?"""
    try:
        with av.open(str(trial), "w") as out:
            look.stream(out)
            if stream is not None:
                out.add_stream_from_template(stream)
            out.start_encoding()
    except (av.FFmpegError, ValueError, TypeError, OSError):
        return False
    return True


def _named(stream: Any) -> str:
    context = getattr(stream, "codec_context", None)
    return str(context.name) if context is not None else "of no known codec"
