"""Our networks as ONNX, for programs without Python: any size, checked against torch.

    lightness  (n, 1, h, w)  L, 0 to 100                   to  ab  (n, 2, h / stride, w / stride)
    planes     (n, 4, h, w)  L, a, b and a mask of hints   to  ab  (n, 2, h / 4, w / 4)

Sides may be any; the answer's are rounded up.
"""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ...beliefs import GaussianBelief, as_gaussian
from ...errors import BadValue, MissingExtra, OutputError
from .._blend import Blend
from .._padding import cropped, padded
from ..hint_network.loading import HintPredictor, describe
from .description import PRESET_KEY
from .network import OnnxColorizer
from .session import open_session

OPSET = 17
OPSETS = range(13, 21)  # that the exporter can write
SIZES = ((64, 96), (160, 96), (97, 133))  # at which the two are compared
MAX_DIFFERENCE = 1e-3  # ab units that they may differ by
MULTIPLE = 32
CELL = 4  # pixels a side of a cell that hints are given to


@dataclass(frozen=True, slots=True)
class Exported:
    path: Path
    opset: int
    off: float  # ab units, the most that torch and ONNX differed by


class MeanColor(nn.Module):
    """A colorizer's mean colour alone."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 2 i j"]:
        return as_gaussian(self.model(lightness)).mean


class ColorWithHints(nn.Module):
    """The default network and the one that listens, as one."""

    def __init__(self, predictor: HintPredictor) -> None:
        super().__init__()
        self.base, self.listener = predictor.base, predictor.network

    def forward(self, planes: Float[Tensor, "b 4 h w"]) -> Float[Tensor, "b 2 i j"]:
        whole = padded(planes, MULTIPLE)
        mask = whole[:, 3:]
        share = F.avg_pool2d(mask, CELL)
        given = F.avg_pool2d(mask * whole[:, 1:3], CELL) / share.clamp_min(1e-6)
        maps, mean = describe(self.base, whole[:, :1])
        output = self.listener(maps, mean, GaussianBelief(given, share))
        return cropped(output, (planes.shape[2], planes.shape[3]), CELL)


def export(network: nn.Module | HintPredictor, path: Path, opset: int = OPSET) -> Exported:
    """Write the network as ONNX; nothing is written where the two would differ.

    Raises:
        MissingExtra: onnx or onnxruntime is not installed.
        BadValue: it is ONNX already, or several joined, or the opset cannot be written.
        OutputError: it cannot be written, or the copy would differ.
    """
    if isinstance(network, OnnxColorizer):
        raise BadValue(f"It is ONNX already: {network.session.path}")
    if isinstance(network, Blend):
        raise BadValue("Networks that are joined are not written as one. Write each by itself.")
    if opset not in OPSETS:
        raise BadValue(f"The opset is {opset}; it goes from {OPSETS[0]} to {OPSETS[-1]}.")
    hints = isinstance(network, HintPredictor)
    whole = (
        ColorWithHints(network) if isinstance(network, HintPredictor) else MeanColor(network)
    ).eval()
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-") as space:
            part = Path(space) / path.name
            _write(whole, part, opset, hints)
            off = _off(whole, part, hints)
            if off > MAX_DIFFERENCE:
                raise OutputError(
                    f"The ONNX copy would differ from the network by {off:.2g} units of ab; "
                    f"{MAX_DIFFERENCE:g} are allowed. Nothing was written."
                )
            part.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}).") from error
    return Exported(path, opset, off)


def _write(whole: nn.Module, path: Path, opset: int, hints: bool) -> None:
    try:
        import onnx
    except ImportError as error:
        raise MissingExtra("Writing ONNX", "onnx") from error
    seen = "planes" if hints else "lightness"
    axes = {seen: {0: "n", 2: "h", 3: "w"}, "ab": {0: "n", 2: "i", 3: "j"}}
    with warnings.catch_warnings(), torch.no_grad():  # of the exporter's own workings
        warnings.simplefilter("ignore")
        torch.onnx.export(
            whole,
            (_question(*SIZES[0], 1, hints),),
            str(path),
            dynamo=False,
            opset_version=opset,
            input_names=[seen],
            output_names=["ab"],
            dynamic_axes=axes,
        )
    model = onnx.load(str(path))
    entry = model.metadata_props.add()
    entry.key, entry.value = PRESET_KEY, "hints" if hints else "zhang2016"
    onnx.save(model, str(path))


@torch.inference_mode()
def _off(whole: nn.Module, path: Path, hints: bool) -> float:
    """The most that the two differ by, over several sizes."""
    session, limit = open_session(path), 0.0
    for number, (h, w) in enumerate(SIZES):
        seen = _question(h, w, number + 1, hints)
        true, got = whole(seen).numpy(), session.run(seen.numpy())
        if got.shape != true.shape or not np.isfinite(got).all():
            return float("inf")
        limit = max(limit, float(np.abs(got - true).max()))
    return limit


def _question(h: int, w: int, count: int, hints: bool) -> Float[Tensor, "b c h w"]:
    random = torch.Generator().manual_seed(h)
    lightness = 100 * torch.rand(count, 1, h, w, generator=random)
    if not hints:
        return lightness
    ab = 60 * torch.rand(count, 2, h, w, generator=random) - 30
    mask = (F.interpolate(torch.rand(count, 1, 8, 8, generator=random), (h, w)) > 0.95).float()
    return torch.cat([lightness, mask * ab, mask], dim=1)
