"""Marks drawn as pixels and as cells of a field's grid."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from torch import Tensor

from ..canvas.given import GivenColors
from ..canvas.lightness import as_unit
from ..color import rgb_to_lab
from ..errors import BadValue, DataError
from ..fields import EqualMean
from ..image import Picture, read_picture, three_channels
from .document import COLORED, GREY, Hints, Mark, Position, Region

MARK_LIMIT = 65535  # marks
SUBPIXELS = 4  # bits of a pixel's fraction that drawing keeps
FINER = 8  # how much finer than a small grid a region is drawn
SMALL = 100_000  # cells of it; regions on larger ones are as fine as the grid
CONFLICT_SIDE = 512  # pixels of the longer side of the picture on which conflicts are found
CONFLICT_AB = 1.0  # ab units: colours that differ by more are in conflict
ASPECT = 0.01  # how far two pictures' aspects may differ, a share
SCRIBBLED = 8.0  # chroma, CIELAB units, above which a pixel of a scribbled copy is a mark


def draw_marks(hints: Hints, size: tuple[int, int]) -> GivenColors:
    """Draw the marks on a picture of this height and width; the later mark counts.

    Raises:
        DataError: the hints were made on a picture of another aspect.
        DataError, PictureError: a picture that a mark names cannot be read.
        BadValue: there are too many marks.
    """
    if hints.picture is not None:
        _refuse_aspect("The hints are for a picture that", hints.picture[::-1], size)
    given = hints.drawn
    if len(given) > MARK_LIMIT:
        raise BadValue(f"The hints have {len(given):,} marks; {MARK_LIMIT:,} can be drawn.")
    numbers = np.zeros(size, np.uint16)  # of the mark on each pixel, from 1
    planes: dict[int, Float[Tensor, "2 H W"]] = {}
    for number, mark in enumerate(given, start=1):
        if mark.source:
            inside, colors = _from_picture(mark, hints.folder / mark.source, size)
            numbers[inside.numpy()] = number
            if colors is not None:
                planes[number] = colors
        else:
            _draw(numbers, mark, number)
    known = numbers > 0
    pixels = torch.from_numpy(np.flatnonzero(known))
    own = torch.from_numpy(numbers).flatten()[pixels].long()
    # NumPy's zeros cost nothing where nothing is marked; torch's fill all of a large picture.
    ab = torch.from_numpy(np.zeros((2, known.size), np.float16))
    table = torch.stack([torch.zeros(2), *(_ab(mark.color) for mark in given)]).to(ab)
    ab[:, pixels] = table[own].T
    for number, colors in planes.items():
        here = pixels[own == number]
        ab[:, here] = colors.flatten(1)[:, here].to(ab)
    return GivenColors(ab.view(2, *size), torch.from_numpy(known), numbers, tuple(planes))


def conflict(hints: Hints) -> str:
    """Return a sentence on marks that give one pixel different colours; empty if there are none.

    Raises:
        DataError, PictureError: a picture that a mark names cannot be read or does not fit.
    """
    width, height = hints.picture or (1, 1)
    scale = CONFLICT_SIDE / max(width, height)
    size = (max(round(height * scale), 1), max(round(width * scale), 1))
    numbers, ab = np.zeros(size, np.uint16), np.zeros((2, *size), np.float32)
    pairs: list[tuple[int, int]] = []
    for number, mark in enumerate(hints.marks[:MARK_LIMIT], start=1):
        if mark.sample or mark.kind == COLORED or (mark.source and hints.picture is None):
            continue
        box, inside, colors = _colors_in_box(hints, mark, size)
        here = numbers[box][inside]
        other = np.abs(ab[:, *box][:, inside] - colors).max(0) > CONFLICT_AB
        pairs += [(i, number) for i in np.unique(here[other]).tolist() if i]
        numbers[box][inside] = number
        ab[:, *box][:, inside] = colors
    if not pairs:
        return ""
    one, last = pairs[-1]
    others = {1: "", 2: ", and so does one more pair"}
    more = others.get(len(pairs), f", and so do {len(pairs) - 1} more pairs")
    return f"Marks {one} and {last} give a place different colours{more}: the later counts."


def _colors_in_box(
    hints: Hints, mark: Mark, size: tuple[int, int]
) -> tuple[tuple[slice, slice], NDArray[np.bool_], NDArray[np.float32]]:
    """A box of rows and columns around a mark, its pixels there, and the colour of each."""
    if mark.source:
        found, planes = _from_picture(mark, hints.folder / mark.source, size)
        box, inside = (slice(None), slice(None)), found.numpy()
        own = None if planes is None else planes.numpy()[:, inside]
    else:
        box = _box(mark, size)
        plane = np.zeros(size, np.uint16)
        _draw(plane, mark, 1)
        inside, own = plane[box] > 0, None
    given = _ab(mark.color).numpy()[:, None] if own is None else own
    return box, inside, given


def _box(mark: Mark, size: tuple[int, ...]) -> tuple[slice, slice]:
    """A box of rows and columns around the mark."""
    around = int(mark.radius * max(size)) + 2
    columns, rows = ([p[i] * size[1 - i] for p in mark.positions] for i in (0, 1))
    y, x = (slice(max(int(min(s)) - around, 0), int(max(s)) + around + 1) for s in (rows, columns))
    return y, x


def covered(mark: Mark, grid: tuple[int, int]) -> Float[Tensor, "h w"]:
    """Each cell's share that a polygon or a disc covers, on a field's grid."""
    return _cover(Region(mark.positions, mark.radius), grid)


def draw_equal_means(hints: Hints, grid: tuple[int, int]) -> list[EqualMean]:
    """Draw the pairs of regions that share one average colour, on a field's grid."""
    return [EqualMean(_cover(one, grid), _cover(other, grid)) for one, other in hints.same]


