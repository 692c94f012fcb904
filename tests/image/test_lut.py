"""Profiles of measured tables, and profiles that cannot be used."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from chromafield.image import Picture, encode_picture
from chromafield.image._icc import SRGB_TO_PCS, adobe_rgb_bytes, parse
from chromafield.image.profile import to_srgb, to_srgb_or_aside

from ._files import (
    ADOBE_PRIMARIES,
    adobe_like,
    grey_gamma,
    icc,
    noise,
    png,
    png_chunk,
    saved,
    smooth,
)


def table_profile(gamma: float, points: int = 2, space: bytes = b"RGB ") -> bytes:
    """A lut16 from device levels to XYZ: curves, then a grid of sRGB's primaries."""
    channels = 3 if space == b"RGB " else 1
    curve = np.rint(65535 * np.linspace(0, 1, 4096) ** gamma).astype(">u2").tobytes()
    axes = np.meshgrid(*[np.linspace(0, 1, points)] * channels, indexing="ij")
    device = np.stack(axes, axis=-1).reshape(-1, channels)
    xyz = (
        np.repeat(device, 3, axis=1) @ np.diag(SRGB_TO_PCS.sum(1))
        if channels == 1
        else device @ SRGB_TO_PCS.T
    )
    grid = np.rint(32768 * xyz).astype(">u2").tobytes()
    head = b"mft2" + bytes(4) + bytes([channels, 3, points, 0])
    head += struct.pack(">9i", *(65536 * np.eye(3, dtype=int)).ravel().tolist())
    head += struct.pack(">HH", 4096, 2)
    exits = np.array([0, 65535] * 3, ">u2").tobytes()
    return icc(space, {b"A2B0": head + curve * channels + grid + exits})


def srgb_of(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("gamma", [1.8, 2.2])
def test_tables_at_sixteen_bits_are_the_curve_that_they_hold(channels, gamma):
    grey = noise(40, 50, dtype=np.uint16)
    levels = np.repeat(grey[..., None], 3, axis=2) if channels else grey
    space = b"RGB " if channels else b"GRAY"
    pixels, written = to_srgb(levels, table_profile(gamma, space=space), "x")
    expected = 65535 * srgb_of((levels / 65535) ** gamma)
    bright = levels > 2000  # darker ones fall between two entries of the curve
    assert np.abs(pixels - expected)[bright].max() < 12
    assert pixels.dtype == np.uint16 and written is not None


def test_colours_through_a_table_agree_with_the_matrix_it_was_made_of():
    levels = noise(20, 30, 3, dtype=np.uint16)
    by_table, _ = to_srgb(levels, table_profile(2.2, points=3), "x")
    expected = 65535 * srgb_of((levels / 65535) ** 2.2)
    assert np.abs(by_table - expected)[levels > 2000].max() < 64


def test_sixteen_bits_agree_with_the_engine_at_eight():
    levels = noise(20, 30, 3)
    by_engine, _ = to_srgb(levels, table_profile(2.2), "x")
    deep, _ = to_srgb(levels.astype(np.uint16) * 257, table_profile(2.2), "x")
    assert np.abs(deep / 257 - by_engine).max() < 2.5


BROKEN = [
    (adobe_like()[:150], "a broken colour profile"),
    (b"junk", "a broken colour profile"),
    (icc(b"CMYK", {b"A2B0": b"mft2" + bytes(60)}), "a colour profile for CMYK pictures"),
]


@pytest.mark.parametrize(("profile", "says"), BROKEN)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_profile_that_cannot_be_used_is_left_aside_in_every_format(
    read, profile, says, format, mode
):
    image = Image.fromarray(smooth(8, 9)).convert(mode)
    options = {"lossless": True} if format == "WEBP" else {}
    plain = read(saved(image, format, **options))
    picture = read(saved(image, format, icc_profile=profile, **options), name="old.bin")
    assert np.array_equal(picture.pixels, plain.pixels)
    (note,) = picture.notes
    assert note.startswith(f"old.bin has {says}") and "it was not used" in note
    assert picture.tags.icc is None


def test_a_foreign_profile_of_inks_is_left_aside(read):
    image = Image.fromarray(smooth(8, 9)).convert("CMYK")
    picture = read(saved(image, "TIFF", icc_profile=adobe_like()))
    assert np.array_equal(picture.pixels, np.asarray(image.convert("RGB")))
    assert len(picture.notes) == 1


def test_a_grey_profile_on_three_equal_channels_is_applied():
    grey = noise(8, 9)
    three = np.repeat(grey[..., None], 3, axis=2)
    pixels, _, note = to_srgb_or_aside(three, grey_gamma(1.8), "x")
    assert np.array_equal(pixels[..., 0], to_srgb(grey, grey_gamma(1.8), "x")[0])
    assert note is None
    pixels, _, note = to_srgb_or_aside(noise(8, 9, 3), grey_gamma(1.8), "x")
    assert np.array_equal(pixels, noise(8, 9, 3)) and "three channels" in note


def test_the_profile_of_adobe_rgb_is_that_of_adobe_rgb():
    levels = noise(8, 9, 3)
    assert np.array_equal(
        to_srgb(levels, adobe_rgb_bytes(), "x")[0], to_srgb(levels, adobe_like(), "x")[0]
    )
    assert np.abs(parse(adobe_rgb_bytes()).to_pcs.T - ADOBE_PRIMARIES).max() < 2e-3


@pytest.mark.parametrize(
    ("space", "rule", "adobe"),
    [(65535, "R03", True), (2, "R98", True), (65535, "R98", False), (1, "R98", False)],
)
def test_adobe_rgb_told_by_exif_alone(read, space, rule, adobe):
    made = Image.Exif()
    inside = made.get_ifd(34665)
    inside[0xA001] = space
    inside[0xA005] = {1: rule}
    levels = noise(8, 9, 3)
    data = png(levels, png_chunk(b"eXIf", made.tobytes()[6:]))
    picture = read(data)
    by_profile = to_srgb(levels, adobe_like(), "x")[0]
    assert np.array_equal(picture.pixels, by_profile if adobe else levels)
    rgb = np.repeat(picture.pixels.mean(axis=2, keepdims=True), 3, axis=2).astype(
        picture.pixels.dtype
    )
    back = read(encode_picture(".png", rgb, Picture(rgb, tags=picture.tags)))
    assert (back.tags.icc is not None) == adobe  # what EXIF says still holds
