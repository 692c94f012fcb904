"""The mean of a table's rows, one a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TypeVar

Row = TypeVar("Row")  # a dataclass


def mean_of(rows: Sequence[Row]) -> Row:
    """A row of the numbers' means, None where no row has one; words are the first row's."""
    means = {}
    for field in fields(rows[0]):  # type: ignore[arg-type]
        values = [getattr(row, field.name) for row in rows]
        numbers = [value for value in values if isinstance(value, float)]
        if numbers:
            means[field.name] = sum(numbers) / len(numbers)
    return replace(rows[0], **means)  # type: ignore[type-var]
