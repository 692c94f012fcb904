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

HAIR = 1e-6  # seconds that times may be off by rounding
LATE = 2.0  # seconds by which frames may come out after their packets
SHORT = 1.0  # seconds that a film may end before its own length
ENDS = 1 << 20  # bytes at each end of a file that it is known by


@dataclass(frozen=True)
class Source:
    """An open file and its picture stream."""

    path: Path
    container: Any  # av.container.InputContainer
    video: Any  # av.VideoStream

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
        return float(self.container.duration / av.time_base) if self.container.duration else None


@dataclass(frozen=True, slots=True)
class Part:
    """The seconds of a film that are meant."""

    start: float = 0.0
    end: float = math.inf

    @property
    def is_all(self) -> bool:
        return self.start == 0 and self.end == math.inf

    def has(self, seconds: float) -> bool:
        return self.is_all or self.start <= seconds + HAIR < self.end  # sound may begin before 0

    def until(self, seconds: float) -> Part:
        """Its beginning, up to these seconds of the film."""
        return Part(self.start, min(self.end, seconds))

    def shift(self, time_base: Fraction) -> int:
        """What times lose so that the part begins at 0."""
        return round(self.start / time_base)


@dataclass(slots=True)
class Notes:
    """What was wrong with a film, found while it is read."""

    damaged: list[float] = field(default_factory=list)  # seconds of frames that were not whole
    cut_off: str | None = None  # a sentence on where it ends too early


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame and when it is shown; the frame before where the film's own is lost."""

    frame: Any  # av.VideoFrame
    pts: int  # in units of the source's time base

    def seconds(self, source: Source) -> float:
        return float(self.pts * source.time_base)


@contextlib.contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a film.

    Raises:
        PictureError: it is missing, no film, or has no pictures.
    """
    try:
        container = av.open(str(path))
    except FileNotFoundError as error:
        raise PictureError(f"There is no film {path}.") from error
    except (av.FFmpegError, OSError) as error:
        raise PictureError(
            f"{path} cannot be read as a film ({_reason(error)}). Name a file that FFmpeg can "
            "play; one that was cut off while it was copied may have lost its table of contents."
        ) from error
    with container:
        streams = [s for s in container.streams.video if not _is_cover(s)]
        if not streams:
            kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
            raise PictureError(f"{path} has no pictures; it holds {kinds}. Name a film.")
        # Threads a frame would report a broken one with the packet of a later.
        streams[0].thread_type = "SLICE"
        yield Source(path, container, streams[0])


def moments(source: Source, part: Part, notes: Notes) -> Iterator[Moment]:
    """The part's frames as they are shown; broken ones hold the one before, and are noted."""
    last: Moment | None = None
    for moment in _all_moments(source, part, notes):
        pts = moment.pts if last is None else max(moment.pts, last.pts + 1)
        last = Moment(moment.frame, pts)
        if part.has(last.seconds(source)):
            yield last
    told = source.seconds
    if last is None or told is None or notes.cut_off:
        return
    began = float((source.video.start_time or 0) * source.time_base)
    shown = last.seconds(source) - began + _step(source)
    if min(told, part.end - began) - shown > SHORT:
        notes.cut_off = (
            f"It ends after {shown:.2f} seconds, but says that it has {told:.2f}: it may have been "
            "cut off."
        )


def _all_moments(source: Source, part: Part, notes: Notes) -> Iterator[Moment]:
    lost: list[int] = []
    last: Any = None
    step = max(round(_step(source) / source.time_base), 1)
    time = 0
    for packet in _packets(source, part, notes):
        frames, broken = _decoded(packet)
        if broken and packet.pts is not None:
            lost.append(packet.pts)
            notes.damaged.append(float(packet.pts * source.time_base))
        for frame in frames:
            pts = frame.pts if frame.pts is not None else frame.dts
            time = pts if pts is not None else time + step
            if frame.is_corrupt:
                notes.damaged.append(float(time * source.time_base))
            for held in sorted(pts for pts in lost if pts < time and last is not None):
                yield Moment(last, held)
            lost = [pts for pts in lost if pts > time]
            last = frame
            yield Moment(frame, time)
    if last is not None:
        for held in sorted(lost):
            yield Moment(last, held)


def _packets(source: Source, part: Part, notes: Notes) -> Iterator[Any]:
    """The packets of pictures; where the file breaks off they end, with a note."""
    if part.start:
        source.container.seek(int(part.start * av.time_base))
    packets = source.container.demux(source.video)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError as error:
            notes.cut_off = f"It cannot be read to its end ({_reason(error)})."
            return
        if packet is None:
            return
        if packet.dts is not None and packet.dts * packet.time_base > part.end + LATE:
            return
        yield packet


def _decoded(packet: Any) -> tuple[list[Any], bool]:
    """The packet's frames, and whether it is broken."""
    try:
        return packet.decode(), False
    except av.FFmpegError:
        return [], True


def identity(path: Path) -> str:
    """A digest of the file's size and both its ends: whether it is the film it was."""
    size = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.sha256(str(size).encode() + file.read(ENDS))
        file.seek(max(size - ENDS, 0))
        digest.update(file.read())
    return digest.hexdigest()


def _step(source: Source) -> float:
    """Seconds a frame, on average."""
    return float(1 / source.video.average_rate) if source.video.average_rate else 0.04


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _is_cover(stream: Any) -> bool:
    """Is the stream a still, as music files carry on their cover?"""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)
