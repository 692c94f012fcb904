"""Networks: lightness in, beliefs about colour out. One file is one model; nothing to register."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from .. import plugins
from ..errors import BadValue, WeightsError
from ._fold import fold
from .weights import (
    SUFFIX,
    load_state,
    read_torchvision,
    read_weights,
    shipped_path,
    start_state,
)

__all__ = [
    "JOINT",
    "Trained",
    "choose_device",
    "create_model",
    "describe_model",
    "explain_model",
    "has_half",
    "knows_imagenet",
    "list_models",
    "load_model",
    "parts_of",
    "placed",
    "shipped_path",
    "start_from",
    "usual_loss",
]


JOINT = "+"  # between the names of networks whose beliefs are averaged


def parts_of(name: str) -> list[str]:
    """The names or files that a name joins; a plus in the path of a file that exists joins none."""
    return [name] if Path(name).exists() else name.split(JOINT)


def list_models() -> list[str]:
    """The names of all models, without importing any."""
    return plugins.names(sys.modules[__name__])


def create_model(name: str, **options: object) -> nn.Module:
    """Build the model in the file `name` stands for, with fresh weights.

    Args:
        name: one of `list_models()`.
        options: fields of the file's `Config`.

    Raises:
        UnknownName: no such model.
        BadValue: an option that the model's `Config` does not have.
    """
    model: nn.Module = plugins.build(sys.modules[__name__], name, "model", options)
    return model


def describe_model(name: str) -> str:
    """What the model is, in a line.

    Raises:
        UnknownName: no such model.
    """
    return plugins.summary(sys.modules[__name__], name, "model")


def explain_model(name: str) -> list[plugins.Option]:
    """The model's options with their usual values and what they mean, without importing it.

    Raises:
        UnknownName: no such model.
    """
    return plugins.explain(sys.modules[__name__], name, "model")


def usual_loss(name: str) -> str:
    """What the model's mean colour is trained with where nothing else is asked for.

    Raises:
        UnknownName: no such model.
    """
    module = plugins.load(sys.modules[__name__], name, "model")
    loss: str = getattr(module.build, "loss", "huber")
    return loss


def knows_imagenet(name: str) -> bool:
    """Whether the model can start from ImageNet's weights.

    Raises:
        UnknownName: no such model.
    """
    module = plugins.load(sys.modules[__name__], name, "model")
    return hasattr(module.build, "start_from_imagenet")


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with its weights, ready to answer."""

    name: str
    model: nn.Module  # for evaluation alone: its norms are folded into its convolutions
    digest: str  # SHA-256 of the weight file; of a blend, of its members' digests


def load_model(name: str, device: str = "cpu") -> Trained:
    """A model with trained weights.

    Args:
        name: a name of `list_models()` whose weights come with the package, the path of a
            `.safetensors` file that `chromafield train` wrote, or several of them joined by `+`,
            whose beliefs are averaged.
        device: where its weights go.

    Raises:
        UnknownName: no such model.
        WeightsError: the weights are missing, damaged or of another model.
    """
    if len(parts := parts_of(name)) > 1:
        return _joined([load_model(part, device) for part in parts], device)
    own = not name.endswith(SUFFIX)
    if own:
        plugins.load(sys.modules[__name__], name, "model")
    path = shipped_path(name) if own else Path(name)
    if own and not path.exists():
        raise WeightsError(
            f"No weights of {name} come with the package. Train it (chromafield train {name} ...) "
            "and name the .safetensors file in the run's folder weights."
        )
    told, options, state, digest = read_weights(path)
    if own and told != name:
        raise WeightsError(f"{path} holds weights of {told}, not of {name}.")
    if told not in list_models():
        raise WeightsError(
            f"{path} holds weights of {told}, which is no colorizer. There are: "
            f"{', '.join(list_models())}."
        )
    model = create_model(told, **options)
    load_state(model, state, path)
    return Trained(told, placed(fold(model), device), digest)


def _joined(members: Sequence[Trained], device: str) -> Trained:
    from ._blend import Blend

    digest = hashlib.sha256(JOINT.join(m.digest for m in members).encode()).hexdigest()
    blend = Blend([m.model for m in members]).eval()
    return Trained(JOINT.join(m.name for m in members), placed(blend, device), digest)


def start_from(model: nn.Module, path: Path) -> list[str]:
    """Take what the weight file `path` shares with the model by name: a start for training.

    A `.pth` file is one of torchvision's ResNet-18 checkpoints: its first kernels are summed for a
    network of one channel, and its own classes are left out.

    Returns:
        The names of the model's weights that the file lacks, which stay as they were.

    Raises:
        WeightsError: the file is missing or damaged, shares nothing, or has another shape.
    """
    if path.suffix == ".pth":
        stem = model.state_dict().get("conv1.weight")
        state = read_torchvision(path, grey=stem is not None and stem.shape[1] == 1)
    else:
        _, _, state, _ = read_weights(path)
    return start_state(model, state, path)


def placed(model: nn.Module, device: str) -> nn.Module:
    """The model on its device, in the memory layout that convolutions run fastest in."""
    return model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def has_half(device: str) -> bool:
    """Whether bfloat16 is fast there; on a CPU without it, it is slower by far than single."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu" or not torch._C._has_mkldnn:
        return False
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def choose_device(name: str) -> str:
    """`auto` is CUDA where there is one, then Apple's MPS, then the CPU.

    Raises:
        BadValue: the named device is not on this machine.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return next(device for device, present in there.items() if present)
    if not there.get(name.partition(":")[0], False):
        present = ", ".join(device for device, is_there in there.items() if is_there)
        raise BadValue(f"This machine has no device {name!r}. It has: {present}.")
    return name
