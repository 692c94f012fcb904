"""Colour difference by CIEDE2000.

References:
    Sharma, Wu and Dalal, The CIEDE2000 color-difference formula, 2005.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor


def ciede2000(
    x: Float[Tensor, "*b 3 h w"], y: Float[Tensor, "*b 3 h w"]
) -> Float[Tensor, "*b h w"]:
    """CIEDE2000 of two Lab pictures, pixel by pixel, with all three parametric weights 1."""
    l1, a1, b1 = x.unbind(-3)
    l2, a2, b2 = y.unbind(-3)
    mean_chroma = (torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2
    g = 0.5 * (1 - _saturating(mean_chroma))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    h1 = torch.remainder(torch.atan2(b1, a1), 2 * math.pi)
    h2 = torch.remainder(torch.atan2(b2, a2), 2 * math.pi)

    # Which way round is the shorter arc, from the sign of sin(h2 - h1): opposite hues give an exact
    # 0, where the difference of two rounded angles may fall on either side of half a turn. Where
    # one colour is grey the arc does not matter: `hue_step` is 0.
    turn = h2 - h1
    long_way = turn * (a1 * b2 - a2 * b1) < 0
    turn = torch.where(long_way, turn - 2 * math.pi * turn.sign(), turn)
    hue_step = 2 * torch.sqrt(c1 * c2) * torch.sin(turn / 2)
    hue = h1 + turn / 2
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2

    t = (
        1
        - 0.17 * torch.cos(hue - math.radians(30))
        + 0.24 * torch.cos(2 * hue)
        + 0.32 * torch.cos(3 * hue + math.radians(6))
        - 0.20 * torch.cos(4 * hue - math.radians(63))
    )
    bow = (lightness - 50) ** 2
    scale_l = 1 + 0.015 * bow / torch.sqrt(20 + bow)
    scale_c = 1 + 0.045 * chroma
    scale_h = 1 + 0.015 * chroma * t
    degrees = torch.remainder(torch.rad2deg(hue), 360)
    angle = math.radians(30) * torch.exp(-(((degrees - 275) / 25) ** 2))
    rotation = -torch.sin(2 * angle) * 2 * _saturating(chroma)

    dl, dc, dh = (l2 - l1) / scale_l, (c2 - c1) / scale_c, hue_step / scale_h
    return torch.sqrt((dl**2 + dc**2 + dh**2 + rotation * dc * dh).clamp_min(0))


def _saturating(chroma: Tensor) -> Tensor:
    seventh = chroma**7
    return torch.sqrt(seventh / (seventh + 25.0**7))
