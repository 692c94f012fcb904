"""mln-gan: convolutions at full size that are shown noise and lightness at every layer.

The network makes U and V of a grey Y, as its authors' does; `draw` gives them as ab.

References:
    Cao, Zhou, Zhang and Yu, Unsupervised diverse colorization via generative adversarial networks,
    2017; their released code for the layers, in which the noise enters once (`noise="once"`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ...color import lab_to_rgb, rgb_to_lab
from ...errors import BadValue
from ...resize import resize
from ._parts import SLOPE

WAYS = ("every", "once")  # at every layer, as in the paper; at the first alone, as in the code
LUMA = (0.299, 0.587, 0.114)  # of R, G and B
U_MAX, V_MAX = 0.436, 0.615  # the largest U and V


@dataclass(frozen=True)
class Config:
    side: int = 64  # pixels of its pictures
    width: int = 64  # channels of its middle layers; 32 trains three times as fast
    noise: str = "every"  # layer that it enters, or "once"
    numbers: int = 100  # of noise
    critic_width: int = 64  # in training: channels of the critic's first layer,
    critic_steps: int = 5  # of its steps for one of the network,
    clip: float = 0.01  # and its largest weight


class MlnGan(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        if config.noise not in WAYS:
            raise BadValue(f"The noise enters {' or '.join(WAYS)}, not {config.noise!r}.")
        self.config = config
        w = config.width
        self.plane = nn.Linear(config.numbers, config.side**2)
        self.plane_norm = nn.BatchNorm2d(1)
        outs = (2 * w, w, w, w, w // 2, 2)
        later = 1 if config.noise == "once" else 2  # planes beside the layer before
        ins = (2, *(out + later for out in outs[:-1]))
        self.layers = nn.ModuleList(
            nn.Conv2d(i, o, k, padding=k // 2)
            for i, o, k in zip(ins, outs, (7, 5, 5, 5, 5, 5), strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(out) for out in outs[:-1])

    def forward(
        self, grey: Float[Tensor, "b 1 s s"], noise: Float[Tensor, "b z"]
    ) -> Float[Tensor, "b 2 s s"]:
        """U and V over their largest values, of Y in [-1, 1] and noise in [-1, 1]."""
        side = self.config.side
        plane = F.relu(self.plane_norm(self.plane(noise).view(-1, 1, side, side)))
        y = torch.cat([grey, plane], dim=1)
        beside = grey if self.config.noise == "once" else y
        for layer, norm in zip(self.layers, self.norms, strict=False):
            y = torch.cat([F.relu(norm(layer(y))), beside], dim=1)
        out: Tensor = torch.tanh(self.layers[-1](y))
        return out

    def noise(self, like: Float[Tensor, "b 1 h w"], random: torch.Generator) -> Tensor:
        """Numbers for each picture, uniform in [-1, 1]."""
        return 2 * torch.rand(len(like), self.config.numbers, generator=random).to(like) - 1

    def draw(
        self, lightness: Float[Tensor, "b 1 h w"], random: torch.Generator
    ) -> Float[Tensor, "b 2 s s"]:
        """One colouring of each picture, in ab units, side x side."""
        grey = grey_of(resize(lightness, (self.config.side, self.config.side)))
        return ab_of(grey, self(grey, self.noise(lightness, random)))


class Critic(nn.Module):
    """Of the whole picture: four convolutions of stride 2 and two layers; a number each."""

    def __init__(self, side: int, width: int) -> None:
        super().__init__()
        wide = (3, width, 2 * width, 4 * width, 8 * width)
        self.layers = nn.ModuleList(
            nn.Conv2d(i, o, 5, 2, padding=2) for i, o in itertools.pairwise(wide)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(out) for out in wide[1:])
        self.hidden = nn.Linear(wide[-1] * (-(-side // 16)) ** 2, 64)
        self.verdict = nn.Linear(64, 1)

    def forward(self, yuv: Float[Tensor, "b 3 s s"]) -> Float[Tensor, " b"]:
        for layer, norm in zip(self.layers, self.norms, strict=True):
            yuv = F.leaky_relu(norm(layer(yuv)), SLOPE)
        verdicts: Tensor = self.verdict(F.leaky_relu(self.hidden(yuv.flatten(1)), SLOPE))
        return verdicts[:, 0]


def grey_of(lightness: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
    """Y of the grey of a lightness, from [0, 1] to [-1, 1]."""
    zero = torch.zeros_like(lightness)
    return 2 * lab_to_rgb(torch.cat([lightness, zero, zero], dim=1))[:, :1].clamp(0, 1) - 1


def uv_of(lab: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 2 h w"]:
    """U and V of true colours over their largest values."""
    rgb = lab_to_rgb(lab).clamp(0, 1)
    y = (torch.tensor(LUMA).to(rgb).view(1, 3, 1, 1) * rgb).sum(1)
    u = (rgb[:, 2] - y) * U_MAX / (1 - LUMA[2])
    v = (rgb[:, 0] - y) * V_MAX / (1 - LUMA[0])
    return torch.stack([u / U_MAX, v / V_MAX], dim=1)


def ab_of(grey: Float[Tensor, "b 1 h w"], uv: Float[Tensor, "b 2 h w"]) -> Tensor:
    """a and b of a Y in [-1, 1] and of U and V over their largest values."""
    y = (grey[:, 0] + 1) / 2
    blue, red = y + uv[:, 0] * (1 - LUMA[2]), y + uv[:, 1] * (1 - LUMA[0])
    green = (y - LUMA[0] * red - LUMA[2] * blue) / LUMA[1]
    return rgb_to_lab(torch.stack([red, green, blue], dim=1).clamp(0, 1))[:, 1:]


build = MlnGan
