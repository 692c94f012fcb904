"""From film to film: pictures get colours; sound, subtitles, chapters and times are copied."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import BadValue, OutputError, PictureError
from ..pipeline.colorizer import Colorizer, Settings, load_colorizer
from .chroma import HIGH, Coding, paint
from .shots import Shots
from .source import Source, open_source
from .steady import MEMORY, Steady

CODECS = {"h264": "libx264", "h265": "libx265", "ffv1": "ffv1"}
COLOURED = 4.0  # mean distance of chroma from its own middle above which a frame is in colour
BT709, BT601 = 1, 6  # FFmpeg's numbers for matrices
HAIR = 1e-6  # seconds that times may be off by rounding
FULL = 2  # and for the whole range of levels


@dataclass(frozen=True)
class Plan:
    """How a film is coloured and written."""

    settings: Settings = field(default_factory=lambda: Settings(views=1))
    steady: bool = True  # or frame by frame
    memory: float = MEMORY  # frames that count at most
    recolor: bool = False  # also frames that have colours
    codec: str = "h264"
    quality: int = 18  # of H.264 and H.265: 0 is lossless, 51 worst
    start: float = 0.0  # seconds of the source that the result begins at,
    end: float = math.inf  # and ends before

    def __post_init__(self) -> None:
        if self.codec not in CODECS:
            raise BadValue(f"The codec is {self.codec!r}; it is one of {', '.join(CODECS)}.")
        if not 0 <= self.quality <= 51 or self.memory < 0:
            raise BadValue(
                f"The quality ({self.quality}) goes from 0 to 51, the memory ({self.memory}) is "
                "not below 0."
            )
        if not 0 <= self.start < self.end:
            raise BadValue(f"The part from {self.start} to {self.end} seconds is empty.")


@dataclass
class Report:
    """What was done to a film."""

    frames: int = 0
    passed: int = 0  # frames that had colours and kept them
    damaged: int = 0  # packets that could not be decoded
    shots: int = 0
    dropped: list[str] = field(default_factory=list)  # streams that the container cannot hold


def colour_film(
    source: Path,
    target: Path,
    plan: Plan,
    device: str = "auto",
    tell: Callable[[int, int | None], None] = lambda done, of: None,
) -> Report:
    """Colour a film into a new file, which appears whole or not at all.

    Args:
        tell: called after each frame with how many are done, and of how many where that is known.

    Raises:
        PictureError: the source is no film, is interlaced or deeper than 8 bits, or has no frame.
        OutputError: the target cannot be written.
    """
    if target.resolve() == source.resolve():
        raise OutputError(f"{target} is the source itself. Name another file with -o.")
    if not target.suffix:
        raise OutputError(f"{target} has no ending that says its kind. Name it as film.mp4.")
    part = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        with open_source(source) as opened:
            report = _Work(opened, plan, load_colorizer(plan.settings, device), tell).run(part)
        part.replace(target)
    except (av.FFmpegError, OSError) as error:
        raise OutputError(f"{target} cannot be written ({error}).") from error
    finally:
        part.unlink(missing_ok=True)
    return report


class _Work:
    def __init__(
        self,
        source: Source,
        plan: Plan,
        colorizer: Colorizer,
        tell: Callable[[int, int | None], None],
    ) -> None:
        self.source, self.plan, self.colorizer, self.tell = source, plan, colorizer, tell
        self.steady = Steady(plan.memory)
        self.shots = Shots()
        self.report = Report()
        self.encoder: Any = None

    def run(self, part: Path) -> Report:
        container = self.source.container
        with av.open(str(part), "w") as out:
            out.metadata.update(container.metadata)
            first = next(self._frames_of_first(), None)
            if first is None:
                raise PictureError(f"{self.source.path} has no frame that can be decoded.")
            self.encoder = self._encoder(out, first)
            copies = self._copies(out)
            with contextlib.suppress(AttributeError, ValueError):
                out.set_chapters(container.chapters())
            container.seek(int(self.plan.start * av.time_base))
            for packet in container.demux():
                if packet.stream is self.source.video:
                    if packet.dts is not None and packet.dts * packet.time_base > self._last():
                        break
                    for frame in self._decoded(packet):
                        if self._is_meant(frame):
                            out.mux(self.encoder.encode(self._coloured(frame)))
                elif packet.stream in copies and packet.dts is not None and self._is_meant(packet):
                    shift = self._shift(packet.time_base)
                    packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                    packet.stream = copies[packet.stream]
                    out.mux(packet)
            out.mux(self.encoder.encode(None))
            if not self.report.frames:
                raise PictureError(
                    f"{self.source.path} has no frame from {self.plan.start:g} seconds on. It "
                    "ends before."
                )
        return replace(self.report, shots=self.shots.count)

    def _is_meant(self, timed: Any) -> bool:
        """Does a frame or packet lie in the part that is coloured?"""
        if self.plan.start == 0 and self.plan.end == math.inf:
            return True  # sound may begin a little before 0
        if timed.pts is None:
            return False
        seconds = float(timed.pts * timed.time_base) + HAIR
        return self.plan.start <= seconds < self.plan.end

    def _last(self) -> float:
        """Seconds of decoding time after which no frame is meant; frames come out of order."""
        return self.plan.end + 2.0

    def _shift(self, time_base: Fraction) -> int:
        """What times of the part lose so that it begins at 0."""
        return round(self.plan.start / time_base)

    def _frames_of_first(self) -> Iterator[Any]:
        for packet in self.source.container.demux(self.source.video):
            with contextlib.suppress(av.FFmpegError):
                yield from packet.decode()

    def _decoded(self, packet: Any) -> Iterator[Any]:
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            self.report.damaged += 1

    def _encoder(self, out: Any, frame: Any) -> Any:
        """The stream that coloured frames go to, in the first one's size and the source's times."""
        video = self.source.video
        if frame.interlaced_frame:
            raise PictureError(
                f"{self.source.path} is interlaced. Deinterlace it first, with FFmpeg's bwdif."
            )
        if any(component.bits > 8 for component in frame.format.components):
            raise PictureError(
                f"{self.source.path} has {frame.format.name} frames, more than 8 bits a level, "
                "which would be lost. Convert it to 8 bits first."
            )
        options = {} if self.plan.codec == "ffv1" else {"crf": str(self.plan.quality)}
        stream = out.add_stream(CODECS[self.plan.codec], video.average_rate or 25, options=options)
        height, width = _turned(_luma(frame), frame.rotation).shape
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p" if height % 2 == width % 2 == 0 else "yuv444p"
        stream.time_base = stream.codec_context.time_base = video.time_base or Fraction(1, 1000)
        if video.sample_aspect_ratio and not frame.rotation % 180:
            stream.codec_context.sample_aspect_ratio = video.sample_aspect_ratio
        coding = self._coding(frame)
        stream.codec_context.color_range = FULL if coding.full else 1
        stream.codec_context.colorspace = BT709 if coding.matrix == "709" else BT601
        stream.metadata.update(video.metadata)
        return stream

    def _copies(self, out: Any) -> dict[Any, Any]:
        """Where the packets of every other stream go."""
        copies = {}
        for stream in self.source.container.streams:
            if stream is self.source.video:
                continue
            try:
                copies[stream] = out.add_stream_from_template(stream)
            except (av.FFmpegError, ValueError, TypeError):
                self.report.dropped.append(f"{stream.type} {stream.index}")
        return copies

    def _coding(self, frame: Any) -> Coding:
        named = {BT709: "709", BT601: "601", 5: "601"}.get(int(frame.colorspace))
        matrix = named or ("709" if frame.height > HIGH else "601")
        full = int(frame.color_range) == FULL or frame.format.name.startswith("yuvj")
        return Coding(matrix, full)

    def _coloured(self, frame: Any) -> Any:
        """The frame with its own luma and time, and new chroma."""
        luma = _turned(_luma(frame), frame.rotation)
        self.report.frames += 1
        self.tell(self.report.frames, self.source.frames)
        if self.shots.is_cut(luma):
            self.steady.cut()
        if not self.plan.recolor and _has_colour(frame):
            self.report.passed += 1
            kept = frame.reformat(format=self.encoder.pix_fmt)
            return self._timed(kept, frame)
        coding = self._coding(frame)
        canvas = self.colorizer.canvas_of(coding.lightness(luma))
        ab = self.steady.decide(canvas, luma) if self.plan.steady else canvas.solve()
        made = _frame(
            luma, paint(luma, self.plan.settings.strength * ab, coding), self.encoder.pix_fmt
        )
        return self._timed(made, frame)

    def _timed(self, made: Any, frame: Any) -> Any:
        """The made frame at the source frame's time."""
        made.time_base = frame.time_base
        if frame.pts is not None:
            made.pts = frame.pts - self._shift(frame.time_base)
        return made


