"""reach: the network that says which cells of a picture belong to the thing that a mark lies on.

    p_k = sigmoid(hourglass(likeness to mark k, distance from mark k, picture))

It reads the default network's maps of the grey picture. A learned vector a cell gives each cell's
likeness to a mark, which is an average over the mark's cells; a small hourglass for each mark turns
likeness, distance and the picture's own maps into a probability. A second output says which cells
look like the mark wherever they lie. Both depend on where a mark is, not on its colour.

References:
    Xu, Price, Cohen, Yang and Huang, Deep interactive object selection, 2016, for a network that
    takes clicks as distance maps; the likeness to the click by learned vectors is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from ...resize import enlarge
from .._layers import ConvNorm, beside, single
from .._padding import padded

COARSEST = 8  # cells of the output's grid in one of the coarsest map
PLANES = 5  # of a mark beside its likenesses: two of distance, two of lightness, its own cells
NEAR = 0.02  # diagonals: the unit of the logarithm of the distance


@dataclass(frozen=True)
class Config:
    maps: tuple[int, int, int] = (40, 112, 96)  # channels it reads: at 1/8, at 1/16, the last
    heads: int = 8  # likenesses
    dimensions: int = 12  # numbers of a cell's vector in one of them
    widths: tuple[int, int, int, int] = (16, 32, 64, 96)  # the hourglass's at 1/4 to 1/32
    base: str = ""  # SHA-256 of the default network's weights that it was trained on


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a grey picture, for any number of marks on it."""

    vectors: Float[Tensor, "b heads d h w"]  # of length 1
    lightness: Float[Tensor, "b 1 h w"]  # in [0, 1]
    maps: tuple[Tensor, Tensor, Tensor]  # what the picture adds to the hourglass at 1/4, 1/8, 1/16


