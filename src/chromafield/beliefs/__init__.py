"""Beliefs: distributions over each pixel's colour, the one type between packages.

Models, hints and previous frames give beliefs; fields turn beliefs into colours. All colours are
CIELAB a and b in their own units.
"""

from .average import average
from .check import checked
from .convert import (
    as_channels,
    as_gaussian,
    as_labels,
    gaussian_to_labels,
    labels_to_gaussian,
    marginals,
    nearest,
    on_palette,
)
from .histogram import Histogram, tilt
from .kinds import (
    ALL,
    CHANNEL_BINS,
    Belief,
    ChannelBeliefs,
    Few,
    GaussianBelief,
    LabelBelief,
    Proposal,
    channel_beliefs,
    channel_bins,
    grid_of,
    select,
    stacked,
)
from .multiply import multiply
from .regrid import on_grid, regrid

__all__ = [
    "ALL",
    "CHANNEL_BINS",
    "Belief",
    "ChannelBeliefs",
    "Few",
    "GaussianBelief",
    "Histogram",
    "LabelBelief",
    "Proposal",
    "as_channels",
    "as_gaussian",
    "as_labels",
    "average",
    "channel_beliefs",
    "channel_bins",
    "checked",
    "gaussian_to_labels",
    "grid_of",
    "labels_to_gaussian",
    "marginals",
    "multiply",
    "nearest",
    "on_grid",
    "on_palette",
    "regrid",
    "select",
    "stacked",
    "tilt",
]
