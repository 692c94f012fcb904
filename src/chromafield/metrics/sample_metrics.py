"""The second paper's Table 2: how near the best of several samples comes, and how they differ.

Colours are ab on one grid in the papers' units, [-1, 1] for 128 ab. All measures are of one
picture's samples; tables have their means over pictures.

    error of the best   the least root mean square error of N samples; the least mean absolute and
                        mean square error beside it
    variance            over the N samples, the mean over pixels and over a and b
    SSIM                the mean over all pairs of samples, of a and of b; low is diverse
    unevenness          the variance of ab inside even regions of lightness: two-toned skin has much
    correlation far     how alike ab is at cells of one lightness that are a quarter of the picture
    apart               or more from each other: 1 all alike, 0 no more than any two cells

References:
    Messaoud, Forsyth and Schwing, 2018, Table 2; Deshpande et al., 2017, for the error of the best;
    Wang et al., 2004, for the structural similarity.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from ..color import UNIT

WINDOW, SIGMA = 11, 1.5  # of the structural similarity, cells
RANGE = 2.0  # of values in [-1, 1]
STEP = 1.0  # L units: cells nearer than this are of one region
REGION = 20  # cells of a region that counts, at least
PAIRS = 20_000  # of cells that are drawn; those of one lightness and far apart count


def errors(
    samples: Float[Tensor, "n 2 h w"], true: Float[Tensor, "2 h w"]
) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    """Each sample's root mean square and mean absolute error."""
    away = (samples - true) / UNIT
    return away.square().mean((1, 2, 3)).sqrt(), away.abs().mean((1, 2, 3))


def best_of(found: Float[Tensor, " n"], count: int) -> float:
    """The expected least error of `count` samples drawn without order from those measured.

    sum over the j-th least error of C(n - j, count - 1) / C(n, count): unbiased, and for count = n
    the least error itself.
    """
    ordered = found.sort().values
    n = len(ordered)
    ways = [math.comb(n - j, count - 1) / math.comb(n, count) for j in range(1, n + 1)]
    return float((ordered * torch.tensor(ways).to(ordered)).sum())


def variance(samples: Float[Tensor, "n 2 h w"]) -> float:
    """Over samples, mean over pixels and channels; 0 for one sample."""
    return float((samples / UNIT).var(dim=0, correction=0).mean())


def similarity(one: Float[Tensor, "c h w"], other: Float[Tensor, "c h w"]) -> float:
    """Structural similarity of values in [-1, 1], the mean over channels and places."""
    weight = _gaussian().to(one)
    side = min(WINDOW, *one.shape[1:])
    if side < WINDOW:  # a small grid has a small window
        middle = weight[(WINDOW - side) // 2 :][:side]
        weight = middle / middle.sum()

    def local(x: Tensor) -> Tensor:
        rows = F.conv2d(x[:, None], weight.view(1, 1, -1, 1))
        return F.conv2d(rows, weight.view(1, 1, 1, -1))[:, 0]

    m, n = local(one), local(other)
    var_m, var_n = local(one**2) - m**2, local(other**2) - n**2
    both = local(one * other) - m * n
    c1, c2 = (0.01 * RANGE) ** 2, (0.03 * RANGE) ** 2
    map_ = ((2 * m * n + c1) * (2 * both + c2)) / ((m**2 + n**2 + c1) * (var_m + var_n + c2))
    return float(map_.mean())


def pairwise_similarity(samples: Float[Tensor, "n 2 h w"]) -> float:
    """Of ab, the mean over all pairs; 1 for one sample."""
    return mean_over_pairs([ab.double() / UNIT for ab in samples])


def mean_over_pairs(pictures: Sequence[Float[Tensor, "c h w"]]) -> float:
    """The similarity of each pair of pictures with values in [-1, 1], averaged; 1 for one."""
    pairs = list(itertools.combinations(pictures, 2))
    return sum(similarity(*pair) for pair in pairs) / len(pairs) if pairs else 1.0


def even_regions(lightness: Float[Tensor, "h w"]) -> Int[Tensor, "h w"]:
    """Regions of 8-connected cells with lightness steps below `STEP`, numbered from 1; 0 elsewhere.

    Regions of fewer than `REGION` cells do not count.
    """
    h, w = lightness.shape
    number = torch.arange(h * w).view(h, w)
    ends: list[tuple[Tensor, Tensor]] = []
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = (slice(0, h - dy), slice(max(-dx, 0), w - max(dx, 0)))
        there = (slice(dy, h), slice(max(dx, 0), w + min(dx, 0)))
        near = (lightness[here] - lightness[there]).abs() < STEP
        ends.append((number[here][near], number[there][near]))
    return _components(h, w, ends)


def unevenness(ab: Float[Tensor, "2 h w"], regions: Int[Tensor, "h w"]) -> float:
    """The variance of a plus that of b inside regions, mean over their cells, in ab units squared;
    0 where there is no region."""
    flat, values = regions.flatten(), ab.flatten(1).double()
    count = int(flat.max()) + 1
    if count == 1:
        return 0.0
    size = torch.bincount(flat, minlength=count).double().clamp_min(1)
    total = torch.zeros(2, count, dtype=torch.float64).index_add_(1, flat, values)
    away = (values - (total / size)[:, flat]).square().sum(0)
    return float(away[flat > 0].mean())


def far_correlation(ab: Float[Tensor, "2 h w"], lightness: Float[Tensor, "h w"]) -> float:
    """1 less the mean squared difference over pairs, as a share of twice the variance over cells.

    1 also where all cells have one colour, or no pair is alike in lightness.
    """
    h, w = lightness.shape
    drawn = torch.rand(4, PAIRS, generator=torch.Generator().manual_seed(0))
    y = (drawn[:2] * h).long().clamp_max(h - 1)
    x = (drawn[2:] * w).long().clamp_max(w - 1)
    apart = ((y[0] - y[1]) ** 2 + (x[0] - x[1]) ** 2).double().sqrt() >= max(h, w) / 4
    alike = (lightness[y[0], x[0]] - lightness[y[1], x[1]]).abs() < STEP
    chosen = apart & alike.cpu()
    values = ab.double().cpu()
    variance_of_all = float(values.flatten(1).var(1, correction=0).sum())
    if variance_of_all < 1e-12 or not chosen.any():
        return 1.0
    (y0, y1), (x0, x1) = y[:, chosen], x[:, chosen]
    away = (values[:, y0, x0] - values[:, y1, x1]).square().sum(0).mean()
    return 1 - float(away) / (2 * variance_of_all)


def _components(h: int, w: int, ends: list[tuple[Tensor, Tensor]]) -> Int[Tensor, "h w"]:
    one = torch.cat([a for a, _ in ends]).numpy()
    other = torch.cat([b for _, b in ends]).numpy()
    graph = coo_matrix(([1] * len(one), (one, other)), shape=(h * w, h * w))
    _, label = connected_components(graph, directed=False)
    labels = torch.from_numpy(label).long()
    size = torch.bincount(labels)
    large = (size >= REGION).nonzero()[:, 0]
    renamed = torch.zeros(len(size), dtype=torch.long)
    renamed[large] = torch.arange(1, len(large) + 1)
    return renamed[labels].view(h, w)


def _gaussian() -> Float[Tensor, " n"]:
    place = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    weight = torch.exp(-(place**2) / (2 * SIGMA**2))
    return weight / weight.sum()
