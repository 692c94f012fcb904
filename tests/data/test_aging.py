"""Marks of age: what each does to a picture, and that the generator alone decides it."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromafield.data.aging import (
    MARK_CHANCE,
    MARKS,
    age,
    blur,
    fading,
    grain,
    jpeg,
    scratches,
    vignette,
)

seeds = st.integers(0, 2**32 - 1)
every_mark = pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.__name__)


def picture(seed: int = 0, h: int = 40, w: int = 56) -> np.ndarray:
    """A soft, light and dark plane of lightness, in [15, 85]."""
    noise = np.random.default_rng(seed).standard_normal((h, w), dtype=np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    return np.clip(50 + 12 * soft / soft.std(), 15, 85).astype(np.float32)


def flat(level: float, h: int = 40, w: int = 56) -> np.ndarray:
    return np.full((h, w), level, np.float32)


@every_mark
@given(seed=seeds)
def test_every_mark_changes_the_picture_and_leaves_its_argument_alone(mark, seed):
    clean = picture()
    marked = mark(clean, np.random.default_rng(seed))
    assert marked.shape == clean.shape and marked.dtype == np.float32
    assert np.isfinite(marked).all() and np.abs(marked - clean).max() > 0.1
    assert np.array_equal(clean, picture())
    assert np.array_equal(marked, mark(clean, np.random.default_rng(seed)))


@every_mark
@pytest.mark.parametrize("size", [(1, 9), (17, 2), (33, 64)])
def test_every_mark_takes_any_size(mark, size):
    marked = mark(picture(0, *size), np.random.default_rng(1))
    assert marked.shape == size and np.isfinite(marked).all()


@given(seed=seeds)
def test_grain_is_noise_of_the_stated_strength_about_the_same_mean(seed):
    added = grain(flat(50), np.random.default_rng(seed)) - 50
    assert 0.99 < added.std() < 6.01
    assert abs(added.mean()) < 0.2 * added.std()


@given(seed=seeds)
def test_blur_keeps_the_mean_and_takes_detail(seed):
    clean = picture(seed % 7)
    marked = blur(clean, np.random.default_rng(seed))
    assert abs(marked.mean() - clean.mean()) < 0.5
    assert np.abs(np.diff(marked)).mean() < np.abs(np.diff(clean)).mean()
    np.testing.assert_allclose(blur(flat(37), np.random.default_rng(seed)), 37, atol=1e-3)


@given(seed=seeds)
def test_fading_is_one_rising_tone_curve_between_its_black_and_its_white(seed):
    ramp = np.linspace(0, 100, 56, dtype=np.float32)[None]
    (curve,) = fading(ramp, np.random.default_rng(seed))
    assert (np.diff(curve) > 0).all()
    assert 0 <= curve[0] <= 25 and 75 <= curve[-1] <= 100
    shuffled = np.random.default_rng(0).permutation(56)
    (same,) = fading(ramp[:, shuffled], np.random.default_rng(seed))
    np.testing.assert_allclose(same, curve[shuffled], atol=1e-4)


@given(seed=seeds)
def test_scratches_touch_few_pixels_and_only_with_their_two_tones(seed):
    marked = scratches(flat(50, 96, 96), np.random.default_rng(seed))
    # Four lines across at most, three pixels wide with their soft edges, and four specks of five.
    assert 0 < (marked != 50).sum() <= 4 * 3 * 96 * 2**0.5 + 4 * 5
    assert marked.min() >= 5 - 1e-3 and marked.max() <= 95 + 1e-3


@given(seed=seeds)
def test_a_vignette_darkens_the_corners_most_and_the_middle_not_at_all(seed):
    marked = vignette(flat(80, 41, 57), np.random.default_rng(seed))
    assert marked[20, 28] == pytest.approx(80)
    corners = marked[[0, 0, -1, -1], [0, -1, 0, -1]]
    np.testing.assert_allclose(corners, marked.min(), rtol=1e-6)
    assert 0.4 * 80 - 1e-3 <= marked.min() <= 0.9 * 80 + 1e-3
    np.testing.assert_allclose(marked, marked[::-1, ::-1], rtol=1e-6)


@given(level=st.floats(0, 100), seed=seeds)
def test_jpeg_keeps_a_flat_picture_to_a_step_of_its_coarsest_table(level, seed):
    marked = jpeg(flat(level, 16, 16), np.random.default_rng(seed))
    # Quality 15 rounds a block's mean to steps of 53 / 8 levels of 255.
    assert np.abs(marked - level).max() < 53 / 8 / 2.55 / 2 + 0.5


def test_jpeg_is_neither_darker_nor_lighter_on_the_whole():
    clean = picture()
    off = [(jpeg(clean, np.random.default_rng(seed)) - clean).mean() for seed in range(40)]
    assert abs(np.mean(off)) < 0.05


@given(seed=seeds)
def test_aging_stays_within_the_range_and_follows_from_its_generator(seed):
    clean = picture(seed % 5)
    aged = age(clean, np.random.default_rng(seed))
    assert aged.dtype == np.float32 and aged.shape == clean.shape
    assert aged.min() >= 0 and aged.max() <= 100
    assert np.array_equal(aged, age(clean, np.random.default_rng(seed)))
    assert np.array_equal(clean, picture(seed % 5))


def test_pictures_without_any_mark_are_as_rare_as_chance_says():
    clean = picture(0, 16, 16)
    aged = [age(clean, np.random.default_rng(seed)) for seed in range(1500)]
    untouched = sum(np.array_equal(clean, one) for one in aged)
    expected = (1 - MARK_CHANCE) ** len(MARKS)  # 0.047: 70 of 1500, spread 8.2
    assert abs(untouched - 1500 * expected) < 4 * (1500 * expected) ** 0.5
