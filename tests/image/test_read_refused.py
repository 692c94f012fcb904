"""What cannot be read, and what its sentence says."""

from __future__ import annotations

import io
import os
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

from chromafield.errors import PictureError
from chromafield.image import Picture, read_picture
from chromafield.image._kinds import shown_format

from ._files import exif, icc, noise, png, saved, smooth, tiff


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty \\(0 bytes\\)"),
        (b"hello there", "is a text, not a picture"),
        (b"\x93\xfa\x07\xff\xfe\xfd", "not a picture that can be read. Convert it to one of JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG cut off"),
        (b"RIFF\x10\0\0\0WEBPjunk", "damaged or cut-off WebP"),
        (b"II*\0\x08\0\0\0", "damaged or cut-off TIFF"),
        (b"BMjunkjunkjunk", "damaged or cut-off BMP"),
        (b"GIF89ajunk", "damaged or cut-off GIF"),
        (b"\0\0\0\x20ftypavifjunk", "damaged or cut-off AVIF"),
        (b"%!PS-Adobe", "a PostScript document. Export it as TIFF or PNG"),
    ],
)
def test_no_picture_is_one_sentence(read, data, says):
    with pytest.raises(PictureError, match=says):
        read(data)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "scan.png")
    with pytest.raises(PictureError, match="is no file but a pipe or a device"):
        read_picture(tmp_path / "scan.png")


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(PictureError, match="There is no file .*gone.jpg"):
        read_picture(tmp_path / "gone.jpg")
    with pytest.raises(PictureError, match="is a folder, not a picture"):
        read_picture(tmp_path)
    with pytest.raises(PictureError, match="cannot be opened .*null"):
        read_picture(tmp_path / "a\0b.jpg")


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
    with pytest.raises(PictureError, match=f"damaged or cut-off {shown_format(format)}"):
        read(data[: int(kept * len(data))])


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_cut_off_sixteen_bits(read, kept, capfd):
    levels = noise(64, 64, 3, dtype=np.uint16)
    separate = tiff(levels.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
    for data in (png(levels), tiff(levels, photometric="rgb"), separate):
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
        (np.array([[0.1, 1.5]], np.float16), "from 0.1 to 1.5"),
        (np.array([[-1, 70000]], np.int32), "from -1 to 70000"),
        (np.array([[0, 2**32 - 1]], np.uint32), "from 0 to 4294967295"),
    ],
)
def test_values_that_are_no_levels(read, values, says):
    with pytest.raises(PictureError, match=says):
        read(tiff(values, photometric="minisblack"))


@pytest.mark.parametrize(
    ("levels", "photometric", "says"),
    [
        (np.zeros((9, 9), np.int16), "minisblack", "grey in 1 x 16 signed bits"),
        (np.zeros((9, 9), np.uint64), "minisblack", "grey in 1 x 64 unsigned bits"),
        (np.zeros((9, 9, 3), np.uint32), "rgb", "RGB in 3 x 32 unsigned bits"),
        (np.zeros((9, 9, 3), np.float16), "cielab", "Lab in 3 x 16 floating-point bits"),
    ],
)
def test_kinds_of_tiff_that_would_lose_bits_are_refused(read, levels, photometric, says):
    with pytest.raises(PictureError, match=f"as {says}, which cannot be read exactly. Save it as"):
        read(tiff(levels, photometric=photometric))


def test_a_profile_of_sixteen_bit_inks_is_refused(read):
    inks = noise(9, 9, 4, dtype=np.uint16)
    data = tiff(inks, photometric="separated", iccprofile=icc(b"CMYK", {}))
    with pytest.raises(PictureError, match="profile for CMYK, which is applied at 8 bits only"):
        read(data)


@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_a_strip_of_sixteen_bits_too_few_is_damage(read, planes):
    levels = noise(*((2, 40, 30) if planes == "separate" else (40, 30, 2)), dtype=np.uint16)
    data = tiff(levels, photometric="minisblack", planarconfig=planes, rowsperstrip=8)
    named = tifffile.TiffFile(io.BytesIO(data)).pages[0].tags["StripOffsets"]
    short = bytearray(data)
    struct.pack_into("<I", short, named.offset + 4, named.count - 1)
    with pytest.raises(PictureError, match=f"{named.count} strips or tiles are needed"):
        read(bytes(short))


def test_heic_without_its_reader(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(PictureError, match="not installed. Install it with: pip install pi-heif"):
        read(b"\0\0\0\x18ftypheic" + bytes(20))


def test_heic_through_its_reader(read, monkeypatch):
    levels = noise(4, 5, 3)
    image = Image.fromarray(levels)
    image.info["exif"] = exif(1)
    module = types.SimpleNamespace(HeifImageFile=lambda path: image)
    monkeypatch.setitem(sys.modules, "pi_heif", module)
    picture = read(b"\0\0\0\x18ftypheic" + bytes(20))
    assert (picture.format, picture.size) == ("HEIF", (4, 5))
    assert np.array_equal(picture.pixels, levels)


@pytest.mark.parametrize("shape", [(1, 1), (2, 30000), (30000, 2)])
@pytest.mark.parametrize("format", ["PNG", "TIFF", "JPEG", "BMP"])
def test_the_smallest_and_the_longest(read, shape, format):
    assert read(saved(Image.new("L", shape[::-1], 7), format)).pixels.shape == shape


@settings(max_examples=150)
@given(which=st.integers(0, 8), place=st.floats(0, 1), put=st.binary(min_size=1, max_size=6))
def test_no_damage_escapes_as_anything_but_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, which: int, place: float, put: bytes
) -> None:
    data = DAMAGEABLE[which]
    start = int(place * len(data))
    path: Path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(data[:start] + put + data[start + len(put) :])
    try:
        assert isinstance(read_picture(path, max_pixels=10_000), Picture)
    except PictureError as error:
        assert str(error).endswith(".")


DAMAGEABLE = [
    saved(Image.fromarray(smooth(16, 24)), "JPEG", exif=exif(6), dpi=(72, 72)),
    saved(Image.fromarray(noise(16, 24)), "TIFF", compression="tiff_lzw"),
    saved(Image.fromarray(smooth(16, 24)), "WEBP", exif=exif(6)),
    saved(Image.fromarray(smooth(16, 24)).convert("P"), "GIF"),
    saved(Image.fromarray(smooth(16, 24)), "BMP"),
    png(noise(16, 24, 3, dtype=np.uint16)),
    tiff(noise(16, 24, 3, dtype=np.uint16), photometric="rgb"),
    tiff(noise(16, 24, 4, dtype=np.uint16), photometric="separated", compression="zlib"),
    tiff(noise(2, 16, 24, dtype=np.uint16), photometric="minisblack", planarconfig="separate"),
]
