"""Is a picture in colour already?

A black-and-white print may be toned: sepia, cyanotype, split-toned, yellowed with age. Its colour
is then a curve over its lightness, which may drift from one side of the paper to the other:

    ab(x) = sum_k c_k(place) h_k(L(x)),  h_k tents over lightness, c_k quadratic in the place

A least-squares fit takes that out, and what is left over is a photograph's own colour. Both sides
are blurred before the fit, which linear terms allow, so that neither grain nor the coarse colour
blocks of a JPEG look like colour.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .picture import Levels, Picture

LONGEST_SIDE = 256  # pixels of the view that is judged
BLUR = 4.0  # pixels of that view, standard deviation
STEP = 4  # pixels of that view between samples, about independent after the blur
TENTS = 8  # points of the tone curve
RIDGE = 1e-4  # of the mean square: decides only what the samples leave open
COLOUR_FROM = 0.85  # CIELAB units left over

Samples = NDArray[np.float64]


def is_colour(picture: Picture) -> tuple[bool, float]:
    """Whether it has colours beyond a tone, and how far they leave the tone in CIELAB units."""
    if picture.is_grey:
        return False, 0.0
    spread = tone_spread(picture.pixels)
    return spread > COLOUR_FROM, spread


def tone_spread(rgb: Levels) -> float:
    """Root mean square of the colour that no tone curve explains, in CIELAB units.

    Args:
        rgb: (h, w, 3) sRGB levels; a picture of a few pixels has too few to tell, and gives 0.
    """
    features = _features(_small_lab(rgb))
    height, width = features.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    places = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    terms = features[..., 2:, None] * places[..., None, :]
    left = _left_over(terms.reshape(height * width, -1), features[..., :2].reshape(-1, 2))
    return float(np.sqrt((left**2).sum(axis=1).mean()))


def _small_lab(rgb: Levels) -> NDArray[np.float32]:
    """CIELAB of the picture averaged down to at most 256 pixels a side."""
    height, width = rgb.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    unit = small.astype(np.float32) / np.float32(np.iinfo(rgb.dtype).max)
    # OpenCV's conversion, not ours: this file must not wait for torch, and half a unit is enough.
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2Lab), np.float32)


def _features(lab: NDArray[np.float32]) -> Samples:
    """(rows, columns, 2 + TENTS): a, b and the tents over lightness, blurred and sampled."""
    lightness = lab[..., 0]
    even = np.linspace(lightness.min(), lightness.max(), TENTS)
    crowded = np.quantile(lightness, np.linspace(0, 1, TENTS))
    knots = (even + crowded) / 2 + 1e-3 * np.arange(TENTS)  # strictly rising
    tents = [np.interp(lightness, knots, np.eye(TENTS)[k]) for k in range(TENTS)]
    planes = [lab[..., 1].astype(np.float64), lab[..., 2].astype(np.float64), *tents]
    blurred = [np.asarray(cv2.GaussianBlur(plane, (0, 0), BLUR), np.float64) for plane in planes]
    first = [min(STEP // 2, (side - 1) // 2) for side in lightness.shape]
    return np.stack(blurred, axis=-1)[first[0] :: STEP, first[1] :: STEP]


def _left_over(terms: Samples, ab: Samples) -> Samples:
    """`ab` less its best fit by the columns of `terms`."""
    square = terms.T @ terms
    square += RIDGE * np.eye(len(square)) * np.trace(square) / len(square)
    left: Samples = ab - terms @ np.linalg.solve(square, terms.T @ ab)
    return left
