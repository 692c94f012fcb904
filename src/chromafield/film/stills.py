"""A still of each shot, grey, named by its frame, for a person or another program to colour."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import OutputError
from ..image import Levels, Picture, three_channels, write_picture
from .chroma import Coding, Plane
from .exposure import ends, lights
from .frames import Frames
from .levels import coding_of, luma_of
from .references import name_of
from .settings import Plan
from .survey import Survey
from .work import survey_of


def write_stills(
    source: Path,
    folder: Path,
    plan: Plan | None = None,
    progress: Callable[[str, int, int | None], None] = lambda doing, done, of: None,
) -> list[Path]:
    """Write one still a shot into a folder, which is made where there is none.

    Of each shot it is the frame nearest to the middle that has all the light of the shot.

    Args:
        plan: how the film is read and divided into shots; its part is not asked for.

    Raises:
        PictureError: the source is no film, is interlaced, changes its size or has no frame.
        OutputError: the folder cannot be made, or one of the stills is there already.
    """
    plan = replace(plan or Plan(), start=0.0, end=math.inf)
    survey = survey_of(source, plan, progress)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}).") from error
    written: list[Path] = []
    with Frames(source, plan.span, survey, plan.rate) as frames:
        coding = coding_of(frames[0].frame)
        chosen = [chosen_frame(survey, shot, coding) for shot in range(len(survey.shots))]
        for path in (folder / name_of(number) for number in chosen):
            if path.exists():
                raise OutputError(f"There is a {path} already. Name another folder with -o.")
        for number in chosen:
            grey = grey_of(luma_of(frames[number].frame, coding), coding)
            written.append(folder / name_of(number))
            rgb = three_channels(grey)
            write_picture(written[-1], rgb, Picture(grey, depth=8 * grey.itemsize))
            progress("writing", len(written), len(chosen))
    return written


def chosen_frame(survey: Survey, shot: int, coding: Coding) -> int:
    """The frame of a shot that shows it best."""
    frames = survey.shot(shot)
    light = lights(survey.quantiles[frames.start : frames.stop], coding.full)
    most = max(one.share for one in light)
    middle = (frames.start + frames.stop - 1) // 2
    bright = [n for n, one in zip(frames, light, strict=True) if one.share == most]
    return min(bright, key=lambda number: abs(number - middle))


def grey_of(luma: Plane, coding: Coding) -> Levels:
    """The grey levels (h, w) that a player shows, of 8 bits, or of 16 where the film has more."""
    black, white = ends(coding.full)
    unit = (luma.astype(np.float32) / 2.0 ** (coding.depth - 8) - black) / (white - black)
    kind = np.uint8 if coding.depth == 8 else np.uint16
    return np.asarray(np.rint(unit.clip(0, 1) * np.iinfo(kind).max), kind)
