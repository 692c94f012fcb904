"""Weights as their authors published them: pickled state dicts, read without running anything.

The networks' layers have the published names, so a file loads strictly. Its name may end with the
first eight digits of its SHA-256, as torch's hub writes it; they are checked.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import WeightsError
from ._zhang import Config
from .weights import load_state, refuse_unfit
from .zhang2016 import Zhang2016
from .zhang2017 import Zhang2017

SUFFIX = ".pth"
CONFIG_OF = re.compile(r"-([0-9a-f]{8})\.pth$")  # the hash's beginning in a file's name
COUNTER = "num_batches_tracked"  # of a norm; states saved before torch 0.4.1 lack it
PARALLEL = "module."  # before every name, where the network was saved as one on several devices
FIRST = "model1.0.weight"  # its shape tells the width


# Models, and the file that their authors published of each.
FILES = {
    "zhang2016": "colorization_release_v2-9b330a0b.pth",
    "zhang2017": "siggraph17-df00044c.pth",
}


@dataclass(frozen=True, slots=True)
class Published:
    name: str  # of the model
    model: nn.Module
    digest: str  # SHA-256 of the file


def load_published(path: Path) -> Published:
    """The network whose state the file holds, with its weights.

    Raises:
        WeightsError: the file cannot be read, is not what its name says, is no state dict, or is
            one of no network that is known here.
        WeightsMismatch: a tensor is missing or surplus.
    """
    state, digest = read_state(path)
    name = _known(state, path)
    with torch.device("meta"):  # a width that the file alone claims takes no memory
        shapes = _network(name, _width(state)).state_dict()
    counters = shapes.keys() - state.keys()
    own = {k: v for k, v in shapes.items() if not (k in counters and k.endswith(COUNTER))}
    refuse_unfit(own, state, path)
    model = _network(name, _width(state))
    load_state(model, _counted(model, state), path)
    if isinstance(model, Zhang2016) and (note := model.accept(str(path))):
        warnings.warn(note, stacklevel=2)
    return Published(name, model, digest)


def read_state(path: Path) -> tuple[dict[str, Tensor], str]:
    """The tensors by their names, and the file's SHA-256.

    Raises:
        WeightsError: the file cannot be read, is not what its name says, or is no state dict.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"The weights {path} cannot be read ({error.strerror}).") from error
    digest = hashlib.sha256(data).hexdigest()
    named = CONFIG_OF.search(path.name)
    if named is not None and not digest.startswith(named[1]):
        raise WeightsError(
            f"{path} is not what its name says: its SHA-256 begins with {digest[:8]}, the name "
            f"says {named[1]}. It was cut or changed: fetch it again."
        )
    try:
        with warnings.catch_warnings():  # of other kinds of pickle: they are read or refused
            warnings.simplefilter("ignore")
            state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # of a damaged file torch raises whatever it stumbles on
        raise WeightsError(
            f"{path} holds more than tensors, or is damaged. Nothing in it was run; only a state "
            "dict is taken, names with their tensors."
        ) from error
    if not isinstance(state, dict) or not state:
        raise WeightsError(f"{path} holds {type(state).__name__}, not names with their tensors.")
    for key, value in state.items():
        if not isinstance(key, str):
            raise WeightsError(f"{path} is no state dict: its key {key!r} is no name.")
        if not isinstance(value, Tensor):
            raise WeightsError(
                f"{path} is no state dict: its entry {key!r} is {type(value).__name__}, no tensor."
            )
        _refuse_values(key, value, path)
    if all(key.startswith(PARALLEL) for key in state):
        state = {key.removeprefix(PARALLEL): value for key, value in state.items()}
    return state, digest


def _refuse_values(key: str, value: Tensor, path: Path) -> None:
    """Raises: WeightsError: the tensor holds no numbers that weights can be."""
    plain = value.layout == torch.strided and not value.is_meta and not value.is_quantized
    real = value.is_floating_point() or key.endswith(COUNTER)
    if not plain or not real or (value.is_floating_point() and not value.isfinite().all()):
        raise WeightsError(
            f"{path}: the tensor {key} holds no weights: they are plain and finite numbers with "
            "parts. It is damaged, or of another network."
        )


def start_published(model: nn.Module, path: Path) -> dict[str, Tensor] | None:
    """A start for training: what the file holds; None where the model has no published file."""
    if not isinstance(model, (Zhang2016, Zhang2017)):
        return None
    state, _ = read_state(path)
    return _counted(model, state)


def _known(state: dict[str, Tensor], path: Path) -> str:
    """The name of the network that shares the most names with the state, at least half."""
    shared = {name: len(_names(name) & state.keys()) for name in FILES}
    best = max(shared, key=shared.__getitem__)
    if 2 * shared[best] < len(_names(best)):
        some = ", ".join(sorted(state)[:3])
        raise WeightsError(
            f"{path} is the state of no network that is known here ({some} ...). Known are: "
            f"{', '.join(FILES)}. Others can be added as ONNX: chromafield models add FILE.onnx"
        )
    return best


def _names(name: str) -> set[str]:
    return set(_network(name, 1).state_dict())


def _network(name: str, width: int) -> Zhang2016 | Zhang2017:
    config = Config(width)
    return Zhang2016(config) if name == "zhang2016" else Zhang2017(config)


def _width(state: dict[str, Tensor]) -> int:
    """Of the first block; 1 where the state does not tell, which strict loading will say."""
    first = state.get(FIRST)
    return first.shape[0] if first is not None and first.ndim == 4 and first.shape[0] else 1


def _counted(model: nn.Module, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state with the norms' counters, which older files lack."""
    own = model.state_dict()
    counters = {key: own[key] for key in own if key.endswith(COUNTER) and key not in state}
    return {**state, **counters}
