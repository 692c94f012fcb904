"""Jobs: a source and a target each, from inputs and an output path."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import BadValue, PictureError
from ..image.listing import NAMES_A_FILE, PICTURES, others_in, pictures_in
from ..image.write import suffix_for

MARK = "-color"  # added to the name of a result that lies beside its source


@dataclass(frozen=True, slots=True)
class Job:
    source: Path
    target: Path
    hints: Path | None = None  # its own hint file, in place of the run's


def plan(inputs: Sequence[Path], output: Path | None, recursive: bool = False) -> list[Job]:
    """Jobs for files and folders, in a fixed order; a file that is named twice is one job.

    Where several would take one name, those that get another suffix keep their own in it: b.bmp
    beside b.png becomes b-bmp.png.

    Args:
        inputs: files, or folders whose pictures are meant.
        output: a file (for one input file), a folder, or None: beside each file. What has no
            picture's ending is a folder.
        recursive: also the folders' folders; their tree is kept in the output folder.

    Raises:
        BadValue: an output that cannot be meant.
        PictureError: a folder without pictures.
    """
    one_file = len(inputs) == 1 and not _is_folder(inputs[0])
    if output is not None and output.suffix.lower() in NAMES_A_FILE and not _is_folder(output):
        if one_file:
            return [Job(inputs[0], output)]
        if output.suffix.lower() in PICTURES:
            raise BadValue(
                f"{output} is named like one picture, but several may come of what is given. "
                "Name a folder for the results with -o."
            )
    jobs = []
    for given in inputs:
        if not _is_folder(given):
            jobs.append(Job(given, _target(given, given.name, output)))
            continue
        if output is None:
            raise BadValue(f"{given} is a folder. Name a folder for the results with -o.")
        found = _pictures(given, output, recursive)
        if not found:
            hint = "" if recursive else " Add -r to look in its folders too."
            others = others_in(given, recursive)
            there = f" that can be coloured, but {described_by_ending(others)}" if others else ""
            raise PictureError(f"{given} holds no pictures{there}.{hint}")
        jobs += [Job(given / name, _target(given / name, name, output)) for name in found]
    return _disambiguated(list(dict.fromkeys(jobs)))


def conflicts(
    jobs: Sequence[Job],
    paths: Callable[[Path], Iterable[Path]],
    given: Iterable[Path] = (),
) -> dict[Job, str]:
    """The jobs that would write over a picture of the run, or over what a job before them writes.

    Args:
        paths: all that is written for a target.
        given: what else the run reads and must keep.

    Returns:
        A sentence for each of them.
    """
    read = {os.path.realpath(path) for path in (*(job.source for job in jobs), *given)}
    taken: dict[str, Path] = {}  # by which source
    found: dict[Job, str] = {}
    for job in jobs:
        own = {os.path.realpath(path): path for path in paths(job.target)}
        over = next((real for real in own if real in read or real in taken), None)
        if over is None:
            taken |= dict.fromkeys(own, job.source)
            continue
        why = "which is given to this run. Choose another place with -o."
        if over in taken:
            why = f"which is written for {taken[over]}. Rename one of them, or run them apart."
        found[job] = f"{job.source} would write over {own[over]}, {why}"
    return found


def _target(source: Path, name: str, output: Path | None) -> Path:
    suffix = suffix_for(source)
    if output is None:
        return source.with_name(f"{source.stem}{MARK}{suffix}")
    return (output / name).with_suffix(suffix)


def _disambiguated(jobs: Sequence[Job]) -> list[Job]:
    """Targets that several jobs share get the source's suffix; `conflicts` finds the rest."""
    count = Counter(job.target for job in jobs)
    return [_with_suffix(job) if count[job.target] > 1 else job for job in jobs]


def _with_suffix(job: Job) -> Job:
    own, target = job.source.suffix, job.target
    if own in ("", target.suffix):
        return job
    return replace(job, target=target.with_stem(f"{target.stem}-{own.removeprefix('.')}"))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long for any file
        return False


def is_there(path: Path) -> bool:
    """Whether anything has the name; nothing has one that is too long."""
    try:
        return path.exists()
    except OSError:
        return False


def left_out(inputs: Iterable[Path], recursive: bool = False) -> list[str]:
    """The files of the given folders that are not meant."""
    return [name for given in inputs if _is_folder(given) for name in others_in(given, recursive)]


def _pictures(folder: Path, output: Path, recursive: bool) -> list[str]:
    """Relative paths of the folder's pictures, the results of earlier runs left out."""
    results = output.resolve()
    names = pictures_in(folder, recursive)
    if results == folder.resolve():
        return names
    return [name for name in names if results not in (folder / name).resolve().parents]


def described_by_ending(names: Sequence[str]) -> str:
    """Files counted by their endings: "4 .txt, 2 .nef"."""
    count = Counter(Path(name).suffix.lower() or "without ending" for name in names)
    return ", ".join(f"{many} {ending}" for ending, many in count.most_common())
