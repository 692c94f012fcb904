from __future__ import annotations

import errno
import io
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chromafield.errors import BadValue, OutputError
from chromafield.image import (
    Picture,
    Tags,
    check_target,
    default_suffix,
    encode_picture,
    read_picture,
    write,
    write_picture,
)

from ._files import adobe_like, exif, noise, smooth

SAID = b'dc:source="box 12"'
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" ' + SAID + b"/></rdf:RDF></x:xmpmeta>"
)
TAGS = Tags(
    exif=exif(1)[6:],
    icc=adobe_like(),
    dpi=(300.0, 600.0),
    xmp=XMP,
    iptc=b"\x1c\x02\x78\0\3abc",
    text=(("Comment", "hand-coloured"), ("Title", "Grüße")),
)
LOSSLESS = (".png", ".tif", ".tiff")


def coloured(h: int, w: int, depth: int, alpha: bool, tags: Tags | None = None) -> Picture:
    dtype = np.uint8 if depth == 8 else np.uint16
    opacity = noise(h, w, dtype=dtype, seed=1) if alpha else None
    return Picture(noise(h, w, 3, dtype=dtype), opacity, depth, tags or Tags())


# Round trips.


@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    depth=st.sampled_from([8, 16]),
    alpha=st.booleans(),
    suffix=st.sampled_from([".png", ".tif", ".webp"]),
    has=st.sets(st.sampled_from(["exif", "dpi", "xmp", "iptc", "text"])),
)
def test_what_is_written_is_read_back(tmp_path_factory, size, depth, alpha, suffix, has):
    tags = Tags(**{name: getattr(TAGS, name) for name in has})
    picture = coloured(*size, 8 if suffix == ".webp" else depth, alpha, tags)
    path: Path = tmp_path_factory.getbasetemp() / f"round{suffix}"
    write_picture(path, picture.pixels, picture)
    back = read_picture(path)
    assert np.array_equal(back.pixels, picture.pixels)
    assert (back.alpha is None) == (picture.alpha is None)
    assert back.alpha is None or np.array_equal(back.alpha, picture.alpha)
    assert back.depth == picture.depth
    assert tags.xmp is None or SAID in back.tags.xmp
    assert has & {"iptc", "text", "xmp"} or back.tags.xmp is None
    if tags.exif is not None:
        kept = Image.Exif()
        kept.load(back.tags.exif)
        assert (kept[271], kept.get_ifd(34665)[36867]) == ("Leica", "1936:07:01 12:00:00")
        assert kept.get_ifd(34853)[1] == "N"
    if suffix != ".webp" and tags.dpi is not None:
        assert back.tags.dpi == pytest.approx(tags.dpi, abs=0.02)
    if suffix == ".png":
        assert back.tags.text == tags.text
    if suffix == ".tif":
        assert back.tags.iptc == tags.iptc


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_lossy_formats_stay_near_and_keep_their_tags(tmp_path, suffix):
    rgb = smooth(60, 80)
    picture = Picture(rgb, None, 8, replace(TAGS, icc=None))
    path = tmp_path / f"out{suffix}"
    write_picture(path, rgb, picture)
    back = read_picture(path)
    assert np.abs(back.pixels.astype(int) - rgb).max() <= 4
    assert SAID in back.tags.xmp
    kept = Image.Exif()
    kept.load(back.tags.exif)
    assert kept[271] == "Leica"
    if suffix == ".jpg":
        assert (back.tags.dpi[0], back.tags.iptc) == (300, TAGS.iptc)
        assert back.tags.text == (("Comment", "hand-coloured"),)
        with Image.open(path) as image:
            assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3  # no halved colour


def test_lower_quality_makes_smaller_files():
    rgb = cv2.GaussianBlur(noise(80, 80, 3), (0, 0), 1)
    for suffix in (".jpg", ".webp", ".avif"):
        sizes = [len(encode_picture(suffix, rgb, Picture(rgb), quality=q)) for q in (30, 80, 95)]
        assert sizes == sorted(sizes) and sizes[0] < sizes[2]


# Independent readers.


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
def test_other_readers_see_the_same_tiff(depth, alpha):
    picture = coloured(40, 30, depth, alpha, TAGS)
    plain = replace(picture, tags=replace(TAGS, icc=None))
    data = encode_picture(".tif", picture.pixels, plain)
    levels = picture.pixels if not alpha else np.dstack([picture.pixels, picture.alpha])
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        assert np.array_equal(page.asarray(), levels)
        assert SAID in page.tags["XMP"].value
        assert page.tags["Make"].value == "Leica"
        assert page.tags["ExifTag"].value["DateTimeOriginal"] == "1936:07:01 12:00:00"
        assert page.tags["XResolution"].value == (300, 1)
        assert not alpha or page.extrasamples[0].name == "UNASSALPHA"
    if alpha and depth == 8:
        return  # OpenCV multiplies 8-bit colours by their alpha
    by_opencv = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(by_opencv[..., [2, 1, 0, 3][: levels.shape[2]]], levels)
    if depth == 8:
        with Image.open(io.BytesIO(data)) as image:
            assert np.array_equal(np.asarray(image), levels)
            assert image.info["dpi"] == (300, 600)


