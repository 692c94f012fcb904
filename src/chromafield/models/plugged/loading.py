"""Added networks by their names: kept once, checked each time."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ...errors import WeightsError
from .._fold import fold
from .._published import SUFFIX as PUBLISHED
from .._published import load_published
from . import store
from .description import Description
from .network import OnnxColorizer, make_colorizer
from .probe import Stated, guess
from .session import open_session, refuse_missing


def describe_file(path: Path, name: str = "", told: Stated | None = None) -> Description:
    """What can be told of a network's file; see `guess`.

    Args:
        name: what it is to be called; the model's own name, or the file's, where "".
        told: what the user says of it.

    Raises:
        MissingExtra: it is an ONNX file and onnxruntime is not installed.
        BadValue: no such preset.
        WeightsError: it is no network that can be used, or what it takes cannot be told.
    """
    if path.suffix.lower() == PUBLISHED:
        if told not in (None, Stated()):
            raise WeightsError(
                f"{path} is a published file, which needs no preset, size, multiple or output. "
                "Leave them out."
            )
        found = load_published(path)
        return Description(name or found.name, preset="published")
    if path.suffix.lower() != store.ONNX:
        raise WeightsError(
            f"{path} is neither an .onnx file nor a published .pth file. Weights that `chromafield "
            "train` wrote need not be added: name the .safetensors file itself."
        )
    described = guess(open_session(path), told)
    own = name or store.default_name(path)
    return Description(own, preset=described.preset, input=described.input, output=described.output)


def refuse_unusable(path: Path) -> None:
    """Raises: MissingExtra: files of this ending need a package that is not installed."""
    if path.suffix.lower() == store.ONNX:
        refuse_missing()


def add(path: Path, description: Description, taken: list[str], move: bool = False) -> Path:
    """Keep a described network in the user's folder.

    Args:
        taken: names that it cannot have.
        move: the file itself, from within the folder, in place of a copy.

    Returns:
        The description's path.

    Raises:
        BadValue: the name cannot be used.
        OutputError: the folder cannot be written into.
    """
    store.refuse_name(description.name, [*taken, *store.added()])
    return store.keep(path, description, move)


def load_added(description: Description, device: str) -> nn.Module:
    """The network, checked against the hash it was added with.

    Raises:
        MissingExtra: onnxruntime is not installed.
        WeightsError: its file is missing, another, or cannot be run.
    """
    path = store.file_of(description)
    if path.suffix.lower() == PUBLISHED:
        return fold(load_published(path).model)
    return make_colorizer(open_session(path, device), description)


def load_onnx(path: Path, device: str = "cpu") -> OnnxColorizer:
    """A network that was not added, where what it takes can be told.

    Raises:
        MissingExtra, WeightsError: as `describe_file`.
    """
    described = describe_file(path)
    session = open_session(path, device)
    return make_colorizer(session, store.described_as_kept(path, described))
