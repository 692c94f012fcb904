"""Marks of age, so that a network trained on new photographs meets what old ones show.

Each mark takes lightness (h, w) in [0, 100] and gives it back with one defect; the target colours
stay those of the clean picture. The first paper's section 4.3 names this as the way to better
historical colour.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Random = np.random.Generator


def grain(lightness: Plane, random: Random) -> Plane:
    """Film grain: noise of 1 to 6 L, in clumps of about a pixel."""
    noise = random.standard_normal(lightness.shape, dtype=np.float32)
    clumped = cv2.GaussianBlur(noise, (0, 0), random.uniform(0.3, 0.9))
    grains = clumped / (clumped.std() + 1e-6)
    return np.asarray(lightness + random.uniform(1, 6) * grains, np.float32)


def blur(lightness: Plane, random: Random) -> Plane:
    """An old lens: Gaussian blur of 0.4 to 1.5 pixels."""
    return np.asarray(cv2.GaussianBlur(lightness, (0, 0), random.uniform(0.4, 1.5)), np.float32)


def fading(lightness: Plane, random: Random) -> Plane:
    """Faded blacks, yellowed whites, a bent tone curve."""
    bent = 100 * (np.clip(lightness, 0, 100) / 100) ** random.uniform(0.7, 1.4)
    black, white = random.uniform(0, 25), random.uniform(75, 100)
    return np.asarray(black + bent * (white - black) / 100, np.float32)


def scratches(lightness: Plane, random: Random) -> Plane:
    """One to four thin light or dark lines, and as many specks."""
    out = lightness.copy()
    h, w = out.shape
    for _ in range(random.integers(1, 5)):
        tone = float(random.choice([5.0, 95.0]))
        x, y = random.integers(0, w, 2), random.integers(0, h, 2)
        cv2.line(out, (int(x[0]), int(y[0])), (int(x[1]), int(y[1])), tone, 1, cv2.LINE_AA)
        centre = (int(random.integers(0, w)), int(random.integers(0, h)))
        cv2.circle(out, centre, int(random.integers(0, 2)), tone, -1)
    return out


def vignette(lightness: Plane, random: Random) -> Plane:
    """Corners darker by up to 60 %."""
    h, w = lightness.shape
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    fall = 1 - random.uniform(0.1, 0.6) * (x**2 + y**2) / 2
    return np.asarray(lightness * fall, np.float32)


def jpeg(lightness: Plane, random: Random) -> Plane:
    """JPEG at quality 15 to 70."""
    grey = np.clip(np.rint(lightness * 2.55), 0, 255).astype(np.uint8)
    quality = int(random.integers(15, 71))
    _, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return np.asarray(decoded / 2.55, np.float32)


MARKS: tuple[Callable[[Plane, Random], Plane], ...] = (
    blur,
    fading,
    vignette,
    grain,
    scratches,
    jpeg,
)
MARK_CHANCE = 0.4  # each mark of an aged picture appears with this chance


def age(lightness: Plane, random: Random) -> Plane:
    """Some of the marks, in the order a photograph meets them; stays within [0, 100]."""
    for mark in MARKS:
        if random.random() < MARK_CHANCE:
            lightness = mark(lightness, random)
    return np.asarray(np.clip(lightness, 0, 100), np.float32)
