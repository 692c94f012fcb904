"""Jobs: a source and a target each, from inputs and an output path."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..addresses import is_address, spelled
from ..errors import BadValue, PictureError
from ..image.listing import NAMES_A_FILE, PICTURES, files_in
from ..image.write import suffix_for

MARK = "-color"  # added to the name of a result that lies beside its source
RESULT = re.compile(rf"(.+){MARK}(?:-(?:layer|compare|trust|sample-\w+))?")  # a result's stem
OTHER_ENDING, EARLIER_RESULT = "not a picture's ending", "a result of an earlier run"


@dataclass(frozen=True, slots=True)
class Job:
    source: Path
    target: Path
    hints: Path | None = None  # its own hint file, in place of the run's
    address: str | None = None  # the source's, where it has one; a path loses some slashes

    @property
    def named(self) -> str:
        """The source as it was named."""
        return self.address or str(self.source)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is named, or lies in a folder that is, and is not meant."""

    path: Path
    why: str


def plan(inputs: Sequence[Path], output: Path | None, recursive: bool = False) -> list[Job]:
    """The jobs of `plan_all`."""
    return plan_all(inputs, output, recursive)[0]


def plan_all(
    inputs: Sequence[Path], output: Path | None, recursive: bool = False
) -> tuple[list[Job], list[LeftOut]]:
    """Jobs for files and folders, in a fixed order; a file that is named twice is one job.

    Where several would take one name, those that get another suffix keep their own in it: b.bmp
    beside b.png becomes b-bmp.png.

    Args:
        inputs: files, or folders whose pictures are meant.
        output: a file (for one input file), a folder, or None: beside each file. What has no
            picture's ending is a folder.
        recursive: also the folders' folders; their tree is kept in the output folder.

    Returns:
        The jobs, and the files of the folders that are not meant; what lies in another folder of
        results is neither.

    Raises:
        BadValue: an output that cannot be meant.
        PictureError: a folder without pictures.
    """
    one_file = len(inputs) == 1 and not _is_folder(inputs[0])
    if output is not None and output.suffix.lower() in NAMES_A_FILE and not _is_folder(output):
        if one_file:
            return [Job(inputs[0], output)], []
        if output.suffix.lower() in PICTURES:
            raise BadValue(
                f"{output} is named like one picture, but several may come of what is given. "
                "Name a folder for the results with -o."
            )
    jobs: list[Job] = []
    others: list[LeftOut] = []
    for given in inputs:
        if not _is_folder(given):
            jobs.append(Job(given, _target(given, given.name, output)))
            continue
        if output is None:
            raise BadValue(f"{given} is a folder. Name a folder for the results with -o.")
        found, left_out = inputs_in(given, output, recursive)
        if not found:
            raise PictureError(_without_pictures(given, left_out, recursive))
        jobs += [Job(path, _target(path, str(path.relative_to(given)), output)) for path in found]
        others += left_out
    return _disambiguated(list(dict.fromkeys(jobs))), others


def _without_pictures(folder: Path, left_out: Sequence[LeftOut], recursive: bool) -> str:
    others = [one.path.name for one in left_out]
    there = f" that can be coloured, but {described_by_ending(others)}" if others else ""
    hint = "" if recursive else " Add -r to look in its folders too."
    return f"{folder} holds no pictures{there}.{hint}"


def plan_listed(places: Mapping[str, str], output: Path | None) -> list[Job]:
    """Jobs for pictures of a list.

    Args:
        places: by the picture's name, where its result lies below `output`.
        output: a folder, an address, or None: beside each picture.
    """
    return _disambiguated(
        [
            Job(
                Path(name),
                _target(Path(name), place, output),
                address=name if is_address(name) else None,
            )
            for name, place in places.items()
        ]
    )


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
            first = spelled(taken[over])
            why = f"which is written for {first}. Rename one of them, or run them apart."
        found[job] = f"{job.named} would write over {spelled(own[over])}, {why}"
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


def without_results(inputs: Sequence[Path]) -> tuple[list[Path], list[LeftOut]]:
    """The inputs without results of earlier runs, and those: a-color.jpg, where a.jpg is given too.

    So the same globs, given twice, colour no results.
    """
    stems = {_stem(path) for path in inputs}
    kept, results = [], []
    for path in inputs:
        if _is_result(_stem(path), stems):
            results.append(LeftOut(path, EARLIER_RESULT))
        else:
            kept.append(path)
    return kept, results


def _stem(path: Path) -> Path:
    """The path without its ending; "." and "/" have no name that could have one."""
    return path.with_suffix("") if path.name else path


def _is_result(stem: Path, stems: Collection[Path]) -> bool:
    match = RESULT.fullmatch(stem.name)
    return match is not None and stem.with_name(match[1]) in stems


def inputs_in(
    folder: Path, output: Path | None, recursive: bool
) -> tuple[list[Path], list[LeftOut]]:
    """The folder's pictures, and what is not meant: other endings, results of earlier runs."""
    names, others = files_in(folder, recursive)
    inside = _outside(folder, output)
    pictures, results = without_results([folder / name for name in names if inside(name)])
    odd = [LeftOut(folder / name, OTHER_ENDING) for name in others if inside(name)]
    return pictures, [*odd, *results]


def _outside(folder: Path, output: Path | None) -> Callable[[str], bool]:
    """Whether a name of the folder lies outside the folder of the results, if that is another."""
    if output is None or (results := output.resolve()) == folder.resolve():
        return lambda name: True
    return lambda name: results not in (folder / name).resolve().parents


def described_by_ending(names: Sequence[str]) -> str:
    """Files counted by their endings: "4 .txt, 2 .nef"."""
    count = Counter(Path(name).suffix.lower() or "without ending" for name in names)
    return ", ".join(f"{many} {ending}" for ending, many in count.most_common())
