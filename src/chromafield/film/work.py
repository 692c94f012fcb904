"""What the workers of a film share, and the report at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .container import VideoFormat
from .settings import Plan
from .survey import Survey
from .timing import Timing
from .work_folder import WorkFolder


@dataclass
class FilmReport:
    """What a run did to a film."""

    frames: int = 0
    of: int = 0  # frames of the film, or of its span
    kept_as_is: int = 0  # frames that had colours and kept them
    damaged: tuple[float, ...] = ()  # seconds of frames that are not whole
    truncated: str | None = None  # a sentence on where the source ends too early
    shots: int = 0
    sentences: list[str] = field(default_factory=list)  # sentences on what the result has otherwise
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
    video_format: VideoFormat
    survey: Survey
    work: WorkFolder
    device: str
    batch: int
    timing: Timing  # of the result's frames
