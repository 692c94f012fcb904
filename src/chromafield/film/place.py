"""The colours that a place had lately, whatever moved there.

A slow mean over the shot's frames, blurred so far that no thing leaves a trail. In full light it
counts for nothing: there the motion says better where colours come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from ..beliefs import GaussianBelief

NEWEST = 0.1  # share of the newest frame in the mean
BLUR = 1 / 8  # of the grid's longer side, standard deviation
FRAMES = 6.0  # frames that the mean counts without any light


@dataclass
class PlaceColors:
    """Told of a shot's frames one after the other."""

    ab: Tensor | None = None  # (1, 2, h, w), CIELAB units

    def belief(self, own: GaussianBelief, dark: float) -> tuple[GaussianBelief, ...]:
        """What the mean says of the next frame; nothing in full light and of a shot's first.

        Args:
            own: what the network believes of the frame.
            dark: the share of light that the frame lacks, 0 to 1.
        """
        if self.ab is None or dark <= 0 or self.ab.shape != own.mean.shape:
            return ()
        precision = FRAMES * dark * own.precision.median()
        return (GaussianBelief(self.ab.to(own.mean), precision.expand_as(own.precision)),)

    def add(self, ab: Tensor) -> None:
        """The colours (1, 2, h, w) of a frame."""
        sigma = BLUR * max(ab.shape[2:])
        planes = ab[0].cpu().numpy().astype(np.float32)
        blurred = np.stack([cv2.GaussianBlur(plane, (0, 0), sigma) for plane in planes])
        now = torch.from_numpy(blurred)[None]
        self.ab = now if self.ab is None else torch.lerp(self.ab, now, NEWEST)
