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

from ...errors import BadValue, MissingExtra, OutputError, WeightsError
from .description import Description, as_toml, read_description

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
ONNX = ".onnx"
TOML = "description.toml"
BETWEEN = "  "  # a hash and the path that it is of
WORDS = ("add", "get", "list", "remove", "show")  # of `chromafield models`
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
    path, *beside = _files(description)
    digests = [description.sha256, *(line.partition(BETWEEN)[0] for line in description.beside)]
    for one, expected in zip((path, *beside), digests, strict=True):
        if (digest := digest_of(one)) != expected:
            raise WeightsError(
                f"{one} is not the file that was added as {description.name}: its SHA-256 is "
                f"{digest[:12]}..., its description says {expected[:12]}... "
                f"Add it again: chromafield models remove {description.name}"
            )
    return path


def _files(description: Description) -> list[Path]:
    """Its file, and those that hold its weights, in its own folder."""
    own = folder() / description.name
    named = (line.partition(BETWEEN)[2] for line in description.beside)
    return [own / Path(description.file).name, *(own / path for path in named)]


def description_of(name: str) -> Path:
    """Where an added network's description lies."""
    return folder() / name / TOML


def size_of(description: Description) -> int:
    """Bytes of its file, and of those that hold its weights; 0 where it is not there."""
    return sum(one.stat().st_size for one in _files(description) if one.is_file())


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
    if name in WORDS or name.endswith((ONNX, ".pth", ".safetensors")):
        raise BadValue(
            f"{name} would be taken for {'a command' if name in WORDS else 'a file'}. Name another "
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
    kept = described_as_kept(source, description)
    beside = [Path(line.partition(BETWEEN)[2]) for line in kept.beside]
    try:
        space.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=space, prefix=".part-") as part:
            whole = Path(part) / description.name
            whole.mkdir()
            (whole / TOML).write_text(as_toml(kept), "utf-8")
            for file in (Path(source.name), *beside):
                (whole / file).parent.mkdir(parents=True, exist_ok=True)
                if move:
                    (source.parent / file).rename(whole / file)
                else:
                    shutil.copyfile(source.parent / file, whole / file)
            whole.rename(space / description.name)
    except OSError as error:
        raise OutputError(
            f"The network cannot be kept in {space} ({error.strerror}). Free some space, or name "
            "another folder in CHROMAFIELD_MODELS."
        ) from error
    except UnicodeEncodeError as error:
        raise BadValue(
            f"The name of {source.name!a}, its licence or its source is no text. Give it another."
        ) from error
    return description_of(description.name)


def described_as_kept(source: Path, description: Description) -> Description:
    """With the names and the hashes of its files.

    Raises:
        WeightsError: one of them cannot be read.
    """
    beside = [path.relative_to(source.parent).as_posix() for path in outside_of(source)]
    return replace(
        description,
        file=source.name,
        sha256=digest_of(source),
        beside=tuple(f"{digest_of(source.parent / path)}{BETWEEN}{path}" for path in beside),
    )


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
    """The files that hold an ONNX file's weights, beside it or in folders there.

    Raises:
        MissingExtra: onnx is not installed.
    """
    if path.suffix.lower() != ONNX:
        return []
    try:
        import onnx
        from onnx.external_data_helper import _get_all_tensors
    except ImportError as error:
        raise MissingExtra("Adding an ONNX network", "onnx") from error
    tensors = _get_all_tensors(onnx.load(str(path), load_external_data=False))
    entries = [entry for tensor in tensors for entry in tensor.external_data]
    named = {entry.value for entry in entries if entry.key == "location"}
    return [path.parent / location for location in sorted(named)]
