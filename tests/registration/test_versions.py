"""Another version's places: a known warp is found, what was redrawn is not trusted."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromafield.data.synthetic import scene
from chromafield.registration.versions import TURNS, how_turned, likeness, register

SIZE = (180, 240)
Grey = NDArray[np.uint8]


def grey(seed: int) -> Grey:
    """A scene with the grain of a surface, which flow needs to hold on to."""
    rng = np.random.default_rng(seed)
    plane = cv2.cvtColor(scene(rng, *SIZE), cv2.COLOR_RGB2GRAY).astype(np.float32)
    grain = cv2.GaussianBlur(rng.standard_normal(SIZE).astype(np.float32), (0, 0), 2)
    return np.asarray(np.clip(plane + 60 * grain, 0, 255), np.uint8)


def bent(one: Grey, scale: float = 1.0) -> tuple[Grey, NDArray[np.float32]]:
    """The picture bent by 2 % of its width, and the places that it shows."""
    h, w = round(one.shape[0] * scale), round(one.shape[1] * scale)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    x, y = (x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5
    dx, dy = 4.8 * np.sin(y / 40), 4.8 * np.sin(x / 50)
    places = np.stack([x + dx, y + dy], -1).astype(np.float32)
    return np.asarray(cv2.remap(one, places, None, cv2.INTER_LINEAR), np.uint8), places


@pytest.mark.parametrize("scale", [1.0, 0.6])
def test_a_known_warp_is_found(scale: float) -> None:
    one = grey(3)
    other, places = bent(one, scale)
    found = register(one, other)
    rows, columns = found.trust.shape
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    own = np.stack([x * SIZE[1] / columns, y * SIZE[0] / rows], -1) - 0.5
    shown = cv2.remap(places, found.places, None, cv2.INTER_LINEAR)
    off = np.linalg.norm(shown - own, axis=-1)[found.trust > 0.5]
    assert np.median(off) < 0.5 and np.quantile(off, 0.95) < 2
    assert found.trusted > 0.7
    assert found.detail == pytest.approx(scale, rel=0.05)


def test_tone_and_grain_change_little() -> None:
    one = grey(3)
    other = 255 * (bent(one)[0] / 255.0) ** 1.4
    noise = np.random.default_rng(0).normal(0, 4, SIZE)
    found = register(one, np.asarray((other + noise).clip(0, 255), np.uint8))
    assert found.trusted > 0.6


def test_what_was_redrawn_is_not_trusted() -> None:
    one = grey(3)
    other = bent(one)[0]
    other[60:130, 80:160] = grey(11)[40:110, 20:100]
    found = register(one, other)
    whole = cv2.resize(found.trust, SIZE[::-1], interpolation=cv2.INTER_AREA)
    assert whole[75:115, 95:145].max() < 0.5
    assert found.trusted > 0.4


def test_another_picture_is_not_trusted() -> None:
    assert register(grey(3), grey(8)).trusted < 0.05
    assert how_turned(grey(3), grey(8), 0.1) is None


@pytest.mark.parametrize("name", TURNS)
def test_it_is_told_how_a_version_is_turned(name: str) -> None:
    ways = {
        "upside down": lambda plane: plane[::-1, ::-1],
        "a mirror image": lambda plane: plane[:, ::-1],
        "turned to the left": lambda plane: np.rot90(plane),
        "turned to the right": lambda plane: np.rot90(plane, -1),
    }
    one = grey(3)
    assert how_turned(one, np.ascontiguousarray(ways[name](one)), 0.1) == name


def test_likeness_is_1_of_the_same_and_below_0_of_the_negative() -> None:
    one = grey(3).astype(np.float32)
    np.testing.assert_allclose(likeness(one, one + 20), 1, atol=1e-3)
    assert likeness(one, 255 - one).mean() < 0
    flat = np.full(SIZE, 90, np.float32)
    np.testing.assert_allclose(likeness(flat, flat), 1, atol=1e-3)
    assert likeness(one, flat).mean() < 0.5
