"""What a film will look like, before hours are spent: one frame of each shot on a sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..colorizer.colorizer import load_colorizer
from ..image import Picture
from ..image.sheet import contact_sheet
from ..image.write import write_picture
from .colorize import FilmColorizer
from .frames import Frames
from .settings import Plan
from .source import open_source
from .survey import survey_film

ACROSS = 4  # pictures in a row
HEIGHT = 200  # pixels of each


def preview(
    source: Path,
    target: Path,
    plan: Plan,
    device: str = "auto",
    progress: Callable[[str, int, int | None], None] = lambda doing, done, of: None,
) -> int:
    """Write a sheet of the middle frame of every shot, in colour; returns how many shots.

    Raises:
        PictureError: the source is no film, is interlaced, changes its size or has no frame.
        OutputError: the sheet cannot be written.
    """
    colorizer = load_colorizer(plan.settings, device)
    with open_source(source, plan.rate) as opened:
        about, unit = opened.frames, float(opened.time_base)
        survey = survey_film(
            opened, plan.span, lambda n: progress("looking through", n, about), plan.fields
        )
    pictures: list[NDArray[np.uint8]] = []
    with Frames(source, plan.span, survey, plan.rate) as frames:
        colorizing = FilmColorizer(plan, colorizer, frames, unit, 1)
        for number in range(len(survey.shots)):
            shot = survey.shot(number)
            pictures.append(colorizing.pictured((shot.start + shot.stop - 1) // 2))
            progress("colouring", number + 1, len(survey.shots))
    rows = [pictures[i : i + ACROSS] for i in range(0, len(pictures), ACROSS)]
    sheet = contact_sheet(rows, HEIGHT)
    write_picture(target, sheet, Picture(sheet, format="JPEG"))
    return len(pictures)
