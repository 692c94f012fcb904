"""What decoders do while they work for us: their limits, their warnings, and whose fault it is.

Decoders raise errors of any kind on bytes that they did not expect. Errors of most kinds are the
file's damage. A kind that code raises when it is wrong itself is a fault of whoever raised it: the
file's where the innermost frame is a decoder's, Chromafield's own where it is ours.
"""

from __future__ import annotations

import struct
import threading
import traceback
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from PIL import Image

from .. import __version__
from ..errors import InternalError, PictureError
from ._kinds import shown_format

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
FAULTS = (AttributeError, TypeError, LookupError, RuntimeError)  # what wrong code raises, ours too
PACKAGE = __name__.partition(".")[0]


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


class Unreadable(ValueError):
    """A file that makes no sense, with a reason in our own words."""


@contextmanager
def damage_named(name: str, format: str) -> Iterator[None]:
    """Turn whatever a decoder raises into one sentence.

    Raises:
        PictureError: the file is damaged.
        InternalError: our own code is at fault.
    """
    try:
        yield
    except PictureError:
        raise
    except DAMAGE as error:
        refuse_own_fault(error, name)
        reason = f" ({error})" if isinstance(error, Unreadable) else ""  # no decoder's own words
        raise PictureError(
            f"{name} is a damaged or cut-off {shown_format(format)} file{reason}. "
            "Copy it again from its source, or save it anew in a picture editor."
        ) from error


def refuse_own_fault(error: Exception, name: str) -> None:
    """Raises: InternalError: the error is of a kind that wrong code raises, and ours raised it."""
    if not isinstance(error, FAULTS):
        return
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    module = str(frame.f_globals.get("__name__", ""))
    if module.partition(".")[0] == PACKAGE:
        place = f"{module}, line {line}"
        raise InternalError(name, __version__, place, error) from error
