"""Which files of a folder are pictures."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from ._kinds import ENDINGS
from ._tiff_pages import RAW_ENDINGS
from .write import FORMATS

PICTURES = {*FORMATS, *ENDINGS}  # what is meant in a folder
NAMES_A_FILE = PICTURES | RAW_ENDINGS  # of an output; any other ending is a folder's
NAMED_BY_HINTS = ".hints"  # ends a folder's name: pictures that hints name, which are no inputs


def pictures_in(folder: Path, recursive: bool = False) -> list[str]:
    """Relative paths of a folder's pictures, in order; none hidden, none that hints name."""

    def is_meant(path: Path) -> bool:
        in_hints = any(part.endswith(NAMED_BY_HINTS) for part in path.parts[:-1])
        return path.suffix.lower() in PICTURES and not in_hints

    return _visible(folder, recursive, is_meant)


def pictures_of(named: Path) -> list[Path]:
    """A picture, or the pictures of a folder, in order."""
    with contextlib.suppress(OSError):  # a name that is too long for any file
        if named.is_dir():
            return [named / name for name in pictures_in(named)]
    return [named]


def others_in(folder: Path, recursive: bool = False) -> list[str]:
    """Relative paths of a folder's visible files that are not meant: other endings."""
    return _visible(folder, recursive, lambda path: path.suffix.lower() not in PICTURES)


def _visible(folder: Path, recursive: bool, is_meant: Callable[[Path], bool]) -> list[str]:
    files: Iterable[Path] = folder.rglob("*") if recursive else folder.glob("*")
    within = ((path, path.relative_to(folder)) for path in files)
    return sorted(
        name.as_posix()
        for path, name in within
        if is_meant(name) and not any(p.startswith(".") for p in name.parts) and path.is_file()
    )
