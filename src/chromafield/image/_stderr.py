"""What C libraries write to the error stream while they decode, caught instead of shown.

libjpeg and libtiff tell of damage that they pass over there and nowhere else. The stream belongs to
the process: what others write to it meanwhile is passed on afterwards.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ERROR_STREAM = 2
_one_at_a_time = threading.RLock()  # the stream belongs to the process, not to a thread
DECODERS = re.compile(
    r"jpe?g|jfif|tiff|png|webp|lzw|fax|zip|jbig|huffman|jp2|j2k|avif|heif|premature|corrupt"
    r"|\[ *(warn|error|info)|decod|openjp|tempfile\.tif|strip|tile",
    re.IGNORECASE,
)


@contextmanager
def overheard() -> Iterator[list[str]]:
    """The lines that decoders write meanwhile; the list is filled when the block ends."""
    lines: list[str] = []
    with _one_at_a_time:
        try:
            shown = os.dup(ERROR_STREAM)
        except OSError:  # a process without an error stream
            yield lines
            return
        with tempfile.TemporaryFile() as caught:
            sys.stderr and sys.stderr.flush()
            os.dup2(caught.fileno(), ERROR_STREAM)
            try:
                yield lines
            finally:
                sys.stderr and sys.stderr.flush()
                os.dup2(shown, ERROR_STREAM)
                os.close(shown)
                caught.seek(0)
                lines += _sorted_out(caught.read())


def _sorted_out(text: bytes) -> list[str]:
    """The decoders' lines; all others go where they were meant to go."""
    lines = []
    for line in text.splitlines(keepends=True):
        readable = line.decode("utf-8", "replace").strip()
        if DECODERS.search(readable):
            lines.append(readable)
        else:
            os.write(ERROR_STREAM, line)
    return lines
