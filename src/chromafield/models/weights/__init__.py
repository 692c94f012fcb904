"""Weight files: safetensors that name their model, with a SHA-256 beside them, loaded strictly.

    lite_unet.safetensors           the weights; matrices and kernels in half precision
    lite_unet.safetensors.sha256    the file's hash, as `sha256sum` writes it
    lite_unet.md                    the card: how they were trained and what they cannot do

The file's metadata hold the model's name and its `Config`, so a path is all that loading needs.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ...errors import WeightsError, WeightsMismatch
from ...storage import write_atomically

N = TypeVar("N", bound=nn.Module)

SHIPPED = Path(__file__).parents[2] / "weights"
SUFFIX = ".safetensors"
ENTRY = "chromafield"  # the metadata's one key


def shipped_path(name: str) -> Path:
    """Where the weights that come with the package lie for the model `name`."""
    return SHIPPED / f"{name.replace('-', '_')}{SUFFIX}"


def hash_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def write_weights(path: Path, name: str, model: nn.Module) -> str:
    """Write `model` to `path` and its hash beside it; returns the hash.

    Weights of two dimensions or more are halved in precision; the rest, the norms' statistics among
    them, is small and stays as it is.
    """
    state = {
        key: value.detach().cpu().contiguous().to(torch.float16 if _is_wide(value) else value.dtype)
        for key, value in model.state_dict().items()
    }
    config = dataclasses.asdict(model.config)  # type: ignore[call-overload]
    # One entry, since safetensors writes several in no fixed order: equal weights, equal bytes.
    data = save(state, metadata={ENTRY: json.dumps({"model": name, "config": config})})
    write_atomically(path, data)
    digest = hashlib.sha256(data).hexdigest()
    write_atomically(hash_path(path), f"{digest}  {path.name}\n")
    return digest


def read_weights(path: Path) -> tuple[str, dict[str, object], dict[str, Tensor], str]:
    """The model's name, its options, its weights in single precision, and the file's hash.

    Raises:
        WeightsError: the file or its hash is missing, or they disagree.
    """
    try:
        data = path.read_bytes()
        recorded = hash_path(path).read_text("ascii").split()
    except OSError as error:
        raise WeightsError(
            f"The weights {error.filename} cannot be read ({error.strerror}). "
            "Weights come as a pair: NAME.safetensors and NAME.safetensors.sha256."
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if not recorded or recorded[0] != digest:
        raise WeightsError(
            f"The weights {path} are damaged: their SHA-256 is {digest[:12]}..., "
            f"{hash_path(path).name} says {recorded[0][:12] if recorded else 'nothing'}... "
            "Install the package again, or copy both files again."
        )
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a safetensors file ({error}).") from error
    if ENTRY not in metadata:
        raise WeightsError(f"{path} does not name its model; it was not written by `train`.")
    state = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
    stored = json.loads(metadata[ENTRY])
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in stored["config"].items()}
    return stored["model"], options, state, digest


def refuse_unlisted(path: Path, name: str, known: Sequence[str], lack: str) -> None:
    """Raises: WeightsError: the file at `path` holds none of the known networks."""
    if name not in known:
        raise WeightsError(
            f"{path} holds weights of {name}, which {lack}. There are: {', '.join(known)}."
        )


def load_network(path: Path, name: str, create: Callable[..., N]) -> tuple[N, str]:
    """The one network that a file should hold, and the file's hash.

    Args:
        name: of the network, as weight files have it.
        create: the network with fresh weights, from its options.

    Raises:
        WeightsError: the weights are missing, damaged or of another network.
    """
    found, options, state, digest = read_weights(path)
    if found != name:
        raise WeightsError(f"{path} holds weights of {found}, not of {name}.")
    network = create(**options)
    load_state(network, state, path)
    return network, digest


def read_torchvision(path: Path, grey: bool) -> dict[str, Tensor]:
    """A torchvision checkpoint of a ResNet without its classes, as a start.

    Args:
        grey: sum the first kernels over the three colours.

    Raises:
        WeightsError: it cannot be read.
        WeightsMismatch: it is not a ResNet's.
    """
    try:
        state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        raise WeightsError(f"The checkpoint {path} cannot be read ({error}).") from error
    if "conv1.weight" not in state:
        raise WeightsMismatch(str(path), missing=["conv1.weight"], surplus=sorted(state))
    kept = {key: value for key, value in state.items() if not key.startswith("fc.")}
    if grey:
        kept["conv1.weight"] = kept["conv1.weight"].sum(1, keepdim=True)
    return kept


def start_state(model: nn.Module, state: dict[str, Tensor], path: Path) -> list[str]:
    """Take from `state` every tensor that the model has by the same name; the rest stay fresh.

    Returns:
        The names of those that stay fresh.

    Raises:
        WeightsMismatch: no name is shared.
        WeightsError: a shape differs.
    """
    own = model.state_dict()
    shared = {key: value for key, value in state.items() if key in own}
    if not shared:
        raise WeightsMismatch(str(path), sorted(own), sorted(state))
    load_state(model, own | shared, path)
    return sorted(own.keys() - shared.keys())


def load_state(model: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Load strictly.

    Raises:
        WeightsMismatch: names differ; the message lists some.
        WeightsError: a shape differs.
    """
    refuse_unfit(model.state_dict(), state, path)
    model.load_state_dict(state, strict=True)


def refuse_unfit(own: dict[str, Tensor], state: dict[str, Tensor], path: Path) -> None:
    """Raises as `load_state`, of which nothing but names and shapes is compared here."""
    missing, surplus = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
    if missing or surplus:
        raise WeightsMismatch(str(path), missing, surplus)
    for key, value in state.items():
        if value.shape != own[key].shape:
            raise WeightsError(
                f"The weights in {path} do not fit: {key} is {tuple(value.shape)}, "
                f"the model wants {tuple(own[key].shape)}."
            )


def _is_wide(value: Tensor) -> bool:
    return value.is_floating_point() and value.ndim > 1
