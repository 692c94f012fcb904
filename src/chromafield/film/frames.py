"""A film's frames by number, read in one go where they are asked for in order."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

from ..errors import PictureError
from ..threads import Ahead
from .reading import moments
from .source import Moment, Notes, Source, Span, open_source
from .survey import Survey

KEPT = 4  # frames that stay at hand
NEAR = 50  # frames ahead that are decoded sooner than looked for anew


class Frames:
    """Of the part that was surveyed. A context manager."""

    def __init__(
        self, path: Path, span: Span, survey: Survey, rate: Fraction | None = None
    ) -> None:
        self.path, self.span, self.survey, self.rate = path, span, survey, rate
        self.kept: OrderedDict[int, Moment] = OrderedDict()
        self.stack = contextlib.ExitStack()
        self.after = -1  # the number of the frame that comes next; none before the first
        self.flow: Iterator[Moment] = iter(())

    def __enter__(self) -> Frames:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.close()

    def __getitem__(self, number: int) -> Moment:
        """A frame of the part.

        Raises:
            PictureError: the film is no longer what was surveyed.
        """
        if number in self.kept:
            return self.kept[number]
        if not self.after <= number <= self.after + NEAR or self.after < 0:
            self._start_at(number)
        while self.after <= number:
            self._keep(self._next())
        return self.kept[number]

    def _start_at(self, number: int) -> None:
        """Go to the frame; where the file cannot be searched, through all before it."""
        self._open(number)
        found = next(self.flow, None)
        if found is not None and found.pts == self.survey.times[number]:
            self.after = number
            self._keep(found)
            return
        self._open(0)
        self.after = 0

    def _open(self, number: int) -> None:
        """Read from near this frame on; from the part's beginning for the first."""
        self.stack.close()
        self.kept.clear()
        source: Source = self.stack.enter_context(open_source(self.path, self.rate))
        span = self.span
        if number:
            span = Span(float(self.survey.times[number] * source.time_base), span.end)
        ahead = Ahead(moments(source, span, Notes(), self.survey.fields))
        self.stack.callback(ahead.close)
        self.flow = ahead

    def _next(self) -> Moment:
        found = next(self.flow, None)
        if found is None or found.pts != self.survey.times[self.after]:
            raise PictureError(f"{self.path} changed while it was read. Start again.")
        return found

    def _keep(self, moment: Moment) -> None:
        self.kept[self.after] = moment
        self.after += 1
        while len(self.kept) > KEPT:
            self.kept.popitem(last=False)
