"""Captions, credits and letters on their way to another format."""

from __future__ import annotations

import re
import struct
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromafield.image import Picture, Tags, encode_picture
from chromafield.image._captions import fitted
from chromafield.image._ifd import Entry, build_exif, read_exif
from chromafield.image.write import left_behind

from ._files import smooth, tiff

DC = "{http://purl.org/dc/elements/1.1/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
RIGHTS = "{http://ns.adobe.com/xap/1.0/rights/}"


def record(dataset: int, text: bytes, number: int = 2) -> bytes:
    return struct.pack(">BBBH", 0x1C, number, dataset, len(text)) + text


def said(xmp: bytes) -> dict[str, list[str]]:
    """Every property's texts, read by an XML parser."""
    body = re.sub(rb"<\?xpacket.*?\?>", b"", xmp).strip()
    found: dict[str, list[str]] = {}
    for description in ElementTree.fromstring(body).iter(f"{RDF}Description"):
        for element in description:
            items = [item.text or "" for item in element.iter(f"{RDF}li")]
            found[element.tag] = items or [element.text or ""]
    return found


IPTC = (
    record(90, b"\x1b%G", number=1)
    + record(120, "Großmutter am Gartentor, Łódź 1915".encode())
    + record(25, b"family")
    + record(25, b"garden & gate")
    + record(110, b"Parish archive")
)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".avif"])
def test_captions_become_xmp_where_a_format_has_no_place_for_them(read, suffix):
    rgb = smooth(8, 8)
    blocks = ((0x040A, b"\1"), (0x040B, b"https://example.org/rights"))
    picture = Picture(rgb, tags=Tags(iptc=IPTC, blocks=blocks))
    told = said(read(encode_picture(suffix, rgb, picture)).tags.xmp)
    assert told[f"{DC}description"] == ["Großmutter am Gartentor, Łódź 1915"]
    assert told[f"{DC}subject"] == ["family", "garden & gate"]
    assert told[f"{PHOTOSHOP}Credit"] == ["Parish archive"]
    assert told[f"{RIGHTS}Marked"] == ["True"]
    assert told[f"{RIGHTS}WebStatement"] == ["https://example.org/rights"]


def test_keywords_are_added_to_those_that_xmp_has(read):
    rgb = smooth(8, 8)
    tags, _ = fitted(Tags(iptc=record(25, b"garden & gate") + record(25, b"old")), "PNG")
    both, lost = fitted(
        Tags(xmp=tags.xmp, iptc=record(25, b"family") + record(25, b"old") + record(118, b"Ann")),
        "PNG",
    )
    told = said(read(encode_picture(".png", rgb, Picture(rgb, tags=both))).tags.xmp)
    assert told[f"{DC}subject"] == ["garden & gate", "old", "family"]
    assert lost == ("IPTC's 2:118",)


def test_xmp_that_is_too_long_and_none_stays_behind_and_is_said(read):
    rgb, tags = smooth(8, 8), Tags(xmp=b"no XMP at all" * 6000)
    assert read(encode_picture(".jpg", rgb, Picture(rgb, tags=tags))).tags.xmp is None
    (said_of_it,) = left_behind(".jpg", tags, "x.png")
    assert said_of_it.startswith("x.png: its XMP is damaged and longer than a JPEG holds")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif"])
def test_the_density_stays_in_every_format(read, suffix):
    rgb = smooth(8, 8)
    picture = read(encode_picture(suffix, rgb, Picture(rgb, tags=Tags(dpi=(300, 150)))))
    assert picture.tags.dpi == pytest.approx((300, 150), abs=0.1)


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_captions_and_rights_stay_as_they_are_where_there_is_a_place(read, suffix):
    rgb = smooth(8, 8)
    tags = Tags(iptc=IPTC, blocks=((0x0425, bytes(16)), (0x040A, b"\1"), (0x040B, b"https://a.b")))
    back = read(encode_picture(suffix, rgb, Picture(rgb, tags=tags))).tags
    assert (back.iptc, back.blocks) == (tags.iptc, tags.blocks)


