"""Multiply a belief by a Gaussian one, density by density."""

from __future__ import annotations

import torch

from .check import checked_gaussian
from .convert import gaussian_to_labels, split_channels
from .kinds import Belief, ChannelBeliefs, GaussianBelief, LabelBelief, Proposal


def multiply(belief: Belief, other: GaussianBelief) -> Belief:
    """Multiply a belief of any kind by a Gaussian one.

    Raises:
        BadValue: the other's precision is NaN or below 0, or its mean no colour.
    """
    other = checked_gaussian(other)
    match belief:
        case GaussianBelief():
            return belief * other
        case LabelBelief():
            return _multiply_labels(belief, other)
        case Proposal():
            return Proposal(
                belief.gaussian * other,
                _multiply_labels(belief.labels, other),
                belief.channels and _multiply_channels(belief.channels, other),
            )
        case ChannelBeliefs():
            return _multiply_channels(belief, other)


def _multiply_channels(belief: ChannelBeliefs, other: GaussianBelief) -> ChannelBeliefs:
    a, b = split_channels(other)
    return ChannelBeliefs(_multiply_labels(belief.a, a), _multiply_labels(belief.b, b))


def _multiply_labels(belief: LabelBelief, other: GaussianBelief) -> LabelBelief:
    labels = gaussian_to_labels(other, belief.palette)
    energy = belief.energy + labels.energy
    exact = other.exact
    if bool(exact.any()):  # also where the belief thinks that colour impossible
        energy = torch.where(exact, labels.energy, energy)
    return LabelBelief(energy, belief.palette)
