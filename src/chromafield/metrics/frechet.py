"""The Frechet distance between coloured and true pictures, on a network's features.

    |m - n|^2 + tr(S + T - 2 (S T)^(1/2))

m, n are the means and S, T the covariances of the features of the two sets. The features are
EfficientNet-Lite0's last map (320 channels, ImageNet's weights, colour), averaged over the picture.
The distance is too large for few pictures, by about the same for every method on the same pictures:
compare methods within a table, never tables. It is not the FID of Inception's features.

References:
    Heusel et al., GANs trained by a two time-scale update rule converge to a local Nash
    equilibrium, 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ..models._efficientnet import MULTIPLE, color_encoder
from ..resize import resize

SIDE = 224  # pixels: about as many as a square of this side are shown to the network

# A picture's features, of sRGB bytes.
Features = Callable[[UInt8[Tensor, "3 H W"]], Float[Tensor, " d"]]


def lite0_features() -> Features:
    """The features by the published network.

    Raises:
        MissingExtra: the package that holds its weights is not installed.
    """
    encoder = color_encoder()

    def features(rgb: UInt8[Tensor, "3 H W"]) -> Float[Tensor, " d"]:
        height, width = rgb.shape[1:]
        factor = SIDE / (height * width) ** 0.5 / MULTIPLE
        sides = tuple(max(round(s * factor), 1) * MULTIPLE for s in (height, width))
        seen = resize(rgb[None].float(), (sides[0], sides[1]))
        with torch.inference_mode():
            deepest: Tensor = encoder((seen - 127) / 128)[-1]
        return deepest.mean((2, 3))[0]

    return features


def frechet(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> float:
    """The distance of two sets of features, each of at least two pictures.

    With A and B the centred sets over the root of their sizes less one, S = A'A and T = B'B, the
    trace of (S T)^(1/2) is the sum of the singular values of A B'.
    """
    a, b = (_centred(z.double()) for z in (x, y))
    apart = (x.double().mean(0) - y.double().mean(0)).square().sum()
    shared = torch.linalg.matrix_norm(a @ b.T, "nuc")
    distance = apart + a.square().sum() + b.square().sum() - 2 * shared
    return max(float(distance), 0.0)  # rounding may take equal sets below it


def _centred(x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    return (x - x.mean(0)) / math.sqrt(len(x) - 1)
