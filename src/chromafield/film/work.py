"""What the workers of a film share, and the report at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .segment import VideoFormat
from .settings import Plan
from .source import open_source
from .survey import MeasureChroma, Survey, survey_film
from .timing import Timing
from .work_folder import WorkFolder

# Called with what is going on, how many frames are done and of how many, where that is known.
Progress = Callable[[str, int, int | None], None]


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


def survey_of(
    path: Path,
    plan: Plan,
    progress: Progress,
    measure: MeasureChroma | None = None,
) -> Survey:
    """Look through a film's part as the plan says.

    Raises:
        PictureError, BadValue: as `survey_film`.
    """
    with open_source(path, plan.rate) as source:
        about = source.frames
        return survey_film(
            source,
            plan.span,
            lambda done: progress("looking through", done, about),
            plan.fields,
            measure,
            plan.cutting,
        )


def on_marks(survey: Survey) -> list[str]:
    """A sentence on the logos and subtitles of grey shots."""
    grey = [mark and not own for mark, own in zip(survey.marked, survey.in_colour, strict=True)]
    if not (frames := survey.frames_of(grey)):
        return []
    counted = "one frame" if frames == 1 else f"{frames} frames"
    return [
        f"A small part of {counted} was in colour, as a logo or subtitles are; it was "
        "coloured like the rest."
    ]
