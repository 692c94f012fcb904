"""An old film of a clip of today: grain, scratches, dust, gate weave, flicker and fades.

    python benchmarks/old_film.py CLIP OLD.mkv [--frames N] [--seed N]
    python benchmarks/old_film.py CLIP OLD.mkv --sheet COLOURED.mkv docs/images/film-old.webp

Greys the clip's first frames, fades them in from black and out to white, and ages them. With
`--sheet`, a picture of frames of both films, the old one above, its coloured one below, instead.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from PIL import Image

FRAMES, RATE = 96, Fraction(18)
FADE = 14  # frames that a fade takes
GRAIN = 11.0  # levels of 255, standard deviation
WEAVE = 1.2  # pixels that the frame wanders in the gate, standard deviation
FLICKER = 0.06  # of the light, standard deviation
SHOWN = (3, 6, 9, 14, 40, 60, 78, 84, 88, 92)  # frames of the sheet
WIDTH = 200  # pixels of a frame on it

Levels = np.ndarray[Any, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("old", type=Path)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sheet", type=Path, nargs=2)
    given = parser.parse_args()
    if given.sheet:
        _sheet(given.old, *given.sheet)
    else:
        _write(given.old, aged(_greys(given.clip, given.frames), given.frames, given.seed))
    return 0


def aged(greys: Iterator[Levels], frames: int, seed: int) -> Iterator[Levels]:
    """The frames as an old print of them is, (h, w) levels of 0 to 255."""
    random = np.random.default_rng(seed)
    scratches: list[list[float]] = []  # of each: where it is, how bright, frames that it lasts
    for number, grey in enumerate(greys):
        level = cv2.GaussianBlur(grey, (0, 0), 0.8).astype(np.float32)
        level = 20 + 0.82 * level
        level *= float(random.normal(1, FLICKER))
        x, y = random.normal(0, WEAVE, 2)
        size = (level.shape[1], level.shape[0])
        move = np.array([[1, 0, x], [0, 1, y]], np.float32)
        level = cv2.warpAffine(level, move, size, borderMode=cv2.BORDER_REFLECT)
        level = _scratched(level, scratches, random)
        share, pole = _light(number, frames)
        level = pole + share * (level - pole)
        grain = cv2.GaussianBlur(random.normal(0, 1, level.shape), (0, 0), 0.7)
        yield (level + GRAIN * grain / grain.std()).clip(0, 255).round().astype(np.uint8)


def _light(number: int, frames: int) -> tuple[float, float]:
    """A frame's share of light, and the level that it fades from or to."""
    if number < FADE:
        return number / FADE, 0.0
    return min((frames - 1 - number) / FADE, 1.0), 255.0


def _scratched(level: Levels, scratches: list[list[float]], random: np.random.Generator) -> Levels:
    """The frame with scratches that last, and dust that does not."""
    height, width = level.shape
    if random.random() < 0.12:
        scratches.append([random.uniform(0, width), random.choice([-60.0, 80.0]), 12.0])
    for scratch in scratches:
        at = int(scratch[0] + random.normal(0, 0.7)) % width
        level[:, at] += scratch[1]
        scratch[2] -= 1
    scratches[:] = [scratch for scratch in scratches if scratch[2] > 0]
    for _ in range(random.poisson(3)):
        centre = (int(random.uniform(0, width)), int(random.uniform(0, height)))
        axes = (int(random.integers(1, 4)), int(random.integers(1, 6)))
        angle, tone = float(random.uniform(0, 180)), float(random.choice([10.0, 245.0]))
        cv2.ellipse(level, centre, axes, angle, 0, 360, tone, -1)
    return level


def _greys(clip: Path, frames: int) -> Iterator[Levels]:
    with av.open(str(clip)) as film:
        for _, frame in zip(range(frames), film.decode(video=0), strict=False):
            yield frame.to_ndarray(format="gray")


def _write(path: Path, levels: Iterator[Levels]) -> None:
    with av.open(str(path), "w") as out:
        video = out.add_stream("ffv1", RATE)
        video.pix_fmt = "gray"
        for number, level in enumerate(levels):
            if not number:
                video.height, video.width = level.shape
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(level), "gray")
            frame.pts, frame.time_base = number, 1 / RATE
            out.mux(video.encode(frame))
        out.mux(video.encode(None))


def _sheet(old: Path, coloured: Path, target: Path) -> None:
    rows = []
    for path in (old, coloured):
        with av.open(str(path)) as film:
            frames = [f.to_ndarray(format="rgb24") for f in film.decode(video=0)]
        height = round(WIDTH * frames[0].shape[0] / frames[0].shape[1])
        small = [
            cv2.resize(frames[n], (WIDTH, height), interpolation=cv2.INTER_AREA) for n in SHOWN
        ]
        rows.append(small)
    half = len(SHOWN) // 2
    lines = [np.hstack(row[part]) for part in (slice(half), slice(half, None)) for row in rows]
    Image.fromarray(np.vstack(lines)).save(target, quality=80)


if __name__ == "__main__":
    sys.exit(main())
