"""Colour: conversions, the gamut, the palette of cells and colour difference. Tensors only."""

from .difference import ciede2000
from .gamut import fit_gamut, lab_to_shown
from .lab import UNIT, lab_to_rgb, rgb_to_lab

__all__ = ["UNIT", "ciede2000", "fit_gamut", "lab_to_rgb", "lab_to_shown", "rgb_to_lab"]
