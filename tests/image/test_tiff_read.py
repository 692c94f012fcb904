"""TIFF: every pixel exact, against tifffile, Pillow and OpenCV as the writers."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from ._files import bit_tiff, noise, saved, tiff


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("packed", [None, "zlib"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("kind", ["minisblack", "miniswhite", "rgb", "rgba"])
def test_tiff_is_exact(read, order, packed, dtype, kind):
    channels = {"rgb": (3,), "rgba": (4,)}.get(kind, ())
    levels = noise(33, 47, *channels, dtype=dtype)
    options = {"extrasamples": ["unassalpha"]} if kind == "rgba" else {}
    photometric = "rgb" if channels else kind
    data = tiff(levels, byteorder=order, compression=packed, photometric=photometric, **options)
    picture = read(data)
    expected = np.iinfo(dtype).max - levels if kind == "miniswhite" else levels
    assert np.array_equal(picture.pixels, expected[..., :3] if channels else expected)
    assert kind != "rgba" or np.array_equal(picture.alpha, levels[..., 3])
    assert picture.depth == 8 * np.dtype(dtype).itemsize
    assert picture.format == "TIFF"


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("packing", [{}, {"compression": "zlib", "predictor": 2}])
@pytest.mark.parametrize("tiled", [{}, {"rowsperstrip": 10}, {"tile": (16, 32)}])
@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize(
    ("kind", "channels"), [("minisblack", 2), ("miniswhite", 2), ("rgb", 3), ("rgb", 4)]
)
def test_tiff_of_sixteen_bits_with_alpha_and_in_planes(
    read, order, packing, tiled, planes, kind, channels
):
    levels = noise(33, 47, channels, dtype=np.uint16)
    stored = levels if planes == "contig" else levels.transpose(2, 0, 1)
    alpha = {"extrasamples": ["unassalpha"]} if channels % 2 == 0 else {}
    options = {"photometric": kind, "planarconfig": planes, "byteorder": order}
    picture = read(tiff(stored, **options, **packing, **tiled, **alpha))
    colours = levels[..., :3] if kind == "rgb" else levels[..., 0]
    assert np.array_equal(picture.pixels, 65535 - colours if kind == "miniswhite" else colours)
    assert not alpha or np.array_equal(picture.alpha, levels[..., -1])
    assert (picture.depth, picture.alpha is None) == (16, not alpha)


@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_inks_of_sixteen_bits_let_light_through(read, planes):
    inks = noise(9, 11, 4, dtype=np.uint16)
    stored = inks if planes == "contig" else inks.transpose(2, 0, 1)
    picture = read(tiff(stored, photometric="separated", planarconfig=planes))
    through = 1 - inks / 65535
    expected = np.rint(65535 * through[..., :3] * through[..., 3:])
    assert np.array_equal(picture.pixels, expected)
    assert picture.depth == 16
    narrow = read(tiff((inks >> 8).astype(np.uint8), photometric="separated"))
    assert np.abs(picture.pixels / 257 - narrow.pixels).max() < 3


def test_lzw_of_sixteen_bit_inks(read):
    levels = noise(33, 47, 4, dtype=np.uint16)
    _, data = cv2.imencode(".tif", levels, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    entry = struct.pack("<HHI", 262, 3, 1)  # the photometric interpretation: RGB becomes CMYK
    inks = data.tobytes().replace(entry + b"\2\0", entry + b"\5\0")
    through = 1 - levels[..., [2, 1, 0, 3]] / 65535
    expected = np.rint(65535 * through[..., :3] * through[..., 3:])
    assert np.array_equal(read(inks).pixels, expected)


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("channels", [1, 3])
def test_bits_between_fill_the_whole_range(read, bits, channels):
    levels = noise(5, 8, channels, dtype=np.uint16) >> (16 - bits)
    levels[0, 0], levels[0, 1] = 0, 2**bits - 1
    picture = read(bit_tiff(levels, bits))
    expected = np.rint(levels / (2**bits - 1) * 65535)
    assert np.array_equal(np.atleast_3d(picture.pixels), expected)
    assert picture.depth == 16


@pytest.mark.parametrize("packing", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_pillows_packings_of_sixteen_bit_grey(read, packing):
    levels = noise(33, 47, dtype=np.uint16)
    data = saved(Image.fromarray(levels), "TIFF", compression=packing)
    assert np.array_equal(read(data).pixels, levels)


@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_opencvs_lzw_of_sixteen_bits(read, channels):
    levels = noise(33, 47, *channels, dtype=np.uint16)
    _, data = cv2.imencode(".tif", levels, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    order = [2, 1, 0, 3][: levels.shape[-1]] if channels else slice(None)
    expected = levels[..., order] if channels else levels
    picture = read(data.tobytes())
    assert np.array_equal(picture.pixels, expected[..., :3] if channels else expected)


def test_tiles_and_bigtiff_of_sixteen_bits(read):
    levels = noise(33, 47, 3, dtype=np.uint16)
    assert np.array_equal(read(tiff(levels, photometric="rgb", tile=(16, 16))).pixels, levels)
    assert np.array_equal(read(tiff(levels, photometric="rgb", bigtiff=True)).pixels, levels)


@pytest.mark.parametrize("packing", [None, "zlib"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_and_alpha_in_planes_of_their_own(read, dtype, packing):
    planes = noise(2, 33, 47, dtype=dtype)
    kind = {"photometric": "minisblack", "planarconfig": "separate", "extrasamples": [2]}
    picture = read(tiff(planes, rowsperstrip=10, compression=packing, **kind))
    assert np.array_equal(picture.pixels, planes[0])
    assert np.array_equal(picture.alpha, planes[1])


@pytest.mark.parametrize("packing", [None, "zlib"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_bigtiff_whose_numbers_are_big_endian(read, dtype, packing):
    levels = noise(33, 47, dtype=np.uint8 if dtype == np.uint8 else np.uint16)
    stored = (levels / 65535).astype(dtype) if dtype == np.float32 else levels
    turned = [(274, 3, 1, 6, True)]
    data = tiff(stored, bigtiff=True, byteorder=">", compression=packing, extratags=turned)
    assert np.array_equal(read(data).pixels, np.rot90(levels, -1))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_floats_become_sixteen_bits(read, dtype, channels):
    values = np.random.default_rng(0).random((5, 7, *channels)).astype(dtype)
    picture = read(tiff(values, photometric="rgb" if channels else "minisblack"))
    assert np.array_equal(picture.pixels, np.rint(values.astype(np.float64) * 65535))
    assert picture.depth == 16


def test_premultiplied_alpha_is_divided_out(read):
    levels = np.zeros((1, 2, 4), np.uint16)
    levels[0, 0], levels[0, 1] = (100, 200, 300, 32768), (5, 6, 7, 0)
    picture = read(tiff(levels, photometric="rgb", extrasamples=["assocalpha"]))
    assert picture.pixels[0, 0].tolist() == [200, 400, 600]
    assert picture.alpha.tolist() == [[32768, 0]]


def test_premultiplied_alpha_of_grey_is_divided_out(read):
    levels = np.array([[[100, 32768], [5, 0]]], np.uint16)
    picture = read(tiff(levels, photometric="minisblack", extrasamples=["assocalpha"]))
    assert picture.pixels[0, 0] == 200
    assert picture.alpha.tolist() == [[32768, 0]]


def test_channels_that_are_no_opacity_are_left_out(read):
    levels = noise(9, 11, 5, dtype=np.uint16)
    extra = ["unspecified", "unspecified"]
    picture = read(tiff(levels, photometric="rgb", extrasamples=extra))
    assert np.array_equal(picture.pixels, levels[..., :3])
    assert picture.alpha is None


@pytest.mark.parametrize("dtype", [np.int32, np.uint32])
def test_whole_numbers_of_32_bits_that_16_can_hold(read, dtype):
    levels = noise(9, 11, dtype=np.uint16)
    picture = read(tiff(levels.astype(dtype), photometric="minisblack"))
    assert np.array_equal(picture.pixels, levels)


def test_a_preview_page_is_no_second_picture(read):
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        writer.write(noise(20, 30))
        writer.write(noise(4, 6), subfiletype=1)
    assert read(out.getvalue()).size == (20, 30)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_tiff_is_turned_by_its_tag_once(read, orientation, dtype, planes):
    levels = noise(4, 6, 3, dtype=dtype)
    tag = (274, "H", 1, orientation, True)
    stored = levels if planes == "contig" else levels.transpose(2, 0, 1)
    picture = read(tiff(stored, photometric="rgb", planarconfig=planes, extratags=[tag]))
    turned = levels
    if orientation >= 5:
        turned = turned.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    assert np.array_equal(picture.pixels, turned)
