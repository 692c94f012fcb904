"""Colours given in some photographs of a series, carried to the same things in the others.

    s_k(i) = t_i sum_j w_ij r_k(j)

r_k(j) says from 0 to 1 whether a mark of colour k reaches cell j of the photograph in which it was
given, w_ij how like cell i of the other photograph is to it, and t_i how far i's best match is
trusted; w and t are the reference's, see `reference.reference`. A connected part in which s_k is
high is the thing found again if enough of the thing's own best matches, in the other direction, lie
in it. It gets one mark or a few, well inside, as a person would set them: what they reach in that
photograph is decided there, as for any mark.

References:
    He et al., Deep exemplar-based colorization, 2018, for matching features; the marks are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import DataError
from ..hints.document import OWN_COLORS, THING, Hints, Mark, Position
from ..hints.raster import draw_marks
from ..reference.reference import describe_cells, match
from ..resize import resize
from .reach import EncodedReach, GivenMark

BLUR = 0.7  # cells, of the scores
FOUND = 0.5  # the score above which a cell belongs to a thing,
OF_BEST = 0.6  # or this share of the best score, if that is less
LEAST = 0.25  # the best score below which the thing is not in the photograph
RETURNED = 0.15  # of the thing, whose best matches lie in the part
SMALLEST = 0.003  # of the photograph: smaller things get no mark
MOST = 3  # marks on one thing
DEPTH = 0.4  # of the best place, that a further one has at least
APART = 2.5  # depths between two marks on one thing
RADIUS = 0.01  # of a mark, shares of the longer side

Key = tuple[str, float]  # a colour and its reach: marks that share both are marks on one thing


@dataclass(frozen=True, slots=True)
class MarkedPhotograph:
    """A photograph with the colours that were given in it, ready to be matched with others."""

    features: Float[Tensor, "c n"]
    lightness: Float[Tensor, "1 n"]
    reached: dict[Key, Float[Tensor, " n"]]  # r, for each given colour


@torch.inference_mode()
def mark_photograph(
    lightness: Float[Tensor, "1 1 H W"],
    hints: Hints,
    model: nn.Module,
    reach: EncodedReach | None,
) -> MarkedPhotograph:
    """Encode a photograph and what its marks reach.

    Args:
        lightness: [0, 100].
        reach: the photograph encoded for maps of what marks reach; without it a mark stands for
            its own pixels alone.

    Raises:
        BadValue: the network has no features to compare.
        DataError: the hints give no colour that can be carried.
        DataError, PictureError: as `draw_marks`.
    """
    own = tuple(mark for mark in hints.drawn if mark.kind not in OWN_COLORS)
    if not own:
        raise DataError(
            "The hints give no colour to any thing: a series takes points, strokes, regions and "
            "masks with a colour. Give one, or leave --series out."
        )
    features, grid = describe_cells(model, lightness)
    reached: dict[Key, Tensor] = {}
    for mark in own:
        alone = Hints((mark,), picture=hints.picture, folder=hints.folder)
        known = draw_marks(alone, (lightness.shape[2], lightness.shape[3])).known
        share = resize(known[None, None].float(), reach.grid if reach else grid)[0, 0]
        key = mark.color, mark.reach or THING
        if reach is not None:
            given = GivenMark(share, torch.zeros(2), uniform=True, reach=mark.reach)
            share = resize(reach.maps([given])[None], grid)[0, 0]
        reached[key] = torch.maximum(
            share.flatten().to(lightness), reached.get(key, torch.zeros(()))
        )
    return MarkedPhotograph(features, resize(lightness, grid).flatten(2)[0], reached)


@torch.inference_mode()
def transfer(
    series: Sequence[MarkedPhotograph], lightness: Float[Tensor, "1 1 H W"], model: nn.Module
) -> Hints:
    """Carry the colours of a series to another photograph of it.

    Args:
        lightness: of the other photograph, [0, 100].

    Returns:
        Marks on the things that were found again; none where there are none.
    """
    features, grid = describe_cells(model, lightness)
    own = resize(lightness, grid).flatten(2)[0]
    found: dict[Key, Tensor] = {}  # for each colour, s and how much of the thing matches a cell
    for one in series:
        weight, trust = match(features, own, one.features, one.lightness)
        back, trust_back = match(one.features, one.lightness, features, own)
        for key, reached in one.reached.items():
            returned = (reached * trust_back) @ back / reached.sum().clamp_min(1e-6)
            both = torch.stack([trust * (weight @ reached), returned]).reshape(2, *grid)
            found[key] = torch.maximum(both, found.get(key, torch.zeros(())))
    scores = {key: cv2.GaussianBlur(s.cpu().numpy(), (0, 0), BLUR) for key, (s, _) in found.items()}
    best = np.max(list(scores.values()), axis=0)
    marks = [
        Mark("at", ((x, y),), RADIUS, color=color, reach=reach)
        for (color, reach), score in scores.items()
        for x, y in _places(np.where(score == best, score, 0), found[color, reach][1].cpu().numpy())
    ]
    return Hints(tuple(marks), picture=(lightness.shape[3], lightness.shape[2]))


def _places(score: NDArray[np.float32], returned: NDArray[np.float32]) -> Iterator[Position]:
    """Places well inside the connected parts in which the score is high and to which enough of the
    thing returns."""
    if score.max() < LEAST:
        return
    above = (score > min(FOUND, OF_BEST * float(score.max()))).astype(np.uint8)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(above)
    rows, columns = np.indices(score.shape)
    for label in range(1, count):
        part = (labels == label).astype(np.uint8)
        there = cv2.dilate(part, np.ones((3, 3))) > 0
        if facts[label, cv2.CC_STAT_AREA] < SMALLEST * score.size or (
            returned[there].sum() < RETURNED
        ):
            continue
        inside = np.pad(part, 1)
        deep = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
        worth = deep * score
        least = DEPTH * worth.max()
        for _ in range(MOST):
            row, column = np.unravel_index(int(worth.argmax()), worth.shape)
            if worth[row, column] < least:
                break
            yield (column + 0.5) / score.shape[1], (row + 0.5) / score.shape[0]
            away = (rows - row) ** 2 + (columns - column) ** 2
            worth = np.where(away < (APART * deep[row, column]) ** 2, 0, worth)
