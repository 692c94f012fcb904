"""The film's hint file: hint files of single frames, each with a time.

    {
      "chromafield": "film hints",
      "version": 1,
      "frames": [
        {"time": 3.2,
         "marks": [{"at": [0.31, 0.62], "radius": 0.02, "color": "#a03020"}],
         "settings": {"reference": "postcard.jpg"}}
      ]
    }

What a frame has beside its time is what a hint file has. Its marks and pairs travel forward and
back until the shot ends; its settings, a reference and a palette alone, hold for the whole shot.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadValue, DataError
from ..hints.document import Hints
from ..hints.file import VERSION as OF_HINTS
from ..hints.file import digest_of, parse_hints, read_json
from ..settings import Scope, names
from .settings import Plan
from .survey import Survey

KIND = "film hints"
VERSION = 1


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """What a person says at a moment of a film."""

    time: float  # seconds of the source
    hints: Hints

    @property
    def draws(self) -> bool:
        """Does it say something of places?"""
        return bool(self.hints.marks or self.hints.same)


def read_key_frames(path: Path) -> tuple[KeyFrame, ...]:
    """Read a film's hint file.

    Raises:
        DataError: it cannot be read, is no hint file of a film, or is of a later version.
        BadValue: something in it is not what it should be; the message names it.
    """
    document = read_json(path)
    if not isinstance(document, dict) or document.get("chromafield") != KIND:
        raise DataError(
            f'{path} is no hint file of a film: it does not say "chromafield": "{KIND}".'
        )
    if document.get("version") != VERSION:
        raise DataError(
            f"The hints {path} are of version {document.get('version')!r}; this program reads "
            f"{VERSION}. Update it."
        )
    if unknown := sorted(document.keys() - {"chromafield", "version", "frames"}):
        raise BadValue(f"{path}: {', '.join(unknown)} is unknown. There are: frames.")
    frames = document.get("frames")
    if not isinstance(frames, list) or not frames:
        raise BadValue(f"{path}: frames must be a list of at least one frame.")
    return tuple(
        _key_frame(frame, f"{path}, frames[{i}]", path.parent) for i, frame in enumerate(frames)
    )


def key_frames_at(plan: Plan, survey: Survey, time_base: float) -> dict[int, KeyFrame]:
    """The film's key frames by the number of the frame that is shown at their time.

    Raises:
        DataError, BadValue: the hint file is not what it should be, or two are for one frame.
    """
    keys: dict[int, KeyFrame] = {}
    times = [time * time_base for time in survey.times]
    for key in read_key_frames(plan.hints) if plan.hints else ():
        if not plan.span.has(key.time):
            continue
        shown = [n for n, time in enumerate(times) if time <= key.time + 1e-3]
        number = shown[-1] if shown else 0
        if number in keys:
            raise BadValue(
                f"{plan.hints}: {keys[number].time:g} and {key.time:g} seconds are one frame. Put "
                "their hints together."
            )
        keys[number] = key
    return keys


def digest_of_all(frames: tuple[KeyFrame, ...]) -> str:
    """What they say, the named pictures' contents included."""
    return " ".join(f"{frame.time!r}:{digest_of(frame.hints)}" for frame in frames)


def _key_frame(document: Any, name: str, folder: Path) -> KeyFrame:
    if not isinstance(document, dict):
        raise BadValue(f"{name}: it is {document!r}, not an object.")
    time = document.get("time")
    if isinstance(time, bool) or not isinstance(time, (int, float)) or time < 0:
        raise BadValue(f"{name}: its time is {time!r}; say the seconds from the film's start.")
    rest = {key: value for key, value in document.items() if key != "time"}
    whole = {"chromafield": "hints", "version": OF_HINTS} | rest
    hints = parse_hints(whole, name, folder)
    if foreign := sorted({key for key, _ in hints.settings} - set(names(Scope.SHOT))):
        raise BadValue(
            f"{name}, settings: {', '.join(foreign)} is for the whole film, by the command's own "
            f"options. A shot has {', '.join(names(Scope.SHOT))}."
        )
    return KeyFrame(float(time), hints)
