"""PNG: levels by gAMA, cHRM and cICP, keys of few bits, texts of any length, wrong checksums."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from chromafield.errors import PictureError
from chromafield.image import Picture, Tags, encode_picture
from chromafield.image.profile import to_srgb

from ._files import adobe_like, exif, grey_gamma, noise, para, png, png_chunk, saved, smooth

SRGB_CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
ADOBE_CHROMATICITIES = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)


def gama(value: int) -> bytes:
    return png_chunk(b"gAMA", struct.pack(">I", value))


def chrm(values: tuple[int, ...]) -> bytes:
    return png_chunk(b"cHRM", struct.pack(">8I", *values))


def raw_profile(kind: str, data: bytes) -> bytes:
    digits = data.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    heading = "IPTC profile" if kind == "iptc" else kind  # as ExifTool has it
    text = f"\n{heading}\n{len(data):8}\n{lines}\n".encode()
    return png_chunk(b"zTXt", f"Raw profile type {kind}".encode() + b"\0\0" + zlib.compress(text))


def few_bits(levels: np.ndarray, bits: int, *extra: bytes) -> bytes:
    """A grey PNG of 1, 2 or 4 bits, packed by hand."""
    h, w = levels.shape
    wide = np.unpackbits(levels[..., None], axis=2)[..., 8 - bits :].reshape(h, -1)
    raw = b"".join(b"\0" + np.packbits(row).tobytes() for row in wide)
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, bits, 0, 0, 0, 0))
    body = [header, *extra, png_chunk(b"IDAT", zlib.compress(raw)), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("gamma", [100_000, 55_556, 38_462])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_gama_goes_the_way_of_a_profile_of_the_same_curve(read, dtype, gamma, channels):
    levels = (
        np.repeat(noise(9, 11, dtype=dtype)[..., None], 3, 2)
        if channels
        else noise(9, 11, dtype=dtype)
    )
    picture = read(png(levels, gama(gamma)))
    light = (levels / np.iinfo(dtype).max) ** (1e5 / gamma)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(picture.pixels - 65535 * encoded).max() <= 2
    assert picture.depth == 8 * np.dtype(dtype).itemsize
    assert picture.notes == ()


def test_a_known_grey():
    assert to_srgb(np.array([[128]], np.uint8), grey_gamma(1.0), "x")[0][0, 0] == 48276


def test_primaries_beside_gama_agree_with_a_profile_of_them(read):
    levels = smooth(9, 11)
    ours = read(png(levels, gama(45_455), chrm(ADOBE_CHROMATICITIES))).pixels
    curve = para(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    by_profile = to_srgb(levels, adobe_like(curve), "x")[0]
    assert np.abs(ours.astype(int) - by_profile).max() < 60
    assert np.abs(ours[..., 0].astype(int) - 257 * levels[..., 0].astype(int)).max() > 1000
    same = read(png(levels, gama(45_455), chrm(SRGB_CHROMATICITIES)))
    assert np.array_equal(same.pixels, levels)


@pytest.mark.parametrize("gamma", [45_455, 45_000, 46_000])
def test_the_usual_gama_changes_nothing(read, gamma):
    levels = noise(9, 11)
    picture = read(png(levels, gama(gamma)))
    assert np.array_equal(picture.pixels, levels) and picture.notes == ()


@pytest.mark.parametrize("gamma", [0, 1, 29_000, 121_000, 2**31 - 1])
def test_a_senseless_gama_is_left_aside_aloud(read, gamma):
    levels = noise(9, 11)
    picture = read(png(levels, gama(gamma)), name="odd.png")
    assert np.array_equal(picture.pixels, levels)
    assert "odd.png states a gamma" in picture.notes[0]


@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"sRGB", b"\0"),
        png_chunk(b"iCCP", b"x\0\0" + zlib.compress(grey_gamma(2.2))),
        png_chunk(b"cICP", bytes([1, 13, 0, 1])),
    ],
)
def test_what_says_more_goes_before_gama(read, chunk):
    levels = noise(9, 11)
    assert np.array_equal(
        read(png(levels, gama(100_000), chunk)).pixels, read(png(levels, chunk)).pixels
    )


@pytest.mark.parametrize(("curve", "power"), [(4, 2.2), (5, 2.8), (8, 1.0)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_plain_power_by_its_code_point_is_applied(read, curve, power, dtype):
    levels = noise(9, 12, dtype=dtype)
    light = (levels / np.iinfo(dtype).max) ** power
    expected = 65535 * np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055
    )
    picture = read(png(levels, png_chunk(b"cICP", bytes([1, curve, 0, 1]))))
    assert np.abs(picture.pixels - expected).max() < 2


def test_a_png_without_its_last_chunk_is_whole(read):
    levels = noise(9, 12)
    picture = read(png(levels)[:-12], name="x.png")
    assert np.array_equal(picture.pixels, levels)
    assert picture.notes == ("x.png lacks its last bytes; every row of the picture is there.",)


@pytest.mark.parametrize(("curve", "white"), [(16, 0.5806888810416109), (18, 0.75)])
def test_hdr_pictures_are_converted_with_a_sentence(read, curve, white):
    level = round(65535 * white)
    levels = np.array([[0, level // 2, level, 65535]], np.uint16)
    chunk = png_chunk(b"cICP", bytes([9, curve, 0, 1]))
    picture = read(png(levels, chunk), name="hdr.png")
    assert picture.pixels[0, 0] == 0 and picture.pixels[0, 3] == 65535
    assert abs(int(picture.pixels[0, 2]) - 65535) < 70  # paper white
    assert "hdr.png is an HDR picture" in picture.notes[0]


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_the_transparent_level_of_few_bits(read, bits):
    levels = noise(9, 11) % 2**bits
    key = 2**bits - 1 if bits == 1 else 2
    picture = read(few_bits(levels, bits, png_chunk(b"tRNS", struct.pack(">H", key))))
    assert np.array_equal(picture.alpha == 0, levels == key)
    assert np.array_equal(picture.pixels, levels * (255 // (2**bits - 1)))


@pytest.mark.parametrize("colour", [False, True])
def test_the_transparent_level_of_eight_bits_has_eight_bits(read, colour):
    levels = noise(9, 11, *((3,) if colour else ()))
    levels[0, 0] = 7
    key = struct.pack(">3H", *(263,) * 3) if colour else struct.pack(">H", 263)
    assert read(png(levels, png_chunk(b"tRNS", key))).alpha[0, 0] == 0


@pytest.mark.parametrize("kind", ["exif", "APP1"])
@pytest.mark.parametrize("lead", [True, False])
def test_exif_as_hexadecimal_text(read, kind, lead):
    levels = noise(9, 11)
    data = exif(6) if lead else exif(6)[6:]
    picture = read(png(levels, raw_profile(kind, data)))
    assert np.array_equal(picture.pixels, np.rot90(levels, -1))
    assert b"Leica" in picture.tags.exif and picture.tags.text == ()


def test_other_profiles_as_hexadecimal_text(read):
    levels = noise(9, 11)
    records = b"\x1c\x02\x78\0\x05A man"
    block = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(records)) + records + b"\0"
    for stored in (records, block):
        assert read(png(levels, raw_profile("iptc", stored))).tags.iptc == records
    assert read(png(levels, raw_profile("xmp", b"<x:xmpmeta/>"))).tags.xmp == b"<x:xmpmeta/>"
    linear = read(png(levels, raw_profile("icc", grey_gamma(1.0)))).pixels
    assert np.array_equal(linear, to_srgb(levels, grey_gamma(1.0), "x")[0])


def test_text_of_any_length_travels(read):
    story = ("Großmutter am Gartentor. " * 60_000)[: 1 << 20] + " Łódź"
    for kind, body in (
        (b"zTXt", b"Story\0\0" + zlib.compress(story.encode())),
        (b"iTXt", b"Story\0\1\0\0\0" + zlib.compress(story.encode())),
        (b"tEXt", b"Story\0" + story.encode()),
    ):
        picture = read(png(noise(9, 11), png_chunk(kind, body)))
        assert picture.tags.text == (("Story", story),)
        again = read(encode_picture(".png", noise(9, 11, 3), picture))
        assert again.tags.text == picture.tags.text


def test_latin_letters_keep_what_they_are(read):
    chunk = png_chunk(b"tEXt", b"Author\0" + "Zoë Müller".encode("latin-1"))
    assert read(png(noise(9, 11), chunk)).tags.text == (("Author", "Zoë Müller"),)


def test_a_large_profile_is_written_and_read_back(read):
    padded = adobe_like() + bytes(1_500_000)
    padded = struct.pack(">I", len(padded)) + padded[4:]
    rgb = smooth(9, 11)
    data = encode_picture(".png", rgb, Picture(rgb, tags=Tags(icc=padded)))
    assert len(read(data).tags.icc) == len(padded)


def wrong(chunk: bytes) -> bytes:
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


def test_a_wrong_checksum_outside_the_pixels_costs_that_part_alone(read):
    levels = noise(9, 11)
    data = png(levels, wrong(png_chunk(b"tEXt", b"Title\0x")), png_chunk(b"tEXt", b"Author\0y"))
    picture = read(data, name="old.png")
    assert np.array_equal(picture.pixels, levels)
    assert picture.tags.text == (("Author", "y"),)
    assert picture.notes == (
        "old.png has a part (tEXt) whose checksum is wrong; it was left aside.",
    )


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT"])
def test_a_wrong_checksum_in_the_pixels_is_damage(read, kind):
    data = bytearray(png(noise(9, 11)))
    place = data.index(kind)
    length = struct.unpack_from(">I", data, place - 4)[0]
    data[place + 4 + length] ^= 1
    with pytest.raises(PictureError, match="damaged or cut-off PNG file \\(a wrong checksum"):
        read(bytes(data))


def test_orientation_in_xmp_alone_turns_every_format(read):
    levels = smooth(9, 14)
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-'
        b'rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:t="http://ns.adobe.com/tiff/1.0/">'
        b"<t:Orientation>6</t:Orientation></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    for suffix in (".png", ".tif", ".webp", ".jpg", ".avif"):
        data = encode_picture(suffix, levels, Picture(levels, tags=Tags(xmp=xmp)))
        if suffix == ".tif":  # ours always says that it is upright
            data = saved(Image.fromarray(levels), "TIFF", tiffinfo={700: xmp})
        picture = read(data)
        assert picture.size == (14, 9), suffix
        assert b"Orientation" not in picture.tags.xmp
        told = Tags(xmp=xmp, exif=exif(1)[6:])  # EXIF goes first
        if suffix not in (".tif", ".avif"):  # whose own marks are EXIF's
            assert read(encode_picture(suffix, levels, Picture(levels, tags=told))).size == (9, 14)
