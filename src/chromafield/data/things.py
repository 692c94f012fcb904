"""Marks on things, and what belongs to them: the targets of the network that says how far to reach.

A thing is a segment that a person drew, where the pack has segments, or else a region of the
picture's true colours: pixels that are connected to the mark through colours like the one under it.
Pixels that might belong to it or not are left out: unknown ones of the segments, and those whose
colour is neither near nor far. Alike is what looks as the mark's place does, wherever it lies.

References:
    Xu, Price, Cohen, Yang and Huang, Deep interactive object selection, 2016, section 3.1, for
    clicks that are drawn inside annotated things.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

UNKNOWN = 255  # the segments' label of pixels that nobody drew; 0 is the background
DRAWN = 0.6  # the share of marks on drawn segments, where there are some
DRAWN_AREA = (0.004, 0.6)  # shares of the picture that a drawn thing has
REGION_AREA = (0.01, 0.45)  # and a region of its colours
NEAR, FAR = 7.0, 13.0  # ab units from the colour under the mark: in the region, and out of it
LIKE, UNLIKE = 7.0, 14.0  # the same for what looks alike, wherever it lies
BY_LIGHTNESS = 0.25  # of a difference of L, beside that of ab
BLUR = 2.0  # pixels, before colours are compared
DEPTHS = (0.1, 0.33, 0.33, 0.9)  # of the thing's greatest: how deep inside it a mark lies at least
RADII = (0.004, 0.01, 0.02)  # of a mark, shares of the side
STROKES = 0.25  # the share of marks that are strokes
STROKE = (10, 100)  # pixels of a stroke
BEND = 0.06  # radians: how much a stroke bends at each step of 2 pixels
TRIES = 5  # for each mark

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Thing:
    """A mark on a picture, and what belongs to it; all are of the picture's size."""

    mark: Mask
    inside: Mask
    outside: Mask
    alike: Mask
    unlike: Mask


def draw_things(
    lab: Float[Tensor, "3 h w"],
    segments: NDArray[np.uint8],
    count: int,
    random: np.random.Generator,
) -> list[Thing]:
    """Draw up to `count` marks on things of a picture; fewer where it has few.

    Args:
        segments: (h, w), a label a pixel; 0 throughout where nobody drew any.
    """
    smooth = np.stack([cv2.GaussianBlur(plane, (0, 0), BLUR) for plane in lab.numpy()])
    labels = [
        label for label in np.unique(segments).tolist() if _is_thing(segments == label, label)
    ]
    things: list[Thing] = []
    for _ in range(TRIES * count):
        if len(things) == count:
            break
        if labels and random.random() < DRAWN:
            inside = segments == labels[int(random.integers(len(labels)))]
            place = _deep_inside(inside, random)
            outside = ~inside & (segments != UNKNOWN)
        else:
            place = (int(random.integers(lab.shape[1])), int(random.integers(lab.shape[2])))
            if segments[place] not in (0, UNKNOWN):
                continue
            inside, outside = _region(smooth, segments, place)
            if not REGION_AREA[0] < inside.mean() < REGION_AREA[1]:
                continue
        away = _difference(smooth, place)
        things.append(
            Thing(
                _mark(inside, place, random),
                inside,
                outside,
                inside | (away < LIKE),
                ~inside & (away > UNLIKE),
            )
        )
    return things


def _is_thing(mask: Mask, label: int) -> bool:
    low, high = DRAWN_AREA
    return label not in (0, UNKNOWN) and low < float(mask.mean()) < high


def _deep_inside(mask: Mask, random: np.random.Generator) -> tuple[int, int]:
    """A place in the mask, well inside as a person's would be."""
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    rows, columns = np.nonzero(depth >= depth.max() * random.choice(DEPTHS))
    chosen = int(random.integers(len(rows)))
    return int(rows[chosen]), int(columns[chosen])


def _difference(smooth: NDArray[np.float32], place: tuple[int, int]) -> NDArray[np.float32]:
    """How far each pixel's colour is from that of a place; lightness counts less."""
    row, column = place
    step = smooth - smooth[:, row, column, None, None]
    away: NDArray[np.float32] = np.hypot(step[1], step[2]) + BY_LIGHTNESS * np.abs(step[0])
    return away


def _region(
    smooth: NDArray[np.float32], segments: NDArray[np.uint8], place: tuple[int, int]
) -> tuple[Mask, Mask]:
    """The pixels around the place that its colour reaches, and those that it does not."""
    away = _difference(smooth, place)
    free = (segments == 0) | (segments == UNKNOWN)
    disc = np.ones((5, 5), np.uint8)
    near, wide = (_connected((away < most) & free, place) for most in (NEAR, FAR))
    inside = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_CLOSE, disc) > 0
    outside = (cv2.dilate(wide.astype(np.uint8), disc) == 0) | ~free
    return inside & ~outside, outside


def _connected(mask: Mask, place: tuple[int, int]) -> Mask:
    _, numbers = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    found: Mask = mask & (numbers == numbers[place])
    return found


def _mark(inside: Mask, place: tuple[int, int], random: np.random.Generator) -> Mask:
    """A disc, or a bent stroke that stays on the thing."""
    side = max(inside.shape)
    radius = max(1, round(side * float(random.choice(RADII))))
    plane = np.zeros(inside.shape, np.uint8)
    y, x = float(place[0]), float(place[1])
    cv2.circle(plane, (place[1], place[0]), radius, 1, cv2.FILLED)
    disc = plane > 0
    if random.random() >= STROKES:
        return disc
    angle = random.uniform(0, 2 * np.pi)
    for _ in range(0, int(random.integers(*STROKE)), 2):
        y, x, angle = y + 2 * np.sin(angle), x + 2 * np.cos(angle), angle + random.normal(0, BEND)
        at = (int(y), int(x))
        if not (0 <= at[0] < inside.shape[0] and 0 <= at[1] < inside.shape[1]) or not inside[at]:
            break
        cv2.circle(plane, at[::-1], radius, 1, cv2.FILLED)
    return disc | ((plane > 0) & inside)
