"""How a film is coloured and written."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from ..errors import BadValue
from ..settings import Settings
from .codecs import AUTO, CODECS, WORST
from .compare import WAYS
from .propagate import DIRECTIONS
from .shots import SHORTEST, THRESHOLD, Cutting
from .source import HAIR, Span
from .temporal import HISTORY_LIMIT

CLEAN = ("none", "seen", "output")
FIELDS = ("auto", "progressive", "interlaced", "telecine")


@dataclass(frozen=True)
class Plan:
    """Two films with equal plans and weights come out equal."""

    settings: Settings = field(default_factory=lambda: Settings(views=1))
    steady: bool = True  # or frame by frame
    memory: float = HISTORY_LIMIT  # frames that count at most
    recolor: bool = False  # also frames that have colours
    clean: str = "none"  # what the network sees, or also the output, is freed of flicker and dust
    hints: Path | None = None  # the film's hint file
    references: Path | None = None  # a folder of frames that a person coloured
    direction: str = "both"  # in which given colours travel
    codec: str = "h264"  # or auto: by the result's ending and the film's depth
    quality: int = 18  # 0 is lossless, 51 worst
    start: float = 0.0  # seconds of the source that the result begins at,
    end: float = math.inf  # and ends before
    rate: Fraction | None = None  # frames a second of numbered pictures
    keep: tuple[tuple[float, float], ...] = ()  # spans in seconds that are left as they are
    fields: str = "auto"  # how lines make pictures; see `FIELDS`
    cuts: tuple[float, ...] | None = None  # seconds at which shots begin; None: they are found
    cut_threshold: float = THRESHOLD  # mean change of a level between two shots
    shortest_shot: int = SHORTEST  # frames

    layer: bool = False  # pictures of the colours alone
    compare: str = "none"  # before and after in one; see `compare.WAYS`

    def __post_init__(self) -> None:
        if self.codec not in (AUTO, *CODECS):
            raise BadValue(f"The codec is {self.codec!r}; it is one of {', '.join(CODECS)}.")
        if not 0 <= self.quality <= WORST or self.memory < 0:
            raise BadValue(
                f"The quality ({self.quality}) goes from 0 to 51, the memory ({self.memory}) is "
                "not below 0."
            )
        if self.clean not in CLEAN:
            raise BadValue(f"Clean is {self.clean!r}; it is one of {', '.join(CLEAN)}.")
        if self.direction not in DIRECTIONS:
            raise BadValue(
                f"The direction is {self.direction!r}; it is one of {', '.join(DIRECTIONS)}."
            )
        if self.compare not in WAYS:
            raise BadValue(f"Compare is {self.compare!r}; it is one of {', '.join(WAYS)}.")
        if self.fields not in FIELDS:
            raise BadValue(f"The fields are {self.fields!r}; they are {', '.join(FIELDS)}.")
        if self.cut_threshold <= 0 or self.shortest_shot < 1:
            raise BadValue(
                f"The cuts' threshold ({self.cut_threshold}) is above 0, the shortest shot "
                f"({self.shortest_shot}) has at least one frame."
            )
        if self.start < 0:
            raise BadValue(f"The part begins at {self.start:g} seconds; a film begins at 0.")
        if not self.start < self.end:
            raise BadValue(f"The part from {self.start:g} to {self.end:g} seconds is empty.")

    def keeps(self, seconds: float) -> bool:
        """Is a frame at this time left as it is?"""
        return any(begin <= seconds + HAIR < end for begin, end in self.keep)

    @property
    def cutting(self) -> Cutting:
        """How the film is divided into shots."""
        return Cutting(self.cuts, self.cut_threshold, self.shortest_shot)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)
