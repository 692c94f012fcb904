"""Which page of a TIFF is read, which way up, and how it is unpacked."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from chromafield.errors import PictureError
from chromafield.image import _rare

from ._files import noise, saved, smooth, tiff

PREVIEW = np.full((12, 16, 3), (200, 80, 20), np.uint8)
ENTRY = {"<": "<HHIHH", ">": ">HHIHH"}


def pages(*written: tuple[np.ndarray, dict[str, object]], **options: object) -> bytes:
    out = io.BytesIO()
    with tifffile.TiffWriter(out, **options) as writer:
        for levels, told in written:
            photometric = "rgb" if levels.ndim == 3 else "minisblack"
            writer.write(levels, **{"photometric": photometric, "metadata": None, **told})
    return out.getvalue()


def retagged(data: bytes, page: int, tag: int, new: int, value: int | None = None) -> bytes:
    """The file with one of a page's tags called otherwise, or with another value."""
    out = bytearray(data)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        at = file.pages[page].tags[tag].offset
        order = file.byteorder
    struct.pack_into(order + "H", out, at, new)
    if value is not None:
        struct.pack_into(ENTRY[order], out, at, new, 3, 1, value, 0)
    return bytes(out)


BIG_BIG = {"byteorder": ">", "bigtiff": True}


@pytest.mark.parametrize("options", [{}, {"byteorder": ">"}, {"bigtiff": True}, BIG_BIG])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("first", [True, False])
def test_a_preview_among_the_pages_is_passed_over(read, options, dtype, first):
    levels = noise(40, 50, dtype=dtype)
    both = [(PREVIEW, {"subfiletype": 1}), (levels, {})]
    picture = read(pages(*(both if first else both[::-1]), **options))
    assert np.array_equal(picture.pixels, levels)
    assert picture.depth == 8 * np.dtype(dtype).itemsize


@pytest.mark.parametrize("order", "<>")
def test_previews_by_the_old_tag(read, order):
    levels = noise(40, 50, dtype=np.uint16)
    data = pages((PREVIEW, {"subfiletype": 1}), (levels, {"subfiletype": 0}), byteorder=order)
    data = retagged(retagged(data, 0, 254, 255, 2), 1, 254, 255, 1)
    assert np.array_equal(read(data).pixels, levels)


@pytest.mark.parametrize("options", [{}, {"byteorder": ">"}, {"bigtiff": True}])
@pytest.mark.parametrize("marked", [0, 1])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_picture_inside_a_preview(read, options, marked, dtype):
    levels = noise(40, 50, dtype=dtype)
    shown = {"subifds": 1, "subfiletype": marked}
    assert np.array_equal(read(pages((PREVIEW, shown), (levels, {}), **options)).pixels, levels)


def test_smaller_copies_inside_the_picture_are_passed_over(read):
    levels = noise(64, 64)
    small = {"subfiletype": 1}
    data = pages((levels, {"subifds": 2}), (levels[::2, ::2], small), (levels[::4, ::4], small))
    assert np.array_equal(read(data).pixels, levels)


def test_a_file_of_previews_alone_is_said(read):
    with pytest.raises(PictureError, match="only a preview lies in this file"):
        read(pages((PREVIEW, {"subfiletype": 1})))


@pytest.mark.parametrize("photometric", [32803, 34892])
def test_a_raw_file_is_never_its_preview(read, photometric):
    levels = noise(40, 50, dtype=np.uint16)
    data = pages((PREVIEW, {"subfiletype": 1}), (levels, {}))
    with pytest.raises(PictureError, match="raw file.*Develop it to TIFF first"):
        read(retagged(data, 1, 262, 262, photometric))


def test_a_raw_file_by_its_ending_and_by_its_tag(read):
    with pytest.raises(PictureError, match="raw file"):
        read(pages((PREVIEW, {})), name="photo.NEF")
    version = [(50706, "B", 4, (1, 4, 0, 0), True)]
    with pytest.raises(PictureError, match="raw file"):
        read(pages((PREVIEW, {"extratags": version})), name="scan.tif")


@pytest.mark.parametrize(
    "lead", [b"IIU\0\x18\0\0\0", b"FUJIFILMCCD-RAW 0201", b"\0\0\0\x18ftypcrx "]
)
def test_raw_files_that_are_no_tiff(read, lead):
    with pytest.raises(PictureError, match="raw file.*Develop it"):
        read(lead + bytes(64))


def test_the_first_pages_words_belong_to_the_picture(read):
    levels = noise(40, 50)
    said = {"subifds": 1, "subfiletype": 1, "description": "Plate 12", "extratags": []}
    picture = read(pages((PREVIEW, said), (levels, {"description": None})))
    assert b"Plate 12" in picture.tags.exif


