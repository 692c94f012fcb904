"""The keywords of the Python calls, for editors and type checkers.

Written by `python docs/schemas.py` from the settings; change them there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from .named import Colors, HintsGiven, Palette, References


class SettingKeywords(TypedDict, total=False):
    """Of `colorize` and `colorize_folder`."""

    model: str | os.PathLike[str]
    """A name of `chromafield models`, a weight file, or several joined by + and averaged."""

    field: str
    """See `chromafield fields`."""

    size: int
    """What the network sees: about SIZE x SIZE pixels, sides multiples of 32."""

    strength: float
    """Of the colours: 0 grey, 1 full."""

    vividness: float
    """Of the colours: 0 calm (the network's mean), 1 usual, 2 vivid."""

    seed: int
    """For samples, and fields that draw."""

    views: int
    """1 to 4: average the network's guess over so many sizes and mirror images."""

    palette: Palette | None
    """Colours to see more of: a picture, a folder of them, a .gpl file, or '#a03020,#204060'."""

    palette_strength: float
    """Of the palette: 0 none, 1 full."""

    reference: References | None
    """A colour picture to take colours from, where it looks alike; or a folder of them."""

    reference_strength: float
    """Of the reference: 0 none, 1 full."""

    hints: HintsGiven | None
    """A file of colours and regions that you give (JSON)."""

    colors_from: Colors | None
    """The same picture as another program coloured it; its colours are taken where it agrees."""

    options: Mapping[str, Any]
    """NAME=VALUE of the field's own options."""

    clean: Literal["none", "seen", "output"]
    """Take out dust and scratches: for the network (seen), or in the result too (output)."""

    whole: bool
    """Show the network the picture as a whole: look for no photographs on a page, and no
    tiles."""

    force: bool
    """Replace the colours of pictures that have some."""


class SamplingKeywords(TypedDict, total=False):
    """Of `samples`."""

    count: int
    seed: int
    draw: str
    size: int
    told: float
    spread: float
    prior: str
