"""How far a long work is: a bar on a terminal, a line every so often in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import click

LINE_EVERY = 30  # seconds between lines of progress in a log


def counted(
    total: float | None = None, unit: str = "", doing: str = "", shape: str | None = None
) -> Any:
    """tqdm's bar, or what writes lines and has the part of tqdm that is used here.

    Args:
        total: how much there is to do; None where nobody knows.
        unit: what is counted; nothing where it is a share.
        doing: a word before the number.
        shape: tqdm's `bar_format`.
    """
    if not sys.stderr.isatty():
        return Lines(total, unit, doing)
    from tqdm import tqdm

    return tqdm(total=total, unit=unit or "it", desc=doing or None, bar_format=shape, miniters=0)


class Lines:
    """A count that is written down every `LINE_EVERY` seconds; its end is told by others."""

    def __init__(
        self,
        total: float | None,
        unit: str,
        doing: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total, self.unit, self.doing, self.clock = total, unit, doing, clock
        self.n = self.initial = 0.0
        self.told, self.last = "", clock()

    def update(self, more: float = 1) -> None:
        """Count on."""
        self.n += more
        if self.clock() - self.last > LINE_EVERY and self.n != self.total:
            self.last = self.clock()
            click.echo(self.line(), err=True)

    def line(self) -> str:
        """What is written: "looking through: 120 of 400 frames", or "30 % (step 9, loss 2.1)"."""
        done = f"{self.n:.0f}"
        if self.total is not None and self.unit:
            done += f" of {self.total:.0f}"
        elif self.total is not None:
            done = f"{100 * self.n / self.total:.0f} %"
        before = f"{self.doing}: " if self.doing else ""
        after = f" {self.unit}s" if self.unit else ""
        return before + done + after + (f" ({self.told})" if self.told else "")

    def set_postfix_str(self, text: str, refresh: bool = True) -> None:
        """What stands behind the number."""
        self.told = text

    def close(self) -> None:
        """Nothing is left to be written."""

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
