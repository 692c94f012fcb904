"""What a belief must hold to be decided on: numbers, in their ranges.

A number that is none would end as some colour by accident: `argmin` finds a NaN, a factor is
singular, a sweep spreads it. So each field looks at what it is given first.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import BadValue
from .kinds import Belief, ChannelBeliefs, GaussianBelief, LabelBelief, Proposal

FARTHEST = 1000.0  # ab units: sRGB ends at 110, any light that eyes see well below this


def checked(belief: Belief) -> Belief:
    """The belief, with 0 for means that are not read, since their precision is 0.

    Raises:
        BadValue: a precision that is NaN or below 0; a mean that is NaN, infinite or no colour;
            energies that are NaN or minus infinity, or all infinite.
    """
    match belief:
        case GaussianBelief():
            return checked_gaussian(belief)
        case LabelBelief():
            _check_labels(belief)
        case ChannelBeliefs():
            _check_labels(belief.a)
            _check_labels(belief.b)
        case Proposal():
            checked(belief.labels)
            if belief.channels is not None:
                checked(belief.channels)
            return Proposal(checked_gaussian(belief.gaussian), belief.labels, belief.channels)
    return belief


def checked_gaussian(belief: GaussianBelief) -> GaussianBelief:
    """`checked` of this kind."""
    precision = belief.precision
    wrong = ~(precision >= 0)
    if bool(wrong.any()):
        raise BadValue(
            f"The belief's precision is NaN or below 0 in {cells_of(wrong)}. It is 1 / ab^2: 0 "
            "where nothing is known, infinite where the colour is exactly the mean."
        )
    off = ~(belief.mean.abs() <= FARTHEST).all(1, keepdim=True)
    wrong = off & (precision > 0)
    if bool(wrong.any()):
        raise BadValue(
            f"The belief's mean is no colour in {cells_of(wrong)}: NaN, infinite or beyond "
            f"{FARTHEST:.0f}. It is in CIELAB units of a and b, within about 110 for a screen."
        )
    if bool(off.any()):
        return GaussianBelief(torch.where(off, 0.0, belief.mean), precision)
    return belief


def _check_labels(belief: LabelBelief) -> None:
    least = belief.energy.amin(1)  # NaN where one of them is
    wrong = ~least.isfinite()
    if bool(wrong.any()):
        raise BadValue(
            f"The belief has no probabilities in {cells_of(wrong)}: an energy is NaN or minus "
            "infinity, or all of them are infinite. Energies are -log p; an infinite one is p = 0."
        )
    if not bool(belief.palette.isfinite().all()):
        raise BadValue("The belief's palette has a NaN or an infinity; it holds colours, ab.")


def cells_of(wrong: Tensor) -> str:
    """ "3 of 100 cells", for a sentence."""
    return f"{int(wrong.sum())} of {wrong.numel()} cells"