def _luma(frame: Any) -> NDArray[np.uint8]:
    """The frame's luma, as its film has it."""
    name = frame.format.name
    kept = frame if name.startswith(("yuv", "gray", "nv")) else frame.reformat(format="yuv420p")
    plane = kept.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return np.ascontiguousarray(rows[: kept.height, : kept.width])


def _turned(luma: NDArray[np.uint8], rotation: int) -> NDArray[np.uint8]:
    """Upright: files that are only marked as turned are turned, since marks get lost."""
    return np.ascontiguousarray(np.rot90(luma, (rotation % 360) // 90))


def _has_colour(frame: Any) -> bool:
    if len(frame.format.components) < 3:
        return False
    small = frame.reformat(64, 64, format="yuv444p").to_ndarray()
    chroma = small[1:].astype(np.float64)
    away = np.hypot(*(chroma - chroma.mean((1, 2), keepdims=True)))
    return bool(away.mean() > COLOURED)


def _frame(luma: NDArray[np.uint8], chroma: NDArray[np.uint8], pix_fmt: str) -> Any:
    height, width = luma.shape
    if pix_fmt == "yuv420p":
        flat = np.concatenate([luma.ravel(), chroma.ravel()])
        return av.VideoFrame.from_ndarray(flat.reshape(height * 3 // 2, width), "yuv420p")
    whole = [cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in chroma]
    return av.VideoFrame.from_ndarray(np.stack([luma, *whole]), "yuv444p")
