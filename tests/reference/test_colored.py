"""Another program's colours: back where it agrees, nothing where it does not, sentences."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from chromafield.canvas.lightness import lightness_of
from chromafield.canvas.upsample import upsampled
from chromafield.color.difference import ciede2000
from chromafield.data.synthetic import scene
from chromafield.errors import BadValue
from chromafield.image import Picture
from chromafield.reference.colored import take_colors, taken_sentence, trust_sheet
from chromafield.reference.reference import lab_of

Rgb = NDArray[np.uint8]
SIZE = (240, 320)
NAME = "The coloured picture a.jpg"


def colours(seed: int = 3, size: tuple[int, int] = SIZE) -> Rgb:
    """A scene with the grain of a surface, which flow needs to hold on to."""
    rng = np.random.default_rng(seed)
    grain = cv2.GaussianBlur(rng.standard_normal(size).astype(np.float32), (0, 0), 2)
    return np.asarray((scene(rng, *size) + 60 * grain[..., None]).clip(0, 255), np.uint8)


def spoiled(rgb: Rgb, scale: float = 0.8) -> Rgb:
    """Smaller, bent by 2 %, a twentieth cut off on two sides, as a JPEG."""
    h, w = rgb.shape[:2]
    rows, columns = round(h * scale * 0.95), round(w * scale * 0.95)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32) / scale
    places = np.stack([x + 0.05 * w + 0.02 * w * np.sin(y / 40), y], -1).astype(np.float32)
    file = io.BytesIO()
    Image.fromarray(cv2.remap(rgb, places, None, cv2.INTER_LINEAR)).save(file, "JPEG", quality=80)
    return np.array(Image.open(file))


def test_colours_come_back() -> None:
    rgb = colours()
    true = lab_of(Picture(rgb))
    taken = take_colors(true[:, :1], Picture(spoiled(rgb)), NAME)
    error = ciede2000(torch.cat([true[:, :1], upsampled(taken.ab, true[:, :1])], 1), true)
    share = torch.nn.functional.interpolate(taken.share, SIZE)[0, 0]
    grey = ciede2000(torch.cat([true[:, :1], 0 * true[:, 1:]], 1), true)[0]
    assert taken.taken > 0.6
    assert error[0][share > 0.5].mean() < 2.5 < 0.3 * grey[share > 0.5].mean()


def test_what_was_redrawn_gives_no_colour() -> None:
    rgb = colours()
    other = spoiled(rgb, 1.0)
    other[80:160, 100:200] = colours(11)[20:100, 10:110]
    taken = take_colors(lab_of(Picture(rgb))[:, :1], Picture(other), NAME)
    share = torch.nn.functional.interpolate(taken.share, SIZE)[0, 0]
    assert share[95:145, 140:190].max() < 0.5
    assert taken.taken > 0.4


def test_transparent_places_give_no_colour() -> None:
    rgb = colours()
    alpha = np.full(SIZE, 255, np.uint8)
    alpha[:, 160:] = 0
    lightness = lab_of(Picture(rgb))[:, :1]
    taken = take_colors(lightness, Picture(rgb, alpha), NAME)
    assert float(taken.share[..., taken.share.shape[3] // 2 + 2 :].max()) == 0
    assert 0.3 < taken.taken <= 0.5


def test_a_larger_version_is_as_good() -> None:
    rgb = colours(size=(120, 160))
    large = np.asarray(cv2.resize(rgb, (480, 360), interpolation=cv2.INTER_CUBIC), np.uint8)
    true = lab_of(Picture(rgb))
    taken = take_colors(true[:, :1], Picture(large), NAME)
    assert taken.ab.shape[2:] == (120, 160) and taken.taken > 0.8
    assert float(ciede2000(torch.cat([true[:, :1], taken.ab], 1), true).mean()) < 2


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (colours()[::-1, ::-1], "is upside down, beside the photograph. Turn it, and try again"),
        (colours()[:, ::-1], "is a mirror image"),
        (np.rot90(colours()), "is turned to the left"),
        (colours(8), "shows something else than the photograph.*--reference"),
        (np.repeat(colours()[..., :1], 3, 2), "has no colours to take. Name a picture"),
        (np.full((1, 1, 3), (255, 0, 0), np.uint8), "shows something else"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(other: Rgb, sentence: str) -> None:
    lightness = lightness_of(Picture(colours()))
    with pytest.raises(BadValue, match=f"{NAME} {sentence}"):
        take_colors(lightness, Picture(np.ascontiguousarray(other)), NAME)


def test_the_sheet_shows_what_is_taken() -> None:
    rgb = colours()
    taken = take_colors(lab_of(Picture(rgb))[:, :1], Picture(rgb), NAME)
    half = taken.without(torch.ones(1, 1, 2, 2) * torch.tensor([0.0, 1.0]))
    sheet = trust_sheet(Picture(rgb), half, rgb)
    width = (sheet.shape[1] - 8) // 3
    middle = sheet[-100:, width + 4 : 2 * width + 4].astype(float)
    assert middle[:, : width // 3].mean() > 2 * middle[:, -width // 3 :].mean()
    assert f"on {half.taken:.0%} of it" in taken_sentence(half, "a.png")
