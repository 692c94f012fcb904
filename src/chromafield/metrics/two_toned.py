"""Two-tonedness: how much of a thing is in another colour than the thing.

    share of the pixels farther than 20 ab units from the median colour of their segment

The truth has some too (a striped shirt), so the excess over the truth's is what counts. Segments
are people's drawings of the things in a picture: label pictures, one number a segment.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from ..datasets.datasets import Photo, list_photos
from ..errors import DataError

FAR = 20.0  # ab units

# The segments of a photograph, or None where it has none.
Segments = Callable[[Photo], Int[Tensor, "H W"] | None]


def two_toned(ab: Float[Tensor, "2 h w"], segments: Int[Tensor, "h w"]) -> float:
    """The share, 0 to 1."""
    _, number = torch.unique(segments, return_inverse=True)
    far = 0
    for one in range(int(number.max()) + 1):
        own = ab[:, number == one]
        off = torch.hypot(*(own - own.median(dim=1, keepdim=True).values))
        far += int((off > FAR).sum())
    return far / segments.numel()


def read_segments(path: Path) -> Segments:
    """Label pictures in a folder or zip archive, for photographs of the same name but its ending.

    Raises:
        DataError: none are there; or, when asked, one cannot be read or has another size.
    """
    labels = {_stem(label.name): label for label in list_photos([path])}

    def segments(photo: Photo) -> Int[Tensor, "H W"] | None:
        label = labels.get(_stem(photo.name))
        if label is None:
            return None
        try:
            with Image.open(io.BytesIO(label.read_bytes())) as image:
                levels = np.array(image)
        except OSError as error:
            raise DataError(f"The segments {label.name} in {path} cannot be read.") from error
        height, width = photo.read_rgb().shape[:2]
        if levels.shape != (height, width):
            raise DataError(
                f"The segments {label.name} in {path} are an array of {levels.shape}, the "
                f"photograph {photo.name} is {width} x {height} pixels. Give one number a pixel."
            )
        return torch.from_numpy(levels.astype(np.int64))

    return segments


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))
