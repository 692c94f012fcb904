"""What is known of a film while it is coloured, and what there is to say when it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .container import Look
from .settings import Plan
from .survey import Survey
from .timing import Timing
from .work_folder import Parts


@dataclass
class Report:
    """What was done to a film."""

    frames: int = 0
    of: int = 0  # frames that the film, or its part, has
    passed: int = 0  # frames that had colours and kept them
    damaged: tuple[float, ...] = ()  # seconds of frames that are not whole
    cut_off: str | None = None  # a sentence on where the source ends too early
    shots: int = 0
    said: list[str] = field(default_factory=list)  # sentences on what the result has otherwise
    seconds: Counter[str] = field(default_factory=Counter)  # by part of the work

    @property
    def stopped(self) -> bool:
        """Was the run ended before the film was?"""
        return self.frames < self.of


@dataclass(frozen=True)
class Film:
    """What every worker needs to know."""

    source: Path
    plan: Plan
    look: Look
    survey: Survey
    parts: Parts
    device: str
    batch: int
    timing: Timing  # of the result's frames
