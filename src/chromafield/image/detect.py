"""Is a picture in colour already?

A black-and-white print may be toned: sepia, cyanotype, split-toned, yellowed with age. Its colour
is then a curve over its lightness, and a stain that changes slowly from one side of the paper to
the other may lie over it, stronger on light paper than on dark:

    ab(x) = sum_k c_k h_k(L(x)) + s(place) + L(x) t(place),   h_k tents over lightness

A least-squares fit takes that out; what is left over is a photograph's own colour. Both sides are
blurred before the fit, which linear terms allow, so that neither grain nor the coarse colour blocks
of a JPEG look like colour. Two fits are judged together, since each alone misses something:

    stained    s and t quadratic in the place: hides some of a landscape's colour too
    off line   no stain, and only what lies across the main direction of the rest: a stain and a
               fading tone lie along it

A metal plate that tarnishes from its edges has rings of blue and gold: colours by the distance from
the middle, on a middle that is black-and-white. Of 249 photographs in colour none looks so.

At COLOUR_FROM, 487 of 489 small photographs (150 to 336 pixels) are in colour; the other two are
all but of one hue, a sea at dusk and snow on brown rock. Of prints toned in sixteen ways, fresh or
grainy, 99.8 % of as small ones are black-and-white, saved as JPEG at quality 60 96 %; of four times
the size 99.7 and 99 %. Paper that yellows from its edges alone is taken for colour most often,
after JPEG every third time when it is small.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .fringes import laid_together
from .picture import Levels, Picture, three_channels

LONGEST_SIDE = 256  # pixels of the view that is judged
BLUR = 4.0  # pixels of that view, standard deviation; twice that for the fit off the line
STEP = 4  # pixels of that view between samples, about independent after the blur
TENTS = 9  # points of the tone curve
RIDGE = 1e-4  # of the mean square: decides only what the samples leave open
PERCENTILE = 98  # percentile: a coloured thing of 2 % of the picture counts, a speck does not
NO_LINE = 0.3  # CIELAB units: colours exactly on a line can still be too many for a tone
COLOR_FROM = 1.75  # CIELAB units
RINGS_FROM = 3.0  # CIELAB units: the spread of a tarnished plate is more,
PLAIN_MIDDLE = 2.0  # that of its middle less than this, and than half of the whole's,
RINGS = 2.4  # and that of the whole less than this when its rings are taken out
MARGIN = 0.22  # of a side, around the middle
RING_TENTS, INNER, OUTER = 9, 0.3, 1.42  # the rings' curve over the distance from the middle
GREY_BELOW = 2.0  # chroma, CIELAB units: what JPEG leaves in a grey picture is less

Samples = NDArray[np.float64]


def is_color(picture: Picture) -> tuple[bool, float]:
    """Whether it has colours beyond a tone, and how far they leave the tone in CIELAB units."""
    if picture.is_grey:
        return False, 0.0
    spread = tone_spread(picture.pixels)
    if spread > COLOR_FROM and (view := laid_together(picture.pixels)) is not None:
        together = tone_spread(np.rint(view * 65535).astype(np.uint16))
        if together <= COLOR_FROM:  # a scan's channels lie apart: fringes are no colours
            return False, together
    if spread > COLOR_FROM and is_tarnished(picture.pixels):
        return False, spread
    return spread > COLOR_FROM, spread


def has_color(picture: Picture) -> bool:
    """Whether it has any colour, however faint, a tone too: enough for a reference."""
    if picture.is_grey:
        return False
    _, a, b = np.moveaxis(small_lab(picture.pixels), -1, 0)
    return bool((np.hypot(a, b) >= GREY_BELOW).any())


def tone_spread(rgb: Levels, percentile: float = PERCENTILE) -> float:
    """How far the colours leave every tone, in CIELAB units: the geometric mean of the two fits.

    Args:
        rgb: (h, w, 3) sRGB levels; a picture of a few pixels has too few to tell, and gives 0.
        percentile: the percentile that is told: coloured things of a smaller share do not count.
    """
    lab = small_lab(rgb)
    stained = _across_and_along(_left_over(_features(lab, BLUR), stain=True), percentile)[1]
    off_line = _across_and_along(_left_over(_features(lab, 2 * BLUR), stain=False), percentile)[0]
    return float(np.sqrt(stained * (off_line + NO_LINE)))


def is_tarnished(rgb: Levels) -> bool:
    """Whether its colours are rings around a black-and-white middle, as on a metal plate."""
    whole = tone_spread(rgb)
    if whole < RINGS_FROM:
        return False
    rows, columns = (slice(round(MARGIN * n), n - round(MARGIN * n)) for n in rgb.shape[:2])
    if tone_spread(np.ascontiguousarray(rgb[rows, columns])) > min(PLAIN_MIDDLE, whole / 2):
        return False
    left = _left_over(_features(small_lab(rgb), BLUR), stain=True, rings=True)
    across, along = _across_and_along(left, PERCENTILE)
    return float(np.sqrt(along * (across + NO_LINE))) <= RINGS


def small_lab(rgb: Levels, longest: int = LONGEST_SIDE) -> NDArray[np.float32]:
    """CIELAB of the picture, grey or RGB, averaged down to at most `longest` pixels a side."""
    height, width = rgb.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    unit = three_channels(np.asarray(small, rgb.dtype)).astype(np.float32) / np.float32(
        np.iinfo(rgb.dtype).max
    )
    # OpenCV's conversion, not ours: this file must not wait for torch, and half a unit is enough.
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2Lab), np.float32)


def _features(lab: NDArray[np.float32], blur: float) -> Samples:
    """(rows, columns, 3 + TENTS): a, b, L / 100 and the tents over it, blurred and sampled."""
    lightness = lab[..., 0]
    even = np.linspace(lightness.min(), lightness.max(), TENTS)
    crowded = np.quantile(lightness, np.linspace(0, 1, TENTS))
    knots = (even + crowded) / 2 + 1e-3 * np.arange(TENTS)  # strictly rising
    tents = [np.interp(lightness, knots, np.eye(TENTS)[k]) for k in range(TENTS)]
    planes = [lab[..., 1], lab[..., 2], lightness / 100, *tents]
    blurred = [cv2.GaussianBlur(plane.astype(np.float64), (0, 0), blur) for plane in planes]
    first = [min(STEP // 2, (side - 1) // 2) for side in lightness.shape]
    return np.stack(blurred, axis=-1)[first[0] :: STEP, first[1] :: STEP]


def _left_over(features: Samples, stain: bool, rings: bool = False) -> Samples:
    """(samples, 2): ab less its best fit by a tone curve, with a stain and rings or without."""
    height, width = features.shape[:2]
    ab, lightness, tone = np.split(features.reshape(height * width, -1), (2, 3), axis=1)
    y, x = (place.reshape(-1, 1) for place in np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j])
    places = np.hstack([x, y, x * x, x * y, y * y])
    terms = np.hstack([tone, places, lightness * places]) if stain else tone
    if rings:
        knots = np.linspace(INNER, OUTER, RING_TENTS)
        away = np.hypot(x, y).ravel()
        curve = np.stack([np.interp(away, knots, one) for one in np.eye(RING_TENTS)], axis=1)
        terms = np.hstack([terms, curve, lightness * curve])
    square = terms.T @ terms
    square += RIDGE * np.eye(len(square)) * len(terms) / len(square)
    left: Samples = ab - terms @ np.linalg.solve(square, terms.T @ ab)
    return left


def _across_and_along(left: Samples, percentile: float) -> tuple[float, float]:
    """How far the samples reach across their main direction, and along it."""
    _, directions = np.linalg.eigh(left.T @ left)
    across, along = np.percentile(np.abs(left @ directions), percentile, axis=0)
    return float(across), float(along)
