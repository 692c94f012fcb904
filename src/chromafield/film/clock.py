"""Seconds that a film spends in each stage of the work."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

STAGES = ("decode", "network", "flow", "field", "paint", "encode")


@dataclass
class Clock:
    """Seconds by part of the work."""

    seconds: Counter[str] = field(default_factory=Counter)

    @contextlib.contextmanager
    def runs(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start  # type: ignore[assignment]
