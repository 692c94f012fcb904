"""listener: the hint network, from the colours of some cells to the colours of all.

    x = automatic + d,   d = network(grey, automatic, given),   d = 0 if no colour is given

It runs beside the default network: it reads that network's maps of the grey picture and changes its
colours, so without hints its output is equal to the automatic colours to the bit. Attention from
each cell to all given cells, by learned similarity and distance, gives it their change of colour,
so that a hint reaches across the picture in one step.

References:
    Zhang et al., Real-time user-guided image colorization, 2017, for a network that takes points;
    the output as a change and the attention to the given cells are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from ...beliefs import GaussianBelief
from .._layers import ConvNorm, Fuse, beside, single
from .._padding import padded

AB_UNIT = 50.0  # colours inside are in units of 50 ab, so that they are near 1
COARSEST = 8  # cells of the output's grid in one of the coarsest map
RECALLED = 5  # numbers a head: the change and the given colour (a and b each), and the weight found


@dataclass(frozen=True)
class Config:
    maps: tuple[int, int, int] = (40, 112, 96)  # channels it reads: at 1/8, at 1/16, the last
    widths: tuple[int, int, int, int] = (64, 96, 128, 160)  # its own at 1/4 to 1/32
    heads: int = 4  # attention heads
    dimensions: int = 32  # numbers of a head's query and key
    base: str = ""  # SHA-256 of the default network's weights that it was trained on


Queries = tuple[Tensor, Tensor, Tensor]  # query and key, "b heads d n", and none, "b heads n 1"


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a grey picture, for any number of hints on it."""

    queries: Queries
    first: Float[Tensor, "b one i j"]  # parts of convolutions: at 1/4,
    join: Float[Tensor, "b two k l"]  # at 1/8
    deep: Float[Tensor, "b three m n"]  # and at 1/16


class Recall(nn.Module):
    """Attention from every cell to the given ones, by similarity and distance, or to none.

    weight_ij = softmax over j and "none" of q_i . k_j / sqrt(n) - c |place_i - place_j|^2 + log s_j
    """

    def __init__(self, inside: int, heads: int, dimensions: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Conv2d(inside, heads * dimensions, 1)
        self.key = nn.Conv2d(inside, heads * dimensions, 1)
        self.none = nn.Conv2d(inside, heads, 1)
        self.nearness = nn.Parameter(torch.linspace(0.0, 3.0, heads))  # log c; places within 1

    def encode(self, seen: Float[Tensor, "b c h w"]) -> Queries:
        """Compute each cell's query and key, and its score for none."""
        query, key = (
            part.flatten(2).unflatten(1, (self.heads, -1))
            for part in (self.query(seen), self.key(seen))
        )
        with single(seen):
            none = self.none(seen.float()).flatten(2)[..., None]
        return query, key, none

    def forward(
        self, queries: Queries, values: Float[Tensor, "b v h w"], share: Float[Tensor, "b 1 h w"]
    ) -> Float[Tensor, "b n h w"]:
        """For each head, the mean values of the given cells and their total weight.

        Args:
            share: each cell's share that has a given colour, [0, 1].
        """
        b, _, h, w = values.shape
        cells = _given_cells(share)
        query, key, none = queries
        with single(values):
            likeness = torch.einsum("bhdi,bhdj->bhij", query.float(), key[..., cells].float())
            likeness = likeness / query.shape[2] ** 0.5
            far = _distances(h, w, cells) * self.nearness.exp()[:, None, None]
            own = share.flatten(2)[:, None, :, cells]
            log_share = own.clamp_min(1e-9).log().masked_fill(own == 0, float("-inf"))
            weight = torch.softmax(torch.cat([likeness - far + log_share, none], dim=3), dim=3)
            ones = torch.ones_like(share)
            values_and_ones = torch.cat([values, ones], dim=1).flatten(2)[..., cells].float()
            found = torch.einsum("bhij,bvj->bhvi", weight[..., :-1], values_and_ones)
        return found.reshape(b, -1, h, w)


def _given_cells(share: Float[Tensor, "b 1 h w"]) -> Int64[Tensor, " m"]:
    """The cells with a given colour in some picture of the batch; the others would weigh nothing.

    An exported graph takes all cells, since it cannot hold a list of unknown length.
    """
    if torch._C._get_tracing_state() is not None:  # as `torch.jit.is_tracing` has it
        return torch.arange(share.shape[2] * share.shape[3])
    return share.flatten(1).any(0).nonzero()[:, 0]


def _distances(h: int, w: int, cells: Int64[Tensor, " m"]) -> Float[Tensor, "n m"]:
    """Squared distances of all cells to some of them, in units of the longer side."""
    y, x = torch.arange(h, device=cells.device), torch.arange(w, device=cells.device)
    place = torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1).flatten(0, 1)
    place = place / (place.amax() + 1)
    return (place[:, None] - place[cells][None]).square().sum(2)


