"""Containers, codecs, depths, ranges and rates of films: does a result say what its source says?

    python benchmarks/film_matrix.py [--model WEIGHTS]

Each film is made here, coloured, and read by PyAV and OpenCV, and by ffprobe where it is installed.
Prints a table, a row a source and rate, a column a kind of result: "right", or what differs; a dash
where the codec refuses the film, as it should. The exit code is the number of results that differ.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import skimage.data

from chromafield.defaults import MODEL
from chromafield.film.codecs import CODECS
from chromafield.film.run import color_film
from chromafield.film.settings import Plan
from chromafield.settings import Settings

FRAMES = 12
SIZE = (64, 96)
RATES = (Fraction(16), Fraction(18), Fraction(24000, 1001), Fraction(25), Fraction(30))
# Of a source: ending, codec, kind of frames, and whether its levels are of the full range.
SOURCES = (
    (".mp4", "libx264", "yuv420p", False),
    (".mkv", "ffv1", "gray", True),
    (".mkv", "ffv1", "yuv420p10le", False),
    (".avi", "mjpeg", "yuvj420p", True),
)
# Of a result: ending and codec.
RESULTS = (
    *((".mp4", "h264"), (".mov", "h265"), (".mkv", "ffv1"), (".mkv", "h264"), (".avi", "h264")),
    *((".mov", "prores"), (".webm", "vp9"), (".mp4", "av1")),
)


@dataclass(frozen=True)
class Said:
    """What a file says of its pictures."""

    frames: int
    rate: Fraction
    seconds: float
    full: bool


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=MODEL)
    settings = Settings(model=parser.parse_args().model, size=64, views=1)
    wrong = right = 0
    names = " | ".join(f"{ending} {codec}" for ending, codec in RESULTS)
    print(f"| source | frames/s | {names} |")
    print("|---|---|" + "---|" * len(RESULTS))
    with tempfile.TemporaryDirectory() as folder:
        for source, rate in itertools.product(SOURCES, RATES):
            film = Path(folder) / f"film{source[0]}"
            _write(film, source[1], source[2], rate)
            cells = [_tried(film, settings, source, rate, *result) for result in RESULTS]
            right += cells.count("right")
            wrong += len(cells) - cells.count("right") - cells.count("-")
            print(
                f"| {source[0]} {source[1]} {source[2]} | {rate} | {' | '.join(cells)} |",
                flush=True,
            )
    print(f"\n{right} of {right + wrong} right.")
    return wrong


def _tried(
    film: Path,
    settings: Settings,
    source: tuple[str, str, str, bool],
    rate: Fraction,
    ending: str,
    codec: str,
) -> str:
    """What the result differs in; "right", or a dash where there is none."""
    out = film.with_name(f"out{ending}")
    if "10" in source[2] and CODECS[codec].depth < 10:
        return "-"
    color_film(film, out, Plan(settings, codec=codec), "cpu")
    said = said_by_pyav(out)
    full = source[3] and CODECS[codec].fixed is None
    found = {
        "frames": (said.frames, counted_by_opencv(out), counted_by_ffprobe(out) or FRAMES),
        "rate": said.rate,
        "length": abs(said.seconds - FRAMES / rate) <= 0.5 / rate,
        "range": said.full,
    }
    wanted = {"frames": (FRAMES,) * 3, "rate": rate, "length": True, "range": full}
    return ", ".join(key for key in wanted if found[key] != wanted[key]) or "right"


def _levels() -> Iterator[np.ndarray]:
    photograph = np.asarray(skimage.data.camera())
    for number in range(FRAMES):
        grey = photograph[100 : 100 + SIZE[0], 2 * number : 2 * number + SIZE[1]]
        yield np.repeat(grey[..., None], 3, axis=2)


def _write(path: Path, codec: str, kind: str, rate: Fraction) -> None:
    with av.open(str(path), "w") as out:
        video = out.add_stream(codec, rate)
        video.height, video.width = SIZE
        video.pix_fmt = kind
        for number, rgb in enumerate(_levels()):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")
            frame = frame.reformat(format=kind)
            frame.pts, frame.time_base = number, 1 / rate
            out.mux(video.encode(frame))
        out.mux(video.encode(None))


def said_by_pyav(path: Path) -> Said:
    with av.open(str(path)) as film:
        video = film.streams.video[0]
        told = video.duration * video.time_base if video.duration else None
        seconds = float(told or Fraction(film.duration or 0, av.time_base))
        frames = sum(1 for _ in film.decode(video))
        full = video.codec_context.color_range == 2
        return Said(frames, Fraction(video.average_rate or 0), seconds, full)


def counted_by_opencv(path: Path) -> int:
    return round(cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT))


def counted_by_ffprobe(path: Path) -> int | None:
    """None where ffprobe is not installed."""
    if shutil.which("ffprobe") is None:
        return None
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_frames"]
    command += ["-show_entries", "stream=nb_read_frames", "-of", "json", str(path)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return int(told["streams"][0]["nb_read_frames"])


if __name__ == "__main__":
    sys.exit(main())
