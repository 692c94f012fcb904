"""JPEG: damage that a decoder passes over, and what stands in the segments."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from chromafield.errors import PictureError
from chromafield.image import Picture, Tags, _rare, encode_picture

from ._files import adobe_like, exif, noise, saved, smooth

PHOTO = np.asarray(
    Image.fromarray(noise(30, 40, seed=1)).resize((160, 120), Image.Resampling.BICUBIC)
)
XMP_LEAD = b"http://ns.adobe.com/xap/1.0/\0"


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(data: bytes, *parts: bytes) -> bytes:
    return data[:2] + b"".join(parts) + data[2:]


def packet(inside: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"{inside}</rdf:RDF></x:xmpmeta>"
    ).encode()


def damaged_at(data: bytes, share: float) -> bytes:
    start = data.index(b"\xff\xda") + 16
    place = start + int(share * (len(data) - start))
    return data[:place] + b"\xff\xd9" * 4 + data[place + 8 :]


@pytest.mark.parametrize("options", [{}, {"subsampling": "4:2:0"}, {"restart_marker_rows": 2}])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_damage_inside_is_said_with_its_row(read, capfd, options, share):
    data = saved(Image.fromarray(PHOTO).convert("RGB"), "JPEG", quality=90, **options)
    whole = read(data)
    broken = read(damaged_at(data, share), name="card.jpg")
    assert whole.notes == ()
    (note,) = broken.notes
    row = int(note.split("damaged from row ")[1].split()[0])
    different = np.abs(broken.pixels.astype(int) - whole.pixels).max(axis=(1, 2)) > 40
    first = int(np.flatnonzero(different)[0])
    assert row - 17 <= first <= row + 17  # a block of rows, and what smooths into the next
    assert capfd.readouterr().err == ""


def test_damage_of_a_progressive_file_is_said(read):
    data = saved(Image.fromarray(PHOTO), "JPEG", progressive=True)
    (note,) = read(damaged_at(data, 0.5), name="card.jpg").notes
    assert note.startswith("card.jpg is a damaged JPEG file: a part of its pixels is damaged.")


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_sound_files_are_not_called_damaged(read, mode, progressive):
    data = saved(Image.fromarray(smooth(33, 47)).convert(mode), "JPEG", progressive=progressive)
    assert read(data).notes == ()


@pytest.mark.parametrize("filled", [0, 300])  # a recovered card fills the rest with zeros
def test_a_file_that_lacks_its_end_alone_is_whole(read, filled):
    data = saved(Image.fromarray(PHOTO), "JPEG")
    picture = read(data[:-2] + bytes(filled), name="card.jpg")
    assert np.array_equal(picture.pixels, read(data).pixels)
    assert picture.notes == ("card.jpg lacks its last bytes; every row of the picture is there.",)

    with pytest.raises(PictureError, match="end too early"):
        read(data[: len(data) // 2] + bytes(filled))


KINDS = [
    (0xC1, 12, "a JPEG of 12 bits"),
    (0xC3, 16, "a lossless JPEG of 16 bits"),
    (0xF7, 8, "a JPEG-LS picture"),
    (0xC5, 8, "a hierarchical JPEG"),
]


@pytest.mark.parametrize(("marker", "bits", "says"), KINDS)
def test_rare_jpegs_are_named(read, monkeypatch, marker, bits, says):
    monkeypatch.setattr(_rare, "_readers", lambda *names: None)
    data = bytearray(saved(Image.fromarray(PHOTO), "JPEG"))
    place = data.index(b"\xff\xc0")
    data[place + 1], data[place + 4] = marker, bits
    with pytest.raises(
        PictureError, match=f"is {says}, which cannot be read here. Save it as TIFF"
    ) as told:
        read(bytes(data))
    assert "damaged" not in str(told.value)


def test_a_profile_without_all_its_parts_is_said_and_left_aside(read):
    data = saved(Image.fromarray(PHOTO), "JPEG")
    part = segment(0xE2, b"ICC_PROFILE\0\x01\x02" + adobe_like()[:200])
    picture = read(with_segments(data, part), name="old.jpg")
    assert np.array_equal(picture.pixels, read(data).pixels)
    assert picture.tags.icc is None
    assert "a colour profile of which a part is missing" in picture.notes[0]


def test_all_comments_travel(read):
    data = saved(Image.fromarray(PHOTO), "JPEG")
    told = with_segments(data, segment(0xFE, b"Roll 3"), segment(0xFE, "Größe".encode("latin-1")))
    picture = read(told)
    assert picture.tags.text == (("Comment", "Roll 3"), ("Comment", "Größe"))
    again = read(encode_picture(".jpg", smooth(120, 160), picture))
    assert again.tags.text == picture.tags.text


def test_no_density_is_invented(read):
    data = saved(Image.fromarray(PHOTO), "JPEG", exif=exif(1))
    assert read(data).tags.dpi is None
    assert read(saved(Image.fromarray(PHOTO), "JPEG", dpi=(300, 600))).tags.dpi == (300, 600)


def extended(data: bytes, inside: bytes, name: bytes = b"A" * 32) -> bytes:
    main = packet(
        '<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" '
        f'xmpNote:HasExtendedXMP="{name.decode()}" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'dc:source="box 12"/>'
    )
    halves = inside[:100], inside[100:]
    parts = [
        segment(
            0xE1,
            b"http://ns.adobe.com/xmp/extension/\0"
            + name
            + struct.pack(">II", len(inside), 100 * number)
            + half,
        )
        for number, half in enumerate(halves)
    ]
    return with_segments(data, segment(0xE1, XMP_LEAD + main), *parts[::-1])


def test_both_parts_of_extended_xmp_travel(read):
    caption = packet(
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'dc:relation="the caption"/>'
    )
    picture = read(extended(saved(Image.fromarray(PHOTO), "JPEG"), caption))
    assert b'dc:source="box 12"' in picture.tags.xmp
    assert b'dc:relation="the caption"' in picture.tags.xmp
    assert b"HasExtendedXMP" not in picture.tags.xmp


@pytest.mark.parametrize("length", [60_000, 70_000, 200_000])
def test_xmp_of_any_length_is_written_and_read_back(read, length):
    told = "x" * length
    xmp = packet(f'<rdf:Description rdf:about="" xmlns:a="urn:a#" a:told="{told}"/>')
    data = encode_picture(".jpg", smooth(8, 8), Picture(smooth(8, 8), tags=Tags(xmp=xmp)))
    assert told.encode() in read(data).tags.xmp
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (8, 8)


def test_exif_too_long_for_a_jpeg_loses_its_longest_entry_alone(read):
    made = Image.Exif()
    made[271] = "Leica"
    made.get_ifd(34665)[37500] = bytes(70_000)
    made.get_ifd(34665)[36867] = "1936:07:01 12:00:00"
    picture = Picture(smooth(8, 8), tags=Tags(exif=made.tobytes()[6:]))
    kept = Image.Exif()
    kept.load(read(encode_picture(".jpg", smooth(8, 8), picture)).tags.exif)
    assert (kept[271], dict(kept.get_ifd(34665))) == ("Leica", {36867: "1936:07:01 12:00:00"})


def test_a_further_picture_is_said_to_stay_behind(read):
    first, second = (Image.fromarray(smooth(16, 24)) for _ in range(2))
    out = io.BytesIO()
    first.save(out, "MPO", save_all=True, append_images=[second])
    (note,) = read(out.getvalue(), name="stereo.mpo").notes
    assert note.startswith("stereo.mpo holds a further picture")


def test_a_gain_map_is_no_longer_claimed(read):
    claims = packet(
        '<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" '
        'hdrgm:Version="1.0" xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/" '
        'apdi:AuxiliaryImageType="urn:com:apple:photo:2020:aux:hdrgainmap" '
        'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" crs:ConvertToGrayscale="True" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="box 12">'
        '<Container:Directory xmlns:Container="http://ns.google.com/photos/1.0/container/">'
        "<rdf:Seq><rdf:li>GainMap</rdf:li></rdf:Seq></Container:Directory></rdf:Description>"
    )
    data = with_segments(saved(Image.fromarray(PHOTO), "JPEG"), segment(0xE1, XMP_LEAD + claims))
    picture = read(data)
    for word in (b"hdrgm:Version", b"GainMap", b"gainmap", b"Grayscale"):
        assert word not in picture.tags.xmp
    assert b'dc:source="box 12"' in picture.tags.xmp
    assert len(picture.notes) == 1
