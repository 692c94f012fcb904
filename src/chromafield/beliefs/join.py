"""Beliefs of several sources as one."""

from __future__ import annotations

from .convert import apart, gaussian_to_labels
from .kinds import Belief, ChannelBeliefs, GaussianBelief, LabelBelief, Proposal


def join(belief: Belief, opinion: GaussianBelief) -> Belief:
    """A belief multiplied by one more opinion, whatever kind it is."""
    match belief:
        case GaussianBelief():
            return belief * opinion
        case LabelBelief():
            return _join_labels(belief, opinion)
        case Proposal():
            return Proposal(
                belief.gaussian * opinion,
                _join_labels(belief.labels, opinion),
                belief.channels and _join_channels(belief.channels, opinion),
            )
        case ChannelBeliefs():
            return _join_channels(belief, opinion)


def _join_channels(belief: ChannelBeliefs, opinion: GaussianBelief) -> ChannelBeliefs:
    a, b = apart(opinion)
    return ChannelBeliefs(_join_labels(belief.a, a), _join_labels(belief.b, b))


def _join_labels(belief: LabelBelief, opinion: GaussianBelief) -> LabelBelief:
    told = gaussian_to_labels(opinion, belief.palette)
    return LabelBelief(belief.energy + told.energy, belief.palette)
