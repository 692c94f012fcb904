"""Networks: lightness in, beliefs about colour out. One file is one model; nothing to register."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ..errors import BadValue, UnknownName, WeightsError
from ..plugins import Folder
from ._fold import fold
from ._foreign import load_foreign
from ._published import FILES, start_published
from ._published import SUFFIX as PUBLISHED
from .abilities import LOSS, HasLoss, StartsFromImageNet
from .plugged import store
from .weights import (
    SUFFIX,
    load_state,
    read_torchvision,
    read_weights,
    refuse_unlisted,
    shipped_path,
    start_state,
)

__all__ = [
    "SEPARATOR",
    "LoadedModel",
    "choose_device",
    "create_model",
    "default_loss",
    "describe_model",
    "explain_model",
    "has_half",
    "knows_imagenet",
    "list_known",
    "list_models",
    "list_ready",
    "load_model",
    "output_of",
    "shipped_path",
    "split_names",
    "split_weights",
    "start_from",
    "to_device",
]


SEPARATOR = "+"  # between the names of networks whose beliefs are averaged
OUTPUTS = {  # of models, by the belief that they return
    "GaussianBelief": "colours, and how sure it is",
    "LabelBelief": "a distribution over colours",
    "ChannelBeliefs": "a distribution over a, and one over b",
    "Proposal": "colours, how sure it is, and a distribution over colours",
}
TIMES = "*"  # between a name and its weight
SHARE = re.compile(r"(.+)\*(\d+(?:\.\d+)?)")

_FILES = Folder(sys.modules[__name__], "model")


def split_names(name: str) -> list[str]:
    """Split a name like `a+b` into its networks; the path of a file that exists is one name."""
    return [part for part, _ in split_weights(name)]


def split_weights(name: str) -> list[tuple[str, float]]:
    """Split a name like `a*2+b` into its networks and their weights.

    Raises:
        BadValue: a weight is 0.
    """
    if Path(name).exists():
        return [(name, 1.0)]
    shares = []
    for part in name.split(SEPARATOR):
        found = None if Path(part).exists() else SHARE.fullmatch(part)
        weight = float(found[2]) if found else 1.0
        if weight == 0:
            raise BadValue(f"{part} would count nothing. Leave it out, or let it count more.")
        shares.append((found[1] if found else part, weight))
    return shares


def list_models() -> list[str]:
    """The names of all models, without importing any."""
    return _FILES.names()


describe_model, explain_model = _FILES.summary, _FILES.explain


def list_known() -> list[str]:
    """The names of all models and of the networks that the user has added."""
    return [*list_models(), *(name for name in store.added() if name not in list_models())]


def list_ready() -> list[str]:
    """The names of those that have weights: that come with the package, or were added."""
    shipped = [name for name in list_models() if shipped_path(name).exists()]
    return [*shipped, *(name for name in store.added() if name not in shipped)]


def create_model(name: str, **options: object) -> nn.Module:
    """Build the model in the file `name` stands for, with fresh weights.

    Args:
        name: one of `list_models()`.
        options: fields of the file's `Config`.

    Raises:
        UnknownName: no such model.
        BadValue: an option that the model's `Config` does not have.
    """
    model: nn.Module = _FILES.build(name, options)
    return model


def output_of(name: str) -> str:
    """What the model answers with, in words.

    Raises:
        UnknownName: no such model.
    """
    return OUTPUTS.get(_FILES.returned(name, "forward"), "colours")


def default_loss(name: str) -> str:
    """The name of the loss that the model's mean colour is trained with by default.

    Raises:
        UnknownName: no such model.
    """
    build = _FILES.load(name).build
    return build.loss if isinstance(build, HasLoss) else LOSS


def knows_imagenet(name: str) -> bool:
    """Whether the model can start from ImageNet's weights.

    Raises:
        UnknownName: no such model.
    """
    build = _FILES.load(name).build
    return isinstance(build, StartsFromImageNet)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model with its trained weights."""

    name: str
    model: nn.Module  # for evaluation alone: its norms are folded into its convolutions
    digest: str  # SHA-256 of the weight file, of an ONNX network and its description, or of several


