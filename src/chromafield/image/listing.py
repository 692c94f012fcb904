"""Which files of a folder are pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from ._kinds import ENDINGS
from ._tiff_pages import RAW_ENDINGS
from .write import FORMATS

PICTURES = {*FORMATS, *ENDINGS}  # what is meant in a folder
NAMES_A_FILE = PICTURES | RAW_ENDINGS  # of an output; any other ending is a folder's
NAMED_BY_HINTS = ".hints"  # ends a folder's name: pictures that hints name, which are no inputs


def pictures_in(folder: Path) -> list[str]:
    """Names of a folder's pictures, in order; none hidden."""
    return files_in(folder)[0]


def files_in(folder: Path, recursive: bool = False) -> tuple[list[str], list[str]]:
    """Relative paths of a folder's visible files, in order.

    Returns:
        Its pictures, but for those that hints name, and what has other endings.
    """
    files: Iterable[Path] = folder.rglob("*") if recursive else folder.glob("*")
    pictures, others = [], []
    for path in files:
        name = path.relative_to(folder)
        if any(part.startswith(".") for part in name.parts) or not path.is_file():
            continue
        if name.suffix.lower() not in PICTURES:
            others.append(name.as_posix())
        elif not any(part.endswith(NAMED_BY_HINTS) for part in name.parts[:-1]):
            pictures.append(name.as_posix())
    return sorted(pictures), sorted(others)


def pictures_of(named: Path) -> list[Path]:
    """A picture, or the pictures of a folder, in order."""
    with contextlib.suppress(OSError):  # a name that is too long for any file
        if named.is_dir():
            return [named / name for name in pictures_in(named)]
    return [named]
