"""A film file: its streams and frames, and what cannot be coloured said before any work is done."""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from ..errors import PictureError
from .animated import animated
from .sequence import find_sequence

BY_PACKETS = ("mpeg", "mpegts")  # kinds of files without a table of their frames
BY_FILE = ("asf",)  # kinds that tell the whole file's length alone, which sound may be longer in
HAIR = 1e-6  # seconds that times may be off by rounding
STILL = 0.1  # seconds of a stream that is a picture, where another is a film
NEAR = 0.1  # seconds from 0 that a film may begin and keep its clock; also between its streams
ENDS = 1 << 20  # bytes at each end of a file that it is known by


@dataclass(frozen=True)
class Source:
    """An open file and its picture stream."""

    path: Path
    container: Any  # av.container.InputContainer
    video: Any  # av.VideoStream
    origin: int = 0  # ticks of the picture stream at which the film starts
    rate: Fraction | None = None  # frames a second that were named for pictures

    @property
    def began(self) -> Fraction:
        """What the file's clock says, in seconds, when the film starts."""
        return self.origin * self.time_base

    @property
    def time_base(self) -> Fraction:
        return Fraction(self.video.time_base or Fraction(1, 1000))

    @property
    def frames(self) -> int | None:
        """How many, where the file tells or its length does."""
        if self.video.frames:
            return int(self.video.frames)
        if self.seconds is not None and self.video.average_rate:
            return round(self.seconds * float(self.video.average_rate))
        return None

    @property
    def seconds(self) -> float | None:
        """How long it says it is."""
        if self.video.duration:
            return float(self.video.duration * self.video.time_base)
        if (end := self.end) is not None:
            return float(
                (end - max((self.video.start_time or 0) - self.origin, 0)) * self.time_base
            )
        return float(self.container.duration / av.time_base) if self.container.duration else None

    @property
    def end(self) -> int | None:
        """Ticks after the film's start at which its pictures end, where the file tells."""
        if self.video.duration and self.container.format.name not in BY_FILE:
            return int((self.video.start_time or 0) + self.video.duration) - self.origin
        stated = str(self.video.metadata.get("DURATION", ""))  # as Matroska has it
        try:
            hours, minutes, seconds = stated.split(":")
            length = int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds.rstrip("\0 "))
        except ValueError:
            return None
        return round(length / self.time_base) - self.origin


@dataclass(frozen=True, slots=True)
class Span:
    """The seconds of a film that are meant."""

    start: float = 0.0
    end: float = math.inf

    @property
    def is_all(self) -> bool:
        return self.start == 0 and self.end == math.inf

    def has(self, seconds: float) -> bool:
        return self.is_all or self.start <= seconds + HAIR < self.end  # sound may begin before 0

    def until(self, seconds: float) -> Span:
        """Its beginning, up to these seconds of the film."""
        return Span(self.start, min(self.end, seconds))


@dataclass(slots=True)
class Notes:
    """What was wrong with a film, found while it is read."""

    damaged: list[float] = field(default_factory=list)  # seconds of frames that were not whole
    truncated: str | None = None  # a sentence on where it ends too early


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame and when it is shown; the frame before where the film's own is lost."""

    frame: Any  # av.VideoFrame
    pts: int  # ticks of the source's time base after the film's start
    duration: int = 0  # ticks that the file says it is shown; 0 where it does not

    def seconds(self, source: Source) -> float:
        return float(self.pts * source.time_base)


@contextlib.contextmanager
def open_source(path: Path, rate: Fraction | None = None) -> Iterator[Source]:
    """Open a film.

    Raises:
        PictureError: it is missing, no film, or has no pictures; numbered pictures have a hole,
            or no rate.
    """
    try:
        container = _opened(path, rate)
    except FileNotFoundError as error:
        raise PictureError(f"There is no film {path}.") from error
    except (av.FFmpegError, OSError) as error:
        raise PictureError(
            f"{path} cannot be read as a film ({reason(error)}). Name a file that FFmpeg can "
            "play; one that was cut off while it was copied may have lost its table of contents."
        ) from error
    with container:
        streams = [s for s in container.streams.video if not is_cover(s)]
        if not streams:
            kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
            raise PictureError(f"{path} has no pictures; it holds {kinds}. Name a film.")
        video = max(streams, key=_rank)
        # Threads a frame would report a broken one with the packet of a later.
        video.thread_type = "SLICE"
        yield Source(path, container, video, _origin(container, video), rate)


def _opened(path: Path, rate: Fraction | None) -> Any:
    if (pictures := find_sequence(path)) is not None:
        options = pictures.options(rate)
        return av.open(str(pictures.pattern), format="image2", options=options)
    return av.open(animated(path) or str(path))


def _rank(stream: Any) -> tuple[bool, bool, int, int]:
    """Which picture stream is the film: no still, the default one, the largest, the first."""
    still = 0 < (Source(Path(), stream.container, stream).end or 0) * stream.time_base < STILL
    default = bool(stream.disposition & av.stream.Disposition.default)
    return not still, default, stream.width * stream.height, -stream.index


def _origin(container: Any, video: Any) -> int:
    """The tick of the picture stream that is the film's time 0.

    Clocks that begin near 0 are kept beside sound. Others, of broadcasts, discs and captures, are
    counted from the first picture, or from the film's first packet where that is much earlier.
    """
    if video.start_time is None:
        return 0
    unit = Fraction(video.time_base)
    began = video.start_time * unit
    stated = container.start_time
    first = began if stated is None else min(began, Fraction(stated, av.time_base))
    alone = all(stream is video or is_cover(stream) for stream in container.streams)
    if first < NEAR and not alone and container.format.name not in BY_PACKETS:
        return min(int(video.start_time), 0)
    return int(video.start_time) if began - first < NEAR else round(first / unit)


def no_frame(source: Source, span: Span) -> str:
    """A sentence on a film, or a part of one, without frames."""
    if span.is_all:
        return f"{source.path} has no frame that can be decoded."
    length = f" It is {source.seconds:.2f} seconds long." if source.seconds else ""
    return f"{source.path} has no frame from {span.start:g} seconds on.{length}"


def identity(path: Path) -> str:
    """A digest of the file's size and both its ends: whether it is the film it was."""
    if (pictures := find_sequence(path)) is not None:
        return pictures.identity()
    size = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.sha256(str(size).encode() + file.read(ENDS))
        file.seek(max(size - ENDS, 0))
        digest.update(file.read())
    return digest.hexdigest()


def step_of(source: Source) -> int:
    """Ticks of a frame, on average."""
    return max(round(1 / (frame_rate(source) * source.time_base)), 1)


def frame_rate(source: Source) -> Fraction:
    """Frames a second, on average, that were named or that the file names."""
    video = source.video
    return Fraction(source.rate or video.average_rate or video.guessed_rate or 25)


def reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def is_cover(stream: Any) -> bool:
    """Is the stream a still, as music files carry on their cover?"""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)
