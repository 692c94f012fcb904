"""Films made here, and what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from chromafield.data.synthetic import scene
from chromafield.film.run import Progress

RATE = 25


def coloured(seed: int, height: int, width: int, shift: int = 0) -> np.ndarray:
    colours = scene(np.random.default_rng(seed), height, width + 64)[:, shift : shift + width]
    return np.ascontiguousarray(255 - colours if seed % 2 else colours)  # so that cuts are seen


def picture(seed: int, height: int, width: int, shift: int = 0) -> np.ndarray:
    return coloured(seed, height, width, shift).mean(2).astype(np.uint8)


def write_film(
    path: Path,
    shots: tuple[int, ...] = (10, 8),
    size: tuple[int, int] = (96, 128),
    sound: bool = True,
    colour: bool = False,
    grey: tuple[int, ...] = (),
    uneven: bool = False,
) -> None:
    """Scenes that move to the left, one a shot, with a tone.

    Args:
        grey: frames of each shot that have no colour whatever the others have.
    """
    height, width = size
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", RATE, options={"crf": "4"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        if height % 2 or width % 2:
            video.pix_fmt = "yuv444p"
        video.time_base = video.codec_context.time_base = Fraction(1, 1000)
        audio = out.add_stream("aac", 44100, layout="mono") if sound else None
        time = 0
        for seed, count in enumerate(shots):
            for number in range(count):
                rgb = coloured(seed, height, width, 2 * (number % 30))
                if not colour or number in grey:
                    rgb = np.repeat(rgb.mean(2).astype(np.uint8)[..., None], 3, axis=2)
                frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=video.pix_fmt)
                frame.pts, frame.time_base = time, Fraction(1, 1000)
                time += 40 + (17 * (number % 3) if uneven else 0)
                out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if audio is not None:
            samples = np.sin(np.arange(44100 * time // 1000) / 20).astype(np.float32)
            tone = av.AudioFrame.from_ndarray(samples[None] * 0.3, "fltp", "mono")
            tone.sample_rate, tone.pts, tone.time_base = 44100, 0, Fraction(1, 44100)
            out.mux(audio.encode(tone))
            out.mux(audio.encode(None))


def encoded(
    path: Path,
    levels: Iterable[np.ndarray],
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rate: Fraction | int = RATE,
    times: Sequence[int] | None = None,
    unit: Fraction | None = None,
    options: dict[str, str] | None = None,
    begins: int = 0,
    **marks: object,
) -> None:
    """A film of grey (h, w) or coloured (h, w, 3) levels.

    Args:
        times: of the frames in the unit; else they are shown at the rate.
        begins: what is added to all times.
        marks: attributes of the codec, as color_range.
    """
    unit = unit or 1 / Fraction(rate)
    with av.open(str(path), "w") as out:
        video = out.add_stream(codec, rate, options=options or {})
        for number, level in enumerate(levels):
            if number == 0:
                video.height, video.width = level.shape[:2]
                video.pix_fmt = pix_fmt
                video.time_base = video.codec_context.time_base = unit
                for name, value in marks.items():
                    setattr(video.codec_context, name, value)
            rgb = level if level.ndim == 3 else np.repeat(level[..., None], 3, axis=2)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")
            frame = frame.reformat(format=pix_fmt)
            frame.pts = begins + (times[number] if times else number)
            frame.time_base = unit
            out.mux(video.encode(frame))
        out.mux(video.encode(None))


def panned(count: int, height: int = 48, width: int = 64, seed: int = 0) -> list[np.ndarray]:
    """Grey frames of one scene that moves to the left, two pixels a frame."""
    return [picture(seed, height, width, 2 * number) for number in range(count)]


def frames(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as film:
        return list(film.decode(video=0))


def luma(frame: av.VideoFrame) -> np.ndarray:
    plane = np.frombuffer(frame.planes[0], np.uint8).reshape(-1, frame.planes[0].line_size)
    return plane[: frame.height, : frame.width].astype(int)


def packets(path: Path, kind: str) -> list[tuple[object, ...]]:
    with av.open(str(path)) as film:
        (stream,) = [s for s in film.streams if s.type == kind]
        return [
            (float(p.pts * p.time_base), hashlib.sha256(bytes(p)).hexdigest())
            for p in film.demux(stream)
            if p.dts is not None
        ]


def noting(coloured: list[int]) -> Progress:
    """Notes the counts of frames that are told while a film is coloured."""

    def progress(doing: str, done: int, of: int | None) -> None:
        if doing == "colouring":
            coloured.append(done)

    return progress
