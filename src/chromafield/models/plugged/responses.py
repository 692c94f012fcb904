"""What a network answers to pictures that are made for asking it: flat and textured grey ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import WeightsError
from .description import GREY, PLANES, Input
from .session import Session

SIDE = 64  # pixels of the pictures that are shown where sides are free


def flat(own: Input, level: float) -> NDArray[np.float64]:
    """A grey picture of one level, in our units."""
    return _planes(own, np.full(shape_of(own)[2:], level))


def textured(own: Input) -> NDArray[np.float64]:
    """Steps, slopes and noise of all levels."""
    h, w = shape_of(own)[2:]
    y, x = np.mgrid[0:h, 0:w]
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, (h, w))
    level = 0.5 * x / w + 0.3 * ((x // 16 + y // 16) % 2) + 0.2 * y / h + noise
    return _planes(own, np.clip(level, 0, 1))


def _planes(own: Input, level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Levels, 0 to 1, as grey RGB, or as lightness without hints."""
    if own.kind == GREY:
        return np.broadcast_to(level, shape_of(own))
    return np.stack([100 * level, *[np.zeros_like(level)] * (PLANES[own.kind] - 1)])[None]


def shape_of(own: Input) -> tuple[int, int, int, int]:
    side = -(-SIDE // own.multiple) * own.multiple
    return 1, PLANES[own.kind], own.height or side, own.width or side


def response(
    session: Session, own: Input, out: str, values: NDArray[np.float64]
) -> NDArray[np.float32]:
    seen = (values - a_plane(own.mean)) / a_plane(own.deviation)
    output = session.run(seen.astype(np.float32), own.name, out)
    if output.ndim != 4 or 0 in output.shape:
        raise WeightsError(f"{session.path} answered with the shape {output.shape}, no planes.")
    if not np.isfinite(output).all():
        raise WeightsError(
            f"{session.path} answers a grey picture with values that are no numbers. It is "
            "damaged, or no colorizer."
        )
    return output


def a_plane(numbers: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array(numbers)[:, None, None]
