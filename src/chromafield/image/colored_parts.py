"""Coloured things in a black-and-white picture: a ruler, a colour target, a stamp, a tint.

Most of such a picture lies on its tone, the usual colour of each lightness, and on a stain that
changes slowly over the paper; what leaves both far is a thing of its own colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .detect import small_lab, tone_spread
from .pages import Corners, small_upright
from .picture import Levels

Plane = NDArray[np.float64]

CLEAR = 10.0  # CIELAB units off the tone from which a thing has a colour of its own
ROUNDS = 3  # of the fit
GREY_ELSEWHERE = 1.2  # CIELAB units: half of the picture lies nearer to the tone
MOST_BESIDE = 0.1  # of the picture that such things cover
GREY_BESIDE = 1.0  # CIELAB units: the spread of a black-and-white picture beside its things
MIN_SHARE, MAX_SHARE = 0.003, 0.25  # of the picture
DARKEST, LIGHTEST = 3.0, 97.0  # L: where a channel is clipped, tone is no curve over lightness
BLUR = 1.0  # pixels of the small view
BANDS = 48  # of lightness, in which the tone is looked for
BLOCK = 12  # pixels of the small view a side
MIN_BLOCKS = 4  # that have a lightness, for its tone to be known
GROWN = 3  # pixels of the small view by which a part is enlarged: its colour bleeds


@dataclass(frozen=True)
class ColoredParts:
    """Where a black-and-white picture has colours of its own."""

    share: float  # of the picture
    where: str  # in words
    mask: NDArray[np.float32]  # (h, w) of the small view, 0 to 1


def colored_parts(rgb: Levels) -> ColoredParts | None:
    """The coloured things of a picture that is black-and-white beside them; None where none is."""
    if rgb.ndim != 3 or min(rgb.shape[:2]) < 16:
        return None
    lab = small_lab(rgb).astype(np.float64)
    off = cv2.GaussianBlur(_off_tone(lab), (0, 0), BLUR)
    core = (off > CLEAR) & (lab[..., 0] > DARKEST) & (lab[..., 0] < LIGHTEST)
    share = float(core.mean())
    if np.median(off) > GREY_ELSEWHERE or not MIN_SHARE <= share <= MAX_SHARE:
        return None
    grown = cv2.dilate(core.astype(np.float32), np.ones((2 * GROWN + 1,) * 2, np.uint8))
    near = np.clip(off / CLEAR * 2 - 0.5, 0, 1)  # only what leaves the tone at all
    mask = cv2.GaussianBlur((grown * near).astype(np.float32), (0, 0), 0.7)
    return ColoredParts(share, _where(core), np.asarray(mask, np.float32))


def is_grey_beside(rgb: Levels, parts: ColoredParts) -> bool:
    """Whether the picture is black-and-white but for its coloured things, and they are small.

    A large one may be a colour target, whose grey patches would be taken for the picture's. Of 249
    in colour two have such things at all, and none is grey beside them.
    """
    if parts.share > MOST_BESIDE:
        return False
    lab = small_lab(rgb)
    near = cv2.dilate((parts.mask > 0.05).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    lab[..., 1:] = np.where(near[..., None], _tone(lab.astype(np.float64)), lab[..., 1:])
    rest = np.clip(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), 0, 1)
    return tone_spread(np.rint(rest * 65535).astype(np.uint16)) <= GREY_BESIDE


def parts_in_prints(rgb: Levels, prints: Sequence[Corners]) -> ColoredParts | None:
    """The same inside the prints of a page, each judged by itself; None where none has any."""
    if rgb.ndim != 3:
        return None
    height, width = small_lab(rgb).shape[:2]
    scale = np.array([width, height]) / np.array(rgb.shape[1::-1])
    mask = np.zeros((height, width), np.float32)
    for corners in prints:
        if (parts := colored_parts(small_upright(rgb, corners))) is None:
            continue
        (y, x), own = parts.mask.shape, (corners[[0, 1, 3]] * scale).astype(np.float32)
        onto = cv2.getAffineTransform(np.array([[0, 0], [x, 0], [0, y]], np.float32), own)
        mask = np.maximum(mask, cv2.warpAffine(parts.mask, onto, (width, height)))
    core = mask > 0.5
    return ColoredParts(float(core.mean()), _where(core), mask) if core.any() else None


def _off_tone(lab: Plane) -> Plane:
    """How far each pixel's ab leaves tone and stain."""
    h, w = lab.shape[:2]
    left = (lab[..., 1:] - _tone(lab)).reshape(-1, 2)
    y, x = (place.ravel() for place in np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j])
    places = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    terms = np.hstack(
        [places, lab[..., :1].reshape(-1, 1) / 100 * places]
    )  # stronger on light paper
    off = np.hypot(*left.T)
    for _ in range(ROUNDS):
        kept = off < CLEAR / 2
        inner = terms[kept]
        square = inner.T @ inner + 1e-4 * max(len(inner), 1) * np.eye(terms.shape[1])
        off = np.hypot(*(left - terms @ np.linalg.solve(square, inner.T @ left[kept])).T)
    shaped: Plane = off.reshape(h, w)
    return shaped


