"""One version laid on another: a known motion is found again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromafield.data.synthetic import scene
from chromafield.registration.frame import frame_motion, rescaled, scaling


def grey(seed: int = 3, height: int = 150, width: int = 200) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(scene(np.random.default_rng(seed), height, width), 7), np.uint8)


@pytest.mark.parametrize(
    ("size", "cut"),
    [
        ((150, 200), (0, 0, 0, 0)),
        ((75, 100), (0.1, 0, 0, 0.1)),
        ((260, 300), (0.05, 0.1, 0.08, 0)),  # stretched, too
        ((90, 120), (-0.1, -0.1, -0.05, -0.1)),  # borders
    ],
)
def test_size_stretch_and_edges_are_found(
    size: tuple[int, int], cut: tuple[float, float, float, float]
) -> None:
    one = grey()
    h, w = one.shape
    left, right, top, bottom = cut
    x, y = w * (1 - left - right) / size[1], h * (1 - top - bottom) / size[0]
    back = scaling(x, y, left * w, top * h)  # from the other's places to the one's
    way = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    other = cv2.warpPerspective(one, back, size[::-1], flags=way, borderValue=255)
    found = frame_motion(one, np.asarray(other, np.uint8))
    corners = np.array([[[0.2 * w, 0.2 * h], [0.8 * w, 0.2 * h], [0.5 * w, 0.8 * h]]])
    there = cv2.perspectiveTransform(corners, found)
    again = cv2.perspectiveTransform(there, back)
    assert np.abs(again - corners).max() < 0.005 * w


def test_scaling_keeps_the_outer_edges() -> None:
    edges = np.array([[[-0.5, -0.5], [99.5, 49.5]]])
    there = cv2.perspectiveTransform(edges, scaling(2, 3))
    np.testing.assert_allclose(there, [[[-0.5, -0.5], [199.5, 149.5]]])


def test_a_motion_of_copies_is_the_pictures_own() -> None:
    one, other = np.zeros((100, 200), np.uint8), np.zeros((50, 100), np.uint8)
    small = one[::2, ::2], other[::2, ::2]
    whole = rescaled(scaling(0.5, 0.5), small, (one, other))
    np.testing.assert_allclose(whole, scaling(0.5, 0.5), atol=1e-12)


def test_a_plane_without_edges_lies_as_it_is() -> None:
    flat = np.full((40, 60), 128, np.uint8)
    found = frame_motion(flat, np.full((80, 120), 90, np.uint8))
    assert np.isfinite(found).all() and np.linalg.det(found) > 0
