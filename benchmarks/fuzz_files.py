"""Small files of many kinds, and one kind of damage done to one of them; for `fuzz.py`."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'  # noqa: E501
HEAD = 300  # bytes in which most of a file's numbers stand
DAMAGES = 7
EXTREME = (0, 1, 127, 128, 255)
EXTREME_NUMBERS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 70_000)


def _saved(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def _tiff(levels: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, levels, **options)
    return out.getvalue()


def _png_with(data: bytes, kind: bytes, body: bytes) -> bytes:
    """A PNG with a further chunk after its first."""
    chunk = struct.pack(">I", len(body)) + kind + body
    chunk += struct.pack(">I", zlib.crc32(kind + body))
    return data[:33] + chunk + data[33:]


def inputs(more: Path | None = None) -> Iterator[tuple[str, bytes]]:
    """Small files of many kinds by their names, and those of a folder."""
    level = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    color = Image.fromarray(level).resize((64, 48), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[274], exif[271] = 6, "Maker"
    yield from _jpegs(color, exif)
    yield from _pngs(color, exif)
    yield from _tiffs(color, exif)
    yield from _others(color, exif)
    for path in sorted(more.iterdir()) if more is not None else ():
        yield path.name, path.read_bytes()


def _jpegs(color: Image.Image, exif: Image.Exif) -> Iterator[tuple[str, bytes]]:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for mode in ("L", "RGB", "CMYK"):
        for name, given in (("", {}), ("-progressive", {"progressive": True})):
            yield f"{mode}{name}.jpg", _saved(color.convert(mode), "JPEG", exif=exif, **given)
    yield "profile.jpg", _saved(color.convert("L"), "JPEG", icc_profile=profile, xmp=XMP)
    yield "thin.jpg", _saved(color.convert("L").resize((1, 900)), "JPEG", comment=b"one")


def _pngs(color: Image.Image, exif: Image.Exif) -> Iterator[tuple[str, bytes]]:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "x" * 50, zip=True)
    text.add_itxt("Comment", "Größe")
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield (
            f"{mode}.png",
            _saved(_of_mode(color, mode), "PNG", pnginfo=text, exif=exif, dpi=(300, 300)),
        )
    grey = _saved(color.convert("L"), "PNG")
    yield "gamma.png", _png_with(grey, b"gAMA", struct.pack(">I", 100_000))
    yield "key.png", _png_with(grey, b"tRNS", struct.pack(">H", 128))
    yield "light.png", _png_with(_saved(color, "PNG"), b"cICP", bytes((9, 16, 0, 1)))
    yield "pixel.png", _saved(color.convert("L").resize((1, 1)), "PNG")
    yield "wide.png", _saved(color.convert("L").resize((4000, 1)), "PNG")


def _tiffs(color: Image.Image, exif: Image.Exif) -> Iterator[tuple[str, bytes]]:
    packings = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd")
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        for packing in (*packings, *(("group3", "group4") if mode == "1" else ())):
            data = _saved(_of_mode(color, mode), "TIFF", compression=packing, exif=exif)
            yield f"{mode}-{packing}.tif", data
    yield "jpeg.tif", _saved(color, "TIFF", compression="jpeg")
    yield "CMYK.tif", _saved(color.convert("CMYK"), "TIFF")
    levels = np.asarray(color)
    deep = levels.astype(np.uint16) * 257
    yield "big.tif", _tiff(deep, bigtiff=True, photometric="rgb")
    yield "tiles.tif", _tiff(levels, tile=(16, 16), photometric="rgb")
    yield "motorola.tif", _tiff(deep, byteorder=">", photometric="rgb")
    planes = np.ascontiguousarray(np.moveaxis(deep, 2, 0))
    yield "planes.tif", _tiff(planes, photometric="rgb", planarconfig="separate")
    yield "floats.tif", _tiff((levels[..., 1] / 255).astype(np.float32))
    yield "negative.tif", _tiff(levels[..., 1], photometric="miniswhite", rowsperstrip=7)
    small = Image.fromarray(levels[::4, ::4])
    out = io.BytesIO()
    color.save(out, "TIFF", save_all=True, append_images=[small])
    yield "pages.tif", out.getvalue()


def _others(color: Image.Image, exif: Image.Exif) -> Iterator[tuple[str, bytes]]:
    for name, given in (("lossless", {"lossless": True}), ("lossy", {}), ("exif", {"exif": exif})):
        yield f"{name}.webp", _saved(color, "WEBP", **given)
    yield "plain.avif", _saved(color, "AVIF")
    yield "plain.gif", _saved(color.convert("P"), "GIF")
    for mode in ("1", "L", "P", "RGB"):
        yield f"{mode}.bmp", _saved(color.convert(mode), "BMP")
    for mode in ("L", "RGB", "I;16"):
        yield f"{mode}.jp2", _saved(_of_mode(color, mode), "JPEG2000")
    for mode in ("1", "L", "RGB"):
        yield f"{mode}.pnm", _saved(color.convert(mode), "PPM")


def _of_mode(color: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(color.convert("L")).astype(np.uint16) * 257)
    return color.convert("L").convert(mode) if mode == "LA" else color.convert(mode)


def broken(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The file with one kind of damage."""
    out = bytearray(data)
    kind = chance.randrange(DAMAGES)
    if kind == 0:  # flipped bits
        for _ in range(chance.randint(1, 12)):
            out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    elif kind == 1:  # cut
        del out[chance.randrange(1, len(out)) :]
    elif kind == 2:  # a few bytes more, fewer or other
        at = chance.randrange(len(out))
        out[at : at + chance.randint(1, 8)] = chance.randbytes(chance.randint(0, 8))
    elif kind == 3:  # numbers in the head
        for _ in range(chance.randint(1, 6)):
            out[chance.randrange(min(len(out), HEAD))] = chance.choice(EXTREME)
    elif kind == 4:  # a part of another file
        other = chance.choice(others)
        at, end = chance.randrange(len(out)), chance.randrange(1, len(other))
        out[at : at + chance.randint(0, 40)] = other[chance.randrange(end) : end]
    elif kind == 5:  # a whole number, small or large, in either order of bytes
        width, order = chance.choice((2, 4)), chance.choice(("little", "big"))
        at = chance.randrange(max(min(len(out), HEAD) - width, 1))
        number = chance.choice(EXTREME_NUMBERS) % 256**width
        out[at : at + width] = number.to_bytes(width, order)
    else:  # a part of its own, moved or said twice
        at, end = sorted(chance.randrange(len(out)) for _ in range(2))
        to = chance.randrange(len(out))
        out[to : to + chance.choice((0, end - at))] = out[at:end]
    return bytes(out)
