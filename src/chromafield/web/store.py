"""Pictures that are open, and what is kept beside each of them.

    photo.png               the picture
    photo.png.hints.json    its hints, as they were last saved
    photo.png.hints/        pictures that its hints name: references

Where the picture's folder cannot be written to, hints and named pictures lie in the room instead,
the user's data folder, as dropped pictures do with theirs. Nothing that a page says leads
elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from ..canvas.canvas import Canvas
from ..errors import BadValue, ChromafieldError, OutputError
from ..hints.document import Hints
from ..hints.file import parse_hints, to_json, write_hints
from ..hints.propagate import HintPropagator
from ..image import Picture, read_picture
from ..image.detect import is_color
from ..image.listing import NAMED_BY_HINTS, pictures_in
from ..settings import Settings

SUFFIX = ".hints.json"


class Changed(ChromafieldError):
    """The hints were changed elsewhere since they were read."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A picture's automatic colours under some settings, and their field made ready for hints."""

    canvas: Canvas
    propagator: HintPropagator


@dataclass
class Opened:
    """One picture, and what is known of it so far."""

    path: Path
    home: Path  # the folder of its hints, and of what they name
    dropped: bool = False  # on the page: the studio's own copy
    step: str = "waiting"  # what is being done; "ready" at the end
    error: str = ""
    picture: Picture | None = None
    ready: dict[Settings, Ready] = field(default_factory=dict)
    hints: dict[str, Any] = field(default_factory=lambda: to_json(Hints()))
    revision: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)  # while it is worked on
    writing: threading.Lock = field(default_factory=threading.Lock)  # while hints are kept

    @property
    def saved(self) -> Path:
        """Where its hints are kept."""
        return self.home / (self.path.name + SUFFIX)

    @property
    def named(self) -> Path:
        """Where pictures that its hints name are kept."""
        return self.home / (self.path.name + NAMED_BY_HINTS)

    def parse(self, told_: dict[str, Any], name: str = "the hints") -> Hints:
        """Hints for this picture; raises as `parse_hints`."""
        return parse_hints(told_, name, self.home)

    def refuse_unready(self) -> None:
        """Raises: BadValue: it is not ready, or never will be; the message says why."""
        if self.error:
            raise BadValue(self.error)
        if not self.ready:
            raise BadValue(f"{self.path.name} is not ready yet.")

    def status(self) -> dict[str, Any]:
        height, width = self.picture.size if self.picture else (0, 0)
        return {
            "name": self.path.name,
            "step": self.step,
            "error": self.error,
            "width": width,
            "height": height,
            "revision": self.revision,
        }


class Shelf:
    """All open pictures, by their numbers."""

    def __init__(self, room: Path | None = None) -> None:
        """
        Args:
            room: where dropped pictures are kept, with their hints; the user's data folder.
        """
        self.room = room or user_data_path("chromafield") / "studio"
        self.opened: dict[str, Opened] = {}
        self._count = 0
        self._lock = threading.Lock()

    def __getitem__(self, number: str) -> Opened:
        """Raises: BadValue: no picture of this number is open."""
        if number not in self.opened:
            raise BadValue(f"No picture {number} is open. Open it again.")
        return self.opened[number]

    def open(self, path: Path) -> list[str]:
        """Open a picture, or the pictures of a folder; their numbers."""
        paths = [path / name for name in pictures_in(path)] if path.is_dir() else [path]
        return [self._add(self._placed(one.resolve())) for one in paths]

    def upload(self, name: str, data: bytes) -> str:
        """Keep a picture that was dropped on the page, and open it; its number.

        The same picture dropped again finds the hints that it was given.

        Raises:
            BadValue: a name that is none.
            OutputError: it cannot be kept.
        """
        folder = self.room / hashlib.sha256(data).hexdigest()[:16]
        path = folder / plain_name(name)
        keep(path, data)
        return self._add(Opened(path, folder, dropped=True))

    def close(self, number: str) -> None:
        """Close a picture; one that was dropped is forgotten with all that was kept of it.

        Raises:
            BadValue: no picture of this number is open.
        """
        opened = self[number]
        with self._lock:
            self.opened.pop(number, None)
        if opened.dropped:
            opened.path.unlink(missing_ok=True)
            opened.saved.unlink(missing_ok=True)
            shutil.rmtree(opened.named, ignore_errors=True)

    def save(self, opened: Opened, told_: dict[str, Any], revision: int) -> int:
        """Keep the hints beside the picture, whole or not at all; the new revision.

        Raises:
            BadValue: the picture is not ready, so that what it has may not have been read yet.
            Changed: they were changed since the page read them.
            ChromafieldError: they are no hints.
            OutputError: they cannot be written.
        """
        opened.refuse_unready()
        hints = opened.parse(told_)
        with opened.writing:
            if revision != opened.revision:
                raise Changed("The hints were changed in another window.")
            part = opened.saved.with_name(opened.saved.name + ".part")
            try:
                opened.home.mkdir(parents=True, exist_ok=True)
                write_hints(part, hints)
                part.replace(opened.saved)
            except OSError as error:
                raise OutputError(
                    f"The hints {opened.saved} cannot be written ({error.strerror})."
                ) from error
            opened.hints, opened.revision = to_json(hints), revision + 1
            return opened.revision

    def keep_reference(self, opened: Opened, name: str, data: bytes) -> str:
        """Keep a picture that colours are taken from; the name by which hints name it.

        Raises:
            BadValue: a name that is none, or a picture without colours.
            PictureError: it cannot be read.
            OutputError: it cannot be kept.
        """
        digest = hashlib.sha256(data).hexdigest()[:8]
        path = opened.named / f"{digest}-{plain_name(name)}"
        if not path.exists():
            keep(path, data)
            try:
                if not is_color(read_picture(path))[0]:
                    raise BadValue(f"The reference {name} has no colours. Choose one that has.")
            except ChromafieldError:
                path.unlink(missing_ok=True)
                raise
        return path.relative_to(opened.home).as_posix()

    def _placed(self, path: Path) -> Opened:
        if os.access(path.parent, os.W_OK):
            return Opened(path, path.parent)
        home = self.room / hashlib.sha256(str(path).encode()).hexdigest()[:16]
        return Opened(path, home)

    def _add(self, opened: Opened) -> str:
        """Its number; a picture that is open keeps the one it has, so that its hints are one."""
        with self._lock:
            for number, other in self.opened.items():
                if other.path == opened.path:
                    return number
            number = str(self._count)
            self._count += 1
            self.opened[number] = opened
            return number


def plain_name(name: str) -> str:
    """The last part of a name that a page says.

    Raises:
        BadValue: there is none.
    """
    plain = Path(name.replace("\\", "/")).name.replace("\0", "")
    if not plain.strip(". "):
        raise BadValue(f"{name!r} is no file's name.")
    return plain


def keep(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be kept ({error.strerror}).") from error
