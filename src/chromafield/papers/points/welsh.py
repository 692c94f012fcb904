"""Welsh et al.: each pixel takes the colour of a like pixel of a reference photograph.

Alike is half in lightness and half in its deviation over 5 x 5 pixels, the reference's lightness
first given the picture's mean and deviation. Of the reference some 200 pixels count, one in each
cell of a jittered grid.

The reference is chosen by a rule: of those there are, the one whose distribution of lightness lies
nearest to the picture's, by the earth mover's distance.

References:
    Welsh, Ashikhmin and Mueller, Transferring color to greyscale images, 2002; constants as in
    ports of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import wasserstein_distance
from torch import Tensor

from ...errors import BadValue

SIDE = 14  # cells of the jittered grid along either side: 196 samples
WINDOW = 5  # pixels
LEVELS = 256  # sorted values of lightness that references are compared by


def nearest_reference(
    lightness: Float[Tensor, "1 1 h w"], references: Sequence[Float[Tensor, "1 3 H W"]]
) -> Float[Tensor, "1 3 H W"]:
    """The reference whose lightness is distributed most like the picture's.

    Raises:
        BadValue: there is none.
    """
    if not references:
        raise BadValue("There are no reference photographs to choose from.")
    own = _quantiles(lightness)
    return min(references, key=lambda one: wasserstein_distance(own, _quantiles(one[:, :1])))


def _quantiles(lightness: Float[Tensor, "1 1 h w"]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = np.quantile(lightness.cpu().numpy(), np.linspace(0, 1, LEVELS))
    return values


def transfer(
    lightness: Float[Tensor, "1 1 h w"], reference: Float[Tensor, "1 3 H W"], seed: int = 0
) -> Float[Tensor, "1 2 h w"]:
    """The picture's colours after the reference."""
    own = lightness[0, 0].double().cpu().numpy()
    light = reference[0, 0].double().cpu().numpy()
    deviation = light.std()
    light = (light - light.mean()) * (own.std() / deviation if deviation else 1) + own.mean()
    rows, columns = _jittered(light.shape, np.random.default_rng(seed))
    features = _features(light)[:, rows, columns]
    _, nearest = cKDTree(features.T).query(_features(own).reshape(2, -1).T)
    ab = reference[0, 1:].cpu()[:, torch.from_numpy(rows), torch.from_numpy(columns)]
    found: Tensor = ab[:, torch.from_numpy(nearest)].view(1, 2, *own.shape)
    return found


def _features(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half of the lightness, and half of its deviation around each pixel."""
    window = (WINDOW, WINDOW)
    mean = cv2.blur(light, window, borderType=cv2.BORDER_REFLECT)
    square = cv2.blur(light * light, window, borderType=cv2.BORDER_REFLECT)
    return np.stack([light, np.sqrt(np.maximum(square - mean * mean, 0))]) / 2


def _jittered(
    size: tuple[int, ...], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A place in each cell of the grid."""
    cells = np.indices((SIDE, SIDE)).reshape(2, -1)
    places = (cells + random.random(cells.shape)) / SIDE
    rows, columns = np.minimum(places * np.array(size)[:, None], np.array(size)[:, None] - 1)
    return rows.astype(np.int64), columns.astype(np.int64)
