from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromafield.errors import BadValue
from chromafield.image.layer import color_layer

from ._files import noise


def composite(layer, below):
    """Normal blend mode, in floating point."""
    opacity = layer[..., 3:] / np.iinfo(layer.dtype).max
    under = np.atleast_3d(below / np.iinfo(below.dtype).max)
    return opacity * (layer[..., :3] / np.iinfo(layer.dtype).max) + (1 - opacity) * under


@given(
    seed=st.integers(0, 999),
    dtype=st.sampled_from([np.uint8, np.uint16]),
    channels=st.sampled_from([(), (3,)]),
)
def test_laid_over_the_grey_it_gives_the_result(seed, dtype, channels):
    grey, rgb = (
        noise(7, 9, *channels, dtype=dtype, seed=seed),
        noise(7, 9, 3, dtype=dtype, seed=seed + 1),
    )
    shown = composite(color_layer(grey, rgb), grey)
    assert np.abs(shown - rgb / np.iinfo(dtype).max).max() < 1 / np.iinfo(dtype).max


def test_extremes():
    levels = np.array([0, 1, 127, 254, 255], np.uint8)
    grey = np.repeat(levels, 5).reshape(5, 5)
    rgb = np.stack([np.tile(levels, (5, 1)), grey, 255 - grey], axis=-1)
    shown = composite(color_layer(grey, rgb), grey)
    assert np.abs(255 * shown - rgb).max() < 1


def test_where_the_result_is_grey_it_is_clear():
    grey = noise(5, 5)
    layer = color_layer(grey, np.repeat(grey[..., None], 3, axis=2))
    assert not layer[..., 3].any()


@given(seed=st.integers(0, 99))
def test_no_less_opacity_would_do(seed):
    grey, rgb = noise(5, 5, seed=seed), noise(5, 5, 3, seed=seed + 1)
    opacity = color_layer(grey, rgb)[..., 3].astype(float) / 255
    less = np.maximum(opacity - 1.01 / 255, 0)[..., None]
    below, result = grey[..., None] / 255, rgb / 255
    paint = np.divide(
        result - (1 - less) * below, less, out=np.full_like(result, 9), where=less > 0
    )
    outside = ((paint < 0) | (paint > 1)).any(axis=-1)
    assert (outside | (opacity == 0)).all()


def test_two_sizes_are_refused():
    with pytest.raises(BadValue, match=r"needs colours \(4, 5, 3\), not \(5, 4, 3\)"):
        color_layer(noise(4, 5), noise(5, 4, 3))
