"""Where the time of a film goes."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

PARTS = ("decode", "network", "flow", "field", "encode")


@dataclass
class Clock:
    """Seconds by part of the work."""

    seconds: Counter[str] = field(default_factory=Counter)

    @contextlib.contextmanager
    def runs(self, part: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] += time.perf_counter() - start  # type: ignore[assignment]
