"""Colours that sRGB cannot show lose chroma at constant lightness and hue, never lightness."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from .lab import lab_to_linear

# Linear sRGB outside [0, 1] by this is a rounding error, not a colour; clamping it away moves L by
# less than 0.02.
SLACK = 2e-5
# The gamut has a dent: some bright yellows fit, though a paler one of their hue and lightness does
# not. So even shares of the chroma are tried before the edge is sought by bisection.
SHARES = 8
HALVINGS = 11  # the edge is found to 2**-11 of the step between two shares


def fit_gamut(lab: Float[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b 3 h w"]:
    """Shrink ab towards grey until the colour lies in the sRGB gamut.

    Args:
        lab: L in [0, 100]; a and b in CIELAB units, of any size.

    Returns:
        The same L; ab scaled by the largest factor in [0, 1] that fits, sought for the pixels that
        need it: between the largest of 8 even shares that fits and the next, by bisection.
    """
    outside = _is_outside(lab_to_linear(lab))
    if not bool(outside.any()):
        return lab
    lead = lab.movedim(-3, 0)
    colours = lead[:, outside][:, None, :]  # (3, 1, n): a picture of the n pixels outside
    low = torch.zeros_like(colours[0])
    for i in range(1, SHARES):
        share = torch.full_like(low, i / SHARES)
        low = torch.where(_is_outside(lab_to_linear(_paler(colours, share))), low, share)
    high = low + 1 / SHARES
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        out = _is_outside(lab_to_linear(_paler(colours, middle)))
        low = torch.where(out, low, middle)
        high = torch.where(out, middle, high)
    fitted = lead.clone()
    fitted[1:, outside] = (colours[1:] * low)[:, 0]
    return fitted.movedim(0, -3)


def _paler(lab: Float[Tensor, "3 h w"], share: Float[Tensor, "h w"]) -> Float[Tensor, "3 h w"]:
    return torch.stack([lab[0], lab[1] * share, lab[2] * share])


def _is_outside(linear: Float[Tensor, "*b 3 h w"]) -> Tensor:
    return (linear.amin(-3) < -SLACK) | (linear.amax(-3) > 1 + SLACK)
