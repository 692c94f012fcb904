"""zhang2017: Real-Time User-Guided Colorization, which takes hints; 34 million parameters.

The network of the release under its parameters' names, so that its weights load strictly. It sees
lightness, told colours and a mask of where they are told; without hints the last three are 0. Its
colours are at full size. How sure it is follows from its second answer, a distribution over a grid
of 529 colours, which its authors show as suggestions; in training both are learnt.

References:
    Zhang, Zhu, Isola, Geng, Lin, Yu and Efros, Real-time user-guided image colorization, 2017.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import GaussianBelief, LabelBelief, labels_to_gaussian
from ..resize import enlarge
from ._padding import cropped, padded
from ._zhang import AB_UNIT, MULTIPLE, Config, begin, doubled, trunk

STRIDE = 1  # pixels a cell of the output
REACH = 11  # the suggestions' grid: ab from -110 to 110 in tens
SHARPNESS = 0.2  # of the suggestions: p = softmax(0.2 * logits), as in the authors' program


class Zhang2017(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        one, two, four, eight = (config.width * k for k in (1, 2, 4, 8))
        for number, part in enumerate(trunk(4, config.width, stride=1), start=1):
            self.add_module(f"model{number}", part)
        self.model8up = nn.Sequential(doubled(eight, four))
        self.model3short8 = nn.Sequential(_conv(four, four))
        self.model8 = nn.Sequential(
            nn.ReLU(),
            *(_conv(four, four), nn.ReLU(), _conv(four, four), nn.ReLU()),
            nn.BatchNorm2d(four),
        )
        self.model9up = nn.Sequential(doubled(four, two))
        self.model2short9 = nn.Sequential(_conv(two, two))
        self.model9 = nn.Sequential(nn.ReLU(), _conv(two, two), nn.ReLU(), nn.BatchNorm2d(two))
        self.model10up = nn.Sequential(doubled(two, two))
        self.model1short10 = nn.Sequential(_conv(one, two))
        self.model10 = nn.Sequential(nn.ReLU(), _conv(two, two), nn.LeakyReLU(0.2))
        self.model_class = nn.Sequential(nn.Conv2d(four, (2 * REACH + 1) ** 2, 1))
        self.model_out = nn.Sequential(nn.Conv2d(two, 2, 1), nn.Tanh())
        begin(self)

    def forward(
        self, lightness: Float[Tensor, "b 1 h w"], given: GaussianBelief | None = None
    ) -> GaussianBelief:
        """A belief at the picture's own size; any size, L in [0, 100].

        Args:
            given: colours at some pixels, of the picture's size; where its precision is above 0.
        """
        h, w = lightness.shape[2:]
        colors, logits = self._outputs(padded(_planes(lightness, given), MULTIPLE))
        trust = labels_to_gaussian(LabelBelief(-SHARPNESS * logits, _grid(logits))).precision
        trust = enlarge(trust, (colors.shape[2], colors.shape[3]))
        return GaussianBelief(
            cropped(colors, (h, w), STRIDE).contiguous(),
            cropped(trust, (h, w), STRIDE).contiguous(),
        )

    def predict_with_hints(
        self, lightness: Float[Tensor, "b 1 h w"], given: GaussianBelief
    ) -> Float[Tensor, "b 2 h w"]:
        """The colours alone, ab, at the picture's own size, that go with what is told."""
        belief: GaussianBelief = self(lightness, given)
        return belief.mean

    def _outputs(
        self, x: Float[Tensor, "b 4 h w"]
    ) -> tuple[Float[Tensor, "b 2 h w"], Float[Tensor, "b 529 i j"]]:
        """The colours, ab, and the suggestions' logits at a quarter of the size."""
        maps = []
        for number in range(1, 8):
            x = self.get_submodule(f"model{number}")(x)
            maps.append(x)
            if number < 4:  # every second row and column: in place of a stride
                x = x[:, :, ::2, ::2]
        first, second, third = maps[:3]
        x = eighth = self.model8(self.model8up(x) + self.model3short8(third))
        x = self.model9(self.model9up(x) + self.model2short9(second))
        x = self.model10(self.model10up(x) + self.model1short10(first))
        return AB_UNIT * self.model_out(x), self.model_class(eighth)


def _conv(inside: int, outside: int) -> nn.Conv2d:
    return nn.Conv2d(inside, outside, 3, padding=1)


def _planes(
    lightness: Float[Tensor, "b 1 h w"], given: GaussianBelief | None
) -> Float[Tensor, "b 4 h w"]:
    """What the network sees: L, a, b and the mask, in its own units."""
    level = (lightness - 50) / 100
    if given is None:
        return torch.cat([level, torch.zeros_like(level).expand(-1, 3, -1, -1)], dim=1)
    mask = (given.precision > 0).to(level)
    return torch.cat([level, mask * given.mean.to(level) / AB_UNIT, mask], dim=1)


def _grid(like: Tensor) -> Float[Tensor, "529 2"]:
    axis = 10.0 * torch.arange(-REACH, REACH + 1, dtype=like.dtype, device=like.device)
    return torch.cartesian_prod(axis, axis)


build = Zhang2017

# Clauses of the models' contract that do not hold here, and why.
EXCEPTIONS = {"folded": "its norms follow a ReLU"}
