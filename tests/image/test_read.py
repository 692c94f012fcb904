from __future__ import annotations

import io
import struct
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from chromafield.errors import MissingExtra, PictureError
from chromafield.image import Picture, read_picture

from ._files import exif, noise, png, png_chunk, saved, smooth


@pytest.fixture
def read(tmp_path):
    """Write bytes to a file and read it as a picture."""

    def write_and_read(data: bytes, name: str = "old.bin", **options: int) -> Picture:
        path = tmp_path / name
        path.write_bytes(data)
        return read_picture(path, **options)

    return write_and_read


def tiff(levels, **options) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, levels, **options)
    return out.getvalue()


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


# What cannot be read, and what its sentence says.


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty \\(0 bytes\\)"),
        (b"hello there", "not a picture that can be read: it begins with b'hello th'"),
        (b"\x89PNG\r\n\x1a\n", "PNG cut off"),
        (b"RIFF\x10\0\0\0WEBPjunk", "damaged or cut-off WEBP"),
        (b"II*\0\x08\0\0\0", "damaged or cut-off TIFF"),
        (b"BMjunkjunkjunk", "damaged or cut-off BMP"),
        (b"GIF89ajunk", "damaged or cut-off GIF"),
        (b"\0\0\0\x20ftypavifjunk", "damaged or cut-off AVIF"),
        (b"%!PS-Adobe", "Convert it to one of JPEG"),
    ],
)
def test_no_picture_is_one_sentence(read, data, says):
    with pytest.raises(PictureError, match=says):
        read(data)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(PictureError, match="There is no file .*gone.jpg"):
        read_picture(tmp_path / "gone.jpg")
    with pytest.raises(PictureError, match="is a folder, not a picture"):
        read_picture(tmp_path)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("BMP", {}),
        ("GIF", {}),
        ("AVIF", {}),
    ],
)
def test_a_cut_off_file_is_never_half_a_picture(read, format, options, kept):
    data = saved(Image.fromarray(noise(64, 64, 3)), format, **options)
    with pytest.raises(PictureError, match=f"damaged or cut-off {format}"):
        read(data[: int(kept * len(data))])


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_cut_off_sixteen_bits(read, kept, capfd):
    levels = noise(64, 64, 3, dtype=np.uint16)
    for data in (png(levels), tiff(levels, photometric="rgb")):
        with pytest.raises(PictureError, match="damaged or cut-off"):
            read(data[: int(kept * len(data))])
    assert capfd.readouterr().err == ""


def test_the_pixel_limit_says_how_to_raise_it(read):
    data = saved(Image.new("L", (30, 20)), "PNG")
    with pytest.raises(PictureError, match=r"30 x 20 = 600 pixels.*--max-pixels 600"):
        read(data, max_pixels=599)
    assert read(data, max_pixels=600).size == (20, 30)


def test_pillows_own_limit_is_set_aside_and_put_back(read, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for format in ("PNG", "TIFF", "WEBP", "JPEG", "GIF"):
        assert read(saved(Image.new("L", (30, 20)), format)).size == (20, 30)
    assert Image.MAX_IMAGE_PIXELS == 100


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_several_pages_are_refused(read, format):
    pages = [Image.fromarray(noise(16, 16, 3, seed=seed)) for seed in range(3)]
    data = saved(pages[0], format, save_all=True, append_images=pages[1:])
    with pytest.raises(PictureError, match="holds 3 pages or frames"):
        read(data)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.array([[0.1, np.nan]], np.float32), "not numbers"),
        (np.array([[0.1, np.inf]], np.float32), "not numbers"),
        (np.array([[0.1, 1.5]], np.float32), "from 0.1 to 1.5"),
        (np.array([[-1, 70000]], np.int32), "from -1 to 70000"),
    ],
)
def test_values_that_are_no_levels(read, values, says):
    with pytest.raises(PictureError, match=says):
        read(tiff(values, photometric="minisblack"))


def test_kinds_of_tiff_that_would_lose_bits_are_refused(read):
    planes = tiff(noise(3, 9, 9, dtype=np.uint16), photometric="rgb", planarconfig="separate")
    inks = tiff(noise(9, 9, 4, dtype=np.uint16), photometric="separated")
    for data in (planes, inks):
        with pytest.raises(PictureError, match="cannot be read exactly. Save it as"):
            read(data)


def test_heic_needs_its_extra(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtra, match=r"chromafield\[heif\]"):
        read(b"\0\0\0\x18ftypheic" + bytes(20))


def test_heic_through_its_extra(read, monkeypatch):
    levels = noise(4, 5, 3)
    image = Image.fromarray(levels)
    image.info["exif"] = exif(1)
    module = types.SimpleNamespace(HeifImageFile=lambda path: image)
    monkeypatch.setitem(sys.modules, "pillow_heif", module)
    picture = read(b"\0\0\0\x18ftypheic" + bytes(20))
    assert (picture.format, picture.size) == ("HEIF", (4, 5))
    assert np.array_equal(picture.pixels, levels)


@pytest.mark.parametrize("shape", [(1, 1), (2, 30000), (30000, 2)])
@pytest.mark.parametrize("format", ["PNG", "TIFF", "JPEG", "BMP"])
def test_the_smallest_and_the_longest(read, shape, format):
    assert read(saved(Image.new("L", shape[::-1], 7), format)).pixels.shape == shape


@settings(max_examples=150)
@given(which=st.integers(0, 6), place=st.floats(0, 1), put=st.binary(min_size=1, max_size=6))
def test_no_damage_escapes_as_anything_but_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, which: int, place: float, put: bytes
) -> None:
    data = DAMAGEABLE[which]
    start = int(place * len(data))
    path: Path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(data[:start] + put + data[start + len(put) :])
    try:
        assert isinstance(read_picture(path, max_pixels=10_000), Picture)
    except (PictureError, MissingExtra) as error:
        assert str(error).endswith(".")


DAMAGEABLE = [
    saved(Image.fromarray(smooth(16, 24)), "JPEG", exif=exif(6), dpi=(72, 72)),
    saved(Image.fromarray(noise(16, 24)), "TIFF", compression="tiff_lzw"),
    saved(Image.fromarray(smooth(16, 24)), "WEBP", exif=exif(6)),
    saved(Image.fromarray(smooth(16, 24)).convert("P"), "GIF"),
    saved(Image.fromarray(smooth(16, 24)), "BMP"),
    png(noise(16, 24, 3, dtype=np.uint16)),
    tiff(noise(16, 24, 3, dtype=np.uint16), photometric="rgb"),
]
