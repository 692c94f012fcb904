"""How often each gamut cell occurs in the training pictures: what rebalancing divides by."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..canvas.lightness import as_unit
from ..color import rgb_to_lab
from ..color.palette import gamut_cells, smooth_prior, soft_encode
from ..datasets.datasets import Photo

SIDE = 32  # each picture counts with as many pixels a side


def measure_prior(photos: Sequence[Photo], limit: int = 2000) -> Float[Tensor, " k"]:
    """The smoothed share of each cell over at most `most` pictures spread evenly over `photos`."""
    counts = torch.zeros(len(gamut_cells()))
    chosen = photos[:: max(len(photos) // limit, 1)][:limit]
    for photo in chosen:
        small = cv2.resize(photo.read_rgb(), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        lab = rgb_to_lab(as_unit(small.astype(np.uint8, copy=False)))[None]
        cells, weight = soft_encode(lab[:, 1:])
        counts.index_add_(0, cells.flatten(), weight.flatten())
    return smooth_prior(counts)
