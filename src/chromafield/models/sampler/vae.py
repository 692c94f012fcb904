"""vae: a code for the colours of a grey picture, and the colours of a code.

    q(z | colour, grey) = N(mean, exp(log_variance)),   alpha = decode(z, grey)

The grey picture is seen by an ImageNet encoder and a light decoder, as the default network sees it.
Codes enter the colours' decoder at each of its three sizes as a scale and a shift a channel, so
pictures may have any size. alpha is the second paper's unary term.

References:
    Deshpande et al., 2017; Messaoud, Forsyth and Schwing, 2018, section 3.1; Perez et al., FiLM,
    2018, for the scales and shifts.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ...resize import shrink
from .._efficientnet import LITE0, MULTIPLE, Encoder, imagenet_path, imagenet_state
from .._layers import ConvNorm, Fuse, beside, single
from .._padding import cropped, padded
from ..weights import load_state

AB_UNIT = 50.0  # colours inside are in units of 50 ab, so that they are near 1
STRIDE = 4  # pixels a cell of the colours' grid
LOG_VARIANCE_RANGE = (-10.0, 2.0)


@dataclass(frozen=True)
class Config:
    latent: int = 64  # numbers in a code
    coarse: int = 128  # channels of the grey picture's map at 1/32
    widths: tuple[int, int, int] = (96, 64, 64)  # of its maps at 1/16, 1/8 and 1/4
    encoder_widths: tuple[int, int, int] = (64, 96, 128)  # of the colours' encoder
    divergence: float = 0.01  # in training: the weight of a nat of a code,
    rise: float = 0.5  # reached after this share of the run


@dataclass(frozen=True, slots=True)
class Features:
    """What the grey picture looks like, from coarse to fine."""

    coarse: Float[Tensor, "b c i j"]  # at 1/32
    maps: tuple[Tensor, ...]  # at 1/16, 1/8 and 1/4
    size: tuple[int, int]  # of the colours' grid; the maps may reach a little farther

    def fine(self) -> Float[Tensor, "b c h w"]:
        """The finest map on the colours' grid."""
        return self.maps[-1][:, :, : self.size[0], : self.size[1]]

    def detached(self) -> Features:
        """The same for a network that does not move what made them."""
        return Features(self.coarse.detach(), tuple(m.detach() for m in self.maps), self.size)

    def repeated(self, times: int) -> Features:
        """For so many codes of each picture, one picture after another."""
        return Features(
            self.coarse.repeat_interleave(times, 0),
            tuple(m.repeat_interleave(times, 0) for m in self.maps),
            self.size,
        )


@dataclass(frozen=True, slots=True)
class Posterior:
    """q(z | colour, grey)."""

    mean: Float[Tensor, "b z"]
    log_variance: Float[Tensor, "b z"]

    def draw(self, noise: Float[Tensor, "b z"]) -> Float[Tensor, "b z"]:
        return self.mean + (0.5 * self.log_variance).exp() * noise

    def divergence(self) -> Float[Tensor, " b"]:
        """KL(q || N(0, I)) in nats."""
        square = self.mean**2 + self.log_variance.exp()
        return 0.5 * (square - 1 - self.log_variance).sum(1)

    def divergence_from(self, prior: Posterior) -> Float[Tensor, " b"]:
        """KL(q || prior) in nats."""
        away = (self.mean - prior.mean) ** 2 + self.log_variance.exp()
        ratio = self.log_variance - prior.log_variance
        return 0.5 * (away * (-prior.log_variance).exp() - 1 - ratio).sum(1)


class Modulated(nn.Module):
    """A convolution whose every channel the code scales and shifts."""

    def __init__(self, inside: int, outside: int, latent: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outside)
        self.code = nn.Linear(latent, 2 * outside)

    def forward(
        self, x: Float[Tensor, "b c h w"], z: Float[Tensor, "b z"]
    ) -> Float[Tensor, "b d h w"]:
        scale, shift = self.code(z)[:, :, None, None].chunk(2, dim=1)
        out: Tensor = F.relu(self.norm(self.conv(x)) * (1 + scale) + shift)
        return out


