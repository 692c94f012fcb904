"""Small generated scenes, for tests and benchmarks, which may not carry real photographs.

Colour follows from what is seen, as in photographs, so that a network can learn it: sky is smooth,
bright and above; grass is rough, darker and below; faces are smooth discs; other things have
stripes whose width goes with their hue.
"""

from __future__ import annotations

import colorsys
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]
Random = np.random.Generator

SKIN = ((0.36, 0.22, 0.15), (0.95, 0.76, 0.64))  # sRGB; tones lie on the line between
GRAIN = 0.01  # of the sRGB range: no surface is perfectly flat


def scene(random: Random, height: int, width: int) -> NDArray[np.uint8]:
    """A picture of sky, grass, things and faces, (height, width, 3) sRGB."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    picture = _landscape(random, y / height)
    for paint in (_thing, _thing, _face, _face):
        radius = random.uniform(0.1, 0.25) * min(height, width)
        cy, cx = random.uniform(0, height), random.uniform(0, width)
        dy, dx = (y - cy) / radius, (x - cx) / (radius * random.uniform(0.7, 1.0))
        cover = np.clip((1 - np.hypot(dx, dy)) * radius + 0.5, 0, 1)[..., None]
        picture += cover * (paint(random, dx, dy) - picture)
    light = 1 + random.uniform(-0.2, 0.2) * (x / width - 0.5)
    picture = picture * light[..., None] + GRAIN * random.standard_normal((height, width, 1))
    return np.asarray(np.rint(255 * np.clip(picture, 0, 1)), np.uint8)


def write_pack(
    path: Path,
    count: int,
    seed: int = 0,
    size: tuple[int, int] = (48, 64),
    labels: Sequence[str] = (),
) -> None:
    """Write `count` scenes as PNG files into a new folder, or a zip archive if `path` ends so.

    Args:
        size: height and width of each.
        labels: folders that the pictures are dealt to in turn; without any they lie at the top.
    """
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(count):
                # Not `writestr(name)`, which would stamp the archive with the time of day.
                entry = zipfile.ZipInfo(_name(number, labels))
                archive.writestr(entry, _png(seed, number, size))
        return
    for number in range(count):
        file = path / _name(number, labels)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_png(seed, number, size))


def _name(number: int, labels: Sequence[str]) -> str:
    return f"{labels[number % len(labels)]}/{number:04}.png" if labels else f"{number:04}.png"


def _png(seed: int, number: int, size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(scene(np.random.default_rng([seed, number]), *size)).save(file, "PNG")
    return file.getvalue()


def _landscape(random: Random, y: Plane) -> Plane:
    """Sky that pales towards a wavy horizon, and grass below it; `y` runs from 0 to 1."""
    noise = random.standard_normal(y.shape, dtype=np.float32)
    clouds = 0.15 * np.clip(cv2.GaussianBlur(noise, (0, 0), 4) * 8, 0, 1)[..., None]
    sky = np.array([0.35, 0.58, 0.88]) + np.array([0.4, 0.25, 0.06]) * y[..., None] + clouds
    grass = np.array([0.25, 0.42, 0.12]) * (1 + 0.25 * noise[..., None])
    horizon = random.uniform(0.35, 0.65) + 0.05 * cv2.GaussianBlur(noise, (0, 0), 3)
    return np.asarray(np.where((y < horizon)[..., None], sky, grass), np.float32)


def _face(random: Random, dx: Plane, dy: Plane) -> Plane:
    """One skin tone, lit from the upper left."""
    tone = np.array(SKIN[0]) + random.random() * (np.array(SKIN[1]) - np.array(SKIN[0]))
    return np.asarray(tone * (1 - 0.15 * (dx + dy))[..., None], np.float32)


def _thing(random: Random, dx: Plane, dy: Plane) -> Plane:
    """A strong colour with stripes across; the redder end of the hues has the wider ones."""
    hue = random.random()
    stripes = 1 + 0.3 * np.sin((3 + 12 * hue) * (dx + random.uniform(-1, 1) * dy))
    return np.asarray(np.array(colorsys.hsv_to_rgb(hue, 0.8, 0.7)) * stripes[..., None], np.float32)
