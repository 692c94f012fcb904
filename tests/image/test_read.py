from __future__ import annotations

import io
import struct
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from chromafield.image import read_picture

from ._files import exif, noise, png, png_chunk, saved, smooth, tiff

# What every pixel of a lossless file is, by mode.


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1"])
def test_eight_bit_modes_agree_with_pillow(read, format, mode):
    if mode == "RGBA" and format == "BMP":
        pytest.skip("Pillow writes no alpha to BMP")
    image = Image.fromarray(noise(9, 11, 4), "RGBA").convert(mode)
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    picture = read(saved(image if format != "WEBP" else image.convert("RGBA"), format, **options))
    reference = np.asarray(image.convert("RGBA"))
    shown = picture.pixels if picture.pixels.ndim == 3 else picture.pixels[..., None]
    assert np.array_equal(np.broadcast_to(shown, (9, 11, 3)), reference[..., :3])
    if mode == "RGBA":
        assert np.array_equal(picture.alpha, reference[..., 3])
    assert (picture.depth, picture.format) == (8, format)


@pytest.mark.parametrize("channels", [(), (2,), (3,), (4,)])
def test_sixteen_bit_png_is_exact(read, channels):
    levels = noise(5, 7, *channels, dtype=np.uint16)
    picture = read(png(levels))
    colours = 3 if channels in ((3,), (4,)) else 1
    given_pixels = levels if not channels else levels[..., :colours]
    pixels = picture.pixels[..., None] if colours == 1 and channels else picture.pixels
    if channels == (2,):
        pixels = picture.pixels if picture.pixels.ndim == 3 else pixels
        assert np.array_equal(pixels, np.broadcast_to(given_pixels, pixels.shape))
    else:
        assert np.array_equal(pixels, given_pixels)
    if channels in ((2,), (4,)):
        assert np.array_equal(picture.alpha, levels[..., -1])
    assert picture.depth == 16


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_a_transparent_colour_becomes_alpha(read, dtype, channels):
    levels = noise(5, 7, *channels, dtype=dtype)
    key = levels[2, 3]
    picture = read(png(levels, png_chunk(b"tRNS", np.atleast_1d(key).astype(">u2").tobytes())))
    match = (levels == key).reshape(5, 7, -1).all(axis=2)
    assert np.array_equal(picture.pixels, levels)
    assert np.array_equal(picture.alpha == 0, match)
    assert picture.alpha.max() == np.iinfo(dtype).max


def test_a_transparent_palette_becomes_alpha(read):
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    picture = read(saved(image, "PNG", transparency=bytes([0, 128, 255])))
    assert picture.pixels.tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]]
    assert picture.alpha.tolist() == [[0, 128, 255]]


# TIFF, against tifffile as the writer.


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
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


def test_a_preview_page_is_no_second_picture(read):
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        writer.write(noise(20, 30))
        writer.write(noise(4, 6), subfiletype=1)
    assert read(out.getvalue()).size == (20, 30)


def test_a_jpeg_with_a_second_view_is_its_first(read):
    views = [Image.fromarray(smooth(16, 24)), Image.new("RGB", (24, 16))]
    picture = read(saved(views[0], "MPO", save_all=True, append_images=views[1:], quality=100))
    assert picture.format == "JPEG"
    assert np.abs(picture.pixels.astype(int) - smooth(16, 24)).mean() < 2


def test_threads_read_side_by_side(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    levels = noise(40, 40, 3)
    for name in ("a.png", "b.tif"):
        Image.fromarray(levels).save(tmp_path / name)
    with ThreadPoolExecutor(4) as pool:
        read_all = list(pool.map(read_picture, [tmp_path / "a.png", tmp_path / "b.tif"] * 20))
    assert all(np.array_equal(picture.pixels, levels) for picture in read_all)
    assert Image.MAX_IMAGE_PIXELS == 100


# Metadata and orientation.


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_every_orientation_is_applied_once(read, orientation, format):
    from PIL import ImageOps

    source = Image.fromarray(smooth(24, 40))
    options = {"quality": 100} if format != "PNG" else {}
    data = saved(source, format, exif=exif(orientation), **options)
    source.getexif()[274] = orientation
    upright = np.asarray(ImageOps.exif_transpose(source)).astype(int)
    picture = read(data)
    assert picture.pixels.shape == upright.shape
    assert np.abs(picture.pixels - upright).mean() < 3
    read_back = Image.Exif()
    read_back.load(picture.tags.exif)
    assert read_back.get(274, 1) == 1
    assert read_back[271] == "Leica"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_is_turned_by_its_tag_once(read, orientation, dtype):
    levels = noise(4, 6, 3, dtype=dtype)
    tag = (274, "H", 1, orientation, True)
    picture = read(tiff(levels, photometric="rgb", extratags=[tag]))
    turned = levels
    if orientation >= 5:
        turned = turned.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    assert np.array_equal(picture.pixels, turned)


def test_a_preview_in_exif_is_unlinked(read):
    made = Image.Exif()
    made.load(exif(1))
    body = bytearray(made.tobytes()[6:])
    order = ">" if body[:2] == b"MM" else "<"
    (start,) = struct.unpack_from(f"{order}I", body, 4)
    (count,) = struct.unpack_from(f"{order}H", body, start)
    struct.pack_into(f"{order}I", body, start + 2 + 12 * count, 8)
    picture = read(saved(Image.new("L", (8, 8)), "JPEG", exif=b"Exif\0\0" + bytes(body)))
    assert struct.unpack_from(f"{order}I", picture.tags.exif, start + 2 + 12 * count) == (0,)


@pytest.mark.parametrize("junk", [b"Exif\0\0junk", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"])
def test_damaged_exif_is_no_reason_to_refuse_a_picture(read, junk):
    assert read(saved(Image.new("L", (8, 8)), "JPEG", exif=junk)).size == (8, 8)


def test_tags_of_a_jpeg(read):
    block = b"8BIM" + struct.pack(">HHI", 0x0404, 0, 8) + b"\x1c\x02\x78\0\3abc"
    segment = b"Photoshop 3.0\0" + block
    segment = b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment
    data = saved(
        Image.new("L", (8, 8)), "JPEG", dpi=(300, 300), xmp=b"<x/>", comment="hand", extra=segment
    )
    tags = read(data).tags
    assert (tags.dpi, tags.xmp, tags.text) == ((300, 300), b"<x/>", (("Comment", "hand"),))
    assert tags.iptc == b"\x1c\x02\x78\0\3abc"
