"""Palettes that people write: hex colours, and GIMP's palette files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL.GimpPaletteFile import GimpPaletteFile

from ..errors import BadValue

Swatches = NDArray[np.uint8]  # (n, 3) sRGB
HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


def is_hex(text: str) -> bool:
    """Whether it is colours as `read_hex` reads them."""
    words = _words(text)
    return bool(words) and all(HEX.fullmatch(word) for word in words)


def read_hex(text: str) -> Swatches:
    """Colours like `#a03020, #248, 80c0ff`.

    Raises:
        BadValue: there is none, or one that is no hex colour.
    """
    words = _words(text)
    if not words:
        raise BadValue("The palette holds no colour. Write some, like '#a03020,#204060'.")
    return np.array([_hex(word) for word in words], np.uint8)


def read_gpl(path: Path) -> Swatches:
    """A GIMP palette file.

    Raises:
        BadValue: it cannot be read, is of another kind, or holds no colour.
    """
    try:
        with path.open("rb") as file:
            data = GimpPaletteFile(file).palette
    except (OSError, SyntaxError, ValueError) as error:
        raise BadValue(f"{path} cannot be read as a GIMP palette ({error}).") from error
    if not data:
        raise BadValue(f"The palette {path} holds no colour. Add lines of red, green and blue.")
    return np.frombuffer(data, np.uint8).reshape(-1, 3)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,;]+", text) if word]


def _hex(word: str) -> tuple[int, ...]:
    match = HEX.fullmatch(word)
    if match is None:
        raise BadValue(
            f"{word!r} is no colour. A palette is a picture, a folder of pictures, a .gpl file, or "
            "hex colours like '#a03020,#204060'."
        )
    digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
    return tuple(bytes.fromhex(digits))