class ReachNetwork(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        eighth, sixteenth, last = config.maps
        one, two, three, four = config.widths
        inside = config.heads + PLANES
        self.mixed = nn.ModuleList(nn.Conv2d(width, last, 1) for width in config.maps)
        self.vector = nn.Conv2d(last, config.heads * config.dimensions, 1)
        self.first = ConvNorm(inside + last + eighth, two)
        self.down = ConvNorm(two, three, 2)
        self.join = ConvNorm(three + sixteenth, three)
        self.deeper = ConvNorm(three, four, 2)
        self.overall = nn.Linear(four, four)
        self.up = nn.ModuleList([ConvNorm(four + three, three), ConvNorm(three + two, two)])
        self.fine = nn.Conv2d(last, one, 3, padding=1)
        self.last = nn.Conv2d(two + inside, one, 1)
        self.thing = nn.Conv2d(one, 1, 1)
        self.alike = nn.Conv2d(config.heads + 2, 1, 1)

    def forward(
        self,
        seen: Sequence[Tensor],
        lightness: Float[Tensor, "b 1 h w"],
        marks: Float[Tensor, "n 1 h w"],
        pictures: Int64[Tensor, " n"],
    ) -> Float[Tensor, "n 2 h w"]:
        """Compute the logits of "the same thing" and of "looks alike", for each mark.

        Args:
            seen: the default network's maps at 1/8 and 1/16 and its last, of one pass.
            lightness: on the last map's grid, in [0, 100].
            marks: each cell's share that a mark covers, [0, 1].
            pictures: the picture that each mark lies on.
        """
        return self.predict(self.encode(seen, lightness), marks, pictures)

    def encode(self, seen: Sequence[Tensor], lightness: Float[Tensor, "b 1 h w"]) -> Features:
        """Compute the features that depend on the picture alone."""
        eighth, sixteenth, last = *seen[:2], padded(seen[2], COARSEST)
        parts = [mix(seen) for mix, seen in zip(self.mixed, (eighth, sixteenth, last), strict=True)]
        coarse = enlarge(parts[0] + enlarge(parts[1], _size(parts[0])), _size(last))
        vectors = self.vector(F.relu(parts[2] + coarse))
        vectors = vectors.unflatten(1, (self.config.heads, self.config.dimensions))
        with single(vectors):
            vectors = F.normalize(vectors.float(), dim=2)
        inside = self.config.heads + PLANES
        near = F.avg_pool2d(last, 2)
        maps = (
            self.fine(last),
            self.first.part(beside(eighth, near), inside),
            self.join.part(sixteenth, self.config.widths[2]),
        )
        return Features(vectors, padded(lightness, COARSEST) / 100, maps)

    def predict(
        self,
        features: Features,
        marks: Float[Tensor, "n 1 h w"],
        pictures: Int64[Tensor, " n"] | None = None,
    ) -> Float[Tensor, "n 2 h w"]:
        """Predict as `forward` does, for encoded pictures; by default marks lie on the first."""
        h, w = marks.shape[2:]
        marks = padded(marks, COARSEST)
        if pictures is None:
            pictures = torch.zeros(len(marks), dtype=torch.long, device=marks.device)
        share = marks / marks.sum((2, 3), keepdim=True).clamp_min(1e-6)
        likeness = _likeness(features.vectors, share[:, 0], pictures)
        lightness = features.lightness[pictures]
        step = lightness - (lightness * share).sum((2, 3), keepdim=True)
        away = _distances(marks)
        near = torch.log1p(away / NEAR)
        planes = torch.cat([likeness, away, near, step, step.abs(), marks], dim=1)
        planes = planes.contiguous(memory_format=torch.channels_last)  # as convolutions answer
        maps = [plane[pictures] for plane in features.maps]
        logits = self._hourglass(planes, *maps)
        alike = self.alike(torch.cat([likeness, step, step.abs()], dim=1))
        return torch.cat([logits, alike], dim=1)[:, :, :h, :w]

    def _hourglass(
        self, planes: Float[Tensor, "n p h w"], fine: Tensor, eighth: Tensor, sixteenth: Tensor
    ) -> Float[Tensor, "n 1 h w"]:
        first = self.first.sum(self.first.part(F.avg_pool2d(planes, 2), 0), eighth)
        second = self.join.sum(self.join.part(self.down(first), 0), sixteenth)
        y = self.deeper(second)
        y = y + self.overall(y.mean((2, 3)))[:, :, None, None]
        for mix, tap in zip(self.up, (second, first), strict=True):
            y = mix(beside(y, tap))
        y = F.relu(self.last(beside(y, planes.to(y))) + fine)
        with single(y):
            logits: Tensor = self.thing(y.float())
        return logits


def _size(plane: Tensor) -> tuple[int, int]:
    return plane.shape[2], plane.shape[3]


def _likeness(
    vectors: Float[Tensor, "b heads d h w"],
    share: Float[Tensor, "n h w"],
    pictures: Int64[Tensor, " n"],
) -> Float[Tensor, "n heads h w"]:
    """Each cell's vector times the mean of the mark's, a head; without a copy for each mark."""
    out = share.new_empty(len(share), vectors.shape[1], *share.shape[1:])
    parts, places = [], []
    for picture in sorted(set(pictures.tolist())):
        here = (pictures == picture).nonzero()[:, 0]
        own = torch.einsum("nhw,kdhw->nkd", share[here], vectors[picture])
        parts.append(torch.einsum("nkd,kdhw->nkhw", own, vectors[picture]))
        places.append(here)
    return out.index_copy(0, torch.cat(places), torch.cat(parts))


def _distances(marks: Float[Tensor, "n 1 h w"]) -> Float[Tensor, "n 1 h w"]:
    """Each cell's distance from the nearest cell of its mark, in diagonals."""
    n, _, h, w = marks.shape
    y, x = (torch.arange(side, device=marks.device, dtype=torch.float32) for side in (h, w))
    place = torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1).flatten(0, 1)
    diagonal = (h**2 + w**2) ** 0.5
    rows = [
        torch.cdist(place, place[mark.flatten() > 0]).amin(1)
        if mark.any()
        else place.new_ones(h * w)
        for mark in marks
    ]
    away: Tensor = torch.stack(rows) / diagonal
    return away.view(n, 1, h, w)


build = ReachNetwork
