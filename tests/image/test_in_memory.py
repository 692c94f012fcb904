from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from chromafield.errors import BadValue, PictureError
from chromafield.image import from_array, from_pillow

from ._files import exif, noise


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX"])
def test_every_mode_of_pillow(mode):
    image = Image.fromarray(noise(5, 6, 4) | 1, "RGBA").convert("RGBA")
    if mode == "PA":
        image = image.convert("LA").convert("PA")
    elif mode in ("La", "RGBa"):
        image = image.convert("LA" if mode == "La" else "RGBA").convert(mode)
    else:
        image = image.convert("RGB").convert(mode) if mode in ("P", "RGBX") else image.convert(mode)
    assert image.mode == mode
    picture = from_pillow(image)
    assert picture.size == (5, 6)
    assert (picture.alpha is not None) == (mode in ("LA", "La", "PA", "RGBA", "RGBa"))
    assert picture.is_grey == (mode in ("1", "L", "LA", "La"))


@pytest.mark.parametrize("mode", ["YCbCr", "HSV"])
def test_other_colour_modes_become_rgb(mode):
    image = Image.fromarray(noise(5, 6, 3)).convert(mode)
    assert np.array_equal(from_pillow(image).pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_sixteen_bit_grey_in_either_order(dtype):
    levels = noise(5, 6, dtype=np.uint16)
    mode = "I;16" if dtype == "<u2" else "I;16B"
    image = Image.frombytes(mode, (6, 5), levels.astype(dtype).tobytes())
    picture = from_pillow(image)
    assert np.array_equal(picture.pixels, levels)
    assert (picture.pixels.dtype, picture.depth) == (np.uint16, 16)


def test_whole_numbers_and_floats():
    assert from_pillow(Image.new("I", (1, 1), 65535)).pixels.tolist() == [[65535]]
    assert from_pillow(Image.new("F", (1, 1), 0.5)).pixels.tolist() == [[32768]]
    with pytest.raises(PictureError, match="The image has grey values from 65536"):
        from_pillow(Image.new("I", (1, 1), 65536))


def test_an_images_orientation_is_applied():
    image = Image.fromarray(noise(2, 3))
    image.info["exif"] = exif(6)
    assert np.array_equal(from_pillow(image).pixels, np.rot90(np.asarray(image), -1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [(), (1,), (2,), (3,), (4,)])
def test_arrays_of_levels(dtype, channels):
    levels = noise(4, 5, *channels, dtype=dtype)
    picture = from_array(levels)
    shown = levels.reshape(4, 5, -1)
    colours = 3 if shown.shape[2] >= 3 else 1
    assert np.array_equal(picture.pixels.reshape(4, 5, -1), shown[..., :colours])
    assert (picture.alpha is None) == (channels in ((), (1,), (3,)))
    assert picture.alpha is None or np.array_equal(picture.alpha, shown[..., -1])
    assert picture.pixels.flags.c_contiguous
    assert picture.depth == 8 * np.dtype(dtype).itemsize


def test_arrays_of_floats_and_bits():
    assert from_array(np.array([[0.0, 0.5, 1.0]])).pixels.tolist() == [[0, 32768, 65535]]
    assert from_array(np.array([[False, True]])).pixels.tolist() == [[0, 255]]
    assert from_array(np.array([[258]], ">u2")).pixels.tolist() == [[258]]


@pytest.mark.parametrize(
    ("array", "error", "says"),
    [
        (np.zeros((2, 3, 5)), BadValue, "not \\(2, 3, 5\\)"),
        (np.zeros(4), BadValue, "not \\(4,\\)"),
        (np.zeros((0, 4)), BadValue, "at least one pixel"),
        (np.zeros((2, 2), np.int64), BadValue, "not int64"),
        (np.full((2, 2), 2.0), PictureError, "from 2 to 2"),
        (np.full((2, 2), np.nan), PictureError, "not numbers"),
    ],
)
def test_arrays_that_are_no_pictures(array, error, says):
    with pytest.raises(error, match=says):
        from_array(array)
