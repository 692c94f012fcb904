"""Prints as they are scanned: channels that lie apart, and coloured things beside the picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from chromafield.colorizer.loading import load_colorizer
from chromafield.errors import AlreadyColour
from chromafield.image import Picture
from chromafield.image.colored_parts import colored_parts, with_own_colors
from chromafield.image.detect import COLOR_FROM, is_color, is_tarnished, tone_spread
from chromafield.settings import Settings

from .test_detect import TONES, Tone, grey_of, levels, photograph, sepia


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


def with_stamp(tone: Tone) -> np.ndarray:
    rgb = levels(tone(grey_of(np.repeat(data.camera()[..., None], 3, axis=2))))
    cv2.circle(rgb, (390, 390), 60, (105, 70, 160), 12)
    cv2.line(rgb, (40, 440), (260, 470), (30, 50, 150), 6)
    return rgb


@pytest.mark.parametrize("tone", TONES)
def test_a_stamp_and_a_pens_mark_stay_and_the_rest_is_coloured(tone, trained):
    picture = Picture(with_stamp(tone))
    assert is_color(picture)[0]  # so what follows is not for nothing
    colorizer = load_colorizer(Settings(size=32), "cpu", trained)
    found = colorizer.color_with_findings(picture)
    moved = np.abs(found.levels.astype(int) - picture.pixels).max(2)
    ring = moved[388:392, 446:454]  # on the stamp
    assert found.parts is not None and ring.max() <= 2
    assert moved[:300].mean() > 1  # the tone at least goes, or colours come


def tarnished(rgb: np.ndarray, blue: tuple[float, ...], gold: tuple[float, ...]) -> np.ndarray:
    """A plate with rings of two colours, stronger towards its edges."""
    h, w = rgb.shape[:2]
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    away = np.hypot(x, y)[..., None]
    inner = np.clip(1 - np.abs(away - 0.95) / 0.2, 0, 1)
    outer = np.clip((away - 1.0) / 0.3, 0, 1)
    mixed = rgb / 255 * (1 - 0.35 * inner - 0.35 * outer)
    return levels(mixed + 0.35 * (inner * np.array(gold) + outer * np.array(blue)))


@pytest.mark.parametrize("name", ["astronaut", "camera"])
@pytest.mark.parametrize("blue", [(0.45, 0.55, 0.75), (0.4, 0.5, 0.6)])
def test_a_tarnished_plate_is_black_and_white(name, blue):
    rgb = photograph("astronaut") if name == "astronaut" else data.camera()[..., None]
    grey = levels(sepia(grey_of(np.broadcast_to(rgb, (*rgb.shape[:2], 3)))))
    plate = tarnished(grey, blue, (0.85, 0.65, 0.35))
    assert tone_spread(plate) > COLOR_FROM  # so the next line can fail
    assert not is_color(Picture(plate))[0]


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_a_photograph_in_colour_is_no_tarnished_plate(name):
    assert not is_tarnished(photograph(name))


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
