"""What key frames are worth on a film in colour: CIEDE2000 of its frames coloured from few of them.

    python benchmarks/film_keys.py CLIP [--frames N] [--model WEIGHTS] [--sheet SHEET]

Some of the film's own frames are the references, the film is coloured anew, and every frame's two
chroma planes are compared with the true ones, painted with the true luma. A reference's chroma is
enlarged by repetition, so that it holds the true planes. `copy` repeats the
chroma of the nearest reference without any motion.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from PIL import Image

from chromafield.color import ciede2000, rgb_to_lab
from chromafield.defaults import MODEL
from chromafield.film.references import name_of
from chromafield.film.run import color_film
from chromafield.film.settings import Plan
from chromafield.image.sheet import contact_sheet
from chromafield.settings import Settings

Planes = list[np.ndarray]  # luma, Cb and Cr of a frame


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=10**9, help="from the start on, at most")
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--sheet", type=Path, help="truth, copy and carried of some frames")
    given = parser.parse_args()
    truth = planes_of(given.clip, given.frames)
    last = len(truth) - 1
    print("| clip | frames | references at | grey | copy | carried | carried is worse | frames/s |")
    print("|---|---|---|---|---|---|---|---|")
    for keys in ((0,), (0, last)):
        carried, speed = carry(given.clip, keys, len(truth), given.model)
        copies = [truth[min(keys, key=lambda key: abs(key - n))] for n in range(len(truth))]
        own, copy = errors(carried, truth), errors(copies, truth)
        grey = errors([[y, *np.full_like(c, 128)] for y, *c in truth], truth)
        worse = sum(a > b + 0.05 for a, b in zip(own, copy, strict=True))
        places = ", ".join(map(str, keys))
        means = " | ".join(f"{np.mean(values):.2f}" for values in (grey, copy, own))
        print(f"| {given.clip.stem} | {len(truth)} | {places} | {means} | {worse} | {speed:.1f} |")
        if given.sheet and len(keys) == 1:
            shown = np.linspace(0, last, 6).round().astype(int)
            rows = [
                [rgb(truth[n][0], films[n][1:]) for n in shown]
                for films in (truth, copies, carried)
            ]
            Image.fromarray(contact_sheet(rows, 180)).save(given.sheet)


def carry(clip: Path, keys: tuple[int, ...], count: int, model: str) -> tuple[list[Planes], float]:
    """The film's frames coloured from references, and how many a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "references").mkdir()
        with av.open(str(clip)) as film:
            rate = float(film.streams.video[0].average_rate)
            for number, frame in enumerate(film.decode(video=0)):
                if number in keys:
                    levels = frame.reformat(format="rgb24", interpolation="POINT").to_ndarray()
                    Image.fromarray(levels).save(folder / "references" / name_of(number))
        plan = Plan(Settings(model=model, views=1), recolor=True, codec="ffv1")
        plan = replace(plan, references=folder / "references", end=(count - 0.5) / rate)
        begun = time.perf_counter()
        color_film(clip, folder / "carried.mkv", plan, "cpu")
        spent = time.perf_counter() - begun
        return planes_of(folder / "carried.mkv", count), count / spent


def planes_of(path: Path, most: int) -> list[Planes]:
    """The planes of a film's first frames, 4:2:0."""
    found: list[Planes] = []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            if len(found) == most:
                break
            frame = frame.reformat(format="yuv420p")
            found.append(
                [
                    np.frombuffer(plane, np.uint8)
                    .reshape(plane.height, -1)[:, : plane.width]
                    .copy()
                    for plane in frame.planes
                ]
            )
    return found


def errors(films: list[Planes], truth: list[Planes]) -> list[float]:
    """Mean CIEDE2000 of each frame, its chroma painted with the true luma."""
    return [
        float(ciede2000(lab(true[0], own[1:]), lab(true[0], true[1:])).mean())
        for own, true in zip(films, truth, strict=True)
    ]


def lab(luma: np.ndarray, chroma: Planes) -> torch.Tensor:
    return rgb_to_lab(torch.from_numpy(rgb(luma, chroma)).movedim(-1, 0).float() / 255)


def rgb(luma: np.ndarray, chroma: Planes) -> np.ndarray:
    """By BT.601 of the narrow range; chroma is enlarged bilinearly."""
    size = luma.shape[::-1]
    cb, cr = (cv2.resize(plane.astype(np.float32), size) / 224 - 128 / 224 for plane in chroma)
    y = (luma.astype(np.float32) - 16) / 219
    r, b = y + 1.402 * cr, y + 1.772 * cb
    levels = np.stack([r, (y - 0.299 * r - 0.114 * b) / 0.587, b], axis=-1)
    return np.rint(255 * levels.clip(0, 1)).astype(np.uint8)


if __name__ == "__main__":
    main()