def _draw(plane: NDArray[np.uint16], mark: Mark, number: int) -> None:
    """Write the number to the pixels of a disc, a stroke or a polygon; to one pixel at least."""
    height, width = plane.shape
    ends = [_pixel(position, (height, width)) for position in mark.positions]
    if mark.kind == "polygon":
        cv2.fillPoly(plane, [np.array(ends, np.int32)], number, shift=SUBPIXELS)
    else:
        radius = max(mark.radius * max(height, width), 0.5)
        for end in ends:
            whole = round(radius * 2**SUBPIXELS)
            cv2.circle(plane, end, whole, number, cv2.FILLED, shift=SUBPIXELS)
        for one, other in itertools.pairwise(ends):
            cv2.line(plane, one, other, number, max(round(2 * radius), 1), shift=SUBPIXELS)
    x, y = ends[0]
    plane[_inside(y, height), _inside(x, width)] = number  # smaller than a pixel it would be lost


def _from_picture(
    mark: Mark, path: Path, size: tuple[int, int]
) -> tuple[Bool[Tensor, "H W"], Float[Tensor, "2 H W"] | None]:
    """The pixels that a mask, a layer or a scribbled copy marks, and the colours it gives.

    Raises:
        DataError: it marks nothing, or has another aspect than the picture.
    """
    picture = read_picture(path)
    _refuse_aspect(f"The {mark.kind} {path}", picture.size, size)
    lab = rgb_to_lab(as_unit(three_channels(picture.pixels)))
    inside = torch.from_numpy(_marked(mark.kind, picture, lab))
    inside = _nearest(inside[None].float(), size)[0] > 0.5
    if not inside.any():
        raise DataError(f"The {mark.kind} {path} marks no pixel.")
    return inside, None if mark.kind == "mask" else _nearest(lab[1:], size)


def _refuse_aspect(what: str, own: tuple[int, int], size: tuple[int, int]) -> None:
    """Raises: DataError: the aspects of two heights and widths differ by more than 1 %."""
    (height, width), (rows, columns) = own, size
    if abs(width * rows / (height * columns) - 1) > ASPECT:
        raise DataError(
            f"{what} is {width} x {height} pixels, of another aspect than the picture, which is "
            f"{columns} x {rows}."
        )


def _marked(kind: str, picture: Picture, lab: Float[Tensor, "3 h w"]) -> NDArray[np.bool_]:
    if kind == "scribbles":
        return np.asarray((torch.hypot(lab[1], lab[2]) > SCRIBBLED).numpy())
    if picture.alpha is not None:
        return np.asarray(picture.alpha > np.iinfo(picture.alpha.dtype).max // 2)
    if kind == "mask":
        return np.asarray((lab[0] > 50).numpy())
    raise DataError("A layer needs transparency: only what is painted may be opaque.")


def _nearest(planes: Float[Tensor, "c h w"], size: tuple[int, int]) -> Float[Tensor, "c i j"]:
    return torch.nn.functional.interpolate(planes[None], size, mode="nearest-exact")[0]


def _cover(region: Region, grid: tuple[int, int]) -> Float[Tensor, "h w"]:
    """Each cell's share of the region."""
    finer = FINER if grid[0] * grid[1] <= SMALL else 1
    fine = (finer * grid[0], finer * grid[1])
    kind = "at" if len(region.positions) == 1 else "polygon"
    plane = np.zeros(fine, np.uint16)
    _draw(plane, Mark(kind, region.positions, region.radius), 1)
    whole = torch.from_numpy(plane.astype(np.float32))
    return whole.view(grid[0], finer, grid[1], finer).mean((1, 3))


def _pixel(position: Position, size: tuple[int, int]) -> tuple[int, int]:
    """A position in OpenCV's parts of a pixel; the middles of pixels are whole numbers."""
    x, y = position
    scale = 2**SUBPIXELS
    return round((x * size[1] - 0.5) * scale), round((y * size[0] - 0.5) * scale)


def _inside(position: int, side: int) -> int:
    return min(max(position >> SUBPIXELS, 0), side - 1)


@functools.lru_cache(maxsize=1024)
def _ab(color: str) -> Float[Tensor, " 2"]:
    if color == GREY:
        return torch.zeros(2)
    levels = torch.tensor([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    return rgb_to_lab(levels.view(3, 1, 1).float() / 255)[1:, 0, 0]
