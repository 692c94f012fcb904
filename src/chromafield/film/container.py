"""Segments joined with the sound and all other streams of their film.

Joining copies packets: those of the segments in order, those of the source that are not pictures
between them. Decoding times are made anew, since each segment counts its own: the n-th packet is
decoded when the (n - d)-th frame is shown, d being how far frames are written ahead of their turn.
What a segment's file does not know, the rate, durations and the meaning of levels, is said anew.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from . import sounds
from .codecs import CODECS
from .segment import NUMBERED, VideoFormat, lead_of
from .source import BY_PACKETS, Source, Span
from .streams import TIMECODE, Kept, add_copies, chapters_of, copied_packet, tags_of
from .timing import Timing

NO_TEMPLATE = ("libdav1d",)  # decoders whose names are no encoders
NOTES = ("description", "synopsis", "comment")  # tags that a note may stand in, in turn
NOTES_OF = {".mov": ("comment",), ".avi": ("comment",)}  # and in kinds of files that have fewer


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
        new_file(target) as out,
        av.open(str(segments[0])) as first,
    ):
        tags = tags_of(container.metadata)  # of a part the pictures' own timecode is another
        out.metadata.update({key: tags[key] for key in tags if key.lower() != TIMECODE})
        if note:
            _add_note(out.metadata, note, NOTES_OF.get(target.suffix.lower(), NOTES))
        pictures = add_pictures(out, first.streams.video[0], video_format)
        pictures.metadata.update(tags_of(source.video.metadata) | dict(kept.tags))
        default = av.stream.Disposition.default
        pictures.disposition = source.video.disposition | default
        copies = add_copies(out, source, kept)
        with contextlib.suppress(AttributeError, ValueError):
            out.set_chapters(chapters_of(container, span, source.began))
        until = Fraction(0)
        if target.suffix.lower() in sounds.EQUAL:
            shown = sum(1 for _ in _packets_of(segments)) - 1
            until = (timing.times[shown] + timing.durations[shown]) * timing.unit
        flows = [
            pictures_of(segments, timing, ahead, pictures),
            _others(source, copies, kept, span),
            *(sounds.converted(source, n, copies[n], span, until) for n in kept.sounds),
        ]
        for _, packet in heapq.merge(*flows, key=lambda flow: flow[0]):
            out.mux(packet)


def _add_note(tags: dict[str, str], note: str, keys: Sequence[str]) -> None:
    """Say it in the first tag that is free; behind what the last says where none is."""
    taken = {key.lower() for key in tags}
    free = next((key for key in keys if key not in taken), None)
    if free is not None:
        tags[free] = note
        return
    last = next(key for key in tags if key.lower() == keys[-1])
    if note not in tags[last]:
        tags[last] = f"{tags[last]} {note}"


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


def new_file(target: Path) -> Any:
    """A file that is written as its kind is best written."""
    suffix, options = target.suffix.lower(), {}
    if suffix in (".mp4", ".mov", ".m4v"):
        options = {"movflags": "+faststart"}
    elif suffix in (".mkv", ".webm", ".avi"):
        options = {"avoid_negative_ts": "disabled"}  # sound that begins before 0 delays no picture
    kind = "mp4" if suffix == ".m4v" else None  # FFmpeg's own choice holds no cover
    return av.open(str(target), "w", format=kind, options=options)


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
    streams = [container.streams[number] for number in copies if number not in kept.sounds]
    if not streams:
        return
    if span.start and container.format.name not in BY_PACKETS:  # there times are wrong after a jump
        container.seek(int((span.start + source.began) * av.time_base))
    packets = container.demux(streams)
    last: dict[int, int] = {}  # decoding times; some files repeat them, which no file can hold
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
        number = packet.stream.index
        copy.dts = max(copy.dts, last.get(number, copy.dts - 1) + 1)
        copy.pts, last[number] = max(copy.pts, copy.dts), copy.dts
        copy.stream = copies[number]
        yield seconds, copy