class Top(nn.Module):
    """The decoder's two last layers, which the structure's training moves too."""

    def __init__(self, inside: int, width: int, latent: int) -> None:
        super().__init__()
        self.last = Modulated(inside, width, latent)
        self.colour = nn.Conv2d(width, 2, 3, padding=1)

    def forward(
        self, x: Float[Tensor, "b c h w"], z: Float[Tensor, "b z"]
    ) -> Float[Tensor, "b 2 h w"]:
        y = self.last(x, z)
        with single(y):
            ab: Tensor = AB_UNIT * self.colour(y.float())
        return ab


class Vae(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(LITE0.stages[:-1])
        taps, deepest = LITE0.taps[1:-1], LITE0.stages[-2].width
        self.deep = nn.Conv2d(deepest, config.coarse, 1, bias=False)
        self.deep_norm = nn.BatchNorm2d(config.coarse)
        inside = (config.coarse, *config.widths[:-1])
        self.fuses = nn.ModuleList(
            Fuse(c, t, w) for c, t, w in zip(inside, taps[::-1], config.widths, strict=True)
        )

        first, *wider = config.encoder_widths
        fine = config.widths[-1]
        self.colours = nn.Sequential(
            ConvNorm(2 + fine, first, 2),
            *(ConvNorm(a, b, 2) for a, b in zip(config.encoder_widths, wider, strict=False)),
        )
        self.posterior = nn.Linear(config.encoder_widths[-1], 2 * config.latent)

        one, two, three = config.widths
        self.low = Modulated(one, one, config.latent)
        self.middle = Modulated(one + two, two, config.latent)
        self.top = Top(two + three, three, config.latent)

    def features(self, lightness: Float[Tensor, "b 1 h w"]) -> Features:
        """Compute the features of a grey picture; L in [0, 100]."""
        h, w = lightness.shape[2:]
        _, *taps, deepest = self.encoder(padded(lightness / 50 - 1, MULTIPLE))
        coarse = y = F.relu(self.deep_norm(self.deep(deepest)))
        maps = []
        for fuse, tap in zip(self.fuses, taps[::-1], strict=True):
            y = fuse(y, tap)
            maps.append(y)
        return Features(coarse, tuple(maps), (-(-h // STRIDE), -(-w // STRIDE)))

    def encode(self, ab: Float[Tensor, "b 2 H W"], grey: Features) -> Posterior:
        """The codes that these colours may have; ab at the grid's size or larger."""
        small = shrink(ab, grey.size) / AB_UNIT
        y = self.colours(torch.cat([small, grey.fine()], dim=1))
        with single(y):
            mean, log_variance = self.posterior(y.float().mean((2, 3))).chunk(2, dim=1)
        return Posterior(mean, log_variance.clamp(*LOG_VARIANCE_RANGE))

    def below_top(self, z: Float[Tensor, "b z"], grey: Features) -> Float[Tensor, "b c h w"]:
        """The decoder up to its two last layers."""
        one, two, three = grey.maps
        y = self.middle(beside(self.low(one, z), two), z)
        return cropped(beside(y, three), (grey.size[0], grey.size[1]), 1)

    def decode(
        self, z: Float[Tensor, "b z"], grey: Features, top: Top | None = None
    ) -> Float[Tensor, "b 2 h w"]:
        """The colours of these codes in ab units, one code a picture.

        Args:
            top: other last layers than the VAE's own.
        """
        colours: Tensor = (top or self.top)(self.below_top(z, grey), z)
        return colours

    def start_from_imagenet(self) -> None:
        """Load the encoder's published ImageNet weights, strictly but for the block it lacks."""
        own = self.encoder.state_dict()
        state = {name: value for name, value in imagenet_state().items() if name in own}
        load_state(self.encoder, state, imagenet_path())


build = Vae
