from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from chromafield.errors import PictureError
from chromafield.image import Picture, encode_picture, from_pillow, read_picture, write_picture
from chromafield.image._icc import SRGB_CURVE, inverse, parametric, parse, srgb_bytes
from chromafield.image.profile import from_srgb, to_srgb

from ._files import adobe_like, curv_table, grey_gamma, icc, noise, para, saved, smooth


def by_pillow(levels, source: bytes, target: bytes):
    """The colour engine's own answer, at 8 bits."""
    profiles = [ImageCms.ImageCmsProfile(io.BytesIO(data)) for data in (source, target)]
    mode = "L" if levels.ndim == 2 else "RGB"
    return np.asarray(
        ImageCms.profileToProfile(
            Image.fromarray(levels),
            *profiles,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB" if mode == "RGB" else "L",
        )
    ).astype(int)


def test_agrees_with_the_colour_engine():
    levels = noise(60, 60, 3)
    ours, icc_bytes = to_srgb(levels, adobe_like(), "x")
    assert icc_bytes == adobe_like()
    assert ours.dtype == np.uint16
    expected = by_pillow(levels, adobe_like(), srgb_bytes())
    inside = (expected > 4) & (expected < 251)  # the engine is coarse near black
    assert np.abs(ours / 257 - expected)[inside].max() <= 1.6
    back = from_srgb(levels, adobe_like(), 8).astype(int)
    assert np.abs(back - by_pillow(levels, srgb_bytes(), adobe_like())).max() <= 2


@given(seed=st.integers(0, 99))
def test_there_and_back_is_exact_inside_the_gamut(seed):
    srgb = noise(6, 6, 3, dtype=np.uint16, seed=seed)
    theirs = from_srgb(srgb, adobe_like(), 16)
    again, _ = to_srgb(theirs, adobe_like(), "x")
    wanted = srgb.astype(int)
    bright = wanted.min(axis=2) > 12_000  # steep curves near black magnify a level of rounding
    assert np.abs(again.astype(int) - wanted)[bright].max(initial=0) <= 8


def test_eight_and_sixteen_bits_go_one_way():
    narrow = noise(20, 20, 3)
    wide = narrow.astype(np.uint16) * 257
    assert np.array_equal(
        to_srgb(narrow, adobe_like(), "x")[0], to_srgb(wide, adobe_like(), "x")[0]
    )


def test_greys_stay_grey():
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    converted = to_srgb(grey, adobe_like(), "x")[0].astype(int)
    assert (converted.max(axis=2) - converted.min(axis=2)).max() <= 1


@pytest.mark.parametrize(
    "curve",
    [
        para(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
        para(4, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0),
        curv_table(SRGB_CURVE(np.linspace(0, 1, 1024))),
    ],
)
def test_every_spelling_of_srgbs_curve_is_the_same(curve):
    profile = parse(adobe_like(curve))
    x = np.linspace(0, 1, 500)
    assert np.abs(profile.curves[0](x) - SRGB_CURVE(x)).max() < 1e-4


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        (para(0, 2.0), lambda x: x**2),
        (para(1, 2.0, 0.5, 0.5), lambda x: (0.5 * x + 0.5) ** 2),
        (para(2, 2.0, 0.5, 0.25, 0.1), lambda x: (0.5 * x + 0.25) ** 2 + 0.1),
        (b"curv\0\0\0\0\0\0\0\0", lambda x: x),
    ],
)
def test_curves_follow_their_formula(curve, expected):
    x = np.linspace(0, 1, 100)
    assert np.abs(parse(adobe_like(curve)).curves[1](x) - expected(x)).max() < 1e-4


@given(gamma=st.floats(0.5, 3))
def test_inverse_undoes_a_curve(gamma):
    x = np.linspace(0.05, 1, 200)
    assert np.abs(inverse(lambda v: v**gamma)(x**gamma) - x).max() < 1e-4


def test_an_srgb_profile_changes_no_pixel():
    levels = noise(5, 5, 3)
    made_now = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels, kept = to_srgb(levels, made_now, "x")
    assert pixels is levels
    assert kept == made_now


def test_the_pinned_srgb_profile_is_always_the_same_bytes():
    srgb_bytes.cache_clear()
    first = srgb_bytes()
    srgb_bytes.cache_clear()
    assert srgb_bytes() == first
    assert ImageCms.getOpenProfile(io.BytesIO(first)).profile.xcolor_space == "RGB "


# Grey profiles.


def test_a_grey_gamma_becomes_srgbs_and_its_profile_goes():
    levels = np.arange(256, dtype=np.uint8)[None]
    pixels, kept = to_srgb(levels, grey_gamma(2.2), "x")
    light = np.linspace(0, 1, 256) ** (round(2.2 * 256) / 256)
    expected = inverse(SRGB_CURVE)(light) * 65535
    assert np.abs(pixels[0] - expected).max() <= 1
    assert kept == srgb_bytes()


def test_a_grey_profile_in_lab_ends_in_lightness():
    linear = icc(b"GRAY", {b"kTRC": b"curv\0\0\0\0\0\0\0\0"}, pcs=b"Lab ")
    middle, _ = to_srgb(np.array([[128]], np.uint8), linear, "x")
    # L = 100 * 128 / 255 = 50.2, of which sRGB's level is 119.3 (Lindbloom's calculator)
    assert middle[0, 0] / 257 == pytest.approx(119.4, abs=0.3)


