"""Photographs on a page: prints with margins, album pages, a print on a table.

What surrounds the prints is even: its Lab is a quadratic over the place, with a spread of its own
(paper, card, cloth with a small pattern). It is fitted to the outermost ring of the picture. What
leaves it stands on it, and is a print where it fills a rectangle with four straight sides and
holds a picture. A print's own paper margin is trimmed. Where two opposite sides alone have an even
margin, as scans and stills with bars have, what lies between is the print.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ._margins import bars, trimmed
from .detect import small_lab
from .picture import Levels, three_channels
from .strips import row_strips

Plane = NDArray[np.float64]
Corners = NDArray[np.float64]

VIEW = 400  # pixels of the longer side of the view that is judged
LEAST_SIDE = 48  # pixels: in a smaller picture no print is looked for
RING = 0.015  # of the shorter side: the width of the outermost ring
FLOOR = (3.0, 2.0, 2.0)  # Lab units: an even surround varies at least so much
UNEVEN = 11.0  # L units: a ring of a larger spread is no card
ON_RING = 0.88  # share of the ring that follows the fit
OFF = 3.5  # spreads from which a pixel is no card
LEAST_AREA, MOST_AREA = 0.015, 0.96  # of the picture: a print
LONGEST = 5.0  # sides of a print to each other
FILLED = 0.9  # of its rectangle: what a print's outline covers
SUPPORT = 0.55  # of each side of the rectangle that the outline reaches
PICTURE = 5.0  # L units: the spread of a print's lightness
BLANK = 0.85  # share of pixels of one lightness from which it is paper with writing
MOST_PRINTS = 40
FINE = 4  # bits of a pixel's fraction in an outline
CLUTTER_AREA = 0.15  # of the picture
LONG_SIDE = 0.15  # of the picture's shorter side: a side of a print
STRAIGHT = 0.88  # share of an outline that long sides make
LEAST_SUM = 0.06  # of the picture: all prints together
LEAST_SHARE = 0.06  # of the largest print's area: a patch of a target is no print


@dataclass(frozen=True)
class Page:
    """Where prints lie on a page; none where it is a page, but no print can be told from it."""

    prints: tuple[Corners, ...]  # (4, 2) each: x, y in pixels, clockwise from the upper left

    def as_json(self) -> list[list[list[float]]]:
        """The corners, for the JSON line and the manifest."""
        return [np.round(one, 1).tolist() for one in self.prints]


def find_page(pixels: Levels) -> Page | None:
    """The prints of a picture that shows more than one photograph from edge to edge; else None.

    Args:
        pixels: (h, w) or (h, w, 3) sRGB levels.
    """
    if min(pixels.shape[:2]) < LEAST_SIDE:
        return None
    lab = small_lab(pixels, VIEW).astype(np.float64)
    off = _off_card(lab)
    outlines = [] if off is None else _outlines(off > OFF)
    found = _prints(lab, outlines) or bars(lab)
    if not found:
        return Page(()) if _is_clutter(outlines, lab) else None
    scale = np.array(pixels.shape[1::-1]) / np.array(lab.shape[1::-1])
    upright = sorted(found, key=lambda one: (round(one[:, 1].mean() / VIEW * 4), one[:, 0].mean()))
    return Page(tuple(one * scale for one in upright))


def page_sentence(page: Page, name: str) -> str:
    """What a person is told of a page."""
    count = len(page.prints)
    if not count:
        return (
            f"{name} looks like a page with photographs, but none can be told from its "
            "surround: it was coloured as a whole. Cut them out, and colour each by itself."
        )
    what = "1 photograph with an even surround" if count == 1 else f"{count} photographs"
    return (
        f"{name} shows {what}; each was seen at its own size, and what lies around keeps its own "
        "colours. --whole takes it as one picture."
    )


def _prints(lab: Plane, outlines: list[NDArray[np.int32]]) -> list[Corners]:
    """The corners of the pictures among the outlines."""
    found = []
    for outline in outlines:
        corners = _rectangle(outline, lab.shape[:2])
        if corners is not None and (inner := trimmed(lab, corners)) is not None:
            found.append(inner)
    if not found:
        return []
    kept = [one for one in found if _is_picture(lab, one) and not _is_across(lab, one)]
    areas = [cv2.contourArea(one.astype(np.float32)) for one in kept]
    kept = [one for one, area in zip(kept, areas, strict=True) if area > LEAST_SHARE * max(areas)]
    whole = lab.shape[0] * lab.shape[1]
    seen = LEAST_SUM * whole <= sum(areas) <= MOST_AREA * whole
    return kept if seen and len(kept) <= MOST_PRINTS else []


def _is_clutter(outlines: list[NDArray[np.int32]], lab: Plane) -> bool:
    """Whether what stands on the card has long straight sides, as prints over one another have."""
    shape = lab.shape[:2]
    if sum(map(cv2.contourArea, outlines)) < CLUTTER_AREA * shape[0] * shape[1]:
        return False
    around = straight = 0.0
    for outline in outlines:
        low, high = outline.min(0), outline.max(0)
        if (low < 3).any() or (high > np.array(shape[::-1]) - 4).any():
            return False
        length = cv2.arcLength(outline, True)
        corners = cv2.approxPolyDP(outline, 0.006 * length, True)[:, 0].astype(float)
        sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
        around += float(sides.sum())
        straight += float(sides[sides > LONG_SIDE * min(shape)].sum())
    return straight > STRAIGHT * around


def _off_card(lab: Plane) -> Plane | None:
    """How far each pixel leaves the surround, in its spreads; None where the ring is not even."""
    height, width = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    ring = np.ones((height, width), bool)
    wide = max(2, round(RING * min(height, width)))
    ring[wide:-wide, wide:-wide] = False
    told, basis = lab[ring], terms[ring]
    kept = np.ones(len(told), bool)
    for _ in range(4):
        fit = np.linalg.lstsq(basis[kept], told[kept], rcond=None)[0]
        left = told - basis @ fit
        spread = np.maximum(1.3 * np.median(np.abs(left), axis=0) / 0.6745, FLOOR)
        kept = np.sqrt(((left / spread) ** 2).sum(1)) < OFF
        if kept.mean() < ON_RING / 2:
            return None
    if kept.mean() < ON_RING or spread[0] > UNEVEN:
        return None
    distance: Plane = np.sqrt((((lab - terms @ fit) / spread) ** 2).sum(-1))
    return distance


def _outlines(off: NDArray[np.bool_]) -> list[NDArray[np.int32]]:
    """The filled outlines of what stands on the card, largest first, thin bridges cut."""
    mask: NDArray[Any] = off.astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    outer, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled: NDArray[Any] = cv2.drawContours(np.zeros_like(mask), outer, -1, 1, cv2.FILLED)
    filled = cv2.morphologyEx(filled, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    outer, _ = cv2.findContours(filled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    large = [one for one in outer if cv2.contourArea(one) >= LEAST_AREA * mask.size]
    return [np.asarray(one[:, 0], np.int32) for one in sorted(large, key=cv2.contourArea)[::-1]]


def _rectangle(outline: NDArray[np.int32], shape: tuple[int, ...]) -> Corners | None:
    """The corners of the rectangle that the outline fills; None where it fills none."""
    box = cv2.minAreaRect(outline)
    sides = np.array(box[1]) + 1e-9
    if sides.max() > LONGEST * sides.min():
        return None
    corners = clockwise(cv2.boxPoints(box).astype(np.float64))
    filled = cv2.contourArea(outline) / (sides[0] * sides[1])
    if filled < FILLED or min(_supports(outline, corners)) < SUPPORT:
        return None
    return corners


def _supports(outline: NDArray[np.int32], corners: Corners) -> list[float]:
    """The share of each side near which the outline runs."""
    shares = []
    for k in range(4):
        start, along = corners[k], corners[(k + 1) % 4] - corners[k]
        length = max(float(np.hypot(*along)), 1.0)
        unit = along / length
        from_start = outline - start
        place = from_start @ unit
        near = np.abs(from_start @ np.array([-unit[1], unit[0]])) < max(2.5, 0.02 * length)
        bins = np.unique((place[near] // 2).astype(int).clip(0, int(length // 2)))
        shares.append(len(bins) / max(length / 2, 1))
    return shares


def clockwise(corners: Corners) -> Corners:
    """The four corners from the upper left one on, clockwise; a print stands as it is nearest."""
    middle = corners - corners.mean(0)
    ordered = corners[np.argsort(np.arctan2(middle[:, 1], middle[:, 0]))]
    slopes = [abs(float(np.arctan2(*(ordered[(k + 1) % 4] - ordered[k])[::-1]))) for k in range(4)]
    first: Corners = np.roll(ordered, -int(np.argmin(slopes)), axis=0)
    return first


def upright(picture: NDArray[Any], corners: Corners) -> NDArray[Any]:
    """What lies between the corners, turned upright."""
    right, down = corners[1] - corners[0], corners[3] - corners[0]
    if max(abs(right[1]), abs(down[0])) < 1:  # it stands straight
        (left, top), (end, bottom) = np.rint(corners[[0, 2]]).astype(int).clip(0).tolist()
        return picture[top : max(bottom, top + 1), left : max(end, left + 1)]
    width, height = (max(1, round(float(np.hypot(*v)))) for v in (right, down))
    matrix = np.column_stack([right / width, down / height, corners[0]])
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5  # pixel centres
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(
            picture, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
    )


def small_upright(pixels: Levels, corners: Corners) -> Levels:
    """A small view of what lies between the corners, to be judged: at most `VIEW` pixels a side."""
    longest = max(float(np.hypot(*(corners[k] - corners[k - 1]))) for k in (1, 2))
    scale = min(1.0, VIEW / longest)
    size = [max(1, round(scale * side)) for side in pixels.shape[1::-1]]
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return upright(small, corners * np.array(size) / np.array(pixels.shape[1::-1]))


def with_own_surround(colored: Levels, pixels: Levels, prints: Sequence[Corners]) -> Levels:
    """The coloured picture inside the prints, the picture as it was around them."""
    inside = np.zeros(pixels.shape[:2], np.uint8)
    for corners in prints:
        points = np.rint((corners - 0.5) * (1 << FINE)).astype(np.int32)
        cv2.fillPoly(inside, [points], 255, cv2.LINE_AA, FINE)
    mixed = three_channels(pixels).copy()
    for rows in row_strips(*pixels.shape[:2]):
        share = (inside[rows, :, None] / np.float32(255)).astype(np.float32)
        mixed[rows] = np.rint(
            mixed[rows] + (colored[rows].astype(np.float32) - mixed[rows]) * share
        )
    return mixed


def _is_across(lab: Plane, corners: Corners) -> bool:
    """Whether it reaches two opposite edges of the picture, as a strip of a landscape does."""
    low, high = corners.min(0) < 4, corners.max(0) > np.array(lab.shape[1::-1]) - 5
    return bool((low & high).any())


def _is_picture(lab: Plane, corners: Corners) -> bool:
    """Whether there is a picture in it, and not blank paper, writing or an even thing."""
    lightness = upright(lab[..., 0].astype(np.float32), corners)
    count, _ = np.histogram(lightness, 25, (0, 100))
    most = (count + np.roll(count, 1))[1:].max() / lightness.size
    large = min(lightness.shape) >= 12
    return large and float(lightness.std()) > PICTURE and float(most) < BLANK
