from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromafield.errors import BadValue
from chromafield.image import Picture, at_depth


@pytest.mark.parametrize(
    ("pixels", "alpha", "depth", "says"),
    [
        (np.zeros((2, 3, 4), np.uint8), None, 8, "not \\(2, 3, 4\\)"),
        (np.zeros((0, 3), np.uint8), None, 8, "not \\(0, 3\\)"),
        (np.zeros((2, 3)), None, 8, "not float64"),
        (np.zeros((2, 3), np.uint8), np.zeros((2, 3), np.uint16), 8, "alpha .* uint16 must be"),
        (np.zeros((2, 3), np.uint8), None, 12, "not 12"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(pixels, alpha, depth, says, unchecked):
    with pytest.raises(BadValue, match=says):
        Picture(pixels, alpha, depth)


def test_size_is_height_and_width():
    picture = Picture(np.zeros((2, 5, 3), np.uint8))
    assert picture.size == (2, 5)
    assert not picture.is_grey


@given(level=st.integers(0, 255))
def test_eight_bits_survive_sixteen(level):
    narrow = np.full((1, 1), level, np.uint8)
    assert at_depth(at_depth(narrow, 16), 8) == level


def test_sixteen_bits_round_to_the_nearest_of_eight():
    wide = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    expected = np.rint(wide / 257.0)
    assert np.array_equal(at_depth(wide, 8), expected)
    assert at_depth(wide, 16) is wide
