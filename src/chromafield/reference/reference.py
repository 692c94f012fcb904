"""Colours of reference pictures, given to the cells that are similar to their own.

Each cell of the picture takes the average colour of the cells of the references, and of their
mirror images, weighted by the similarity of the network's features:

    ab_i = sum_j w_ij ab_j,   w_i. = softmax over j of (s_ij - (L_i - L_j)^2 / LIGHT) / SHARP

s is the cosine of the network's features, each map less its average. A poor best match gets little
precision: features of unrelated photographs reach a cosine of about 0.5, of one place 0.8.

References:
    He et al., Deep exemplar-based colorization, 2018, for matching features; the rest is simpler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..beliefs import GaussianBelief
from ..canvas.lightness import as_unit
from ..color import rgb_to_lab
from ..errors import BadValue
from ..image import Picture, three_channels
from ..models.abilities import DescribesPictures
from ..resize import enlarge, resize
from ..views.views import input_size

SIZE = 224  # the network's input is about SIZE x SIZE pixels, for both pictures
SHARP = 0.03
LIGHT = 2e4  # squared L units: a difference of 30 counts as much as 0.045 of the cosine
PRECISION = 0.1  # 1 / ab^2 of a perfect match
NO_TRUST, FULL_TRUST = (
    0.5,
    0.75,
)  # best cosines up to which there is no trust, and from which full trust


@dataclass(frozen=True, slots=True)
class EncodedReference:
    """The features and colours of references, each followed by its mirror image."""

    features: Float[Tensor, "c n"]
    lab: Float[Tensor, "3 n"]
    grids: tuple[tuple[int, int], ...]  # height and width in cells, of each of the pictures


@dataclass(frozen=True, slots=True)
class Matches:
    """For each cell of a picture the place of the references that is most similar to it."""

    which: Int[Tensor, "h w"]  # of the references, from 0
    places: Float[Tensor, "2 h w"]  # x and y in it, shares of its width and height
    trust: Float[Tensor, "h w"]  # 0 to 1: how far its colours count


@torch.inference_mode()
def encode_references(
    model: nn.Module, references: Sequence[Float[Tensor, "1 3 _ _"]]
) -> EncodedReference:
    """Encode the references' Lab once, for any number of pictures.

    Raises:
        BadValue: the network has no features to compare.
    """
    both = [side for one in references for side in (one, one.flip(-1))]
    found = [describe_cells(model, one[:, :1]) for one in both]
    colors = [resize(one, grid).flatten(2)[0] for one, (_, grid) in zip(both, found, strict=True)]
    return EncodedReference(
        torch.cat([features for features, _ in found], dim=1),
        torch.cat(colors, dim=1),
        tuple(grid for _, grid in found),
    )


@torch.inference_mode()
def refer(
    model: nn.Module,
    lightness: Float[Tensor, "1 1 H W"],
    reference: EncodedReference,
    strength: float = 1.0,
) -> GaussianBelief:
    """Predict the picture's colours from the reference, on the features' grid.

    Args:
        lightness: the picture's, [0, 100].
        strength: 0 gives no precision, 1 is full trust in good matches.

    Raises:
        BadValue: the network has no features to compare.
    """
    weight, trust, grid = _matched(model, lightness, reference)
    mean = (weight @ reference.lab[1:].T).T
    precision = strength * PRECISION * trust**2
    return GaussianBelief(mean.reshape(1, 2, *grid), precision.reshape(1, 1, *grid))


@torch.inference_mode()
def find_places(
    model: nn.Module, lightness: Float[Tensor, "1 1 H W"], reference: EncodedReference
) -> Matches:
    """Find the places that `refer` takes most of its colours from; raises as it does."""
    weight, trust, grid = _matched(model, lightness, reference)
    cell = weight.argmax(1)
    heights, widths = torch.tensor(reference.grids, device=cell.device).T
    ends = (heights * widths).cumsum(0)
    which = torch.searchsorted(ends, cell, right=True)
    inside = cell - (ends - heights * widths)[which]
    x = (inside % widths[which] + 0.5) / widths[which]
    y = (inside // widths[which] + 0.5) / heights[which]
    x = torch.where(which % 2 == 1, 1 - x, x)  # of a mirror image
    return Matches(
        (which // 2).reshape(grid), torch.stack([x, y]).reshape(2, *grid), trust.reshape(grid)
    )


def _matched(
    model: nn.Module, lightness: Float[Tensor, "1 1 H W"], reference: EncodedReference
) -> tuple[Float[Tensor, "n m"], Float[Tensor, " n"], tuple[int, int]]:
    """As `match`, of the picture's cells with the references'; the grid of the former."""
    here, grid = describe_cells(model, lightness)
    own = resize(lightness, grid).flatten(2)[0]
    return *match(here, own, reference.features, reference.lab[:1]), grid


def match(
    here: Float[Tensor, "c n"],
    own: Float[Tensor, "1 n"],
    there: Float[Tensor, "c m"],
    lightness: Float[Tensor, "1 m"],
) -> tuple[Float[Tensor, "n m"], Float[Tensor, " n"]]:
    """Match the cells of one picture with those of another; the formula is at the file's top.

    Args:
        here, there: their features, see `describe_cells`.
        own, lightness: their L, [0, 100].

    Returns:
        The weights w, and the trust in each cell's best match, from 0 to 1.
    """
    cosine = here.T @ there
    weight = torch.softmax((cosine - (own.T - lightness).square() / LIGHT) / SHARP, dim=1)
    trust = ((cosine.amax(1) - NO_TRUST) / (FULL_TRUST - NO_TRUST)).clamp(0, 1)
    return weight, trust


def lab_of(picture: Picture) -> Float[Tensor, "1 3 h w"]:
    """A picture's Lab."""
    return rgb_to_lab(as_unit(three_channels(picture.pixels)))[None]


def describe_cells(
    model: nn.Module, lightness: Float[Tensor, "1 1 H W"]
) -> tuple[Float[Tensor, "c n"], tuple[int, int]]:
    """Describe a picture's cells by the network's features, to compare it with others.

    Returns:
        A unit vector a cell, row by row; the height and width of their grid.

    Raises:
        BadValue: the network has no features to compare.
    """
    if not isinstance(model, DescribesPictures):
        raise BadValue(
            f"{type(model).__name__} cannot compare pictures. Use lite-unet with --reference."
        )
    size = input_size(lightness.shape[2], lightness.shape[3], SIZE)
    maps = model.describe(resize(lightness, size))
    grid = (maps[0].shape[2], maps[0].shape[3])
    parts = []
    for one in maps:
        away = enlarge(one - one.mean((2, 3), keepdim=True), grid)
        parts.append(away / away.norm(dim=1, keepdim=True).clamp_min(1e-6))
    return torch.cat(parts, dim=1).flatten(2)[0] / len(parts) ** 0.5, grid
