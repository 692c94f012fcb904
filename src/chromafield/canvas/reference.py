"""Colours of another picture, taken where the two look alike.

Each cell of the picture looks for cells of the reference, and of its mirror image, that the network
sees in the same way, and takes their average colour:

    ab_i = sum_j w_ij ab_j,   w_i. = softmax over j of (s_ij - (L_i - L_j)^2 / LIGHT) / SHARP

s is the cosine of the network's features, each map less its average. Where the best match is poor
the reference says little: features of unrelated photographs reach about 0.5, of one place 0.8.

References:
    He et al., Deep exemplar-based colorization, 2018, for matching features; the rest is simpler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import GaussianBelief
from ..color import rgb_to_lab
from ..errors import BadValue
from ..image import Picture, three_channels
from ..resize import enlarge, resize
from .lightness import as_unit
from .views import seen_size

SIZE = 224  # both pictures are seen at about SIZE x SIZE pixels
SHARP = 0.03
LIGHT = 2e4  # squared L units: a difference of 30 counts as much as 0.045 of the cosine
PRECISION = 0.1  # 1 / ab^2 of a perfect match
CLUELESS, SURE = 0.5, 0.75  # best cosines where trust is none, and full


@runtime_checkable
class Describes(Protocol):
    """A network that tells what it sees."""

    def describe(self, lightness: Float[Tensor, "b 1 h w"]) -> list[Tensor]: ...


@dataclass(frozen=True, slots=True)
class Described:
    """A reference as the network sees it, and its mirror image."""

    features: Float[Tensor, "c n"]
    lab: Float[Tensor, "3 n"]


@torch.inference_mode()
def describe(model: nn.Module, reference: Float[Tensor, "1 3 h w"]) -> Described:
    """Look at a reference's Lab once, for any number of pictures.

    Raises:
        BadValue: the network has no features to compare.
    """
    both = [(_described(model, one[:, :1]), one) for one in (reference, reference.flip(-1))]
    features = torch.cat([found for (found, _), _ in both], dim=1)
    return Described(
        features, torch.cat([resize(one, size).flatten(2)[0] for (_, size), one in both], dim=1)
    )


@torch.inference_mode()
def refer(
    model: nn.Module,
    lightness: Float[Tensor, "1 1 H W"],
    reference: Described,
    strength: float = 1.0,
) -> GaussianBelief:
    """What the reference says of the picture's colours, on the features' grid.

    Args:
        lightness: the picture's, [0, 100].
        strength: 0 says nothing, 1 is full trust in good matches.

    Raises:
        BadValue: the network has no features to compare.
    """
    here, grid = _described(model, lightness)
    there, told = reference.features, reference.lab
    own = resize(lightness, grid).flatten(2)[0]

    cosine = here.T @ there
    weight = torch.softmax((cosine - (own.T - told[:1]).square() / LIGHT) / SHARP, dim=1)
    mean = (weight @ told[1:].T).T
    best = cosine.amax(1)
    trust = ((best - CLUELESS) / (SURE - CLUELESS)).clamp(0, 1)
    precision = strength * PRECISION * trust**2
    return GaussianBelief(mean.reshape(1, 2, *grid), precision.reshape(1, 1, *grid))


def lab_of(picture: Picture) -> Float[Tensor, "1 3 h w"]:
    """A picture's Lab."""
    return rgb_to_lab(as_unit(three_channels(picture.pixels)))[None]


def _described(
    model: nn.Module, lightness: Float[Tensor, "1 1 H W"]
) -> tuple[Float[Tensor, "c n"], tuple[int, int]]:
    """Unit vectors of the cells, and their grid."""
    if not hasattr(model, "describe"):
        raise BadValue(
            f"{type(model).__name__} cannot compare pictures. Use lite-unet with --reference."
        )
    describes: Describes = model  # type: ignore[assignment]
    seen = resize(lightness, seen_size(lightness.shape[2], lightness.shape[3], SIZE))
    maps = describes.describe(seen)
    grid = (maps[0].shape[2], maps[0].shape[3])
    parts = []
    for one in maps:
        away = enlarge(one - one.mean((2, 3), keepdim=True), grid)
        parts.append(away / away.norm(dim=1, keepdim=True).clamp_min(1e-6))
    return torch.cat(parts, dim=1).flatten(2)[0] / len(parts) ** 0.5, grid
