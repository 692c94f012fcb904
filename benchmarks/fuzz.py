"""Broken inputs: flips, cuts, splices and wrong numbers in files of many kinds.

    python benchmarks/fuzz.py --count 10000 --seed 0

Each is read; what is read is written in some format and read again. A file must be read or refused
in one sentence of ours, within 20 seconds, with nothing on the error stream, and what was written
must have the size that was read. What fails is kept in --keep, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from chromafield.errors import ChromafieldError
from chromafield.image import encode_picture, read_picture, three_channels

MOST_SECONDS = 20.0
MOST_PIXELS = 3_000_000  # of an input; larger ones are refused by a sentence
LARGEST_WRITTEN = 300_000  # pixels
SUFFIXES = (".png", ".tif", ".jpg", ".webp", ".avif")
FOREIGN = re.compile(
    r"Base\.|COMPRESSION|NoneType|numpy|buffer of at least|out of range|object at 0x"
)


def inputs() -> Iterator[tuple[str, bytes]]:
    """Small files of many kinds by their names."""
    level = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    colour = Image.fromarray(level).resize((64, 48), Image.Resampling.BICUBIC)
    grey = colour.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[274], exif[271] = 6, "Maker"
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "x" * 50, zip=True)
    text.add_itxt("Comment", "Größe")
    for mode in ("L", "RGB", "CMYK"):
        for name, told in (("", {}), ("-progressive", {"progressive": True})):
            yield f"{mode}{name}.jpg", _saved(colour.convert(mode), "JPEG", exif=exif, **told)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = (
            deep if mode == "I;16" else grey.convert(mode) if mode == "LA" else colour.convert(mode)
        )
        yield f"{mode}.png", _saved(image, "PNG", pnginfo=text, exif=exif, dpi=(300, 300))
        packings = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd")
        for packing in (*packings, *(("group3", "group4") if mode == "1" else ())):
            yield f"{mode}-{packing}.tif", _saved(image, "TIFF", compression=packing, exif=exif)
    yield "jpeg.tif", _saved(colour, "TIFF", compression="jpeg")
    for name, told in (("lossless", {"lossless": True}), ("lossy", {}), ("exif", {"exif": exif})):
        yield f"{name}.webp", _saved(colour, "WEBP", **told)
    yield "plain.avif", _saved(colour, "AVIF")
    yield "plain.gif", _saved(colour.convert("P"), "GIF")
    yield "plain.bmp", _saved(colour, "BMP")
    for image, name in ((grey, "L"), (colour, "RGB"), (deep, "I;16")):
        yield f"{name}.jp2", _saved(image, "JPEG2000")
    for mode in ("1", "L", "RGB"):
        yield f"{mode}.pnm", _saved(colour.convert(mode), "PPM")


def _saved(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def broken(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The file with one kind of damage."""
    out = bytearray(data)
    kind = chance.randrange(5)
    if kind == 0:
        for _ in range(chance.randint(1, 12)):
            out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del out[chance.randrange(1, len(out)) :]
    elif kind == 2:
        at = chance.randrange(len(out))
        out[at : at + chance.randint(1, 8)] = chance.randbytes(chance.randint(0, 8))
    elif kind == 3:  # numbers in the head
        for _ in range(chance.randint(1, 6)):
            out[chance.randrange(min(len(out), 300))] = chance.choice((0, 1, 127, 128, 255))
    else:
        other = chance.choice(others)
        at, end = chance.randrange(len(out)), chance.randrange(1, len(other))
        out[at : at + chance.randint(0, 40)] = other[chance.randrange(end) : end]
    return bytes(out)


def fault(path: Path, chance: random.Random) -> str | None:
    """What goes wrong with the file, None where it is read or refused as it should be."""
    began = time.monotonic()
    try:
        picture = read_picture(path, MOST_PIXELS)
        if picture.size[0] * picture.size[1] <= LARGEST_WRITTEN:
            suffix = chance.choice(SUFFIXES[: 2 if picture.alpha is not None else 5])
            again = path.with_name(f"again{suffix}")
            again.write_bytes(encode_picture(suffix, three_channels(picture.pixels), picture))
            if read_picture(again).size != picture.size:
                return "the result has another size"
    except ChromafieldError as error:
        if FOREIGN.search(str(error)):
            return f"words of a library: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    took = time.monotonic() - began
    return f"{took:.0f} seconds" if took > MOST_SECONDS else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="A folder for the files that fail.")
    told = parser.parse_args()
    chance, kinds = random.Random(told.seed), list(inputs())
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(told.count):
            name, data = chance.choice(kinds)
            path = Path(folder) / name.replace(";", "-")
            path.write_bytes(broken(data, [other for _, other in kinds], chance))
            if (what := fault(path, chance)) is not None:
                found[f"{name}: {what}"] += 1
                if told.keep is not None:
                    told.keep.mkdir(parents=True, exist_ok=True)
                    (told.keep / f"{number}-{path.name}").write_bytes(path.read_bytes())
    for what, times in found.most_common():
        print(f"{times:5}  {what}")
    right = told.count - found.total()
    print(
        f"{right} of {told.count} inputs of {len(kinds)} kinds were read or refused as they should"
    )
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
