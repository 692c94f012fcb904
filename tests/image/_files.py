"""Pictures and profiles made by hand, byte by byte, for the tests of this room."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

ADOBE_PRIMARIES = (  # Adobe RGB (1998), adapted to D50
    (0.60974, 0.31111, 0.01947),
    (0.20528, 0.62567, 0.06087),
    (0.14919, 0.06322, 0.74457),
)


def noise(*shape: int, dtype: type = np.uint8, seed: int = 0) -> NDArray[np.uint8 | np.uint16]:
    """Every level, at random."""
    full = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, full + 1, shape).astype(dtype)


def smooth(h: int, w: int) -> NDArray[np.uint8]:
    """A soft colour picture that a lossy format keeps well."""
    y, x = np.mgrid[0 : 1 : h * 1j, 0 : 1 : w * 1j]
    rgb = np.stack([0.3 + 0.4 * x, 0.5 + 0.3 * y, 0.6 - 0.3 * x * y], axis=-1)
    return np.rint(255 * rgb).astype(np.uint8)


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def tiff(levels: NDArray[Any], **options: object) -> bytes:
    """A TIFF by an independent writer."""
    out = io.BytesIO()
    tifffile.imwrite(out, levels, **options)
    return out.getvalue()


def bit_tiff(levels: NDArray[np.uint16], bits: int) -> bytes:
    """A TIFF of (h, w, 1 or 3) levels of any number of bits, packed by hand."""
    h, w, channels = levels.shape
    rows = [np.unpackbits(row.astype(">u2").view(np.uint8)).reshape(-1, 16) for row in levels]
    body = b"".join(np.packbits(row[:, 16 - bits :]).tobytes() for row in rows)
    entries = [(256, 4, 1, w), (257, 4, 1, h), (258, 3, channels, bits << 16), (259, 4, 1, 1)]
    entries += [(262, 4, 1, 1 if channels == 1 else 2), (273, 4, 1, 0), (277, 4, 1, channels)]
    entries += [(278, 4, 1, h), (279, 4, 1, len(body))]
    place = 8 + 2 + 12 * len(entries) + 4
    entries[2] = entries[2] if channels == 1 else (258, 3, channels, place)
    entries[5] = (273, 4, 1, place + 2 * channels)
    head = b"MM\0*" + struct.pack(">IH", 8, len(entries))
    head += b"".join(struct.pack(">HHII", *entry) for entry in entries) + bytes(4)
    return head + struct.pack(">H", bits) * channels + body


def png_chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(levels: NDArray[np.uint8 | np.uint16], *extra: bytes) -> bytes:
    """A PNG of (h, w), (h, w, 2), (h, w, 3) or (h, w, 4) levels, written without a library."""
    h, w = levels.shape[:2]
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[levels[0, 0].size]
    rows = levels.astype(levels.dtype.newbyteorder(">"))
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", w, h, 8 * levels.dtype.itemsize, kind, 0, 0, 0)
    chunks = [png_chunk(b"IHDR", header), *extra, png_chunk(b"IDAT", zlib.compress(raw))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + png_chunk(b"IEND", b"")


def s15(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))


def curv(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def curv_table(values: NDArray[np.float64]) -> bytes:
    table = np.rint(65535 * values).astype(">u2").tobytes()
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + table


def para(kind: int, *numbers: float) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + s15(*numbers)


def icc(space: bytes, tags: dict[bytes, bytes], pcs: bytes = b"XYZ ") -> bytes:
    """A display profile of these tags."""
    described = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(79),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + s15(0.9642, 1.0, 0.8249),
        **tags,
    }
    place = 132 + 12 * len(described)
    table, body = struct.pack(">I", len(described)), b""
    for name, data in described.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", place + len(body), len(data))
        body += data
    head = struct.pack(">I4sI", place + len(body), b"\0\0\0\0", 0x02400000)
    head += b"mntr" + space + pcs + bytes(12) + b"acsp" + bytes(28)
    head += s15(0.9642, 1.0, 0.8249)
    return head.ljust(128, b"\0") + table + body


def adobe_like(curve: bytes | None = None) -> bytes:
    """Adobe RGB (1998) in all but its name."""
    tone = curv(563 / 256) if curve is None else curve
    primaries = {
        name: b"XYZ \0\0\0\0" + s15(*xyz)
        for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), ADOBE_PRIMARIES, strict=True)
    }
    return icc(b"RGB ", primaries | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), tone))


def grey_gamma(gamma: float) -> bytes:
    return icc(b"GRAY", {b"kTRC": curv(gamma)})


def exif(orientation: int = 1, maker: str = "Leica") -> bytes:
    """EXIF with a maker, an orientation, a date and a place."""
    made = Image.Exif()
    made[271], made[274] = maker, orientation
    made.get_ifd(34665)[36867] = "1936:07:01 12:00:00"
    made.get_ifd(34853)[1] = "N"
    return made.tobytes()
