"""What a source thinks of each pixel's colour: the one language between rooms.

Models, hints and previous frames speak beliefs; fields turn beliefs into colour. All colours are
CIELAB a and b in their own units.
"""

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
from .join import join
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
    one_of,
    stacked,
)
from .pool import pool
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
    "channel_beliefs",
    "channel_bins",
    "gaussian_to_labels",
    "grid_of",
    "join",
    "labels_to_gaussian",
    "marginals",
    "nearest",
    "on_grid",
    "on_palette",
    "one_of",
    "pool",
    "regrid",
    "stacked",
    "tilt",
]
