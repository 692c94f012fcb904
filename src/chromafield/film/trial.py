"""What a kind of file can hold, tried on a few frames before any work begins."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from ..errors import OutputError, PictureError
from . import sounds, subtitles
from .codecs import AUTO, CODECS, codec_for
from .container import add_pictures, new_file, pictures_of
from .levels import coding_of, is_transparent, luma_of
from .reading import moments
from .segment import BY_RATE, Segment, VideoFormat, video_format_of
from .settings import Plan
from .source import Notes, Source, no_frame, open_source
from .streams import (
    Kept,
    add_copies,
    copied_packet,
    covers_of,
    is_timecode,
    named,
    timecode_of,
)
from .timing import Timing

FRAMES = 12  # of noise: what is too short is not known again
SIDE = 64  # pixels, or the least that the codec takes
PACKETS_READ = 2000  # packets among which each stream's first are looked for
OF_SOUND = 4  # packets of sound that are tried; of other streams one is
NEEDED = ("audio",)  # kinds of streams without which no film is wanted
ATTACHING = (".mkv",)  # kinds of files whose covers are attached files
WITH_TIMECODE = (".mp4", ".m4v", ".mov", ".mkv", ".mxf")
FAILURES = (av.FFmpegError, ValueError, TypeError, OSError, LookupError)


def streams_kept(source: Source, video_format: VideoFormat, suffix: str) -> tuple[Kept, list[str]]:
    """What a file of this kind can hold of the source's other streams; sentences on the rest.

    Raises:
        OutputError: it cannot hold the sound, or no film at all.
    """
    suffix = suffix.lower()
    with tempfile.TemporaryDirectory() as folder:
        trial = _Trial(Path(folder), video_format, suffix)
        trial.pictures()
        kept, sentences = Kept(covers=covers_of(source)), []
        firsts = _first_packets(source) if len(source.container.streams) > 1 else {}
        for stream in source.container.streams:
            if stream is source.video or _is_made_anew(source, stream):
                continue
            kept, sentence = trial.with_stream(source, stream, firsts.get(stream.index, []), kept)
            sentences += [sentence] if sentence else []
    code = timecode_of(source)
    if code and suffix in WITH_TIMECODE:
        kept = replace(kept, tags={"timecode": code})
    elif code:
        sentences.append(f"{suffix} cannot hold the timecode {code}; it was left out.")
    return kept, sentences


class _Trial:
    """A few frames in a file of the kind that is tried."""

    def __init__(self, folder: Path, video_format: VideoFormat, suffix: str) -> None:
        width, height = CODECS[video_format.codec].smallest
        self.size = max(width, SIDE), max(height, SIDE)
        by_rate = suffix in BY_RATE
        self.video_format = replace(video_format, size=self.size, in_order=by_rate)
        self.suffix = suffix
        self.segment, self.target = folder / "frames.nut", folder / f"trial{suffix}"
        self.step = max(round(1 / (video_format.rate * video_format.time_base)), 1)

    def pictures(self) -> None:
        """Write them, and read them again.

        Raises:
            OutputError: the file cannot hold them.
        """
        video_format, suffix = self.video_format, self.suffix
        if suffix in BY_RATE and video_format.codec == "ffv1" and video_format.coding.full:
            raise OutputError(
                f"A {suffix} file cannot say that the film's levels are of the full range. Name "
                "the result .mkv, which can."
            )
        segment, noise = Segment(self.segment, video_format), np.random.default_rng(0)
        for number in range(FRAMES):
            frame = av.VideoFrame(*self.size, video_format.pix_fmt)
            bits = frame.format.components[0].bits
            for plane in frame.planes:
                levels = plane.buffer_size // (1 if bits == 8 else 2)
                kind = np.uint8 if bits == 8 else np.uint16
                plane.update(noise.integers(0, 2**bits, levels, kind).tobytes())
            frame.pts, frame.time_base = number * self.step, video_format.time_base
            segment.add(frame)
        self.ahead = segment.close()
        if not self._holds(None):
            raise OutputError(
                f"A {suffix} file cannot hold {video_format.codec}. Name the result .mkv, which "
                "can."
            )

    def with_stream(
        self, source: Source, stream: Any, packets: Sequence[Any], kept: Kept
    ) -> tuple[Kept, str | None]:
        """What is kept with this stream too, and what there is to say of it."""
        if kept.is_still(stream) and self.suffix in ATTACHING and packets:
            return replace(kept, attached={**kept.attached, stream.index: bytes(packets[0])}), None
        alone = Kept(covers=kept.covers)
        copied = stream.type != "audio" or self.suffix not in sounds.EQUAL
        if copied and self._holds(source, replace(alone, copied=(stream.index,)), packets):
            return replace(kept, copied=(*kept.copied, stream.index)), None
        kind = subtitles.KINDS.get(self.suffix)
        if kind and stream.type == "subtitle" and named(stream) in subtitles.TEXTS:
            own = {stream.index: kind}
            if self._holds(source, replace(alone, texts=own), packets):
                sentence = (
                    f"The subtitles {stream.index} ({named(stream)}) became "
                    f"{subtitles.NAMES[kind]}, which {self.suffix} can hold."
                )
                return replace(kept, texts={**kept.texts, **own}), sentence
        if stream.type == "audio" and (kind := sounds.kind_for(stream, self.suffix)):
            made = {stream.index: kind}
            if self._holds(source, replace(alone, sounds=made)):
                sentence = (
                    f"The sound {stream.index} ({named(stream)}) became {sounds.NAMES[kind]}, "
                    f"without loss, which {self.suffix} can hold."
                )
                same = named(stream) == kind
                return replace(kept, sounds={**kept.sounds, **made}), None if same else sentence
        if stream.type in NEEDED:
            raise OutputError(
                f"A {self.suffix} file cannot hold the film's sound ({named(stream)}). Name the "
                "result .mkv, which can."
            )
        return kept, (
            f"{self.suffix} cannot hold the stream {stream.type} {stream.index} "
            f"({named(stream)}); it was left out."
        )

    def _holds(
        self, source: Source | None, kept: Kept | None = None, packets: Sequence[Any] = ()
    ) -> bool:
        try:
            self._write(source, kept, packets)
            return count_pictures(self.target) == FRAMES
        except FAILURES:
            return False

    def _write(self, source: Source | None, kept: Kept | None, packets: Sequence[Any]) -> None:
        with new_file(self.target) as out, av.open(str(self.segment)) as first:
            pictures = add_pictures(out, first.streams.video[0], self.video_format)
            copies = add_copies(out, source, kept) if source and kept else {}
            times = tuple(number * self.step for number in range(FRAMES))
            timing = Timing(
                self.video_format.time_base, self.video_format.rate, times, self.step, True
            )
            written = [one for _, one in pictures_of([self.segment], timing, self.ahead, pictures)]
            out.mux(written[0])
            if source and kept:
                for number in kept.sounds:
                    length = FRAMES / self.video_format.rate
                    for _, one in sounds.silence(copies[number], Fraction(0), length):
                        out.mux(one)
                for packet in packets:
                    copy = copied_packet(_fresh(packet), source, kept)
                    if copy is not None:
                        copy.pts = copy.dts = packet.dts
                        copy.stream = copies[packet.stream.index]
                        out.mux(copy)
            for one in written[1:]:
                out.mux(one)


def first_video_format(path: Path, plan: Plan) -> tuple[VideoFormat, list[str]]:
    """What the film looks like by its first frame; its times are not known yet.

    Returns:
        The look, and sentences on what the result will not have.

    Raises:
        PictureError: there is no frame.
    """
    with open_source(path, plan.rate) as source:
        moment = next(moments(source, plan.span, Notes()), None)
        if moment is None:
            raise PictureError(no_frame(source, plan.span))
        coding = coding_of(moment.frame)
        luma = luma_of(moment.frame, coding)
        video_format = video_format_of(source, moment.frame, luma, coding, plan.codec, plan.quality)
        sentences = (
            ["The film's transparency was left out."] if is_transparent(moment.frame) else []
        )
        return video_format, sentences


def with_codec(path: Path, plan: Plan, suffix: str) -> tuple[Plan, list[str]]:
    """The plan with the codec that it leaves open, and a sentence where the film's depth decides.

    Raises:
        PictureError: there is no frame.
    """
    if plan.codec != AUTO:
        return plan, []
    with open_source(path, plan.rate) as source:
        moment = next(moments(source, plan.span, Notes()), None)
        if moment is None:
            raise PictureError(no_frame(source, plan.span))
        depth = coding_of(moment.frame).depth
    default, codec = codec_for(suffix), codec_for(suffix, depth)
    why = f"The film has {depth} bits a level, more than {default} holds; the result is {codec}."
    return replace(plan, codec=codec), [why] if codec != default else []


def check_count(fresh: Path, target: Path, frames: int) -> None:
    """Open what was written again.

    Raises:
        OutputError: it does not hold the frames that were written.
    """
    found = count_pictures(fresh)
    if found != frames:
        raise OutputError(
            f"{target} was written with {frames} frames, and has {found} when it is read again. "
            "Name the result .mkv."
        )


def count_pictures(path: Path) -> int:
    """Frames that a file is found to have when it is opened again; 0 where none can be decoded."""
    with av.open(str(path)) as container:
        pictures = container.streams.video[0]
        count = sum(1 for packet in container.demux(pictures) if packet.pts is not None)
    with av.open(str(path)) as container:
        first = next(container.decode(container.streams.video[0]), None)
    return count if first is not None else 0


def _fresh(packet: Any) -> Any:
    """A packet of the same data and stream."""
    fresh = av.Packet(bytes(packet))
    fresh.stream, fresh.time_base = packet.stream, packet.time_base
    fresh.pts = fresh.dts = 0
    fresh.duration, fresh.is_keyframe = packet.duration, True
    return fresh


def _first_packets(source: Source) -> dict[int, list[Any]]:
    """The first packets of each stream, of those near the file's beginning; times from 0."""
    firsts: dict[int, list[Any]] = {s.index: [] for s in source.container.streams}
    missing = {s.index: OF_SOUND if s.type == "audio" else 1 for s in source.container.streams}
    with open_source(source.path, source.rate) as again:
        packets = again.container.demux()
        for _ in range(PACKETS_READ):
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                break
            if packet is None or not any(missing.values()):
                break
            number = packet.stream.index
            if packet.size and missing.get(number):
                own, before = _fresh(packet), firsts[number]
                own.stream = source.container.streams[number]
                if before:
                    own.pts = own.dts = before[-1].dts + max(before[-1].duration or 0, 1)
                before.append(own)
                missing[number] -= 1
    return firsts


def _is_made_anew(source: Source, stream: Any) -> bool:
    """Is it a track that the new file has of itself, for its timecode or its chapters?"""
    if is_timecode(stream):
        return True
    chapters = source.container.format.name.startswith("mov") and source.container.chapters()
    return bool(chapters) and stream.type == "data" and stream.name in (None, "none", "bin_data")
