"""Hue and chroma as Larsson et al. take them: the angle and the length in the hexagon of sRGB.

The chroma is the largest less the smallest of red, green and blue, the grey their mean, from 0 to
1. The hue goes round from 0 to 1: red, yellow, green, cyan, blue, magenta.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ..color import lab_to_rgb, rgb_to_lab

BINS = 32  # of the hue, and of the chroma
FADED = 0.03  # a hue that is less sure than this takes its chroma along


def hue_and_chroma(
    rgb: Float[Tensor, "b 3 h w"],
) -> tuple[Float[Tensor, "b h w"], Float[Tensor, "b h w"]]:
    """Hue in [0, 1) and chroma in [0, 1] of sRGB in [0, 1]; a grey has hue 0."""
    red, green, blue = rgb.unbind(1)
    high, low = rgb.amax(1), rgb.amin(1)
    chroma = high - low
    safe = chroma.clamp_min(1e-12)
    sixth = torch.where(
        high == red,
        (green - blue) / safe,
        torch.where(high == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    hue = torch.where(chroma > 0, (sixth / 6) % 1, 0.0)
    return torch.where(hue < 1, hue, 0.0), chroma  # -1e-9 % 1 is 1


def decoded(
    hue: Float[Tensor, "b 32 h w"],
    chroma: Float[Tensor, "b 32 h w"],
    grey: Float[Tensor, "b 1 h w"],
) -> Float[Tensor, "b 2 h w"]:
    """CIELAB ab of two distributions.

    The hue is the direction of its mean on the circle, the chroma its median; where the hue's mean
    is short, the chroma fades.

    Args:
        hue: probabilities of its bins.
        chroma: those of its bins.
        grey: sRGB in [0, 1]; the brightest of red, green and blue is half the chroma above it.
    """
    across, up = mean_direction(hue)
    angle = torch.atan2(up, across + 1e-12) / (2 * math.pi) % 1
    length = (across.square() + up.square()).sqrt()
    width = median(chroma) * (length / FADED).clamp_max(1)
    sixths = 6 * angle + torch.tensor([5.0, 3.0, 1.0], device=hue.device)[:, None, None]
    shares = ((sixths % 6 - 2).abs() - 1).clamp(0, 1)
    rgb = (grey - width / 2 + width * shares).clamp(0, 1)
    return rgb_to_lab(rgb)[:, 1:]


def mean_direction(
    hue: Float[Tensor, "b 32 h w"],
) -> tuple[Float[Tensor, "b 1 h w"], Float[Tensor, "b 1 h w"]]:
    """The mean of a hue as a point in the circle: across and up."""
    angles = 2 * math.pi * centres(hue)
    across, up = (hue * f(angles)[:, None, None] for f in (torch.cos, torch.sin))
    return across.sum(1, keepdim=True), up.sum(1, keepdim=True)


def median(chroma: Float[Tensor, "b 32 h w"]) -> Float[Tensor, "b 1 h w"]:
    """Where half of the probability lies below, even within its bin."""
    whole = chroma.cumsum(1)
    number = (whole < 0.5).sum(1, keepdim=True).clamp_max(BINS - 1)
    own = chroma.gather(1, number)
    below = whole.gather(1, number) - own
    return (number + ((0.5 - below) / own.clamp_min(1e-12)).clamp(0, 1)) / BINS


def centres(like: Tensor) -> Float[Tensor, " 32"]:
    """The bins' centres in [0, 1], with the dtype and device of `like`."""
    return (torch.arange(BINS, dtype=like.dtype, device=like.device) + 0.5) / BINS


def grey_of_lightness(lightness: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
    """The sRGB value in [0, 1] of the grey of this L."""
    zero = torch.zeros_like(lightness)
    return lab_to_rgb(torch.cat([lightness, zero, zero], dim=1))[:, :1]
