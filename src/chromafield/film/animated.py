"""Animated WebP as a film: FFmpeg reads a still of it, Pillow every frame."""

from __future__ import annotations

import functools
import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

UNIT = Fraction(1, 1000)  # seconds of a tick: WebP tells times so
LEAST = 10  # ticks that a frame is shown, where it says none


def animated(path: Path) -> io.BytesIO | None:
    """The frames and times of an animated WebP as a film without loss; None of another file."""
    if path.suffix.lower() != ".webp" or not path.is_file():
        return None
    with Image.open(path) as picture:
        if getattr(picture, "n_frames", 1) < 2:
            return None
    return io.BytesIO(_film(path, path.stat().st_mtime_ns))


@functools.lru_cache(maxsize=2)
def _film(path: Path, changed: int) -> bytes:
    """The file, by its name and the time of its last change."""
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as film, Image.open(path) as picture:
        video = film.add_stream("ffv1", 25)
        video.width, video.height = picture.size
        video.pix_fmt = "bgra"
        video.time_base = video.codec_context.time_base = UNIT
        time = 0
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            pixels = np.asarray(picture.convert("RGBA"))
            frame = av.VideoFrame.from_ndarray(pixels, "rgba").reformat(format="bgra")
            frame.pts, frame.time_base = time, UNIT
            frame.duration = max(int(picture.info.get("duration", 0)), LEAST)
            time += frame.duration
            for packet in video.encode(frame):
                packet.duration = frame.duration
                film.mux(packet)
        film.mux(video.encode(None))
    return out.getvalue()
