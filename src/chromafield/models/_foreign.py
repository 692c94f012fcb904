"""Networks that are not ours by name: published files, ONNX files, and what a user has added."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ._fold import fold
from ._published import SUFFIX as PUBLISHED
from ._published import load_published
from .plugged import store
from .plugged.description import fingerprint
from .plugged.loading import load_added, load_onnx

Found = tuple[
    str, nn.Module, str
]  # its name, the network, a SHA-256 of what decides on its colours


def load_foreign(name: str, device: str) -> Found | None:
    """The network of a file's path or of an added name; None where it is neither.

    Raises:
        MissingExtra: it is an ONNX file and onnxruntime is not installed.
        WeightsError: it cannot be used.
    """
    suffix = Path(name).suffix.lower()
    if suffix == PUBLISHED:
        found = load_published(Path(name))
        return found.name, fold(found.model), found.digest
    if suffix == store.ONNX:
        network = load_onnx(Path(name), device)
        return network.description.name, network, fingerprint(network.description)
    if (description := store.find(name)) is None:
        return None
    published = Path(description.file).suffix.lower() == PUBLISHED
    digest = description.sha256 if published else fingerprint(description)
    return description.name, load_added(description, device), digest
