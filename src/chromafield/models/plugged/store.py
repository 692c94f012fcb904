"""The user's folder of added networks: of each a folder, NAME, with its file and a description.

On Linux it is ~/.local/share/chromafield/models; the environment variable CHROMAFIELD_MODELS names
another.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from platformdirs import user_data_path

from ...errors import BadValue, OutputError, WeightsError
from .description import Description, as_toml, read_description

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
ONNX = ".onnx"
TOML = "description.toml"
CHUNK = 1 << 22  # bytes hashed at once


def folder() -> Path:
    chosen = os.environ.get("CHROMAFIELD_MODELS")
    return Path(chosen) if chosen else user_data_path("chromafield") / "models"


def added() -> list[str]:
    """The names of the added networks."""
    try:
        return sorted(path.parent.name for path in folder().glob(f"[!.]*/{TOML}"))
    except OSError:
        return []


def find(name: str) -> Description | None:
    """The added network of this name, where there is one.

    Raises:
        WeightsError: its description cannot be read.
    """
    if not NAME.fullmatch(name) or name not in added():
        return None
    return replace(read_description(description_of(name)), name=name)


def file_of(description: Description) -> Path:
    """Its file, which is the one that was added.

    Raises:
        WeightsError: it is not there, or another.
    """
    path = folder() / description.name / Path(description.file).name
    digest = digest_of(path)
    if digest != description.sha256:
        raise WeightsError(
            f"{path} is not the file that was added as {description.name}: its SHA-256 is "
            f"{digest[:12]}..., its description says {description.sha256[:12]}... "
            f"Add it again: chromafield models remove {description.name}"
        )
    return path


def description_of(name: str) -> Path:
    """Where an added network's description lies."""
    return folder() / name / TOML


def size_of(description: Description) -> int:
    """Bytes of its file, and of those that hold its weights; 0 where it is not there."""
    path = folder() / description.name / Path(description.file).name
    return sum(one.stat().st_size for one in (path, *outside_of(path)) if one.is_file())


def digest_of(path: Path) -> str:
    """The file's SHA-256.

    Raises:
        WeightsError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(CHUNK):
                digest.update(part)
    except OSError as error:
        raise WeightsError(f"The network {path} cannot be read ({error.strerror}).") from error
    return digest.hexdigest()


def default_name(path: Path) -> str:
    """A name from a file's: lower case, without what a name cannot have."""
    return re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._")


def refuse_name(name: str, taken: list[str]) -> None:
    """Raises: BadValue: it can be no name, or is one already."""
    if not NAME.fullmatch(name):
        raise BadValue(
            f"{name!r} can be no name: it has small letters, digits, dots, - and _. Name another "
            "with --as."
        )
    if name in taken:
        raise BadValue(
            f"The name {name} is taken. Name another with --as, or remove that network first: "
            f"chromafield models remove {name}"
        )


def keep(source: Path, description: Description, move: bool = False) -> Path:
    """Copy the network into the folder, its outside weights too, and describe it; all or nothing.

    Args:
        move: the file itself, from within the folder, in place of a copy.

    Returns:
        The description's path.

    Raises:
        OutputError: the folder cannot be written into.
        WeightsError: the file cannot be read.
    """
    space = folder()
    digest = digest_of(source)
    try:
        space.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=space, prefix=".part-") as part:
            whole = Path(part) / description.name
            whole.mkdir()
            kept = replace(description, file=source.name, sha256=digest)
            (whole / TOML).write_text(as_toml(kept), "utf-8")
            for file in (source, *outside_of(source)):
                if move:
                    file.rename(whole / file.name)
                else:
                    shutil.copyfile(file, whole / file.name)
            whole.rename(space / description.name)
    except OSError as error:
        raise OutputError(
            f"The network cannot be kept in {space} ({error.strerror}). Free some space, or name "
            "another folder in CHROMAFIELD_MODELS."
        ) from error
    return description_of(description.name)


def remove(name: str) -> None:
    """Forget an added network and delete its files.

    Raises:
        BadValue: there is none of that name.
        OutputError: they cannot be deleted.
    """
    if name not in added():
        known = ", ".join(added()) or "none"
        raise BadValue(f"No network was added as {name!r}. Added are: {known}.")
    try:
        shutil.rmtree(folder() / name)
    except OSError as error:
        raise OutputError(f"{name} cannot be deleted ({error.strerror}).") from error


def outside_of(path: Path) -> list[Path]:
    """The files beside an ONNX file that hold its weights, by the names that exporters give."""
    names = (f"{path.name}.data", f"{path.name}_data", f"{path.stem}.data")
    return [path.with_name(n) for n in names if path.suffix == ONNX and path.with_name(n).is_file()]
