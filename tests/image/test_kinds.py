"""Files that are called by what they are: PNM, JPEG 2000, HEIC, and what is no picture."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from chromafield.errors import PictureError
from chromafield.image._stderr import overheard
from chromafield.image.write import suffix_for

from ._files import noise, png, saved, smooth


def pgm(levels: np.ndarray, comment: bytes = b"# a scan\n") -> bytes:
    h, w = levels.shape[:2]
    kind = b"P6" if levels.ndim == 3 else b"P5"
    most = np.iinfo(levels.dtype).max
    head = kind + b"\n" + comment + b"%d %d\n%d\n" % (w, h, most)
    return head + levels.astype(levels.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_pnm_is_exact(read, dtype, channels):
    levels = noise(7, 11, *channels, dtype=dtype)
    picture = read(pgm(levels), name="scan.pnm")
    assert np.array_equal(picture.pixels, levels)
    assert (picture.depth, picture.notes) == (8 * np.dtype(dtype).itemsize, ())


def test_pnm_agrees_with_pillow(read):
    for mode in ("L", "RGB", "1"):
        image = Image.fromarray(smooth(9, 13)).convert(mode)
        expected = np.asarray(image.convert("RGB" if mode == "RGB" else "L"))
        assert np.array_equal(read(saved(image, "PPM")).pixels, expected)


def test_pnm_as_text_and_pam(read):
    assert read(b"P2\n# a\n3 1\n# b\n4\n0 2 4\n").pixels.tolist() == [[0, 128, 255]]
    assert read(b"P1\n4 1\n0110\n").pixels.tolist() == [[255, 0, 0, 255]]
    head = b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n"
    picture = read(head + bytes([10, 20, 30, 40]))
    assert (picture.pixels.tolist(), picture.alpha.tolist()) == ([[10, 30]], [[20, 40]])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (pgm(noise(7, 11))[:-1], "damaged or cut-off PNM"),
        (b"P5\n7", "first lines do not say its size"),
        (b"P5\n1 1\n100\n\xff", "a level above the highest"),
        (b"P5\n0 4\n255\n", "makes no sense"),
        (pgm(noise(2, 2)) + pgm(noise(2, 2)), "holds several pictures"),
    ],
)
def test_pnm_that_makes_no_sense(read, data, says):
    with pytest.raises(PictureError, match=says):
        read(data)


@pytest.mark.parametrize("mode", ["L", "RGB", "I;16"])
@pytest.mark.parametrize("bare", [False, True])
def test_jpeg_2000_is_exact(read, mode, bare):
    levels = noise(
        33, 47, *((3,) if mode == "RGB" else ()), dtype=np.uint16 if mode == "I;16" else np.uint8
    )
    data = saved(Image.fromarray(levels), "JPEG2000", no_jp2=bare)
    picture = read(data, name="scan.jp2")
    assert np.array_equal(picture.pixels, levels)
    assert picture.depth == 8 * levels.dtype.itemsize


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<!DOCTYPE html><html>", "is a web page, not a picture"),
        (b"\xef\xbb\xbf\n <HTML>", "is a web page, not a picture"),
        ("<!DOCTYPE html><html>".encode("utf-16"), "is a web page, not a picture"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html/>', "is a web page, not a picture"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x"/>', "is a drawing .SVG."),
        (b'<x:xmpmeta xmlns:x="adobe:ns:meta/">', "beside a picture .XMP."),
        (bytes(4000), "is full of zeros"),
        (b"\0\0\0\x08wide\0\0\0\x10mdat", "is a film"),
        (bytes(128) + b"DICM", "is a medical picture"),
        (b"{\\rtf1 hello}", "is a text document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "is an Office document"),
        (b"\x0a\x05\x01\x08" + bytes(100), "is a PCX picture"),
        (b'<?xml version="1.0"?><html>', "is a web page"),
        (b"<svg xmlns=", "a drawing \\(SVG\\)"),
        (b"%PDF-1.4\n", "is a PDF document"),
        (b"8BPS\0\1", "is a Photoshop document"),
        (b"\0\5\x16\7\0\2\0\0", "AppleDouble"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        (b"bplist00\xd4", "iCloud"),
        (b"PK\3\4\x14\0", "is a zip archive"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture, which cannot be read"),
        (b"\0\0\0\x18ftypmp42", "is a film. Colour it with"),
    ],
)
def test_what_is_no_picture_is_called_by_its_name(read, data, says):
    with pytest.raises(PictureError, match=says) as told:
        read(data, name="photo.jpg")
    assert "b'" not in str(told.value) and str(told.value).endswith((".", "film"))


def test_a_wrong_ending_is_told_and_the_content_names_the_result(read, tmp_path):
    deep = png(noise(7, 11, dtype=np.uint16))
    picture = read(deep, name="deep.jpg")
    assert picture.depth == 16
    assert picture.notes == (
        "deep.jpg is named like a JPEG file, but is a PNG file; its content counts.",
    )
    assert suffix_for(tmp_path / "deep.jpg") == ".png"


@pytest.mark.parametrize("ending", [".jfif", ".jpe", ".JIF", ".mpo"])
def test_old_endings_of_jpegs(read, tmp_path, ending):
    data = saved(Image.fromarray(smooth(8, 8)), "JPEG")
    assert read(data, name=f"photo{ending}").notes == ()
    assert suffix_for(tmp_path / f"photo{ending}") == ".jpg"


def test_suffixes_of_what_cannot_be_read_are_their_own(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"nonsense")
    assert suffix_for(tmp_path / "a.tif") == ".tif"
    assert suffix_for(tmp_path / "gone.jpeg") == ".jpeg"
    assert suffix_for(tmp_path / "gone.xyz") == ".png"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_jpeg_2000_whose_head_is_damaged_is_read(read, dtype):
    levels = noise(9, 12, dtype=dtype)
    data = bytearray(saved(Image.fromarray(levels), "JPEG2000"))
    place = data.index(b"ihdr") + 12  # the number of channels
    data[place : place + 2] = b"\x70\x11"
    picture = read(bytes(data), name="x.jp2")
    assert np.array_equal(picture.pixels, levels)
    assert picture.notes == ("x.jp2 has damage beside its pixels, which was left aside.",)


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_with_damage_behind_its_pixels_is_read(read, lossless):
    made = Image.Exif()
    made[271] = "Maker"
    data = saved(Image.fromarray(smooth(8, 9)), "WEBP", lossless=lossless, exif=made, xmp=b"<x/>")
    place = data.index(b"XMP ")
    for broken in (data[:place] + b"\xff" * 30, data[: place + 9]):
        picture = read(broken, name="x.webp")
        assert np.array_equal(picture.pixels, read(data).pixels)
        assert b"Maker" in picture.tags.exif and picture.tags.xmp is None
        assert picture.notes == ("x.webp has damage beside its pixels, which was left aside.",)


@pytest.mark.parametrize("box", [b"pixi", b"ispe"])
def test_an_avif_with_damage_beside_its_pixels_is_read(read, box):
    data = saved(Image.fromarray(smooth(8, 9)), "AVIF")
    picture = read(data.replace(box + b"\0", box + b"\x7f"), name="x.avif")
    assert np.array_equal(picture.pixels, read(data).pixels)
    (note,) = picture.notes
    assert note == "x.avif has damage beside its pixels, which was left aside."


def test_heic_by_the_reader_that_is_always_there(read):
    heif = pytest.importorskip("pillow_heif", reason="no writer of HEIC is installed")
    file = heif.from_pillow(Image.fromarray(smooth(48, 64)))
    out = io.BytesIO()
    file.save(out, quality=95)
    picture = read(out.getvalue(), name="phone.heic")
    assert picture.format == "HEIF"
    assert np.abs(picture.pixels.astype(int) - smooth(48, 64)).mean() < 3


def test_decoders_are_overheard_and_others_passed_on(capfd):
    with overheard() as said:
        os.write(2, b"Corrupt JPEG data: premature end of data segment\n")
        os.write(2, b"hello from beside\n")
    assert said == ["Corrupt JPEG data: premature end of data segment"]
    assert capfd.readouterr().err == "hello from beside\n"


def test_a_process_without_an_error_stream_reads_too(tmp_path):
    (tmp_path / "a.jpg").write_bytes(saved(Image.fromarray(smooth(8, 8)), "JPEG"))
    code = (
        "import os, sys, pathlib; os.close(2); from chromafield.image import read_picture; "
        "print(read_picture(pathlib.Path(sys.argv[1])).size)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.jpg")]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "(8, 8)\n"