def _tone(lab: Plane) -> Plane:
    """The usual ab (h, w, 2) of each lightness: medians, with straight lines between them.

    A median is over blocks of the picture, not pixels, so that one even thing does not outweigh all
    else that is as light.
    """
    h, w = lab.shape[:2]
    rows, columns = np.mgrid[:h, :w] // BLOCK
    band = np.minimum((lab[..., 0] / 100 * BANDS).astype(int), BANDS - 1)
    place = ((rows * (w // BLOCK + 1) + columns) * BANDS + band).ravel()
    found, member, count = np.unique(place, return_inverse=True, return_counts=True)
    means = np.stack(
        [np.bincount(member, plane.ravel()) / count for plane in np.moveaxis(lab, 2, 0)]
    )
    bands = found % BANDS
    groups = [means[:, bands == k] for k in range(BANDS)]
    groups = [group for group in groups if group.shape[1] >= MIN_BLOCKS] or [means]
    medians = np.array([np.median(group, axis=1) for group in groups])
    curve = [np.interp(lab[..., 0], medians[:, 0], medians[:, k]) for k in (1, 2)]
    tone: Plane = np.stack(curve, axis=-1)
    return tone


def _where(core: NDArray[np.bool_]) -> str:
    """The place of most of it, in words."""
    rows, columns = np.nonzero(core)
    down, across = np.median(rows) / core.shape[0], np.median(columns) / core.shape[1]
    height = "at the top" if down < 1 / 3 else "at the bottom" if down > 2 / 3 else ""
    side = "at the left" if across < 1 / 3 else "at the right" if across > 2 / 3 else ""
    if height and side:
        return f"{height} {side.removeprefix('at the ')}"
    return height or side or "in the middle"


def with_own_colors(colored: Levels, rgb: Levels, parts: ColoredParts) -> Levels:
    """The coloured picture with its coloured things as they were, of the same dtype."""
    size = rgb.shape[1], rgb.shape[0]
    mask = cv2.resize(parts.mask, size, interpolation=cv2.INTER_LINEAR)[..., None]
    mixed = colored + (rgb.astype(np.float32) - colored) * mask
    kept: Levels = np.rint(mixed).astype(colored.dtype)
    return kept


def kept_sentence(parts: ColoredParts, name: str) -> str:
    return (
        f"{name} has colours of its own {parts.where} (about {_percent(parts.share)} of it), which "
        "are kept as they are; --force replaces them."
    )


def refused_sentence(parts: ColoredParts) -> str:
    return (
        f"It is black-and-white but for colours {parts.where} (about {_percent(parts.share)} of "
        "it): a colour target, a ruler, a stamp or a tint? Crop them off."
    )


def _percent(share: float) -> str:
    return f"{max(1, round(100 * share))} %"
