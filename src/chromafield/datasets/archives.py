"""Where pictures lie: folders, zip and tar archives, LMDB databases; read in place.

Handles are kept open: of zip and LMDB one a thread or process, since they may not be shared. A tar
archive is indexed once; one that is compressed is unpacked once into a temporary file, since it
cannot be read from its middle.
"""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import lzma
import os
import shutil
import tarfile
import tempfile
import threading
import zipfile
import zlib
from pathlib import Path
from typing import Any

from ..errors import DataError, MissingExtra

TARS = (".tar", ".tgz", ".gz", ".bz2", ".xz")  # endings
DATABASE = "data.mdb"  # the file of an LMDB folder
# What reading a damaged archive, or what is none, raises.
BROKEN = (
    OSError,
    ValueError,
    EOFError,
    RuntimeError,
    KeyError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
)
UNPACK: dict[str, Any] = {".bz2": bz2.open, ".xz": lzma.open}  # by ending; else gzip
_reading = threading.Lock()  # of tar archives, whose handles all threads share
_open_archives = threading.local()  # a zip handle may not be shared between threads


def names_in(path: Path) -> list[str]:
    """The names of all files in a folder or an archive, with forward slashes; keys of a database.

    Raises:
        DataError: it is missing, or neither a folder nor an archive.
        MissingExtra: it is a database, and its reader is not installed.
    """
    if (path / DATABASE).is_file():
        return _keys(path)
    if path.is_dir():
        return [p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()]
    if not path.exists():
        raise DataError(f"{path} does not exist. Give a folder or a zip archive of photographs.")
    try:
        if path.suffix in TARS:
            return list(_tar(path)[1])
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except BROKEN as error:
        raise DataError(f"{path} is neither a folder nor an archive ({error}).") from error


def read_member(path: Path, name: str) -> bytes:
    """The bytes of one file in a folder or an archive.

    Raises:
        OSError, KeyError, zipfile.BadZipFile: it is missing or damaged.
    """
    if (path / DATABASE).is_file():
        return _value(path, name)
    if path.is_dir():
        return (path / name).read_bytes()
    if path.suffix in TARS:
        handle, places = _tar(path)
        start, size = places[name]
        with _reading:
            os.lseek(handle, start, os.SEEK_SET)
            return os.read(handle, size)
    archives: dict[str, zipfile.ZipFile] = _open_archives.__dict__
    key = str(path)
    if key not in archives:
        archives[key] = zipfile.ZipFile(path)
    return archives[key].read(name)


@functools.cache
def _tar(path: Path) -> tuple[int, dict[str, tuple[int, int]]]:
    """The system's handle of the archive, and where each file starts and how long it is."""
    with contextlib.ExitStack() as stack:
        plain: Any = stack.enter_context(path.open("rb"))
        if path.suffix != ".tar":
            unpacked = stack.enter_context(UNPACK.get(path.suffix, gzip.open)(path))
            plain = stack.enter_context(tempfile.TemporaryFile())
            shutil.copyfileobj(unpacked, plain)
            plain.seek(0)
        with tarfile.open(fileobj=plain, mode="r:") as archive:
            places = {m.name: (m.offset_data, m.size) for m in archive if m.isfile()}
        return os.dup(plain.fileno()), places


@functools.cache
def _database(path: Path, process: int) -> Any:
    """The database, opened once a process."""
    try:
        import lmdb
    except ImportError as error:
        raise MissingExtra("Reading LSUN's databases", "lsun") from error
    try:
        return lmdb.open(str(path), readonly=True, lock=False, readahead=False, max_readers=64)
    except lmdb.Error as error:
        raise DataError(f"{path} is no database that can be read ({error}).") from error


def _keys(path: Path) -> list[str]:
    with _database(path, os.getpid()).begin() as seen:
        return [key.decode() for key in seen.cursor().iternext(values=False)]


def _value(path: Path, name: str) -> bytes:
    with _database(path, os.getpid()).begin() as seen:
        found = seen.get(name.encode())
    if found is None:
        raise KeyError(name)
    return bytes(found)
