"""A folder of films, one after the other, with a manifest by which a run goes on.

The manifest has a JSON line a finished film. A line proves a film done when the film, the plan,
the weights and the version are the same, and the result is there with the size it had.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..batch.manifest import add_lines, lines_of
from ..colorizer.loading import load_colorizer
from ..errors import ChromafieldError, DataError, OutputError
from .run import color_film
from .settings import Plan
from .work import FilmReport, Progress
from .work_folder import plan_of, refuse_what_is_there, work_folder_of

MANIFEST = "chromafield-films.jsonl"
FILMS = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts"),
    *(".vob", ".wmv", ".asf", ".flv", ".ogv", ".mxf", ".dv", ".3gp", ".gif", ".nut", ".y4m"),
)
HOLDING = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".mxf")  # whose results keep their ending


@dataclass(frozen=True, slots=True)
class FilmOutcome:
    """What became of one film of a folder."""

    source: Path
    target: Path
    report: FilmReport | None = None  # none where it was done before, or failed
    error: str | None = None  # a sentence


def films_in(folder: Path) -> list[Path]:
    """The films of a folder and of those in it, by name; none of another path."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.rglob("*") if path.suffix.lower() in FILMS)
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def color_films(
    folder: Path,
    target: Path,
    plan: Plan,
    device: str = "auto",
    jobs: int = 1,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = lambda doing, done, of: None,
) -> Iterator[FilmOutcome]:
    """Colour every film of a folder into another, under the same name; one that fails stops none.

    Args:
        resume: films that the manifest proves done are left; one that was begun is gone on with.
        overwrite: results that are there are replaced.

    Raises:
        DataError: there is no film.
        OutputError: the target lies in the folder, or cannot be made.
    """
    films = _begin(folder, target)
    done = _manifest(target / MANIFEST) if resume else {}
    colorizer = load_colorizer(plan.settings, device)
    for film in films:
        own = film.relative_to(folder)
        out = target / (own if own.suffix.lower() in HOLDING else own.with_suffix(".mkv"))
        try:
            told = json.dumps(plan_of(film, plan, colorizer), sort_keys=True, default=str)
            digest = hashlib.sha256(told.encode()).hexdigest()
            line = done.get(own.as_posix())
            if line and line["plan"] == digest and _bytes(out) == line["bytes"]:
                yield FilmOutcome(film, out)
                continue
            going_on = resume and (work_folder_of(out).folder / "plan.json").exists()
            if not going_on and not overwrite:
                refuse_what_is_there(out)
            out.parent.mkdir(parents=True, exist_ok=True)
            report = color_film(film, out, plan, device, jobs, going_on, progress, colorizer)
            if not report.stopped:
                _note(target / MANIFEST, own, out, digest, report)
        except (ChromafieldError, OSError) as error:
            yield FilmOutcome(film, out, error=str(error))
            continue
        yield FilmOutcome(film, out, report)
        if report.stopped:
            return


def _begin(folder: Path, target: Path) -> list[Path]:
    """The films of a folder; that of their results is made."""
    films = films_in(folder)
    if not films:
        raise DataError(f"{folder} holds no film.")
    if target.resolve().is_relative_to(folder.resolve()):
        raise OutputError(f"{target} lies in {folder} itself. Name another folder with -o.")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{target} cannot be made ({error.strerror}).") from error
    return films


def _manifest(path: Path) -> dict[str, dict[str, object]]:
    """The last line of each film."""
    return {str(line["film"]): line for line in lines_of(path) if "film" in line}


def _bytes(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _note(path: Path, film: Path, out: Path, digest: str, report: FilmReport) -> None:
    line: dict[str, object] = {
        "film": film.as_posix(),
        "result": out.relative_to(path.parent).as_posix(),
        "bytes": out.stat().st_size,
        "plan": digest,
        "frames": report.frames,
        "shots": report.shots,
        "sentences": report.sentences,
    }
    add_lines(path, [line])
