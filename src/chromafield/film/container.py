"""Files of frames and packets: a segment of coloured frames, and segments joined with the sound.

A segment is a film without sound of whole groups of pictures; NUT keeps times in any unit, exactly.
They begin LEAD seconds late, since decoding times would be below 0, which NUT shifts to 0.
Editing codecs, which NUT does not take, are kept in MOV, numbered: they write frames in order.
Joining copies packets: those of the segments in order, those of the source that are not pictures
between them. Decoding times are made anew, since each segment counts its own: the n-th packet is
decoded when the (n - d)-th frame is shown, d being how far frames are written ahead of their turn.
What a segment's file does not know, the rate, durations and the meaning of levels, is said anew.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from ..errors import OutputError
from .chroma import Coding, Plane
from .codecs import CODECS, WITH_TIMES, check_codec
from .levels import FULL, LIMITED, MATRICES, Tags, orientation_of
from .source import Source, Span
from .streams import Kept, add_copies, chapters_of, copied_packet, tags_of
from .timing import Timing

ENDING = ".nut"
LEAD = 10  # seconds
SCALER = {"601": 5, "709": 1, "2020": 9}  # FFmpeg's scaler's numbers for matrices
NO_TEMPLATE = ("libdav1d",)  # decoders whose names are no encoders
NUMBERED = ("mov",)  # kinds of segments whose frames are numbered from 0
BY_RATE = (".avi",)  # kinds of files that have no times but the rate


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What is the same for all frames of a coloured film."""

    codec: str
    quality: int  # 0 is lossless, 51 worst
    size: tuple[int, int]  # width and height
    pix_fmt: str
    coding: Coding
    time_base: Fraction
    rate: Fraction
    aspect: Fraction | None  # of a pixel
    tags: Tags = field(default_factory=Tags)
    in_order: bool = False  # no frame is written ahead of its turn
    by_rate: bool = False  # the file will have no times

    def stream(self, out: Any) -> Any:
        """Its stream in a new file."""
        stream = out.add_stream(CODECS[self.codec].encoder, self.rate, options=self._options())
        stream.width, stream.height = self.size
        stream.pix_fmt = self.pix_fmt
        fixed = CODECS[self.codec].fixed
        stream.time_base = stream.codec_context.time_base = (
            1 / self.rate if fixed else self.time_base
        )
        self.mark(stream)
        return stream

    def mark(self, stream: Any) -> None:
        """Say how levels and pixels are meant, and the rate."""
        context = stream.codec_context
        if self.aspect:
            context.sample_aspect_ratio = self.aspect
        context.framerate = self.rate
        context.color_range = FULL if self.full else LIMITED
        context.colorspace = self.tags.matrix
        context.color_primaries = self.tags.primaries
        context.color_trc = self.tags.transfer

    @property
    def full(self) -> bool:
        """Are the levels that are written of the full range?"""
        return self.coding.full and CODECS[self.codec].fixed is None

    def fitted(self, frame: Any) -> Any:
        """A coloured frame as the codec takes it."""
        fitted, pts, unit = frame, frame.pts, frame.time_base
        if frame.format.name != self.pix_fmt:
            own, written = (FULL if full else LIMITED for full in (self.coding.full, self.full))
            fitted = frame.reformat(
                format=self.pix_fmt,
                src_color_range=own,
                dst_color_range=written,
                src_colorspace=SCALER[self.coding.matrix],
                dst_colorspace=SCALER[MATRICES[self.tags.matrix]],
            )
        fitted.pts, fitted.time_base = pts, unit
        fitted.color_range = FULL if self.full else LIMITED  # ProRes says what its frames say
        fitted.colorspace = self.tags.matrix
        fitted.color_primaries, fitted.color_trc = self.tags.primaries, self.tags.transfer
        return fitted

    def _options(self) -> dict[str, str]:
        options = CODECS[self.codec].options(self.quality)
        if self.in_order and self.codec in ("h264", "h265"):
            options["bf"] = "0"
        if self.by_rate and self.codec == "h264" and self.quality:
            options["x264-params"] = WITH_TIMES
        return options


def video_format_of(
    source: Source, frame: Any, luma: Plane, coding: Coding, codec: str, quality: int
) -> VideoFormat:
    """The look of a film that begins with this frame.

    Raises:
        OutputError: the codec cannot hold it.
    """
    height, width = luma.shape
    check_codec(codec, (width, height), coding.depth, quality)
    aspect = source.video.sample_aspect_ratio
    if aspect and orientation_of(frame)[0] % 2:
        aspect = 1 / aspect
    rate = Fraction(source.video.average_rate or 25)
    size, pix_fmt = (width, height), CODECS[codec].pix_fmt((width, height), coding)
    tags = Tags.of(frame, coding)
    tags = replace(tags, matrix=CODECS[codec].matrix or tags.matrix)
    return VideoFormat(codec, quality, size, pix_fmt, coding, 1 / rate, rate, aspect, tags)


def timed(video_format: VideoFormat, timing: Timing, suffix: str) -> VideoFormat:
    """The look with the film's own times, for a file of this kind.

    Raises:
        OutputError: such a file has no times but a constant rate's.
    """
    if suffix.lower() in BY_RATE and not timing.constant:
        raise OutputError(
            f"A {suffix} file cannot hold frames at uneven times. Name the result .mkv, which can."
        )
    by_rate = suffix.lower() in BY_RATE
    in_order = not timing.constant or by_rate
    return replace(
        video_format,
        time_base=timing.unit,
        rate=timing.rate,
        in_order=in_order,
        by_rate=by_rate,
    )


