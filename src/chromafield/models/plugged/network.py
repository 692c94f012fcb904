"""A described ONNX network as a colorizer: lightness in, a belief out.

A network that answers with colours alone has no doubt of its own. It gets the deviation that its
description says; where several views of the picture are averaged, what they differ by adds to it.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ...beliefs import Belief, GaussianBelief, LabelBelief
from ...color import lab_to_rgb, rgb_to_lab
from ...errors import WeightsError
from ...resize import resize
from .._cells import zhang_cells
from .._padding import cropped, padded
from .description import (
    AB,
    CHANNELS,
    GREY,
    HINTS,
    LIGHTNESS,
    LOGITS,
    PROBABILITIES,
    RGB,
    Description,
    Input,
    Output,
)
from .session import Session

MIN_PROBABILITY = 1e-12  # a probability that has a logarithm


class OnnxColorizer(nn.Module):
    """Any size, L in [0, 100]; pictures of a batch go through it one after the other."""

    def __init__(self, session: Session, description: Description) -> None:
        super().__init__()
        self.session = session
        self.description = description
        self.place = nn.Parameter(torch.zeros(0), requires_grad=False)  # says the device

    @property
    def sides(self) -> tuple[int, int] | None:
        """Height and width of all it can see, where they are fixed."""
        spec = self.description.input
        return (spec.height, spec.width) if spec.height else None

    @property
    def size(self) -> int:
        """About size x size pixels are what it sees best; 0 where it does not say."""
        return self.description.input.size

    def forward(self, lightness: Float[Tensor, "b 1 h w"]) -> Belief:
        """A belief on the grid of its answer."""
        return self._believe(self._run(lightness, None))

    def _run(
        self, lightness: Float[Tensor, "b 1 h w"], given: GaussianBelief | None
    ) -> Float[Tensor, "b k i j"]:
        height, width = lightness.shape[2:]
        spec, out = self.description.input, self.description.output
        seen = normalised(self._planes(lightness, given), spec)
        outputs = []
        for one in torch.tensor_split(seen, len(seen)):
            output = self.session.run(one.cpu().numpy(), spec.name, out.name)
            check_output(output, out, self.session.path)
            outputs.append(torch.from_numpy(output).to(self.place.device))
        y = torch.cat(outputs)
        if self.sides is not None:
            return y
        return cropped(
            y, (height, width), stride_of(tuple(seen.shape), tuple(y.shape), self.session.path)
        )

    def _planes(
        self, lightness: Float[Tensor, "b 1 h w"], given: GaussianBelief | None
    ) -> Float[Tensor, "b c i j"]:
        """What it is shown, in our units and at a size that it can see."""
        seen = self._sized(lightness)
        kind = self.description.input.kind
        if kind == GREY:
            return grey_planes(seen)
        if kind == LIGHTNESS:
            return seen
        if given is None:
            return torch.cat([seen, torch.zeros_like(seen).expand(-1, 3, -1, -1)], dim=1)
        mask = (self._sized(given.precision, "nearest") > 0).to(seen)
        return torch.cat([seen, mask * self._sized(given.mean, "nearest").to(seen), mask], dim=1)

    def _sized(self, x: Float[Tensor, "b c h w"], way: str = "") -> Float[Tensor, "b c i j"]:
        if self.sides is None:
            return padded(x, self.description.input.multiple)
        return F.interpolate(x, self.sides, mode=way) if way else resize(x, self.sides)

    def _believe(self, y: Float[Tensor, "b k i j"]) -> Belief:
        out = self.description.output
        if out.kind in (PROBABILITIES, LOGITS):
            energy = -y if out.kind == LOGITS else -y.clamp_min(MIN_PROBABILITY).log()
            return LabelBelief(energy, zhang_cells().to(y))
        mean = colors(y, out)
        return GaussianBelief(mean, torch.full_like(mean[:, :1], out.deviation**-2))


class OnnxWithHints(OnnxColorizer):
    """One that has an input for told colours."""

    def predict_with_hints(
        self, lightness: Float[Tensor, "b 1 h w"], given: GaussianBelief
    ) -> Float[Tensor, "b 2 i j"]:
        """Its colours, ab, that go with what is told at some pixels."""
        belief = self._believe(self._run(lightness, given))
        assert isinstance(belief, GaussianBelief)  # which `make_colorizer` sees to
        return belief.mean


def make_colorizer(session: Session, description: Description) -> OnnxColorizer:
    """The network as its description has it."""
    takes = description.input.kind == HINTS and description.output.kind in (AB, RGB)
    network = (OnnxWithHints if takes else OnnxColorizer)(session, description)
    return network.eval()


def grey_planes(lightness: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 3 h w"]:
    """sRGB in [0, 1] of the grey of this lightness, thrice."""
    lab = torch.cat([lightness, torch.zeros_like(lightness).expand(-1, 2, -1, -1)], dim=1)
    return lab_to_rgb(lab).clamp(0, 1)


def normalised(values: Float[Tensor, "b c h w"], spec: Input) -> Float[Tensor, "b c h w"]:
    return (values - _a_plane(spec.mean, values)) / _a_plane(spec.deviation, values)


def colors(y: Float[Tensor, "b k i j"], out: Output) -> Float[Tensor, "b 2 i j"]:
    """An answer of ab or RGB as ab; RGB out of range is brought into it, its lightness dropped."""
    values = _a_plane(out.scale, y) * y + _a_plane(out.shift, y)
    return rgb_to_lab(values.clamp(0, 1))[:, 1:] if out.kind == RGB else values


def check_output(output: NDArray[np.float32], out: Output, path: Path) -> None:
    """Raises: WeightsError: it has another shape than described, or holds what is no number."""
    planes = CHANNELS[out.kind]
    if output.ndim != 4 or output.shape[:2] != (1, planes) or 0 in output.shape:
        raise WeightsError(
            f"{path} answered with the shape {output.shape}; its description says {out.kind}: "
            f"(1, {planes}, height, width). Correct the description, or add it with another preset."
        )
    if not np.isfinite(output).all():
        share = 1 - np.isfinite(output).mean()
        raise WeightsError(
            f"{path} answered with values that are no numbers ({share:.0%} of them). Its input may "
            "be in another range than its description says, or the file is damaged."
        )


def stride_of(seen: tuple[int, ...], y: tuple[int, ...], path: Path) -> int:
    """Pixels a cell of an answer (b, k, i, j) to (b, c, h, w).

    Raises:
        WeightsError: it is no whole part of what was shown.
    """
    (h, w), (i, j) = seen[2:], y[2:]
    stride = h // i
    if (i * stride, j * stride) != (h, w):
        raise WeightsError(
            f"{path} was shown {h} x {w} pixels and answered with {i} x {j}, which is no whole "
            "part of it. Its description may need another multiple, or fixed sides."
        )
    return stride


def _a_plane(numbers: tuple[float, ...], like: Tensor) -> Tensor:
    assert all(map(math.isfinite, numbers))
    return torch.tensor(numbers, dtype=like.dtype, device=like.device)[:, None, None]
