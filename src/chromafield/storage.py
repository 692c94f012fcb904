"""Files that are written atomically: a reader sees the old one or the new one, never a part; and
files that one process holds."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

FAR = 2**31 - 2  # the byte that Windows locks: behind what is written


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


def lock(file: IO[Any]) -> None:
    """Hold an open file for this process; the system lets go of it when the process ends.

    Raises:
        BlockingIOError, PermissionError: another process, or another opening, holds it.
        OSError: its file system has no locks.
    """
    if sys.platform == "win32":
        import msvcrt

        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def remove_parts(folder: Path, before: float = math.inf) -> None:
    """Remove what killed writers left in a folder.

    Args:
        before: only what was last written to before this time (seconds since 1970); where other
            processes may write into the folder, the time at which a longer work began.
    """
    for part in folder.glob(f".{'[0-9a-f]' * 16}.part"):
        with contextlib.suppress(OSError):  # gone since, or not ours: it stays
            if part.stat().st_mtime < before:
                part.unlink()
