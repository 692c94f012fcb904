"""Lists of pictures: a line, or a row, each; in a text, a CSV or a Parquet file."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import DataError, MissingExtra

COLUMNS = ("path", "input", "file", "filename", "key", "url", "uri", "address")  # of pictures


def read_list(path: Path) -> list[str]:
    """The names of pictures in a list, each once, in its order.

    A CSV or Parquet file has them in a column of one of the names of `COLUMNS`, or is one column.

    Raises:
        DataError: it cannot be read, or has no such column.
        MissingExtra: a Parquet file without the package that reads it.
    """
    try:
        if path.suffix.lower() == ".csv":
            names = _from_csv(path)
        elif path.suffix.lower() in (".parquet", ".pq"):
            names = _from_parquet(path)
        else:
            names = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = _reason(error)
        raise DataError(f"The list {path} cannot be read ({reason}).") from error
    found = list(dict.fromkeys(name.strip() for name in names if name and name.strip()))
    if not found:
        raise DataError(f"The list {path} names no pictures.")
    return found


def place_of(name: str) -> str:
    """Where a name's result lies below the folder of the results: its own path without its root,
    and without what goes up."""
    _, _, rest = name.rpartition("://")
    path = Path(rest)
    return "/".join(part for part in path.parts if part not in (path.anchor, "..", "."))


def _reason(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    # Another library's words may come with it; those of the system are the same everywhere.
    return os.strerror(error.errno) if error.errno else str(error)


def _from_csv(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    if not rows:
        return []
    head = [cell.strip().lower() for cell in rows[0]]
    column = _column(path, head)
    if column is None:
        return [row[0] for row in rows if row]  # one column without a name
    return [row[column] for row in rows[1:] if len(row) > column]


def _from_parquet(path: Path) -> list[str]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MissingExtra("A list in a Parquet file", "remote") from error
    try:
        names = parquet.read_schema(path).names
        column = _column(path, [name.lower() for name in names]) or 0
        values = parquet.read_table(path, columns=names[column : column + 1])[0].to_pylist()
    except ArrowException as error:
        raise DataError(f"The list {path} cannot be read (it is no whole Parquet file).") from error
    return [_word(path, value) for value in values if value is not None]


def _word(path: Path, value: object) -> str:
    """A name as a Parquet file has it, a text or its bytes."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, str):
        return value
    raise DataError(f"The list {path} has {value!r} where the name of a picture should stand.")


def _column(path: Path, names: Sequence[str]) -> int | None:
    """The column of the pictures; None where there is one column without a known name."""
    known = [index for index, name in enumerate(names) if name in COLUMNS]
    if known:
        return known[0]
    if len(names) == 1:
        return None
    raise DataError(
        f"The list {path} has no column of pictures; it has {', '.join(names) or 'none'}. "
        f"Name one of them {' or '.join(COLUMNS[:3])}."
    )
