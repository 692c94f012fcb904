"""Files that are written atomically: a reader sees the old one or the new one, never a part."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomically(path: Path) -> Iterator[Path]:
    """Give a file to write; it takes the place of `path` once it is on the disk.

    A link stays a link: the file that it points to is replaced. After an error, or a kill, `path`
    is as it was before.

    Raises:
        OSError: as of writing and renaming.
    """
    target = path.resolve()
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes | str) -> None:
    """Write bytes, or text as UTF-8; see `atomically`."""
    with atomically(path) as part:
        part.write_bytes(data.encode() if isinstance(data, str) else data)
