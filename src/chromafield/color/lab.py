"""sRGB and CIELAB (D65, 2 degrees), both ways.

References:
    IEC 61966-2-1 (sRGB); CIE 15:2004, section 8.2.1 (CIELAB).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

UNIT = 128.0  # ab units that both papers call 1
KNEE = 6 / 29  # CIE 15: below this cube root the curve is a line

# Linear sRGB to XYZ. The white point is this matrix applied to (1, 1, 1), not a second constant, so
# that every grey has ab = 0 exactly.
XYZ_FROM_RGB = (
    (0.4123907992659595, 0.357584339383878, 0.1804807884018343),
    (0.21263900587151036, 0.715168678767756, 0.07219231536073371),
    (0.01933081871559185, 0.11919477979462599, 0.9505321522496606),
)


def _white_scaled(like: Tensor) -> Float[Tensor, "3 3"]:
    """Linear sRGB to XYZ divided by the white point: each row sums to 1."""
    matrix = torch.tensor(XYZ_FROM_RGB, dtype=torch.float64)
    return (matrix / matrix.sum(1, keepdim=True)).to(like)


def _mix(matrix: Float[Tensor, "3 3"], x: Float[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b 3 h w"]:
    # Three weighted sums instead of a matrix product: no transposed copy of a large picture.
    x0, x1, x2 = x.unbind(-3)
    rows = [row[0] * x0 + row[1] * x1 + row[2] * x2 for row in matrix]
    return torch.stack(rows, dim=-3)


def to_linear(rgb: Tensor) -> Tensor:
    """Undo the sRGB curve; values below 0 follow the line."""
    curve = ((rgb.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4
    return torch.where(rgb > 0.04045, curve, rgb / 12.92)


def to_gamma(linear: Tensor) -> Tensor:
    """Apply the sRGB curve; values below 0 follow the line."""
    curve = 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear > 0.0031308, curve, linear * 12.92)


def rgb_to_lab(rgb: Float[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b 3 h w"]:
    """Convert sRGB in [0, 1] to CIELAB.

    Args:
        rgb: gamma-encoded sRGB, channels third from last, any leading axes.

    Returns:
        L in [0, 100], a and b in CIELAB units; same dtype and device as `rgb`.
    """
    xyz = _mix(_white_scaled(rgb), to_linear(rgb))
    x, y, z = _lab_root(xyz).unbind(-3)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-3)


def grey_to_lightness(grey: Tensor) -> Tensor:
    """L of the grey whose three sRGB values are all `grey` in [0, 1]; any shape."""
    return 116 * _lab_root(to_linear(grey)) - 16


def lab_to_linear(lab: Float[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b 3 h w"]:
    """Convert CIELAB to linear sRGB; outside [0, 1] where the colour is outside the gamut."""
    lightness, a, b = lab.unbind(-3)
    y = (lightness + 16) / 116
    root = torch.stack([y + a / 500, y, y - b / 200], dim=-3)
    return _mix(rgb_from_white_scaled(lab), lab_cube(root))


def rgb_from_white_scaled(like: Tensor) -> Float[Tensor, "3 3"]:
    """XYZ divided by the white point to linear sRGB."""
    inverse: Tensor = torch.linalg.inv(_white_scaled(like).cpu().double())
    return inverse.to(like)


def lab_cube(root: Tensor) -> Tensor:
    """What CIELAB takes the root of: X, Y or Z divided by the white point's."""
    return torch.where(root > KNEE, root**3, 3 * KNEE**2 * (root - 4 / 29))


def lab_to_rgb(lab: Float[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b 3 h w"]:
    """Convert CIELAB to gamma-encoded sRGB; not clamped: see `gamut.fit_gamut`."""
    return to_gamma(lab_to_linear(lab))


def _lab_root(ratio: Tensor) -> Tensor:
    curve = ratio.clamp_min(KNEE**3) ** (1 / 3)
    return torch.where(ratio > KNEE**3, curve, ratio / (3 * KNEE**2) + 4 / 29)
