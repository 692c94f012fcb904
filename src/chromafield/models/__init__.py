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

from .. import plugins
from ..errors import BadValue, UnknownName, WeightsError
from ._fold import fold
from ._foreign import load_foreign
from ._published import FILES, start_published
from ._published import SUFFIX as PUBLISHED
from .plugged import shelf
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
    "list_known",
    "list_models",
    "load_model",
    "parts_of",
    "placed",
    "shares_of",
    "shipped_path",
    "start_from",
    "usual_loss",
]


JOINT = "+"  # between the names of networks whose beliefs are averaged
TIMES = "*"  # after one of them, and how much it counts
SHARE = re.compile(r"(.+)\*(\d+(?:\.\d+)?)")


def parts_of(name: str) -> list[str]:
    """The names or files that a name joins; a plus in the path of a file that exists joins none."""
    return [part for part, _ in shares_of(name)]


def shares_of(name: str) -> list[tuple[str, float]]:
    """The same, each with how much it counts: `a*2+b` is two thirds a.

    Raises:
        BadValue: one counts nothing.
    """
    if Path(name).exists():
        return [(name, 1.0)]
    shares = []
    for part in name.split(JOINT):
        told = None if Path(part).exists() else SHARE.fullmatch(part)
        weight = float(told[2]) if told else 1.0
        if weight == 0:
            raise BadValue(f"{part} would count nothing. Leave it out, or let it count more.")
        shares.append((told[1] if told else part, weight))
    return shares


def list_models() -> list[str]:
    """The names of all models, without importing any."""
    return plugins.names(sys.modules[__name__])


def list_known() -> list[str]:
    """The same, and the networks that the user has added."""
    return [*list_models(), *(name for name in shelf.added() if name not in list_models())]


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
    shares = shares_of(name)
    if len(shares) > 1:
        weights = [weight for _, weight in shares]
        return _joined([load_model(part, device) for part, _ in shares], weights, device)
    ((name, _),) = shares
    if not shipped_path(name).exists() and (found := load_foreign(name, device)) is not None:
        return Trained(found[0], placed(found[1], device), found[2])
    own = not name.endswith(SUFFIX)
    if own and name not in list_models():
        raise UnknownName("model", name, list_known())
    path = shipped_path(name) if own else Path(name)
    if own and not path.exists():
        raise WeightsError(
            f"No weights of {name} come with the package. Train it (chromafield train {name} ...) "
            f"and name the .safetensors file in the run's folder weights{_or_published(name)}."
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


def _or_published(name: str) -> str:
    return f", or its authors' file, {FILES[name]}" if name in FILES else ""


def _joined(members: Sequence[Trained], weights: Sequence[float], device: str) -> Trained:
    from ._blend import Blend

    def told(text: str, weight: float) -> str:
        return text if weight == 1 else f"{text}{TIMES}{weight:g}"

    pairs = list(zip(members, weights, strict=True))
    digests = JOINT.join(told(m.digest, weight) for m, weight in pairs)
    blend = Blend([m.model for m in members], weights).eval()
    name = JOINT.join(told(m.name, weight) for m, weight in pairs)
    return Trained(name, placed(blend, device), hashlib.sha256(digests.encode()).hexdigest())


def start_from(model: nn.Module, path: Path) -> list[str]:
    """Take what the weight file `path` shares with the model by name: a start for training.

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
