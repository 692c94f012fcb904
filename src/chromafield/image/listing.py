"""Which files of a folder are pictures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .write import FORMATS

PICTURES = {*FORMATS, ".bmp", ".gif", ".heic", ".heif"}  # what is meant in a folder
NAMED_BY_HINTS = ".hints"  # ends a folder's name: pictures that hints name, which are no inputs


def pictures_in(folder: Path, recursive: bool = False) -> list[str]:
    """Relative paths of a folder's pictures, in order; none hidden, none that hints name."""
    files: Iterable[Path] = folder.rglob("*") if recursive else folder.glob("*")
    return sorted(
        path.relative_to(folder).as_posix()
        for path in files
        if path.suffix.lower() in PICTURES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not any(part.endswith(NAMED_BY_HINTS) for part in path.relative_to(folder).parts[:-1])
        and path.is_file()
    )