def test_other_readers_see_the_same_png():
    picture = coloured(40, 30, 8, True, replace(TAGS, icc=None))
    data = encode_picture(".png", picture.pixels, picture)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert np.array_equal(np.asarray(image)[..., :3], picture.pixels)
        assert image.text["Title"] == "Grüße"
        assert SAID in image.info["xmp"]
        assert image.info["dpi"] == pytest.approx((300, 600), abs=0.02)
        assert image.getexif()[271] == "Leica"


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".webp", ".avif"])
def test_every_format_pins_the_profile(suffix):
    picture = Picture(smooth(20, 20), None, 8, TAGS)
    data = encode_picture(suffix, picture.pixels, picture)
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == TAGS.icc


def test_many_strips(monkeypatch):
    monkeypatch.setattr("chromafield.image.strips.STRIP_PIXELS", 100)
    picture = coloured(41, 30, 16, True)
    data = encode_picture(".tif", picture.pixels, picture)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        assert len(file.pages[0].dataoffsets) == 14
        assert np.array_equal(file.asarray()[..., :3], picture.pixels)


def test_damaged_exif_is_left_out_of_a_tiff():
    picture = Picture(smooth(8, 8), None, 8, Tags(exif=b"MM\0*\0\0\0\x08\xff\xffjunk"))
    assert encode_picture(".tif", picture.pixels, picture)


# Where a result may not go.


def test_an_unknown_suffix_lists_the_known(tmp_path):
    with pytest.raises(OutputError, match=r"as \.gif. Choose one of \.jpg, \.jpeg, \.png"):
        check_target(tmp_path / "out.gif")
    with pytest.raises(OutputError, match="a file without suffix"):
        check_target(tmp_path / "out")


def test_no_folder_or_a_folder(tmp_path):
    with pytest.raises(OutputError, match="There is no folder"):
        check_target(tmp_path / "none" / "out.png")
    (tmp_path / "out.png").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_target(tmp_path / "out.png")


@pytest.mark.parametrize("link", ["same", "symbolic", "hard"])
def test_the_source_is_never_overwritten(tmp_path, link):
    picture = Picture(smooth(8, 8))
    source = tmp_path / "old.png"
    write_picture(source, picture.pixels, picture)
    before = source.read_bytes()
    target = source if link == "same" else tmp_path / "link.png"
    if link == "symbolic":
        target.symlink_to(source)
    elif link == "hard":
        target.hardlink_to(source)
    with pytest.raises(OutputError, match="is the picture that is being coloured"):
        write_picture(target, picture.pixels, picture, source=source)
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "The disk is full: out.png needs 0.1 MB"),
        (errno.EDQUOT, "Your quota is used up: out.png needs 0.1 MB"),
        (errno.EROFS, "is read-only"),
        (errno.EACCES, "is read-only"),
        (errno.EIO, "could not be written"),
    ],
)
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, number, says, step):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OutputError, match=says):
        write_picture(path, smooth(8, 8), Picture(smooth(8, 8)))
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["out.png"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "out.png"
    link.symlink_to(tmp_path / "there" / "real.png")
    write_picture(link, smooth(8, 8), Picture(smooth(8, 8)))
    assert link.is_symlink()
    assert read_picture(tmp_path / "there" / "real.png").size == (8, 8)


def test_transparency_needs_a_format_that_has_it():
    rgb = smooth(4, 4)
    with pytest.raises(OutputError, match=r"transparent parts.*Choose \.png"):
        encode_picture(".jpg", rgb, Picture(rgb, np.full((4, 4), 254, np.uint8)))
    assert encode_picture(".jpg", rgb, Picture(rgb, np.full((4, 4), 255, np.uint8)))


def test_too_long_for_the_format():
    rgb = np.zeros((1, 16384, 3), np.uint8)
    with pytest.raises(OutputError, match="a WebP holds at most 16383 a side"):
        encode_picture(".webp", rgb, Picture(rgb))


def test_what_an_encoder_refuses_is_a_sentence(monkeypatch):
    def refuse(*_: object) -> bytes:
        raise ValueError("it is too long")

    monkeypatch.setattr(write, "_encode_by_pillow", refuse)
    rgb = smooth(4, 4)
    with pytest.raises(OutputError, match=r"cannot be written as JPEG .it is too.*Choose \.png"):
        encode_picture(".jpg", rgb, Picture(rgb))


def test_values_that_do_not_fit():
    picture = Picture(smooth(4, 4))
    with pytest.raises(BadValue, match=r"this picture needs \(4, 4, 3\)"):
        encode_picture(".png", smooth(5, 4), picture)
    with pytest.raises(BadValue, match="quality is 1 to 100, not 0"):
        encode_picture(".png", smooth(4, 4), picture, quality=0)


@pytest.mark.parametrize(
    ("format", "suffix"),
    [("JPEG", ".jpg"), ("TIFF", ".tif"), ("WEBP", ".webp"), ("GIF", ".png"), ("HEIF", ".png")],
)
def test_the_suffix_beside_a_source(format, suffix):
    assert default_suffix(format) == suffix


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_memory_is_a_few_times_the_picture(tmp_path, suffix):
    """Five bytes more for each byte of an 8-bit RGB picture would be 1.5 GB at 100 megapixels."""
    rgb = cv2.resize(smooth(40, 40), (2000, 2000))
    picture = Picture(rgb)
    tracemalloc.start()
    write_picture(tmp_path / f"big{suffix}", rgb, picture)
    read_picture(tmp_path / f"big{suffix}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * rgb.nbytes
