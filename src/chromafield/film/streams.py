"""The source's streams that are not its pictures: which a new file can hold, and how.

Whether it can is tried, with pictures, a packet of the stream and the file's end, before any work
begins. Subtitles that are text change their kind where that lets a file hold them; a timecode is a
tag that the new file's own track is made of.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av

from . import sounds, subtitles
from .source import Source, Span, is_cover

TIMECODE = "timecode"
STALE = ("duration", "encoder", "bps", "number_of_", "_statistics")  # tags on what was before


@dataclass(frozen=True)
class Kept:
    """What a new file takes of the source beside the pictures."""

    copied: tuple[int, ...] = ()  # numbers of streams
    texts: Mapping[int, str] = field(default_factory=dict)  # subtitles, and the kind they become
    sounds: Mapping[int, str] = field(default_factory=dict)  # sound that is converted, and to what
    attached: Mapping[int, bytes] = field(default_factory=dict)  # covers as attached files
    covers: frozenset[int] = frozenset()  # numbers of stills, which have no time
    tags: Mapping[str, str] = field(default_factory=dict)  # of the pictures, beside their own

    def is_still(self, stream: Any) -> bool:
        """Is the stream a cover?"""
        return stream.index in self.covers


def add_copies(out: Any, source: Source, kept: Kept) -> dict[int, Any]:
    """Streams of a new file for those that are kept, by number in the source."""
    copies = {}
    for number, data in kept.attached.items():
        stream = source.container.streams[number]
        kind = "png" if named(stream) == "png" else "jpeg"
        name = stream.metadata.get("filename", f"cover.{kind.replace('jpeg', 'jpg')}")
        out.add_attachment(name, f"image/{kind}", data)
    for number in (*kept.copied, *kept.texts, *kept.sounds):
        stream = source.container.streams[number]
        if number in kept.texts:
            copy = subtitles.add_stream(out, kept.texts[number])
        elif number in kept.sounds:
            copy = sounds.add_stream(out, stream, kept.sounds[number])
        else:
            copy = out.add_stream_from_template(stream)
        copy.metadata.update(
            {k: v for k, v in stream.metadata.items() if k.lower() not in ("duration", TIMECODE)}
        )
        copy.disposition = stream.disposition & ~av.stream.Disposition.default
        if stream.type != "video":
            copy.disposition = stream.disposition
        copies[number] = copy
    return copies


def left_out(source: Source) -> list[str]:
    """Sentences on the streams that numbered pictures cannot have."""
    kinds = sorted({s.type for s in source.container.streams} & {"audio", "subtitle"})
    names = {"audio": "sound", "subtitle": "subtitles"}
    found = " and ".join(names[kind] for kind in kinds)
    return [f"Pictures have no {found}; it was left out."] if found else []


def copied_packet(packet: Any, source: Source, kept: Kept) -> Any:
    """The packet as the new file gets it, times from the film's start; None of one without time."""
    stream = packet.stream
    if kept.is_still(stream):
        if packet.size == 0:
            return None
        packet.pts = packet.dts = 0
        return packet
    if packet.pts is None and packet.dts is None:
        return None
    pts = packet.pts if packet.pts is not None else packet.dts
    dts = packet.dts if packet.dts is not None else packet.pts
    if stream.index in kept.texts:
        packet = subtitles.converted(packet, kept.texts[stream.index])
        if packet is None:
            return None
    shift = round(source.began / packet.time_base)
    packet.pts, packet.dts = pts - shift, dts - shift
    return packet


def named(stream: Any) -> str:
    """The stream's codec."""
    context = getattr(stream, "codec_context", None)
    return str(context.name) if context is not None else "of no known codec"


def timecode_of(source: Source) -> str | None:
    """The timecode of the film's first frame, where the file has one."""
    streams = [source.video, *(s for s in source.container.streams if s.type == "data")]
    for entries in (*(s.metadata for s in streams), source.container.metadata):
        for key, value in entries.items():
            if key.lower() == TIMECODE:
                return str(value)
    return None


def is_timecode(stream: Any) -> bool:
    """Is the stream a timecode track, which the new file makes anew?"""
    return stream.type == "data" and any(key.lower() == TIMECODE for key in stream.metadata)


def covers_of(source: Source) -> frozenset[int]:
    """The numbers of the stills among the streams."""
    return frozenset(s.index for s in source.container.streams.video if is_cover(s))


def tags_of(metadata: dict[str, str]) -> dict[str, str]:
    """Those that still hold of the result."""
    return {key: value for key, value in metadata.items() if not key.lower().startswith(STALE)}


def chapters_of(container: Any, span: Span, began: Fraction) -> list[Any]:
    """The chapters that begin in the part."""
    kept = []
    for chapter in container.chapters():
        unit = Fraction(chapter["time_base"])
        shift = round((Fraction(span.start) + began) / unit)
        begins, ends = chapter["start"] * unit - began, chapter["end"] * unit - began
        if ends <= span.start or begins >= span.end:
            continue
        last = chapter["end"]
        if span.end != math.inf:
            last = round((min(ends, Fraction(span.end)) + began) / unit)
        start = max(chapter["start"] - shift, 0)
        kept.append({**chapter, "start": start, "end": last - shift})
    return kept