def load_model(name: str, device: str = "cpu") -> LoadedModel:
    """Load a model with trained weights.

    Args:
        name: a name of `list_models()` whose weights come with the package, the path of a
            `.safetensors` file that `chromafield train` wrote, of a published `.pth` file or of an
            `.onnx` file, the name of an added network, or several of them joined by `+`, whose
            beliefs are averaged; `*2` after one lets it count twice.
        device: where its weights go.

    Raises:
        UnknownName: no such model.
        WeightsError: the weights are missing, damaged or of another model.
        MissingExtra: it is an ONNX network and onnxruntime is not installed.
        BadValue: a network that counts nothing.
    """
    shares = split_weights(name)
    if len(shares) > 1:
        weights = [weight for _, weight in shares]
        return _blended([load_model(part, device) for part, _ in shares], weights, device)
    ((name, _),) = shares
    if not shipped_path(name).exists() and (found := load_foreign(name, device)) is not None:
        return LoadedModel(found[0], to_device(found[1], device), found[2])
    own = not name.endswith(SUFFIX)
    if own and name not in list_models():
        raise UnknownName("model", name, list_known())
    path = shipped_path(name) if own else Path(name)
    if own and not path.exists():
        raise WeightsError(
            f"No weights of {name} come with the package. Train it (chromafield train {name} ...) "
            f"and name the .safetensors file in the run's folder weights{_or_published(name)}."
        )
    model_name, options, state, digest = read_weights(path)
    if own and model_name != name:
        raise WeightsError(f"{path} holds weights of {model_name}, not of {name}.")
    refuse_unlisted(path, model_name, list_models(), "is no colorizer")
    model = create_model(model_name, **options)
    load_state(model, state, path)
    return LoadedModel(model_name, to_device(fold(model), device), digest)


def _or_published(name: str) -> str:
    return f", or its authors' file, {FILES[name]}" if name in FILES else ""


def _blended(members: Sequence[LoadedModel], weights: Sequence[float], device: str) -> LoadedModel:
    from ._blend import Blend

    def weighted(text: str, weight: float) -> str:
        return text if weight == 1 else f"{text}{TIMES}{weight:g}"

    pairs = list(zip(members, weights, strict=True))
    digests = SEPARATOR.join(weighted(m.digest, weight) for m, weight in pairs)
    blend = Blend([m.model for m in members], weights).eval()
    name = SEPARATOR.join(weighted(m.name, weight) for m, weight in pairs)
    return LoadedModel(name, to_device(blend, device), hashlib.sha256(digests.encode()).hexdigest())


def start_from(model: nn.Module, path: Path) -> list[str]:
    """Start training from the weights in `path` whose names the model has too.

    A `.pth` file is the one that the model's authors published, or one of torchvision's ResNet-18
    checkpoints: its first kernels are summed for a network of one channel, and its own classes are
    left out.

    Returns:
        The names of the model's weights that the file lacks, which stay as they were.

    Raises:
        WeightsError: the file is missing or damaged, shares nothing, or has another shape.
    """
    if path.suffix == PUBLISHED and (published := start_published(model, path)) is not None:
        state = published
    elif path.suffix == PUBLISHED:
        stem = model.state_dict().get("conv1.weight")
        state = read_torchvision(path, grey=stem is not None and stem.shape[1] == 1)
    else:
        _, _, state, _ = read_weights(path)
    return start_state(model, state, path)


def to_device(model: nn.Module, device: str) -> nn.Module:
    """Move the model to a device, in the memory layout that convolutions run fastest in."""
    return model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def has_half(device: str) -> bool:
    """Return whether bfloat16 is fast on a device; emulated, it is slower than single precision."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu" or not torch._C._has_mkldnn:
        return False
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def choose_device(name: str) -> str:
    """Choose a device by name; `auto` is CUDA if there is one, then Apple's MPS, then the CPU.

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
