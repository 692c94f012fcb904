"""Photographs of scikit-image in colour, made grey, and toned by the rules of the darkroom."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from chromafield.image import Picture, from_pillow
from chromafield.image.detect import is_color, tone_spread

from ._files import noise, saved

NAMES = ("astronaut", "coffee", "chelsea", "rocket", "retina")
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
Tone = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def photograph(name: str) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = getattr(data, name)()
    return pixels


def levels(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(255 * values.clip(0, 1)).astype(np.uint8)


def grey_of(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    return rgb @ np.array([0.299, 0.587, 0.114])[:, None] / 255


def sepia(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.repeat(grey, 3, axis=2) @ SEPIA.T


def cyanotype(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([grey**1.7, 0.1 + 0.9 * grey, 0.35 + 0.65 * grey], axis=2)


def split_tone(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    share = grey**2 * (3 - 2 * grey)
    return (1 - share) * np.array([0.16, 0.24, 0.43]) + share * np.array([1, 0.94, 0.78])


def yellowed(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    h, w = grey.shape[:2]
    y, x = np.mgrid[0 : 1 : h * 1j, 0 : 1 : w * 1j]
    return grey * (1 - (0.7 * x + 0.3 * y)[..., None] * np.array([0, 0.05, 0.25]))


TONES = (lambda grey: np.repeat(grey, 3, axis=2), sepia, cyanotype, split_tone, yellowed)


@pytest.mark.parametrize("name", NAMES)
def test_photographs_are_in_colour(name):
    coloured, spread = is_color(Picture(photograph(name)))
    assert coloured, spread


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("age", ["fresh", "grainy", "jpeg"])
def test_toned_prints_are_black_and_white(name, tone: Tone, age):
    grey = grey_of(photograph(name))
    if age == "grainy":
        grey = (grey + 0.03 * np.random.default_rng(0).standard_normal(grey.shape)).clip(0, 1)
    picture = Picture(levels(tone(grey)))
    if age == "jpeg":
        picture = reopened(picture, quality=75)
    coloured, spread = is_color(picture)
    assert not coloured, spread


def seascape(seed: int) -> NDArray[np.uint8]:
    """Sky over sea over grey rocks; the only hue is blue."""
    random = np.random.default_rng(seed)
    y = np.linspace(0, 1, 160)[:, None] * np.ones((1, 240))

    def clouds(width: float) -> NDArray[np.float64]:
        noise = cv2.GaussianBlur(random.standard_normal(y.shape), (0, 0), width)
        return np.asarray(2 * width * noise)[..., None]

    sky = np.stack([0.25 + 0.5 * y, 0.4 + 0.4 * y, 0.8 + 0.1 * y], -1) + 0.06 * clouds(10)
    sea = np.stack([0.1 * y, 0.22 + 0.1 * y, 0.5 + 0.1 * y], -1) + 0.05 * clouds(2)
    rocks = 0.16 + 0.05 * clouds(1)
    return levels(np.where(y[..., None] < 0.45, sky, np.where(y[..., None] < 0.8, sea, rocks)))


@pytest.mark.parametrize("seed", [0, 2])
def test_a_photograph_of_one_hue_is_in_colour(seed):
    coloured, spread = is_color(Picture(seascape(seed)))
    assert coloured, spread


def reopened(picture: Picture, quality: int) -> Picture:
    import io

    from PIL import Image

    data = saved(Image.fromarray(picture.pixels), "JPEG", quality=quality)
    return from_pillow(Image.open(io.BytesIO(data)))


def test_one_coloured_thing_in_a_grey_picture_is_colour():
    rgb = photograph("coffee")
    grey = np.repeat(levels(grey_of(rgb)), 3, axis=2)
    grey[120:280, 160:360] = rgb[120:280, 160:360]
    assert is_color(Picture(grey))[0]


def test_one_channel_is_never_in_colour():
    assert is_color(Picture(noise(40, 40))) == (False, 0.0)


def test_depth_makes_no_difference():
    rgb = photograph("chelsea")
    assert tone_spread(rgb.astype(np.uint16) * 257) == pytest.approx(tone_spread(rgb), abs=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (3, 3), (1, 3000), (3000, 2)])
def test_the_smallest_and_the_longest(shape):
    assert tone_spread(np.zeros((*shape, 3), np.uint8)) == pytest.approx(0, abs=0.01)
    assert np.isfinite(tone_spread(noise(*shape, 3)))
