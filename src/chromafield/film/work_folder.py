"""The folder of an unfinished film's finished pieces, so that a stopped run can go on."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..colorizer.colorizer import Colorizer
from ..errors import BadValue, OutputError
from ..storage import lock, write_atomically
from .key_frames import digest_of_all, read_key_frames
from .pictures import refuse_pictures
from .references import digest_of_folder
from .segment import ENDING
from .settings import Plan
from .source import identity
from .survey import Piece, Survey, load_survey


@dataclass(frozen=True, slots=True)
class Done:
    """What is known of a finished piece."""

    passed: int  # frames that had colours and kept them
    ahead: int  # frames by which its packets stand ahead of their turn
    seconds: dict[str, float]  # where its time went


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """A folder of one film's pieces."""

    folder: Path

    @property
    def survey_path(self) -> Path:
        return self.folder / "survey.json"

    def in_making(self, piece: Piece) -> Path:
        """A piece's frames until it is whole; each process has its own."""
        return self.folder / f"{piece.number:06d}.{os.getpid()}.part{ENDING}"

    def film(self, piece: Piece) -> Path:
        """A piece's coloured frames."""
        return self.folder / f"{piece.number:06d}.nut"

    def state(self, piece: Piece) -> Path:
        """What the piece after it needs."""
        return self.folder / f"{piece.number:06d}.state"

    def finish(self, piece: Piece, unfinished: Path, done: Done) -> None:
        """Say that a piece is whole: its record comes last."""
        unfinished.replace(self.film(piece))
        write_atomically(self._record(piece), json.dumps(dataclasses.asdict(done)))

    def done(self, piece: Piece) -> Done | None:
        """The record of a piece that is whole; None of any other."""
        try:
            return Done(**json.loads(self._record(piece).read_text("utf-8")))
        except FileNotFoundError:
            return None

    def finished(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces that are whole."""
        return [piece for piece in pieces if self._record(piece).exists()]

    def first_run(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Those from the film's start on that are whole without a gap."""
        run = []
        for piece in pieces:
            if not self._record(piece).exists():
                break
            run.append(piece)
        return run

    def _record(self, piece: Piece) -> Path:
        return self.folder / f"{piece.number:06d}.json"

    @property
    def is_empty(self) -> bool:
        """Is no piece whole?"""
        return not any(self.folder.glob(f"{'[0-9]' * 6}.json"))

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def open_work_folder(
    source: Path, target: Path, plan: Plan, colorizer: Colorizer, resume: bool
) -> WorkFolder:
    """The folder for this film and plan; emptied unless the run goes on.

    Raises:
        BadValue: there is nothing to go on with, or it was another film or plan.
        OutputError: the folder cannot be made.
    """
    work = work_folder_of(target)
    plan_path = work.folder / "plan.json"
    own = json.dumps(plan_of(source, plan, colorizer), indent=1, default=str)
    if resume:
        if not plan_path.exists():
            raise BadValue(f"There is no {plan_path} to go on with. Start without --resume.")
        changed = _changed(json.loads(plan_path.read_text("utf-8")), json.loads(own))
        if changed:
            raise BadValue(
                f"{work.folder} was made with another {', '.join(changed)}. Give the same as "
                "then, or start without --resume."
            )
        return work
    try:
        if work.folder.exists():
            with only_one(work):
                pass
        work.remove()
        work.folder.mkdir()
        plan_path.write_text(own, "utf-8")
    except OSError as error:
        raise OutputError(f"{work.folder} cannot be made ({error.strerror}).") from error
    return work


def refuse_what_is_there(target: Path) -> None:
    """Raises: OutputError: there is such a result, or there are finished pieces of one."""
    refuse_pictures(target)
    if target.is_file():
        raise OutputError(f"There is a {target} already. Name another, or add --overwrite.")
    work = work_folder_of(target)
    if not work.is_empty:
        raise OutputError(
            f"{work.folder} holds finished pieces of an earlier run. Go on with --resume, or "
            "start anew with --overwrite."
        )


def work_folder_of(target: Path) -> WorkFolder:
    """The folder of a film in the making."""
    return WorkFolder(target.with_name(f"{target.name}.parts"))


@contextlib.contextmanager
def only_one(work: WorkFolder) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it when the process ends.

    Raises:
        OutputError: another process works in it, or nothing can be written there.
    """
    try:
        held = (work.folder / "lock").open("a")
    except OSError as error:
        raise OutputError(f"{work.folder} cannot be written ({error.strerror}).") from error
    with held as file:
        try:
            lock(file)
        except OSError as error:
            raise OutputError(
                f"Another process works in {work.folder}. Wait for it, or end it first."
            ) from error
        yield


def kept_survey(work: WorkFolder) -> Survey | None:
    """The survey of an earlier run of the same film."""
    return load_survey(work.survey_path) if work.survey_path.exists() else None


def plan_of(source: Path, plan: Plan, colorizer: Colorizer) -> dict[str, object]:
    """Everything that decides on the result."""
    own = {f.name: getattr(plan, f.name) for f in dataclasses.fields(plan)}
    del own["settings"]  # they are in the fingerprint
    own["hints"] = digest_of_all(read_key_frames(plan.hints)) if plan.hints else None
    own["references"] = digest_of_folder(plan.references) if plan.references else None
    own |= {"film": identity(source), "version": __version__} | colorizer.fingerprint()
    return own


def _changed(before: dict[str, object], now: dict[str, object]) -> list[str]:
    return sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