def test_grey_levels_with_a_colour_profile_follow_its_curve():
    levels = np.arange(256, dtype=np.uint8)[None]
    grey, kept = to_srgb(levels, adobe_like(), "x")
    colour, _ = to_srgb(np.repeat(levels[..., None], 3, axis=2), adobe_like(), "x")
    assert np.abs(grey.astype(int) - colour[..., 1]).max() <= 1
    assert kept == adobe_like()


# Whole files.


def test_a_file_keeps_its_profile_and_its_colours(tmp_path):
    levels = 100 + smooth(20, 30) // 4  # well inside sRGB's gamut
    (tmp_path / "in.png").write_bytes(
        saved(Image.fromarray(levels), "PNG", icc_profile=adobe_like())
    )
    picture = read_picture(tmp_path / "in.png")
    assert (picture.pixels.dtype, picture.depth) == (np.uint16, 8)
    for suffix, off in ((".png", 1), (".tif", 1), (".webp", 1)):
        write_picture(tmp_path / f"out{suffix}", picture.pixels, picture)
        with Image.open(tmp_path / f"out{suffix}") as image:
            assert image.info["icc_profile"] == adobe_like()
            assert np.abs(np.asarray(image).astype(int) - levels).max() <= off


def test_alpha_follows_the_depth_of_the_pixels():
    image = Image.fromarray(noise(5, 5, 4), "RGBA")
    image.info["icc_profile"] = adobe_like()
    picture = from_pillow(image)
    assert picture.alpha.dtype == picture.pixels.dtype == np.uint16
    written = encode_picture(".png", picture.pixels, picture)
    with Image.open(io.BytesIO(written)) as back:
        assert np.array_equal(np.asarray(back)[..., 3], np.asarray(image)[..., 3])


def test_cmyk_becomes_rgb(tmp_path):
    plain = Image.new("CMYK", (4, 4), (0, 0, 0, 255))
    (tmp_path / "k.jpg").write_bytes(saved(plain, "JPEG", quality=100))
    picture = read_picture(tmp_path / "k.jpg")
    assert picture.pixels.shape == (4, 4, 3)
    assert picture.pixels.max() <= 2
    assert picture.tags.icc == srgb_bytes()


def test_lab_agrees_with_published_values(tmp_path):
    """L 53.2, a 80.1, b 67.2 is sRGB red under D65; near 54.3, 80.8, 69.9 under D50 (Lindbloom)."""
    levels = np.array([[[round(54.29 * 2.55), 81, 70]]], np.uint8)
    picture = from_pillow(Image.fromarray(levels, "LAB"))
    assert np.abs(picture.pixels[0, 0].astype(int) - [255, 0, 0]).max() <= 6


# Profiles that cannot be used.


def table_profile(space: bytes) -> bytes:
    return icc(space, {b"A2B0": b"mft2" + bytes(60)})


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (b"junk", "broken colour profile, with no ICC signature"),
        (adobe_like()[:300], "lies outside the profile"),
        (icc(b"RGB ", {b"rXYZ": b"XYZ \0\0\0\0" + bytes(12)}), "parts missing"),
        (icc(b"RGB ", {}), "neither curves nor tables for 'RGB'"),
        (adobe_like(b"nope" + bytes(8)), "tone curve of unknown type"),
        (adobe_like(curv_table(np.zeros(4))), "does not rise"),
        (adobe_like(para(9, 1.0)), "unknown type 9"),
        (grey_gamma(2.2), "three channels but a grey colour profile"),
        (table_profile(b"CMYK"), "colour profile for CMYK pictures"),
        (table_profile(b"RGB "), "that the colour engine refuses"),
    ],
)
def test_a_profile_that_cannot_be_used_is_one_sentence(profile, says):
    with pytest.raises(PictureError, match=f"(?s)old.tif .*{says}.*strip its profile"):
        to_srgb(noise(4, 4, 3), profile, "old.tif")


def test_tables_that_are_cut_off_are_refused_at_sixteen_bits():
    with pytest.raises(PictureError, match="that the colour engine refuses"):
        to_srgb(noise(4, 4, 3, dtype=np.uint16), table_profile(b"RGB "), "old.tif")


@given(place=st.integers(0, 500), put=st.binary(min_size=1, max_size=4))
def test_no_damage_to_a_profile_escapes_as_a_crash(place, put):
    data = adobe_like()
    damaged = data[:place] + put + data[place + len(put) :]
    try:
        pixels, _ = to_srgb(noise(2, 2, 3), damaged, "x")
    except PictureError:
        return
    assert Picture(pixels).size == (2, 2)


@pytest.mark.parametrize("power", [-3.0, 30000.0])
def test_a_mad_curve_gives_levels_and_no_warning(recwarn, power):
    curve = parametric(power, 1, 0.5, 1, 0.04, 0, 0)
    light = curve(np.linspace(0, 1, 256))
    assert np.isfinite(light).all() and light.min() >= 0 and light.max() <= 1
    assert not recwarn.list
