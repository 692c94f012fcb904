"""Dust and scratches: found where they are, and little else; filled from around."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from chromafield.colorizer.loading import load_colorizer
from chromafield.image import Picture, from_array
from chromafield.image.dust import fill, find_dust, without_dust
from chromafield.settings import Settings


def even_ground(height: int = 240, width: int = 320) -> np.ndarray:
    """Levels that change slowly, with grain."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    grain = np.random.default_rng(0).normal(0, 2, (height, width))
    return np.rint((60 + 80 * x + 50 * y + grain).clip(0, 255)).astype(np.uint8)


def strewn(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture with specks and scratches, and where they are."""
    random = np.random.default_rng(1)
    dusty, mask = grey.copy(), np.zeros_like(grey)
    for _ in range(30):
        place = tuple(int(random.integers(10, side - 10)) for side in grey.shape[::-1])
        for levels, ink in ((dusty, int(random.choice([0, 255]))), (mask, 1)):
            cv2.circle(levels, place, 1, ink, -1)
    for x in (80, 200):
        for levels, ink in ((dusty, 255), (mask, 1)):
            cv2.line(levels, (x, 20), (x + 6, 200), ink, 1)
    return dusty, mask


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_strewn_on_even_ground_is_found_and_filled(deep: bool, channels: int) -> None:
    grey = even_ground()
    dusty, mask = strewn(grey)
    true, given = (one.astype(np.uint16) * 257 if deep else one for one in (grey, dusty))
    if channels == 3:
        true, given = (np.repeat(one[..., None], 3, axis=2) for one in (true, given))
    found = find_dust(given)
    assert (found > 0)[mask > 0].mean() > 0.9
    assert (found > 0)[cv2.dilate(mask, np.ones((7, 7))) == 0].mean() < 0.001
    full = np.iinfo(given.dtype).max
    left = np.abs(fill(given, found).astype(float) - true)[mask > 0].mean() / full
    assert left < 0.05 < np.abs(given.astype(float) - true)[mask > 0].mean() / full


@pytest.mark.parametrize("name", ["camera", "astronaut", "chelsea", "moon"])
def test_little_of_a_photograph_is_taken_for_dust(name: str) -> None:
    levels = getattr(data, name)()
    assert find_dust(levels).mean() < 0.003


def test_what_has_no_dust_is_the_same_picture() -> None:
    picture = Picture(np.full((20, 30), 80, np.uint8))
    assert without_dust(picture) == (picture, 0.0)
    assert not find_dust(np.zeros((1, 1), np.uint8)).any()


def test_the_result_keeps_dust_or_loses_it(tiny_weights: object) -> None:
    grey = even_ground()
    dusty, mask = strewn(grey)
    results = {}
    for clean in ("none", "seen", "output"):
        settings = Settings(str(tiny_weights), size=32, views=1, strength=0.0, clean=clean)
        results[clean] = load_colorizer(settings, "cpu").color_with_findings(from_array(dusty))
    assert results["none"].dust == 0 < results["seen"].dust == results["output"].dust
    for clean, kept in (("none", True), ("seen", True), ("output", False)):
        off = np.abs(results[clean].levels[..., 1].astype(int) - dusty)[mask > 0]
        assert (off.mean() < 2) == kept
