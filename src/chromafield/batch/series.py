"""A series of photographs: colours given in some of them are carried to the others as drafts.

    uniform-1.png                    a photograph of the series
    uniform-1.png.hints.json         the colours that were given in it
    uniform-2.png                    another
    uniform-2.png.draft.hints.json   the marks that were carried to it, to be looked at

A draft is an ordinary hint file. A photograph with hints of its own is coloured by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..canvas.lightness import lightness_of
from ..colorizer.colorizer import Colorizer
from ..errors import BadValue, ChromafieldError, DataError, OutputError
from ..hints.file import DRAFT, SUFFIX, read_hints, write_hints
from ..image import read_picture
from ..image.listing import PICTURES
from ..jobs.jobs import Job
from ..propagation.reach import encode_reach
from ..propagation.series import MarkedPhotograph, mark_photograph, transfer


@dataclass(frozen=True, slots=True)
class Series:
    """The photographs in which colours were given, and their hint files."""

    colorizer: Colorizer
    marked: tuple[MarkedPhotograph, ...]
    hints: dict[Path, Path]  # of each photograph's path, without links


def read_series(files: Sequence[Path], colorizer: Colorizer) -> Series:
    """Read the hints of a series, each with the photograph beside it.

    Args:
        files: hint files: NAME.png.hints.json or NAME.hints.json, beside NAME.png.

    Raises:
        BadValue: a model that cannot compare pictures.
        DataError: no photograph lies beside one, or its hints give no colour to a thing.
        PictureError: a photograph cannot be read.
    """
    marked, hints = [], {}
    for file in files:
        picture = _photograph_of(file)
        lightness = lightness_of(read_picture(picture)).to(colorizer.device)
        given, model = read_hints(file), colorizer.trained.model
        try:
            marked.append(mark_photograph(lightness, given, model, encode_reach(lightness)))
        except DataError as error:
            raise DataError(f"{file}: {error}") from error
        hints[picture.resolve()] = file
    return Series(colorizer, tuple(marked), hints)


def draft(jobs: Sequence[Job], series: Series) -> Iterator[tuple[Job, int]]:
    """Carry the series to the jobs' photographs; a draft is written beside each that has marks.

    Yields:
        Each job with the hint file that it is to be coloured by, and how many marks were carried.

    Raises:
        OutputError: a draft cannot be written.
    """
    for job in jobs:
        own = job.source.with_name(job.source.name + SUFFIX)
        if given := series.hints.get(job.source.resolve()):
            yield replace(job, hints=given), 0
        elif own.is_file():
            yield replace(job, hints=own), 0
        else:
            yield _drafted(job, series)


def _drafted(job: Job, series: Series) -> tuple[Job, int]:
    try:
        lightness = lightness_of(read_picture(job.source)).to(series.colorizer.device)
    except ChromafieldError:  # colouring it will say so
        return job, 0
    hints = transfer(series.marked, lightness, series.colorizer.trained.model)
    path = job.source.with_name(job.source.name + DRAFT)
    try:
        if not hints.marks:
            path.unlink(missing_ok=True)  # of an earlier run
            return job, 0
        write_hints(path, hints)
    except OSError as error:
        raise OutputError(
            f"The draft {path} cannot be written ({error.strerror}). Drafts lie beside the "
            "photographs: copy those to a folder in which you may write."
        ) from error
    return replace(job, hints=path), len(hints.marks)


def _photograph_of(file: Path) -> Path:
    """The photograph that a hint file belongs to."""
    if not file.name.endswith(SUFFIX):
        raise BadValue(f"{file} is no hint file's name: it must end in {SUFFIX}.")
    named = file.with_name(file.name.removesuffix(SUFFIX))
    if named.suffix.lower() in PICTURES and named.is_file():
        return named
    found = [
        path
        for path in sorted(file.parent.glob("*"))
        if path.stem == named.name and path.suffix.lower() in PICTURES and path.is_file()
    ]
    if len(found) != 1:
        many = f"{len(found)} photographs" if found else "no photograph"
        raise DataError(
            f"{many} named {named.name} lie{'' if found else 's'} beside {file}. "
            f"Name the hints as the photograph with {SUFFIX} after it."
        )
    return found[0]
