"""Colours from another version of a picture, which another program coloured, perhaps redrew.

The other version is registered on lightness (`registration/versions`). Of it ab alone is taken, on
a grid half as fine as it is, since files hold colours so; `upsample` brings them to full size along
the picture's own edges. Nothing is taken where the two disagree or the other is transparent.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..canvas.given import DenseColors
from ..canvas.lightness import as_unit, lightness_of
from ..color import rgb_to_lab
from ..errors import BadValue
from ..image import Levels, Picture, three_channels
from ..image.detect import has_color
from ..image.sheet import as_bytes, contact_sheet
from ..registration.versions import Registered, how_turned, register, smoothed

LEAST = 0.05  # of the picture, trusted: of another subject it is a hundredth at most
COLORS = 0.5  # cells of colour for a pixel of the other version, along a side
FINEST = 1600  # cells of the longer side of the grid of colours
SLIGHT = 0.2  # trust at which colours begin to count; from 1 - SLIGHT on they count whole
OPAQUE = 0.99  # of a transparent picture: what is no less is taken
UNSEEN = 0.25  # of the light of what is not trusted, on the sheet
SHEET_HEIGHT = 480  # pixels of each picture of the sheet, at most


def take_colors(lightness: Float[Tensor, "1 1 H W"], other: Picture, name: str) -> DenseColors:
    """The colours of another version where it agrees with the picture.

    Args:
        lightness: the picture's, [0, 100].
        other: of any size, its edges cut or added to by up to a tenth.
        name: what an error calls it.

    Raises:
        BadValue: it is grey, turned or mirrored, or shows something else.
    """
    if not has_color(other):
        raise BadValue(f"{name} has no colours to take. Name a picture that is in colour.")
    one, there = as_levels(lightness), as_levels(lightness_of(other))
    found = register(one, there)
    if found.trusted < LEAST:
        if turned := how_turned(one, there, LEAST):
            raise BadValue(f"{name} is {turned}, beside the photograph. Turn it, and try again.")
        raise BadValue(
            f"{name} shows something else than the photograph, or too little of it: they agree on "
            f"{found.trusted:.0%} of it. Name a coloured version of this photograph; for the "
            "colours of another one there is --reference."
        )
    return read_colors(found, other, (lightness.shape[2], lightness.shape[3]))


def taken_sentence(taken: DenseColors, name: str) -> str:
    """How much of the picture of this name has another version's colours."""
    return (
        f"{name} has the coloured version's colours on {taken.taken:.0%} of it; on the rest, where "
        "the two do not agree, they are found as ever."
    )


def trust_sheet(other: Picture, taken: DenseColors, result: Levels) -> NDArray[np.uint8]:
    """The other version, the result's places that have its colours (the rest dark), the result.

    Args:
        result: (h, w, 3) sRGB levels.
    """
    height, width = result.shape[:2]
    share = cv2.resize(taken.share[0, 0].numpy(), (width, height))[..., None]
    shown = _bytes(result)
    dark = np.asarray(np.rint(shown * (UNSEEN + (1 - UNSEEN) * share)), np.uint8)
    row = [_bytes(three_channels(other.pixels)), dark, shown]
    captions = ("the coloured version", f"taken: {taken.taken:.0%}", "the result")
    return contact_sheet([row], min(SHEET_HEIGHT, height), captions)


def read_colors(found: Registered, other: Picture, size: tuple[int, int]) -> DenseColors:
    """Read the colours at the places that were found, for a picture of this height and width."""
    fine = min(found.detail * COLORS, FINEST / max(size), 1.0)
    grid = max(round(size[1] * fine), 1), max(round(size[0] * fine), 1)
    x, y = np.moveaxis(cv2.resize(found.places, grid, interpolation=cv2.INTER_AREA), -1, 0)
    trust = cv2.resize(found.trust, grid, interpolation=cv2.INTER_AREA)
    planes = [*rgb_to_lab(as_unit(three_channels(other.pixels)))[1:].numpy()]
    if other.alpha is not None:
        planes.append(other.alpha.astype(np.float32) / np.float32(np.iinfo(other.alpha.dtype).max))
    edge, coarse = cv2.BORDER_REPLICATE, found.detail / fine
    a, b, *opaque = (
        cv2.remap(smoothed(plane, coarse), x, y, cv2.INTER_LINEAR, borderMode=edge)
        for plane in planes
    )
    share = ((trust - SLIGHT) / (1 - 2 * SLIGHT)).clip(0, 1)
    if opaque:
        share = share * (opaque[0] > OPAQUE)
    return DenseColors(
        torch.from_numpy(np.stack([a, b]))[None].float(),
        torch.from_numpy(np.asarray(share, np.float32))[None, None],
    )


def as_levels(lightness: Float[Tensor, "1 1 h w"]) -> NDArray[np.uint8]:
    """Lightness as levels from 0 to 255."""
    return np.asarray((lightness[0, 0].cpu() * 2.55).round().clamp(0, 255).to(torch.uint8).numpy())


def _bytes(levels: Levels) -> NDArray[np.uint8]:
    return as_bytes(as_unit(levels))