class Segment:
    """A file that takes frames until it is closed."""

    def __init__(self, path: Path, video_format: VideoFormat) -> None:
        kind = CODECS[video_format.codec].piece
        self.out, self.video_format = av.open(str(path), "w", format=kind), video_format
        self.numbered = kind in NUMBERED
        self.stream = video_format.stream(self.out)
        self.lead = lead_of(video_format.time_base)
        self.shown: list[int] = []  # pts of its packets, as they are written
        self.added = 0

    def add(self, frame: Any) -> None:
        frame.pts = self.added if self.numbered else frame.pts + self.lead
        self.added += 1
        self._write(self.stream.encode(self.video_format.fitted(frame)))

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
            packet.dts = len(self.shown)  # x265 leaves those of a short segment unset
            self.shown.append(packet.pts)
            self.out.mux(packet)


def lead_of(unit: Fraction) -> int:
    """Ticks by which a segment begins late."""
    return round(LEAD / unit)


def join(
    source: Source,
    segments: Sequence[Path],
    video_format: VideoFormat,
    timing: Timing,
    kept: Kept,
    span: Span,
    ahead: int,
    target: Path,
    note: str = "",
) -> None:
    """Write the film: the segments' pictures, and of the source all else that lies in the part.

    Args:
        timing: of the film's frames, or of more; those that the segments hold come first.
        kept: the source's streams that are copied.
        ahead: how many frames ahead of their turn packets stand, at most.
        note: what the file says of its colours.
    """
    container = source.container
    with (
        av.open(str(target), "w", options=options_of(target)) as out,
        av.open(str(segments[0])) as first,
    ):
        out.metadata.update(tags_of(container.metadata))
        if note:
            free = ("description", "synopsis", "comment")
            out.metadata[next((key for key in free if key not in out.metadata), free[0])] = note
        pictures = add_pictures(out, first.streams.video[0], video_format)
        pictures.metadata.update(tags_of(source.video.metadata) | dict(kept.tags))
        default = av.stream.Disposition.default
        pictures.disposition = source.video.disposition | default
        copies = add_copies(out, source, kept)
        with contextlib.suppress(AttributeError, ValueError):
            out.set_chapters(chapters_of(container, span, source.began))
        flows = [
            pictures_of(segments, timing, ahead, pictures),
            _others(source, copies, kept, span),
        ]
        for _, packet in heapq.merge(*flows, key=lambda flow: flow[0]):
            out.mux(packet)


def add_pictures(out: Any, template: Any, video_format: VideoFormat) -> Any:
    """A stream for a segment's packets."""
    if template.codec.name in NO_TEMPLATE:
        pictures = video_format.stream(out)
        pictures.codec_context.extradata = template.codec_context.extradata
    else:
        pictures = out.add_stream_from_template(template)
    pictures.time_base = video_format.time_base
    video_format.mark(pictures)
    tag = CODECS[video_format.codec].tag
    if tag and out.format.name in ("mp4", "mov"):
        pictures.codec_context.codec_tag = tag
    return pictures


def options_of(target: Path) -> dict[str, str]:
    """How a kind of file is best written."""
    if target.suffix.lower() in (".mp4", ".mov", ".m4v"):
        return {"movflags": "+faststart"}
    if target.suffix.lower() in (".mkv", ".webm", ".avi"):
        return {"avoid_negative_ts": "disabled"}  # sound that begins before 0 delays no picture
    return {}


def pictures_of(
    segments: Sequence[Path], timing: Timing, ahead: int, stream: Any
) -> Iterator[tuple[float, Any]]:
    """The segments' packets by decoding time, in seconds."""
    lasts = dict(zip(timing.times, timing.durations, strict=True))
    unit, step, lead = timing.unit, timing.step, lead_of(timing.unit)
    first: int | None = None
    shown: list[int] = []
    for number, (packet, numbered) in enumerate(_packets_of(segments)):
        pts = round(Fraction(packet.pts) * packet.time_base / unit) - lead
        pts = timing.times[number] if numbered else pts
        first = pts if first is None else first
        heapq.heappush(shown, pts)
        dts = first + (number - ahead) * step if number < ahead else heapq.heappop(shown)
        packet.pts, packet.dts, packet.time_base = pts, dts, unit
        packet.duration = lasts.get(pts, step)
        packet.stream = stream
        yield float(dts * unit), packet


def _packets_of(segments: Sequence[Path]) -> Iterator[tuple[Any, bool]]:
    """Their packets, and whether those are numbered."""
    for path in segments:
        with av.open(str(path)) as container:
            numbered = any(kind in container.format.name.split(",") for kind in NUMBERED)
            yield from ((p, numbered) for p in container.demux(video=0) if p.pts is not None)


def _others(
    source: Source, copies: dict[int, Any], kept: Kept, span: Span
) -> Iterator[tuple[float, Any]]:
    container = source.container
    streams = [container.streams[number] for number in copies]
    if not streams:
        return
    if span.start:
        container.seek(int((span.start + source.began) * av.time_base))
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:  # noted when the pictures were read
            return
        if packet is None:
            return
        copy = copied_packet(packet, source, kept)
        if copy is None:
            continue
        seconds = float(copy.pts * copy.time_base)
        middle = seconds + float((copy.duration or 0) * copy.time_base) / 2
        inside = span.has(seconds) and middle < span.end
        if not kept.is_still(packet.stream) and not inside:
            if seconds >= span.end + 10.0:  # streams may be apart by a little
                return
            continue
        if not kept.is_still(packet.stream):
            shift = round(span.start / copy.time_base)
            copy.pts, copy.dts = copy.pts - shift, copy.dts - shift
            seconds -= span.start
        copy.stream = copies[packet.stream.index]
        yield seconds, copy
