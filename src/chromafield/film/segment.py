"""A segment: a file of coloured frames, and what all frames of a coloured film have alike.

A segment is a film without sound of whole groups of pictures; NUT keeps times in any unit, exactly.
They begin LEAD seconds late, since decoding times would be below 0, which NUT shifts to 0.
Editing codecs, which NUT does not take, are kept in MOV, numbered: they write frames in order.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from ..errors import OutputError
from .chroma import Coding, Plane
from .codecs import CODECS, WITH_TIMES, check_codec
from .levels import FULL, LIMITED, MATRICES, Tags, orientation_of
from .source import Source
from .timing import Timing

ENDING = ".nut"
LEAD = 10  # seconds
# FFmpeg's scaler's numbers for matrices: of two alike, as for 601, the first.
SCALER = {name: number for number, name in reversed(MATRICES.items())}
NUMBERED = ("mov",)  # kinds of segments whose frames are numbered from 0
BY_RATE = (".avi",)  # kinds of files that have no times but the rate
# Kinds in which a frame may be written ahead of its turn and the first is still shown at 0.
AHEAD = (".mp4", ".m4v", ".mov", ".3gp", ".mkv", ".webm", ".mxf")


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
    in_order = not timing.constant or suffix.lower() not in AHEAD
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
        if self.numbered:
            frame.pts, frame.time_base = self.added, 1 / self.video_format.rate
        else:
            frame.pts += self.lead
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
