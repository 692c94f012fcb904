"""Lists of pictures: a line, or a row, each; in a text, a CSV or a Parquet file."""

from __future__ import annotations

import csv
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
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
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
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("A list in a Parquet file", "remote") from error
    names = [name.lower() for name in parquet.read_schema(path).names]
    column = _column(path, names) or 0
    table = parquet.read_table(path, columns=[parquet.read_schema(path).names[column]])
    return [str(value) for value in table.column(0).to_pylist() if value is not None]


def _column(path: Path, names: Sequence[str]) -> int | None:
    """The column of the pictures; None where there is one column without a known name."""
    known = [index for index, name in enumerate(names) if name in COLUMNS]
    if known:
        return known[0]
    if len(names) == 1:
        return None
    raise DataError(
        f"The list {path} has no column of pictures; it has {', '.join(names)}. Name one of them "
        f"{' or '.join(COLUMNS[:3])}."
    )
