"""What plates and films that do not see as the eye does make of colours.

    Y = (r . linear RGB)^g,   L = L*(Y)

The first plates saw blue alone, so that skies are white and red lips black; orthochromatic ones saw
green too; later films see all colours, but more blue than the eye. r are such responses, g bends
the tones as a film's curve does. A network that is shown them in training is not led astray by the
lightness of things in old photographs; the target colours stay the true ones.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..color.lab import grey_to_lightness, to_gamma, to_linear
from .responses import PLATES

CURVES = (0.75, 1.35)  # g of random plates


def through_plate(
    rgb: Float[Tensor, "3 h w"], response: tuple[float, float, float], curve: float = 1.0
) -> Float[Tensor, "h w"]:
    """The lightness that a plate shows, [0, 100].

    Args:
        rgb: sRGB, [0, 1].
        response: shares of linear red, green and blue; they sum to 1.
        curve: above 1 darker, below 1 lighter middle tones; 1 is as the light was.
    """
    seen = torch.einsum("c,chw->hw", torch.tensor(response).to(rgb), to_linear(rgb))
    return grey_to_lightness(to_gamma(seen.clamp(0, 1) ** curve))


def random_plate(rgb: Float[Tensor, "3 h w"], random: np.random.Generator) -> Tensor:
    """The lightness that a random mixture of `PLATES` with a random curve shows."""
    share = random.dirichlet(np.ones(len(PLATES)))
    red, green, blue = (share @ np.array(list(PLATES.values()))).tolist()
    return through_plate(rgb, (red, green, blue), float(random.uniform(*CURVES)))
