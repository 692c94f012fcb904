from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from chromafield.image import _formats, _rare, read_picture

from ._files import exif, noise, png, png_chunk, saved, smooth

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


def deep_avif(channels: int, bits: int) -> tuple[np.ndarray, bytes]:
    """Levels of many bits and, where it can be made here, the AVIF of them without loss."""
    codecs = pytest.importorskip("imagecodecs", reason="the extra `formats` is not installed")
    shape = (48, 64, channels) if channels > 1 else (48, 64)
    levels = np.random.default_rng(0).integers(0, 2**bits, shape, dtype=np.uint16)
    return levels, codecs.avif_encode(levels, level=100, bitspersample=bits, speed=8)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_all_bits_of_an_avif_are_read_by_the_extra(tmp_path, channels, bits):
    levels, data = deep_avif(channels, bits)
    (tmp_path / "deep.avif").write_bytes(data)

    picture = read_picture(tmp_path / "deep.avif")

    exact = np.rint(levels * (65535 / (2**bits - 1)))
    assert picture.depth == 16
    colours = exact if channels == 1 else exact[..., :3]
    assert picture.pixels.shape in (colours.shape, (48, 64, 3))
    shown = picture.pixels if picture.pixels.ndim == colours.ndim else picture.pixels[..., 1]
    assert np.abs(shown - colours).max() <= 1
    assert (picture.alpha is None) == (channels < 4)
    if picture.alpha is not None:
        assert np.abs(picture.alpha - exact[..., 3]).max() <= 1
    assert picture.notes == (
        f"deep.avif has {bits} bits a channel; a PNG or TIFF result keeps them, an AVIF has 8.",
    )


def test_without_the_extra_an_avif_of_many_bits_is_read_at_8_and_said(tmp_path, monkeypatch):
    Image.linear_gradient("L").save(tmp_path / "deep.avif")
    monkeypatch.setattr(_formats, "avif_bits", lambda data: 10)
    monkeypatch.setattr(_rare, "_readers", lambda *names: None)

    picture = read_picture(tmp_path / "deep.avif")

    assert picture.depth == 8
    (note,) = picture.notes
    assert note.startswith("deep.avif has 10 bits a channel, of which 8 are read.")
    assert note.endswith("pip install '.[formats]'")