TEXT = (
    ("Title", "Gartentor"),
    ("Author", "Zoë Müller"),
    ("Copyright", "public domain"),
    ("Description", "a < b"),
    ("Creation Time", "Tue, 01 Jun 1915 10:00:00 +0000"),
    ("Box", "12"),
)


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".webp", ".avif"])
def test_text_of_a_png_becomes_xmp_elsewhere(read, suffix):
    rgb = smooth(8, 8)
    picture = Picture(rgb, tags=Tags(text=TEXT))
    told = said(read(encode_picture(suffix, rgb, picture)).tags.xmp)
    assert told[f"{DC}title"] == ["Gartentor"]
    assert told[f"{DC}creator"] == ["Zoë Müller"]
    assert told[f"{DC}rights"] == ["public domain"]
    assert told[f"{DC}description"] == ["a < b"]
    assert told["{http://ns.adobe.com/xap/1.0/}CreateDate"] == ["1915-06-01T10:00:00+00:00"]
    assert left_behind(suffix, picture.tags, "a.png") == (
        "a.png: the result has no place for Box; it stays behind.",
    )
    assert left_behind(".png", picture.tags, "a.png") == ()


def test_what_xmp_states_already_is_not_stated_again():
    stated = fitted(Tags(iptc=record(120, b"first")), "PNG")[0].xmp
    again = fitted(Tags(iptc=record(120, b"second") + record(110, b"who"), xmp=stated), "PNG")[
        0
    ].xmp
    assert said(again) == {f"{DC}description": ["first"], f"{PHOTOSHOP}Credit": ["who"]}


@given(text=st.text(max_size=40), dataset=st.sampled_from([5, 25, 80, 110, 120]))
def test_any_letters_make_xmp_that_can_be_parsed(text, dataset):
    kept = text.encode("utf-8", "replace")
    xmp = fitted(Tags(iptc=record(90, b"\x1b%G", 1) + record(dataset, kept)), "PNG")[0].xmp
    (values,) = said(xmp).values()
    allowed = "".join(c for c in kept.decode() if c >= " " or c in "\t\n\r")
    expected = re.sub("[\ufffe\uffff]", "", allowed).replace("\r\n", "\n").replace("\r", "\n")
    assert values[0] == expected.strip("\0")


@pytest.mark.parametrize("suffix", [".tif", ".jpg", ".png", ".webp"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("order", "<>")
def test_letters_of_a_tiffs_words_are_the_same_bytes_everywhere(read, suffix, encoding, order):
    words = "Großmutter, Zoë".encode(encoding)
    extra = [(270, "s", len(words) + 1, words + b"\0", True), (315, "s", 0, words, True)]
    levels = smooth(8, 8)
    data = tiff(levels, photometric="rgb", byteorder=order, extratags=extra, metadata=None)
    picture = read(data)
    back = read(encode_picture(suffix, levels, picture))
    entries = {entry.tag: entry.data.rstrip(b"\0") for entry in read_exif(back.tags.exif)}
    assert (entries[270], entries[315]) == (words, words)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".jpg"])
def test_a_cut_off_directory_says_upright_after_it_turned_the_picture(read, suffix):
    rgb = smooth(8, 12)
    head = b"MM\0*\0\0\0\x08" + struct.pack(">H", 8194)  # far more entries than there are
    said = head + struct.pack(">HHIHH", 274, 3, 1, 6, 0)
    stored = Picture(rgb, tags=Tags(exif=said))
    turned = read(encode_picture(suffix, rgb, stored))
    assert turned.size == (12, 8)
    again = read(encode_picture(suffix, smooth(12, 8), turned))
    assert again.size == (12, 8)


ENTRIES = st.lists(
    st.builds(
        lambda tag, kind, data: Entry(tag, kind, len(data), data),
        st.integers(0x9000, 0x91FF),
        st.sampled_from([1, 2, 7]),
        st.binary(min_size=1, max_size=12),
    ),
    unique_by=lambda entry: entry.tag,
    max_size=6,
)


@given(outer=ENTRIES, inner=ENTRIES)
def test_entries_are_read_as_they_were_built(outer, inner):
    pointer = Entry(0x8769, 4, 1, bytes(4), tuple(sorted(inner, key=lambda e: e.tag)))
    entries = sorted([*outer, pointer], key=lambda entry: entry.tag)
    back = read_exif(build_exif(entries))
    assert [entry.tag for entry in back] == [entry.tag for entry in entries]
    for was, now in zip(entries, back, strict=True):
        if was.inside is None:
            assert was == now
        else:
            assert now.inside == was.inside