class HintNetwork(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        eighth, sixteenth, last = config.maps
        one, two, three, four = config.widths
        self.recall = Recall(last + eighth + sixteenth, config.heads, config.dimensions)
        self.first = ConvNorm(last + 7, one)
        self.down = ConvNorm(one, two, 2)
        self.join = ConvNorm(two + eighth + RECALLED * config.heads, two)
        self.deeper = ConvNorm(two, three, 2)
        self.deep = ConvNorm(three + sixteenth, three)
        self.deepest = ConvNorm(three, four, 2)
        self.overall = nn.Linear(four, four)
        self.up = nn.ModuleList([Fuse(four, three, three), Fuse(three, two, two)])
        self.last = ConvNorm(two + one + RECALLED * config.heads, one)
        self.change = nn.Conv2d(one, 2, 3, padding=1)
        nn.init.zeros_(self.change.weight)
        nn.init.zeros_(self.change.bias)  # type: ignore[arg-type]

    def forward(
        self,
        seen: Sequence[Tensor],
        automatic: Float[Tensor, "b 2 h w"],
        given: GaussianBelief,
    ) -> Float[Tensor, "b 2 h w"]:
        """Predict the colours, ab, from the automatic and the given ones.

        Args:
            seen: the default network's maps at 1/8 and 1/16 and its last, of one pass.
            automatic: ab on the last map's grid.
            given: on that grid; its precision is the share of a cell with a given colour, [0, 1].
        """
        return self.predict(self.encode(seen), automatic, given)

    def encode(self, seen: Sequence[Tensor]) -> Features:
        """Compute the features that depend on the maps alone."""
        eighth, sixteenth, last = *seen[:2], padded(seen[2], COARSEST)
        near = F.avg_pool2d(last, 2)  # it is twice as large
        maps_in = beside(sixteenth, torch.cat([near, eighth], dim=1))
        _, two, three, _ = self.config.widths
        return Features(
            self.recall.encode(maps_in),
            first=self.first.part(last, 0),
            join=self.join.part(eighth, two),
            deep=self.deep.part(sixteenth, three),
        )

    def predict(
        self, features: Features, automatic: Float[Tensor, "b 2 h w"], given: GaussianBelief
    ) -> Float[Tensor, "b 2 h w"]:
        """Predict as `forward` does, for an encoded picture."""
        h, w = automatic.shape[2:]
        share = given.precision.clamp(0, 1)
        off = (given.mean - automatic) * share
        values = torch.cat([off, given.mean * share], dim=1) / AB_UNIT
        plane = torch.cat([automatic / AB_UNIT, values, share], dim=1)
        d = self._change(features, padded(plane, COARSEST))[:, :, :h, :w]
        anything = (share.amax((2, 3), keepdim=True) > 0).to(d)
        return automatic + AB_UNIT * anything * d

    def _change(
        self, features: Features, plane: Float[Tensor, "b p h w"]
    ) -> Float[Tensor, "b 2 h w"]:
        """The change, from the features and the colours and hints on the finest grid."""
        eighth, _, last = self.config.maps
        _, two, _, _ = self.config.widths
        _, summed, share = torch.split(plane, [2, 4, 1], dim=1)
        there = F.avg_pool2d(share, 2)
        values = F.avg_pool2d(summed, 2) / there.clamp_min(1e-6)
        recalled = self.recall(features.queries, values, (4 * there).clamp_max(1))
        recalled = recalled.contiguous(memory_format=torch.channels_last)  # as convolutions answer
        fine = self.first.sum(features.first, self.first.part(plane, last))
        y = second = self.join.sum(
            self.join.part(self.down(fine), 0),
            features.join,
            self.join.part(recalled, two + eighth),
        )
        y = third = self.deep.sum(self.deep.part(self.deeper(y), 0), features.deep)
        y = self.deepest(y)
        y = y + self.overall(y.mean((2, 3)))[:, :, None, None]
        for fuse, tap in zip(self.up, (third, second), strict=True):
            y = fuse(y, tap)
        y = self.last(beside(torch.cat([y, recalled], dim=1), fine))
        with single(y):
            change: Tensor = self.change(y.float())
        return change


build = HintNetwork
