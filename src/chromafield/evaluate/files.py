"""Tables and figures to files; a place where they cannot go is refused before the work."""

from __future__ import annotations

from pathlib import Path

from ..errors import OutputError


def check_file(path: Path | None) -> None:
    """See that the file can be written; what stands there stays as it is, and None is no file.

    Raises:
        OutputError: it cannot.
    """
    if path is None:
        return
    target = path.resolve()  # a link to nothing yet is written through
    there = target.exists()
    try:
        target.open("ab").close()
        if not there:
            target.unlink()
    except OSError as error:
        raise _refused(path, error) from error


def write_file(path: Path | None, text: str) -> None:
    """Write the text; None is no file.

    Raises:
        OutputError: the disk does not allow it.
    """
    if path is None:
        return
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be written ({error.strerror}). Name a file in a folder that can be."
    )
