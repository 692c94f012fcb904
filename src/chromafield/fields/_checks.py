"""What every field asks of its guide, and what it owes to exact colours."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief, GaussianBelief, Proposal
from ..beliefs.check import cells_of
from ..errors import BadValue


def check_guide(guide: Float[Tensor, "b c h w"]) -> None:
    """Raises: BadValue: NaN or an infinity."""
    wrong = ~guide.isfinite().all(1)
    if bool(wrong.any()):
        raise BadValue(
            f"The field's guide has a NaN or an infinity in {cells_of(wrong)}. It is lightness "
            "from 0 to 100, or a network's embedding: look where it comes from."
        )


def exactly(colors: Float[Tensor, "b 2 h w"], belief: Belief) -> Float[Tensor, "b 2 h w"]:
    """The field's colours, and the mean itself where its precision is infinite."""
    gaussian = belief.gaussian if isinstance(belief, Proposal) else belief
    if not isinstance(gaussian, GaussianBelief):
        return colors
    exact = gaussian.exact
    return torch.where(exact, gaussian.mean.to(colors), colors) if bool(exact.any()) else colors
