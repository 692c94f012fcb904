"""JPEG 2000 to levels: 8 bits by Pillow, more by whoever has them exactly."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Jpeg2KImagePlugin

from ..errors import PictureError
from ._boxes import CODESTREAM, jp2_bits, jp2_tags
from ._deep import decode_deep, full_range
from ._guard import unguarded
from ._kinds import shown_format
from ._modes import Decoded, decode
from .read import DAMAGED_BESIDE, Found, check_size


def read_jp2(path: Path, max_pixels: int) -> Found:
    data, name = path.read_bytes(), path.name
    tags, bits = jp2_tags(data), jp2_bits(data)
    notes: tuple[str, ...] = ()
    with unguarded():
        try:
            image = Jpeg2KImagePlugin.Jpeg2KImageFile(io.BytesIO(data))
        except SyntaxError:  # its head; the pixels' own follows
            data, notes = data[data.index(CODESTREAM) :], (DAMAGED_BESIDE.format(name),)
            image = Jpeg2KImagePlugin.Jpeg2KImageFile(io.BytesIO(data))
    with closing(image):
        check_size(name, image.size, max_pixels)
        with unguarded():
            image.load()
        if bits <= 8:
            return Found(decode(image, tags.icc, name), tags, notes=notes)
        levels = (
            np.asarray(image)
            if image.mode == "I;16"
            else decode_deep(np.frombuffer(data, np.uint8))
        )
    if levels.dtype != np.uint16 or bits > 16 or (levels.ndim == 3 and levels.shape[2] != 3):
        raise PictureError(
            f"{name} is a {shown_format('JPEG2000')} picture of a kind that cannot be read exactly "
            f"({bits} bits a channel). Save it as grey or RGB TIFF of 8 or 16 bits."
        )
    if image.mode == "I;16":  # which Pillow moves up to the highest of 16 bits
        levels = levels >> (16 - bits)
    return Found(Decoded(full_range(levels, bits), None, 16, tags.icc), tags, notes=notes)
