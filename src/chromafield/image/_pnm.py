"""PBM, PGM, PPM and PAM, with every bit that they have.

References:
    Netpbm's pages pbm(5), pgm(5), ppm(5) and pam(5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PictureError
from ._guard import Unreadable
from ._modes import Decoded

COMMENT = re.compile(rb"#[^\n]*")
CHANNELS = {b"1": 1, b"2": 1, b"3": 3, b"4": 1, b"5": 1, b"6": 3}
AS_TEXT = (b"1", b"2", b"3")
BITS = (b"1", b"4")  # black is 1
PAM = b"7"


@dataclass(frozen=True)
class Head:
    size: tuple[int, int]  # (width, height)
    channels: int
    limit: int  # the level that is white
    start: int  # of the pixels


def read_head(data: bytes) -> Head:
    """Raises: ValueError: it is cut off, or makes no sense."""
    head = _pam_head(data) if data[1:2] == PAM else _plain_head(data)
    if min(head.size) < 1 or not 1 <= head.limit <= 65535 or not 1 <= head.channels <= 4:
        raise Unreadable("a size or a highest level that makes no sense")
    return head


def _plain_head(data: bytes) -> Head:
    kind = data[1:2]
    wanted = 2 if kind in BITS else 3
    space = rb"(?:\s|#[^\n]*\n)+"
    match = re.match(rb"P\d" + (space + rb"(\d{1,9})") * wanted + rb"(?:#[^\n]*\n|\s)", data)
    if match is None:
        raise Unreadable("its first lines do not say its size")
    numbers = [int(number) for number in match.groups()]
    limit = 1 if kind in BITS else numbers[2]
    return Head((numbers[0], numbers[1]), CHANNELS[kind], limit, match.end())


def _pam_head(data: bytes) -> Head:
    end = data.find(b"ENDHDR")
    line_end = data.find(b"\n", end)
    if end < 0 or line_end < 0:
        raise Unreadable("its first lines do not end")
    stated = dict(
        re.findall(rb"^(WIDTH|HEIGHT|DEPTH|MAXVAL)\s+(\d{1,9})", data[:end], re.MULTILINE)
    )
    try:
        width, height, depth, limit = (
            int(stated[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
        )
    except KeyError as error:
        raise Unreadable("its first lines do not say its size") from error
    return Head((width, height), depth, limit, line_end + 1)


def read_pnm(data: bytes, head: Head, name: str) -> Decoded:
    """Its levels at 8 bits, or at 16 where the highest level is above 255.

    Raises:
        ValueError: cut off, or with levels above the highest.
        PictureError: several pictures in one file.
    """
    width, height = head.size
    count = width * height * head.channels
    kind = data[1:2]
    values: NDArray[Any]
    if kind in AS_TEXT:
        values = _as_text(data[head.start :], kind, count)
    else:
        stored, values = _as_bytes(data[head.start :], kind, head, count)
        if data[head.start + stored :].lstrip()[:2] == data[:2]:
            raise PictureError(
                f"{name} holds several pictures. Save the one to be coloured as a file of its own."
            )
    if int(values.max()) > head.limit:
        raise Unreadable(f"a level above the highest it names, {head.limit}")
    if kind in BITS:
        values = 1 - values
    full, dtype = (255, np.uint8) if head.limit <= 255 else (65535, np.uint16)
    steps = np.arange(head.limit + 1, dtype=np.uint64)
    table = ((steps * full + head.limit // 2) // head.limit).astype(dtype)
    levels: NDArray[Any] = table[values].reshape(height, width, head.channels)
    colors = 1 if head.channels <= 2 else 3
    pixels = np.ascontiguousarray(levels[..., 0] if colors == 1 else levels[..., :3])
    alpha = levels[..., colors].copy() if head.channels > colors else None
    return Decoded(pixels, alpha, 8 * levels.dtype.itemsize, None)


def _as_text(body: bytes, kind: bytes, count: int) -> NDArray[Any]:
    text = COMMENT.sub(b"", body)
    # The digits of a PBM need no space between them.
    words = re.findall(rb"[01]", text) if kind == b"1" else text.split()
    if len(words) < count:
        raise Unreadable(f"{count} levels are needed, {len(words)} are there")
    return np.array([int(word) for word in words[:count]], np.uint32)


def _as_bytes(body: bytes, kind: bytes, head: Head, count: int) -> tuple[int, NDArray[Any]]:
    """How many bytes the pixels take, and their levels."""
    width, height = head.size
    if kind == b"4":
        row = -(-width // 8)
        packed = _exactly(body, row * height)
        bits = np.unpackbits(packed.reshape(height, row), axis=1)[:, :width]
        return row * height, bits.reshape(-1)
    size = 1 if head.limit <= 255 else 2
    return count * size, _exactly(body, count * size).view(f">u{size}").astype(f"=u{size}")


def _exactly(body: bytes, length: int) -> NDArray[np.uint8]:
    if len(body) < length:
        raise Unreadable(f"{length} bytes of pixels are needed, {len(body)} are there")
    return np.frombuffer(body, np.uint8, length)
