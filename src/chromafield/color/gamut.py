"""Colours that sRGB cannot show lose chroma at constant lightness and hue, never lightness."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from .lab import lab_cube, lab_to_linear, rgb_from_white_scaled, to_gamma

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
    fitted = lab.movedim(-3, 0).clone()
    fitted[:, outside] = _fitted(fitted[:, outside])
    return fitted.movedim(0, -3)


def lab_to_shown(lab: Float[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b 3 h w"]:
    """The colours after `fit_gamut` as gamma-encoded sRGB in [0, 1]; in one go, since a picture of
    many megapixels waits for it."""
    linear = lab_to_linear(lab)
    outside = _is_outside(linear)
    if bool(outside.any()):
        colors = _fitted(lab.movedim(-3, 0)[:, outside])
        linear.movedim(-3, 0)[:, outside] = lab_to_linear(colors[:, None])[:, 0]
    return to_gamma(linear).clamp(0, 1)


def _fitted(lab: Float[Tensor, "3 n"]) -> Float[Tensor, "3 n"]:
    """Colours outside the gamut, with as much of their chroma as fits."""
    lightness, a, b = lab
    root = (lightness + 16) / 116
    x_step, z_step = a / 500, b / -200  # of the roots, for the whole chroma
    y = lab_cube(root)
    mixed = [(of_x, of_y * y, of_z) for of_x, of_y, of_z in rgb_from_white_scaled(lab)]

    def fits(share: Tensor) -> Tensor:
        x = lab_cube(torch.addcmul(root, share, x_step))
        z = lab_cube(torch.addcmul(root, share, z_step))
        r, g, blue = (of_x * x + part + of_z * z for of_x, part, of_z in mixed)
        minimum, limit = r.minimum(g).minimum(blue), r.maximum(g).maximum(blue)
        inside: Tensor = (minimum >= -SLACK) & (limit <= 1 + SLACK)
        return inside

    share, step = torch.zeros_like(root), 1 / SHARES
    for i in range(1, SHARES):
        tried = torch.full_like(share, i * step)
        share = torch.where(fits(tried), tried, share)
    for _ in range(HALVINGS):
        step /= 2
        tried = share + step
        share = torch.where(fits(tried), tried, share)
    return torch.stack([lightness, a * share, b * share])


def _is_outside(linear: Float[Tensor, "*b 3 h w"]) -> Tensor:
    return (linear.amin(-3) < -SLACK) | (linear.amax(-3) > 1 + SLACK)
