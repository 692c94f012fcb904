"""Pictures that are open, and what is kept beside each of them.

    photo.png               the picture
    photo.png.hints.json    its hints, as they were last saved
    photo.png.draft.hints.json   marks that were carried to it from others of a series
    photo.png.hints/        pictures that its hints name: references

Where the picture's folder cannot be written to, hints and named pictures lie in `data_dir` instead,
the user's data folder, as dropped pictures do with theirs. Nothing that a page says leads
elsewhere, and no link does.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from ..errors import BadValue, ChromafieldError, OutputError
from ..hints.document import Hints
from ..hints.file import to_json, write_hints
from ..image import read_picture
from ..image.detect import has_color
from ..image.listing import pictures_in
from ..settings import check_value
from ..storage import atomically
from .opened import OpenPicture

# Settings that each picture has its own of.
OWN = (
    "sample",
    "reference",
    "reference_strength",
    "model",
)


class Changed(ChromafieldError):
    """The hints were changed elsewhere since they were read."""


class PictureStore:
    """All open pictures, by their numbers."""

    def __init__(self, data_dir: Path | None = None) -> None:
        """
        Args:
            data_dir: where dropped pictures are kept, with their hints; the user's data folder.
        """
        self.data_dir = data_dir or user_data_path("chromafield") / "studio"
        self.opened: dict[str, OpenPicture] = {}
        self._count = 0
        self._lock = threading.Lock()

    def __getitem__(self, number: str) -> OpenPicture:
        """Raises: BadValue: no picture of this number is open."""
        if number not in self.opened:
            raise BadValue(f"No picture {number} is open. Open it again.")
        return self.opened[number]

    def open(self, path: Path) -> list[str]:
        """Open a picture, or the pictures of a folder; their numbers.

        A link in a folder that leads out of it is left alone: its hints would lie elsewhere.
        """
        paths = [path.resolve()]
        if path.is_dir():
            found = [(path / name).resolve() for name in pictures_in(path)]
            paths = [one for one in found if one.is_relative_to(path.resolve())]
        return [self._add(self._placed(one)) for one in paths]

    def token(self) -> str:
        """The token of this user's studio: the same after a restart, so that an open page goes on.

        Raises:
            OutputError: it cannot be kept.
        """
        path = self.data_dir / "token"
        with contextlib.suppress(OSError):
            if (known := path.read_text("utf-8")) and path.stat().st_mode & 0o077 == 0:
                return known
        token = secrets.token_urlsafe(24)
        write_atomically(path, token.encode(), mode=0o600)
        return token

    def upload(self, name: str, data: bytes) -> str:
        """Keep a picture that was dropped on the page, and open it; its number.

        The same picture dropped again finds the hints that it was given.

        Raises:
            BadValue: a name that is none.
            OutputError: it cannot be kept.
        """
        folder = self.data_dir / hashlib.sha256(data).hexdigest()[:16]
        path = folder / plain_name(name)
        write_atomically(path, data)
        return self._add(OpenPicture(path, folder, dropped=True))

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

    def save(self, opened: OpenPicture, told_: dict[str, Any], revision: int) -> int:
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
            return _write(opened, hints)

    def give_settings(self, opened: OpenPicture, given: dict[str, Any]) -> int:
        """Give its hints these settings in place of theirs, but for `OWN`; the new revision.

        The picture need not be read yet.

        Raises:
            BadValue: it cannot be opened.
            ChromafieldError: its hints are none, or a setting is out of its range.
            OutputError: they cannot be written.
        """
        with opened.lock, opened.writing:  # not while its hints are being read
            if opened.error:
                raise BadValue(opened.error)
            hints = opened.kept_hints()
            own = {name: value for name, value in hints.settings if name in OWN}
            shared = {name: value for name, value in given.items() if name not in OWN}
            hints = opened.parse(to_json(hints) | {"settings": own | shared})
            for name, value in hints.settings:
                if name in shared:
                    check_value(name, value)
            return _write(opened, hints)

    def keep_reference(self, opened: OpenPicture, name: str, data: bytes) -> str:
        """Keep a picture that colours are taken from; the name by which hints name it.

        Raises:
            BadValue: a name that is none, or a picture without colours.
            PictureError: it cannot be read.
            OutputError: it cannot be kept.
        """
        digest = hashlib.sha256(data).hexdigest()[:8]
        path = opened.named / f"{digest}-{plain_name(name)}"
        if not opened.named.resolve().is_relative_to(opened.home.resolve()):
            raise BadValue(f"{opened.named} leads out of the picture's folder.")
        if not path.exists():
            write_atomically(path, data)
            try:
                if not has_color(read_picture(path)):
                    raise BadValue(f"The reference {name} has no colours. Choose one that has.")
            except ChromafieldError:
                path.unlink(missing_ok=True)
                raise
        return path.relative_to(opened.home).as_posix()

    def join_references(self, opened: OpenPicture, names: Sequence[str]) -> str:
        """A folder with copies of pictures that are kept beside the hints; its name there.

        Raises:
            BadValue: a name leads elsewhere, or is no picture's that is kept.
            OutputError: it cannot be made.
        """
        paths = [opened.named_picture(name) for name in names]
        digest = hashlib.sha256("\n".join(sorted(set(names))).encode()).hexdigest()[:8]
        folder = opened.named / f"several-{digest}"
        for path in paths:
            if not (folder / path.name).exists():
                write_atomically(folder / path.name, path.read_bytes())
        return folder.relative_to(opened.home).as_posix()

    def _placed(self, path: Path) -> OpenPicture:
        if os.access(path.parent, os.W_OK):
            return OpenPicture(path, path.parent)
        home = self.data_dir / hashlib.sha256(str(path).encode()).hexdigest()[:16]
        return OpenPicture(path, home)

    def _add(self, opened: OpenPicture) -> str:
        """Its number; a picture that is open keeps the one it has, so that its hints are one."""
        with self._lock:
            for number, other in self.opened.items():
                if other.path == opened.path:
                    return number
            number = str(self._count)
            self._count += 1
            self.opened[number] = opened
            return number


def _write(opened: OpenPicture, hints: Hints) -> int:
    """Write the hints beside the picture; the new revision."""
    try:
        opened.home.mkdir(parents=True, exist_ok=True)
        write_hints(opened.saved, hints)
    except OSError as error:
        raise OutputError(
            f"The hints {opened.saved} cannot be written ({error.strerror})."
        ) from error
    opened.hints, opened.revision = to_json(hints), opened.revision + 1
    return opened.revision


def plain_name(name: str) -> str:
    """The last part of a name that a page says.

    Raises:
        BadValue: there is none.
    """
    plain = Path(name.replace("\\", "/")).name.replace("\0", "")
    if not plain.strip(". "):
        raise BadValue(f"{name!r} is no file's name.")
    return plain


def write_atomically(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a file whole or not at all.

    Args:
        mode: who may read and write it, less what the system takes away.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomically(path) as part:
            part.touch(mode)
            part.write_bytes(data)
    except OSError as error:
        raise OutputError(f"{path} cannot be kept ({error.strerror}).") from error
