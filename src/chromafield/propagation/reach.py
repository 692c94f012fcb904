"""How far each mark reaches: a map from 0 to 1 of the thing that it lies on.

    x = a + w (t - a) + (1 - w) e (d - a)

a are the automatic colours, d what the fully connected field and the hint network make of all given
colours (see `propagate`), w the largest of the marks' maps. e says whether the network might have
given the colour itself: near 1 where it lies within LIKELY standard deviations of the network's
own, near 0 beyond, and less by its plain distance. A likely colour, such as a point of the true
colours, also informs the rest of the picture, as d has it; an unlikely one is a person's wish for
one thing and stays on it. t is d where a mark is likely, and the mark's own colour where it is not;
with many marks d honours them itself. Where marks compete for a cell, each counts by the square of
its map.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..canvas.given import GivenColors
from ..canvas.guide import SIZE
from ..defaults import MODEL
from ..hints.document import THING
from ..models import load_model
from ..models.hint_network.reach import Features
from ..models.hint_network.reach_loading import ReachPredictor, load_reach_predictor
from ..models.lite_unet import STRIDE
from ..resize import resize
from ..views.views import field_size
from .network import EncodedPicture
from .within import EncodedWithin

LIKELY = 3.5  # standard deviations of the network's belief: as likely as not to be a wish
DECIDED = 2.0  # how fast a colour becomes a wish beyond, for each of them
FAR = 50.0  # ab units from the network's own colour, at which e falls to a third by itself
SEVERAL = 21  # marks, with which their own colours count half beside d
SURE = 0.65  # the network's probability that becomes a map of 0.5
SHARPNESS = 3.0  # of the map, in its logit; a cell that moves at all still tells how sure it was
SHIFT = 6.0  # logits between a reach of `THING` and one of 0
MANY = 256  # marks: where there are more, the given colours are dense and need no maps
TOGETHER = 32  # marks in one pass of the network
ALIKE = 1.0  # ab units: a mark whose colours differ by no more has one colour
COMPETITION = 2.0  # the power of its map by which a mark counts


@dataclass(frozen=True, slots=True)
class GivenMark:
    """A mark on a grid: one colour, or several that lie side by side."""

    share: Float[Tensor, "h w"]  # of each cell, that it covers
    color: Float[Tensor, " 2"]  # ab, its mean
    uniform: bool  # whether it has one colour
    reach: float = THING


@dataclass(frozen=True, slots=True)
class EncodedReach:
    """A picture encoded for maps of what marks reach; a mark costs one small pass."""

    predictor: ReachPredictor
    features: Features
    grid: tuple[int, int]
    kept: dict[bytes, Tensor] = field(default_factory=dict)  # logits of marks seen before

    @torch.inference_mode()
    def maps(self, marks: Sequence[GivenMark]) -> Float[Tensor, "n h w"]:
        """The map of each mark, from 0 where it does not reach to 1 where it does."""
        keys = [mark.share.numpy().tobytes() for mark in marks]
        new = {
            key: mark.share for key, mark in zip(keys, marks, strict=True) if key not in self.kept
        }
        for first in range(0, len(new), TOGETHER):
            some = list(new)[first : first + TOGETHER]
            shares = torch.stack([new[key] for key in some])[:, None].to(self.features.lightness)
            logits = self.predictor.network.predict(self.features, shares)
            self.kept.update(zip(some, logits, strict=True))
        maps = [_map(self.kept[k], mark) for k, mark in zip(keys, marks, strict=True)]
        while len(self.kept) > 2 * MANY:
            del self.kept[next(iter(self.kept))]
        return torch.stack(maps)


@torch.inference_mode()
def encode_reach(
    lightness: Float[Tensor, "1 1 H W"],
    encoded: EncodedPicture | EncodedWithin | None = None,
    size: int = SIZE,
) -> EncodedReach | None:
    """Encode a picture; None if this package has no weights for that.

    Args:
        lightness: [0, 100].
        encoded: the picture as encoded for the hint network at the same size, if it is; the default
            network's pass is then not made again.
    """
    predictor = _shipped(str(lightness.device))
    if predictor is None:
        return None
    maps = None
    if isinstance(encoded, EncodedPicture):
        other = encoded.predictor.network.config.base
        maps = encoded.seen.maps if other == predictor.network.config.base else None
    seen = resize(lightness, field_size(lightness.shape[2], lightness.shape[3], size))
    grid = (-(-seen.shape[2] // STRIDE), -(-seen.shape[3] // STRIDE))
    return EncodedReach(predictor, predictor.encode(seen, maps), grid)


@functools.lru_cache(maxsize=2)
def _shipped(device: str) -> ReachPredictor | None:
    return load_reach_predictor(load_model(MODEL, device), device=device)


def _map(logits: Float[Tensor, "2 h w"], mark: GivenMark) -> Float[Tensor, "h w"]:
    """A mark's map from the logits of "the same thing" and of "looks alike", by its reach."""
    thing, alike = logits
    more = 2 * mark.reach - 1  # -1 for the brush alone, 0 for the thing, 1 for all like things
    logit = torch.lerp(thing, thing.maximum(alike), more) if more > 0 else thing + SHIFT * more
    share = torch.sigmoid(SHARPNESS * (logit - math.log(SURE / (1 - SURE))))
    return share.maximum(mark.share.clamp(0, 1).to(share))


