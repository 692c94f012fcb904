"""Sound that a kind of file cannot hold, as one that it can, without loss.

Sound of old files (ADPCM, Windows Media) has no place in others. It is decoded and kept as samples:
of 16 bits where it has no more, else of 24.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av

from .source import Source, Span, open_source

KINDS = {
    **dict.fromkeys((".mkv", ".mp4", ".m4v"), ("flac", "flac")),
    **dict.fromkeys((".mov", ".avi", ".mxf"), ("pcm_s16le", "pcm_s24le")),
}
NAMES = {"flac": "FLAC", "pcm_s16le": "PCM of 16 bits", "pcm_s24le": "PCM of 24 bits"}
EQUAL = (".mxf",)  # kinds of files whose pictures end where a sound ends
PIECE = 1024  # samples of silence at once
SHORT = ("u8", "u8p", "s16", "s16p")  # samples of 16 bits at most


def kind_for(stream: Any, suffix: str) -> str | None:
    """The codec that a stream of sound becomes in a file with this ending; None where none does."""
    short, long = KINDS.get(suffix, (None, None))
    return short if _is_short(stream) else long


def add_stream(out: Any, stream: Any, kind: str) -> Any:
    """A stream for the converted sound in a new file."""
    made = out.add_stream(kind, rate=stream.rate, layout=stream.layout.name)
    made.codec_context.format = _samples(stream)
    return made


def converted(
    source: Source, number: int, made: Any, span: Span, until: Fraction
) -> Iterator[tuple[float, Any]]:
    """The part's sound as packets of the new stream, each with its time in seconds from the part's
    start; silence from its end to `until`."""
    ends = Fraction(0)
    with open_source(source.path, source.rate) as again:
        stream = again.container.streams[number]
        resampler = av.AudioResampler(_samples(stream), stream.layout, stream.rate)
        for frame in _decoded(again, stream):
            begins = frame.pts * frame.time_base - source.began
            if begins >= span.end:
                break
            if not span.has(float(begins)):
                continue
            frame.pts = round((begins - Fraction(span.start)) * stream.rate)
            frame.time_base = Fraction(1, stream.rate)
            ends = Fraction(frame.pts + frame.samples, stream.rate)
            for piece in resampler.resample(frame):
                yield from _packets(made, piece)
    yield from silence(made, ends, until)
    yield from _packets(made, None)


def silence(made: Any, begin: Fraction, end: Fraction) -> Iterator[tuple[float, Any]]:
    """Packets of silence between two times in seconds."""
    context = made.codec_context
    first, last = (round(time * context.sample_rate) for time in (begin, end))
    for pts in range(first, last, PIECE):
        frame = av.AudioFrame(context.format.name, context.layout.name, min(PIECE, last - pts))
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = context.sample_rate, pts
        frame.time_base = Fraction(1, context.sample_rate)
        yield from _packets(made, frame)


def _packets(made: Any, frame: Any) -> Iterator[tuple[float, Any]]:
    for packet in made.encode(frame):
        yield float((packet.dts or 0) * packet.time_base), packet


def _decoded(source: Source, stream: Any) -> Iterator[Any]:
    """The stream's frames, each with its time, as far as it can be read."""
    due = Fraction(stream.start_time or 0) * stream.time_base
    packets = source.container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            frames = packet.decode() if packet is not None else []
        except av.FFmpegError:
            if packet is None:
                return
            continue
        if packet is None:
            return
        for frame in frames:
            if frame.pts is None:
                frame.pts, frame.time_base = round(due * stream.rate), Fraction(1, stream.rate)
            due = frame.pts * frame.time_base + Fraction(frame.samples, stream.rate)
            yield frame


def _samples(stream: Any) -> str:
    return "s16" if _is_short(stream) else "s32"


def _is_short(stream: Any) -> bool:
    return stream.format.name in SHORT
