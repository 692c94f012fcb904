"""Prints as they are scanned: channels that lie apart, and coloured things beside the picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from chromafield.colorizer.colorizer import Settings, load_colorizer
from chromafield.errors import AlreadyColour
from chromafield.image import Picture
from chromafield.image.colored_parts import colored_parts, with_own_colors
from chromafield.image.detect import is_color, tone_spread

from .test_detect import TONES, Tone, grey_of, levels, photograph


def moved(plane: np.ndarray, way: float) -> np.ndarray:
    size = plane.shape[::-1]
    matrix = np.array([[1, 0, way], [0, 1, way]], np.float32)
    return cv2.warpAffine(plane, matrix, size, borderMode=cv2.BORDER_REPLICATE)


def fringed(grey: np.ndarray, apart: float) -> np.ndarray:
    return np.stack([moved(grey, -apart), grey, moved(grey, apart)], axis=-1)


@pytest.mark.parametrize("side", [128, 192, 400, 512])
@pytest.mark.parametrize("apart", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("deep", [False, True])
def test_channels_that_lie_apart_are_black_and_white_at_any_size(side, apart, deep):
    grey = cv2.resize(data.camera(), (side, side), interpolation=cv2.INTER_AREA)
    rgb = fringed(grey, apart)
    picture = Picture(rgb.astype(np.uint16) * 257 if deep else rgb)
    coloured, spread = is_color(picture)
    assert not coloured, spread


def test_fringes_alone_would_be_taken_for_colours():
    grey = cv2.resize(data.camera(), (192, 192), interpolation=cv2.INTER_AREA)
    assert tone_spread(fringed(grey, 1.0)) > 3  # so the test above can fail


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_photographs_stay_in_colour_when_their_channels_lie_apart(name):
    rgb = photograph(name)
    apart = np.stack([moved(rgb[..., 0], -1), rgb[..., 1], moved(rgb[..., 2], 1)], axis=-1)
    assert is_color(Picture(apart))[0] and is_color(Picture(rgb))[0]


def with_ruler(tone: Tone) -> np.ndarray:
    rgb = levels(tone(grey_of(np.repeat(data.camera()[..., None], 3, axis=2))))
    rgb[480:500, 60:460] = (225, 199, 60)
    return rgb


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("deep", [False, True])
def test_a_ruler_is_found_and_keeps_its_colour(tone, deep):
    rgb = with_ruler(tone)
    parts = colored_parts(rgb.astype(np.uint16) * 257 if deep else rgb)
    assert parts is not None and parts.where == "at the bottom"
    assert parts.share == pytest.approx(20 * 400 / 512**2, rel=0.5)
    coloured = np.full_like(rgb, 90)
    kept = with_own_colors(coloured, rgb, parts)
    assert np.abs(kept[485:495, 80:440].astype(int) - (225, 199, 60)).max() <= 3
    assert (kept[:400] == coloured[:400]).mean() > 0.99


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket", "retina"])
def test_a_toned_print_alone_has_no_coloured_things(tone, name):
    assert colored_parts(levels(tone(grey_of(photograph(name))))) is None


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_a_photograph_in_colour_is_no_print_with_a_coloured_thing(name):
    assert colored_parts(photograph(name)) is None


def test_a_colour_target_is_refused_by_its_place_and_kept_by_nobody_who_forces(trained):
    rgb = np.repeat(cv2.resize(data.camera(), (160, 160))[..., None], 3, axis=2)
    patches = np.random.default_rng(0).integers(0, 255, (2, 8, 3), dtype=np.uint8)
    rgb[8:40, 16:144] = np.repeat(np.repeat(patches, 16, 0), 16, 1)
    picture = Picture(rgb)
    colorizer = load_colorizer(Settings(size=32), "cpu", trained)
    with pytest.raises(
        AlreadyColour, match="but for colours at the top .* Crop them off. Use --force"
    ):
        colorizer.colour(picture, "print.png")
    forced = load_colorizer(Settings(size=32, force=True), "cpu", trained)
    assert forced.kept_parts(picture) is None
