"""Which file becomes which: inputs and an output place to a list of jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadValue, PictureError
from ..image.write import FORMATS

PICTURES = {*FORMATS, ".bmp", ".gif", ".heic", ".heif"}  # what is meant in a folder
NAMED_BY_HINTS = ".hints"  # ends a folder's name: pictures that hints name, which are no inputs
MARK = "-color"  # added to the name of a result that lies beside its source


@dataclass(frozen=True, slots=True)
class Job:
    source: Path
    target: Path


def plan(inputs: Sequence[Path], output: Path | None, recursive: bool = False) -> list[Job]:
    """Jobs for files and folders, in a fixed order.

    Args:
        inputs: files, or folders whose pictures are meant.
        output: a file (for one input file), a folder, or None: beside each file.
        recursive: also the folders' folders; their tree is kept in the output folder.

    Raises:
        BadValue: an output that cannot be meant, or two inputs with one result.
        PictureError: a folder without pictures.
    """
    one_file = len(inputs) == 1 and not inputs[0].is_dir()
    if one_file and output is not None and not output.is_dir() and output.suffix:
        return [Job(inputs[0], output)]
    jobs = []
    for given in inputs:
        if not given.is_dir():
            jobs.append(Job(given, _target(given, given.name, output)))
            continue
        if output is None:
            raise BadValue(f"{given} is a folder. Name a folder for the results with -o.")
        found = _pictures(given, output, recursive)
        if not found:
            hint = "" if recursive else " Add -r to look in its folders too."
            raise PictureError(f"{given} holds no pictures.{hint}")
        jobs += [Job(given / name, _target(given / name, name, output)) for name in found]
    _refuse_doubles(jobs)
    return jobs


def _target(source: Path, name: str, output: Path | None) -> Path:
    suffix = source.suffix if source.suffix.lower() in FORMATS else ".png"
    if output is None:
        return source.with_name(f"{source.stem}{MARK}{suffix}")
    return (output / name).with_suffix(suffix)


def _pictures(folder: Path, output: Path, recursive: bool) -> list[str]:
    """Relative paths of the folder's pictures, the results of earlier runs left out."""
    results = output.resolve()
    names = pictures_in(folder, recursive)
    if results == folder.resolve():
        return names
    return [name for name in names if results not in (folder / name).resolve().parents]


def pictures_in(folder: Path, recursive: bool = False) -> list[str]:
    """Relative paths of a folder's pictures, in order; none hidden, none that hints name."""
    files: Iterable[Path] = folder.rglob("*") if recursive else folder.glob("*")
    return sorted(
        path.relative_to(folder).as_posix()
        for path in files
        if path.suffix.lower() in PICTURES
        and not path.name.startswith(".")
        and not any(part.endswith(NAMED_BY_HINTS) for part in path.relative_to(folder).parts[:-1])
        and path.is_file()
    )


def _refuse_doubles(jobs: Sequence[Job]) -> None:
    doubles = [target for target, count in Counter(j.target for j in jobs).items() if count > 1]
    if doubles:
        sources = ", ".join(str(job.source) for job in jobs if job.target == doubles[0])
        raise BadValue(f"{sources} would all become {doubles[0]}. Rename them, or run them apart.")
