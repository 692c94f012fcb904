"""Pillow's own limits and warnings set aside while it works for us, and put back after."""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from PIL import Image

from ..errors import PictureError

_one_at_a_time = threading.Lock()  # both settings belong to the process, not to a thread

DAMAGE = (  # what decoders raise on bytes they did not expect
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
    cv2.error,
)


@contextmanager
def unguarded() -> Iterator[None]:
    """No size limit and no warnings: `read_picture` has its own limit and its own sentences."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextmanager
def damage_named(name: str, format: str) -> Iterator[None]:
    """Turn whatever a decoder raises into one sentence."""
    try:
        yield
    except PictureError:
        raise
    except DAMAGE as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PictureError(
            f"{name} is a damaged or cut-off {format} file ({reason.rstrip('.')}). "
            "Copy it again from its source, or save it anew in a picture editor."
        ) from error