MODES = ("L", "P", "RGBA", "CMYK", "RGB", "1", "LA", "I;16")


def in_mode(mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(noise(9, 14, dtype=np.uint16))
    colours = Image.fromarray(noise(9, 14, 3))
    return colours.convert("L").convert("LA") if mode == "LA" else colours.convert(mode)


@pytest.mark.parametrize("packed", [None, "tiff_lzw"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", MODES)
def test_every_turn_in_every_mode(read, mode, orientation, packed):
    stored = in_mode(mode)
    data = saved(stored, "TIFF", tiffinfo={274: orientation}, compression=packed)
    stored.getexif()[274] = orientation
    upright = ImageOps.exif_transpose(stored)
    picture = read(data)
    assert picture.size == upright.size[::-1]
    shown = upright if mode == "I;16" else upright.convert("RGB")
    expected = np.asarray(shown)
    levels = (
        picture.pixels
        if mode == "I;16"
        else np.broadcast_to(
            picture.pixels[..., None] if picture.is_grey else picture.pixels, expected.shape
        )
    )
    assert np.array_equal(levels, expected)


@pytest.mark.parametrize(("kind", "data"), [(1, b"\x06\0\0\0"), (4, b"\x06\0\0\0")])
def test_a_turn_that_is_another_kind_of_number(read, kind, data):
    levels = noise(9, 14)
    out = bytearray(saved(Image.fromarray(levels), "TIFF", tiffinfo={274: 6}))
    with tifffile.TiffFile(io.BytesIO(bytes(out))) as file:
        at = file.pages[0].tags[274].offset
    struct.pack_into("<HHI4s", out, at, 274, kind, 1, data)
    assert np.array_equal(read(bytes(out)).pixels, np.rot90(levels, -1))


@pytest.mark.parametrize("packing", ["zstd", "lzma"])
@pytest.mark.parametrize("mode", ["L", "I;16"])
def test_packings_that_one_decoder_alone_has(read, packing, mode):
    levels = noise(40, 50, dtype=np.uint8 if mode == "L" else np.uint16)
    data = saved(Image.fromarray(levels), "TIFF", compression=packing)
    picture = read(data)
    assert np.array_equal(picture.pixels, levels)


NAMED = {
    6: "old-style JPEG",
    34661: "JBIG",
    34712: "JPEG 2000",
    34887: "LERC",
    34933: "PNG",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
    61234: "an unknown method \\(number 61234\\)",
}


@pytest.mark.parametrize("packing", NAMED)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_packing_that_cannot_be_unpacked_is_named(read, monkeypatch, capfd, packing, dtype):
    monkeypatch.setattr(_rare, "_readers", lambda *names: None)
    data = tiff(noise(9, 9, dtype=dtype), photometric="minisblack")
    says = f"is packed by {NAMED[packing]}, which .*LZW or deflate"
    with pytest.raises(PictureError, match=says) as caught:
        read(retagged(data, 0, 259, 259, packing))
    assert "damaged" not in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("packing", ["jpegxl", "webp", "png", "jpeg2000", "lerc"])
@pytest.mark.parametrize("deep", [False, True])
def test_rare_packings_through_the_extra(read, packing, deep):
    pytest.importorskip("imagecodecs", reason="the extra `formats` is not installed")
    if packing == "webp" and deep:
        return  # it has 8 bits
    levels = noise(40, 50, 3, dtype=np.uint16 if deep else np.uint8)
    options = {"compressionargs": {"lossless": True}} if packing in ("jpegxl", "webp") else {}
    if packing == "jpeg2000":
        options = {"compressionargs": {"reversible": True, "level": 0}}
    data = tiff(levels, photometric="rgb", compression=packing, **options)
    picture = read(data)
    assert np.array_equal(picture.pixels, levels)
    assert picture.depth == 8 * levels.dtype.itemsize


def test_no_extra_is_advised_where_none_helps(read):
    data = tiff(noise(9, 9), photometric="minisblack")
    with pytest.raises(PictureError, match="packed by JBIG, .* in a picture editor\\.$"):
        read(retagged(data, 0, 259, 259, 34661))


def test_jpeg_of_many_bits_is_named(read, monkeypatch):
    monkeypatch.setattr(_rare, "_readers", lambda *names: None)
    data = tiff(noise(9, 9, dtype=np.uint16), photometric="minisblack")
    data = retagged(retagged(data, 0, 259, 259, 7), 0, 258, 258, 12)
    with pytest.raises(PictureError, match="packed by 12-bit JPEG"):
        read(data)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_without_its_photometric_a_page_is_no_negative(read, channels, dtype):
    levels = noise(9, 9, *((3,) if channels == 3 else ()), dtype=dtype)
    data = tiff(levels, photometric="rgb" if channels == 3 else "minisblack")
    picture = read(retagged(data, 0, 262, 65001), name="old.tif")
    assert np.array_equal(picture.pixels, levels)
    assert [note.split(" it is")[0] for note in picture.notes] == [
        "old.tif does not say whether its level 0 is black or white;"
    ]


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("rows", [9, 4])
def test_lengths_that_are_not_named_follow_from_the_size(read, planes, rows):
    levels = noise(9, 7, 3, dtype=np.uint16)
    stored = levels if planes == "contig" else levels.transpose(2, 0, 1)
    data = tiff(stored, photometric="rgb", planarconfig=planes, rowsperstrip=rows)
    assert np.array_equal(read(retagged(data, 0, 279, 65002)).pixels, levels)


@pytest.mark.parametrize("order", "<>")
def test_white_is_zero_with_alpha(read, order):
    levels = noise(9, 7, 2)
    data = tiff(levels, photometric="miniswhite", extrasamples=["unassalpha"], byteorder=order)
    picture = read(data)
    assert np.array_equal(picture.pixels, 255 - levels[..., 0])
    assert np.array_equal(picture.alpha, levels[..., 1])
    assert picture.depth == 8


@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_lab_of_sixteen_bits(read, planes):
    lightness = np.linspace(0, 65535, 63).astype(np.uint16).reshape(7, 9)
    lab = np.stack([lightness, np.zeros_like(lightness), np.zeros_like(lightness)], axis=-1)
    stored = lab if planes == "contig" else lab.transpose(2, 0, 1)
    picture = read(tiff(stored, photometric="cielab", planarconfig=planes))
    shade = 100 * lightness.astype(float) / 65535
    y = np.where(shade > 8, ((shade + 16) / 116) ** 3, shade / 903.2963)
    encoded = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)
    assert np.abs(picture.pixels - 65535 * encoded[..., None]).max() < 8
    assert picture.depth == 16


def test_lab_colours_agree_with_eight_bits(read):
    by_pillow = Image.fromarray(smooth(20, 30)).convert("RGB")
    from PIL import ImageCms

    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = np.asarray(ImageCms.applyTransform(by_pillow, to_lab))
    deep = np.empty(lab.shape, np.uint16)
    deep[..., 0] = lab[..., 0].astype(np.uint16) * 257
    deep[..., 1:] = lab[..., 1:].astype(np.uint16) << 8
    back = read(tiff(deep, photometric="cielab")).pixels / 257
    assert np.abs(back - np.asarray(by_pillow)).max() < 3


@pytest.mark.parametrize("packing", ["group3", "group4", "tiff_ccitt"])
@pytest.mark.parametrize("rows", [64, 8])
def test_damage_of_a_fax_is_said_with_its_row(read, capfd, packing, rows):
    levels = noise(64, 128) > 127
    image = Image.fromarray((levels * 255).astype(np.uint8)).convert("1")
    data = bytearray(saved(image, "TIFF", compression=packing, tiffinfo={278: rows}))
    whole = read(bytes(data))
    assert whole.notes == ()
    middle = len(data) // 2
    data[middle : middle + 10] = bytes(10)
    broken = read(bytes(data), name="fax.tif")
    (note,) = broken.notes
    row = int(note.removeprefix("fax.tif is a damaged TIFF file: damaged from row ").split()[0])
    first = int(np.flatnonzero((broken.pixels != whole.pixels).any(axis=1))[0])
    assert abs(row - first) <= 2
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("turned", [False, True])
def test_iptc_that_is_called_words_is_read_whole(read, order, turned):
    records = b"\x1c\x02\x78\x00\x07At home" + b"\x1c\x02\x19\x00\x04gate" + bytes(3)
    other = {"<": ">", ">": "<"}[order]
    words = np.frombuffer(records, f"{other if turned else order}u4")
    stated = [(33723, 4, len(words), tuple(int(one) for one in words), True)]
    data = tiff(noise(9, 12), byteorder=order, extratags=stated)
    assert read(data).tags.iptc == records


@pytest.mark.parametrize("packing", ["jpeg", "packbits"])
def test_damage_of_a_strip_is_said_with_its_row(read, capfd, packing):
    image = Image.fromarray(smooth(64, 96)[..., 0])
    data = bytearray(saved(image, "TIFF", compression=packing, tiffinfo={278: 16}))
    assert read(bytes(data)).notes == ()
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        start, length = file.pages[0].dataoffsets[2], file.pages[0].databytecounts[2]
    middle = start + length // 2
    data[middle : middle + 24] = bytes(24) if packing == "jpeg" else b"\x7f" * 24
    (note,) = read(bytes(data), name="x.tif").notes
    assert note.startswith("x.tif is a damaged TIFF file: damaged from row 32 on.")
    assert capfd.readouterr().err == ""
