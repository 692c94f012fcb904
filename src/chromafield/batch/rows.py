"""A run as a table: a row for each picture, and for each file that was left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from ..addresses import spelled
from ..errors import OutputError
from ..jobs.jobs import LeftOut
from ..storage import write_atomically
from .batch import Outcome

COLUMNS = ("input", "output", "status", "sentence", "seconds", "input_sha256", "output_sha256")
COLORED, DONE_BEFORE, FAILED, LEFT_OUT = "coloured", "done before", "failed", "left out"


def row_of(outcome: Outcome) -> dict[str, object]:
    """The row of a picture: its notes, or what went wrong, are its sentence."""
    source: dict[str, object] = {"input": outcome.job.named}
    report = outcome.report
    if report is None:
        if outcome.error:
            return source | {"status": FAILED, "sentence": outcome.error}
        return source | {"output": spelled(outcome.job.target), "status": DONE_BEFORE}
    told = (*report.notes, *((outcome.error,) if outcome.error else ()))
    row = {name: getattr(report, name) for name in COLUMNS if hasattr(report, name)}
    return row | {"status": COLORED, "sentence": " ".join(told)}


def write_table(path: Path, outcomes: Iterable[Outcome], left_out: Iterable[LeftOut]) -> None:
    """Write the table as CSV in UTF-8.

    Raises:
        OutputError: it cannot be written.
    """
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, restval="")
    table.writeheader()
    table.writerows(row_of(outcome) for outcome in outcomes)
    for one in left_out:
        table.writerow({"input": str(one.path), "status": LEFT_OUT, "sentence": one.why})
    try:
        write_atomically(path, text.getvalue().encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise OutputError(
            f"The table {path} cannot be written ({error.strerror}). Name another place."
        ) from error
