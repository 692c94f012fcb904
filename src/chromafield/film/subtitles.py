"""Subtitles of text from one kind to another: what is said and when; marks of style are lost."""

from __future__ import annotations

import re
import struct
from typing import Any

import av

KINDS = {".mkv": "subrip", ".mp4": "mov_text", ".m4v": "mov_text", ".mov": "mov_text"}
NAMES = {"subrip": "SRT", "mov_text": "mov_text"}
TEXTS = ("mov_text", "subrip", "srt", "text", "webvtt", "ass", "ssa")
# What FFmpeg's encoders of subtitles are opened with.
HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def add_stream(out: Any, kind: str) -> Any:
    """A stream of subtitles of this kind in a new file."""
    stream = out.add_stream(kind)
    stream.codec_context.subtitle_header = HEADER.encode()
    return stream


def converted(packet: Any, kind: str) -> Any:
    """The packet in another kind, with its times; None where it says nothing."""
    text = text_of(bytes(packet), packet.stream.codec_context.name)
    if not text:
        return None
    data = text.encode()
    fresh = av.Packet(struct.pack(">H", len(data)) + data if kind == "mov_text" else data)
    fresh.time_base, fresh.pts, fresh.dts = packet.time_base, packet.pts, packet.pts
    fresh.duration = packet.duration
    return fresh


def text_of(data: bytes, codec: str) -> str:
    """What a packet says, without marks of style."""
    if codec == "mov_text":
        (length,) = struct.unpack(">H", data[:2]) if len(data) >= 2 else (0,)
        return data[2 : 2 + length].decode("utf-8", "replace").strip()
    text = data.decode("utf-8", "replace")
    if codec in ("ass", "ssa"):
        text = text.split(",", 8)[-1]
        text = re.sub(r"\{[^}]*\}", "", text).replace("\\N", "\n").replace("\\n", "\n")
    return re.sub(r"<[^>]*>", "", text).strip()