def contain(
    automatic: Float[Tensor, "1 2 h w"],
    changed: Float[Tensor, "1 2 h w"],
    precision: Float[Tensor, "1 1 h w"],
    marks: Sequence[GivenMark],
    maps: Float[Tensor, "n h w"],
) -> Float[Tensor, "1 2 h w"]:
    """Keep what the marks change to what they reach; the formula is at the top of this file.

    Args:
        changed: the colours with all marks.
        precision: of the network's belief, 1 / ab^2.
        maps: of the marks, on the same grid.
    """
    grid = (automatic.shape[2], automatic.shape[3])
    own = resize(torch.stack([mark.share for mark in marks])[None].to(automatic), grid)[0]
    colors = torch.stack([mark.color for mark in marks]).to(automatic)
    likely = _likely(automatic, precision, colors, own)
    uniform = torch.tensor([mark.uniform for mark in marks]).to(likely)
    weight = (maps + 1e-4) ** COMPETITION
    weight = weight / weight.sum(0)
    share, evidence = maps.amax(0), torch.einsum("nhw,n->hw", weight, likely)
    wish = uniform * (1 - likely) / (1 + (len(marks) - 1) / (SEVERAL - 1))
    wish = weight * wish[:, None, None]
    inside = changed * (1 - wish.sum(0)) + torch.einsum("nhw,nc->chw", wish, colors)
    rest = (1 - share) * evidence * (changed - automatic)
    return automatic + share * (inside - automatic) + rest


def _likely(
    automatic: Float[Tensor, "1 2 h w"],
    precision: Float[Tensor, "1 1 h w"],
    colors: Float[Tensor, "n 2"],
    own: Float[Tensor, "n h w"],
) -> Float[Tensor, " n"]:
    """Whether the network might have given each mark's colour itself, from 0 to 1."""
    own = own / own.sum((1, 2), keepdim=True).clamp_min(1e-9)
    under, sure = (torch.einsum("nhw,chw->nc", own, x[0]) for x in (automatic, precision))
    away = torch.linalg.vector_norm(colors - under, dim=1)
    deviations = away * sure[:, 0].sqrt()
    return torch.sigmoid(DECIDED * (LIKELY - deviations)) * torch.exp(-((away / FAR) ** 2))


def split_marks(
    given: GivenColors, grid: tuple[int, int], reaches: Sequence[float] = ()
) -> list[GivenMark]:
    """Split the given colours into marks on a grid; none if there are too many.

    A mark of several colours, such as a layer, is split into its connected parts.

    Args:
        reaches: of the marks by their numbers, from 1; by default `THING`.
    """
    pixels = np.flatnonzero(given.known.numpy())
    labels, owners = _labels(given, pixels)
    found = np.flatnonzero(np.bincount(labels))
    if not 0 < len(found) <= MANY:
        return []
    which = np.zeros(found[-1] + 1, np.int64)
    which[found] = np.arange(len(found))
    which = which[labels]
    cells = grid[0] * grid[1]
    count = np.bincount(which * cells + given.cells(pixels, grid), minlength=len(found) * cells)
    share = torch.from_numpy(count.reshape(len(found), *grid)).float() * cells / given.known.numel()
    ab, places = given.ab.flatten(1)[:, pixels].float(), torch.from_numpy(which)
    mean = torch.zeros(2, len(found)).index_add_(1, places, ab) / torch.bincount(places)
    spread = (ab - mean[:, places]).abs().amax(0)
    most = torch.zeros(len(found)).scatter_reduce_(0, places, spread, "amax")
    reach = [reaches[owners[label] - 1] if reaches else THING for label in found.tolist()]
    return [
        GivenMark(share[i].clamp(0, 1), mean[:, i], bool(most[i] <= ALIKE), reach[i])
        for i in range(len(found))
    ]


def _labels(given: GivenColors, pixels: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[int]]:
    """The label of each of the pixels, one for each part of a mark, and the marks' numbers."""
    if given.numbers is None:
        count, parts = cv2.connectedComponents(given.known.numpy().astype(np.uint8))
        return parts.ravel()[pixels].astype(np.int64), [0] * count
    labels = given.numbers.ravel()[pixels].astype(np.int64)
    owners = list(range(int(labels.max(initial=0)) + 1))
    for number in given.many_colored:
        count, parts = cv2.connectedComponents((given.numbers == number).astype(np.uint8))
        part = parts.ravel()[pixels].astype(np.int64)
        labels = np.where(part > 0, part + len(owners) - 1, labels)
        owners += [number] * (count - 1)
    return labels, owners
