"""What a film will look like, before hours are spent: one frame of each shot on a sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..colorizer.loading import load_colorizer
from ..image import Picture
from ..image.sheet import contact_sheet
from ..image.write import write_picture
from .colorize import FilmColorizer
from .frames import Frames
from .levels import coding_of
from .settings import Plan
from .source import open_source
from .stills import chosen_frame
from .times import clock
from .work import Progress, survey_of

ACROSS = 4  # pictures in a row
DOWN = 10  # rows of a sheet
HEIGHT = 200  # pixels of each


def preview(
    source: Path,
    target: Path,
    plan: Plan,
    device: str = "auto",
    progress: Progress = lambda doing, done, of: None,
) -> tuple[list[Path], int]:
    """Write sheets of a frame of every shot, in colour, with the shot's number and the time.

    Returns:
        The sheets: the target, and where it has no room for all, more with a number each; and how
        many shots there are.

    Raises:
        PictureError: the source is no film, changes its size or has no frame.
        OutputError: a sheet cannot be written.
    """
    colorizer = load_colorizer(plan.settings, device)
    survey = survey_of(source, plan, progress)
    with open_source(source, plan.rate) as opened:
        unit = float(opened.time_base)
    sheets: list[Path] = []
    shots = range(len(survey.shots))
    with Frames(source, plan.span, survey, plan.rate) as frames:
        colorizing = FilmColorizer(plan, colorizer, frames, unit, 1)
        coding = coding_of(frames[0].frame)
        for first in shots[:: ACROSS * DOWN]:
            cells: list[NDArray[np.uint8]] = []
            for shot in shots[first : first + ACROSS * DOWN]:
                number = chosen_frame(survey, shot, coding)
                caption = f"{shot + 1}  {clock(survey.times[number] * unit)}"
                cells.append(contact_sheet([[colorizing.pictured(number)]], HEIGHT, [caption]))
                progress("colouring", shot + 1, len(shots))
            sheets.append(_written(cells, target, len(sheets)))
    return sheets, len(shots)


def _written(cells: list[NDArray[np.uint8]], target: Path, number: int) -> Path:
    """Write the cells as the sheet of this number; returns its path."""
    path = target.with_name(f"{target.stem}_{number + 1:03d}{target.suffix}") if number else target
    rows = [cells[i : i + ACROSS] for i in range(0, len(cells), ACROSS)]
    sheet = contact_sheet(rows, cells[0].shape[0])
    write_picture(path, sheet, Picture(sheet, format="JPEG"))
    return path
