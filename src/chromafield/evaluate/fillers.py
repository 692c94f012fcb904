"""The methods that Table 3 compares: Levin's, the learned field with and without the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import GaussianBelief, as_gaussian
from ..fields import create_field
from ..fields.gcrf import GaussianCRF
from ..image.resize import resize
from ..models.diverse.loading import Diverse
from ..pipeline.carry import Carrier
from ..pipeline.guides import embedding
from ..pipeline.views import propose
from .points import Fill, Revealed, ceiling, fill_grey

GREY, LEVIN, EDITS, PRIOR, CEILING = (
    *("all-grey", "Levin", "field, points alone", "field and network", "ceiling of the grid"),
)
PINNED = 1e4  # precision of a colour that Levin's method fixes, 1 / ab^2

P = TypeVar("P")


class Once(Generic[P]):
    """Work on a picture's lightness that is kept until the next picture comes."""

    def __init__(self, work: Callable[[Tensor], P]) -> None:
        self.work = work
        self.last: tuple[Tensor, P] | None = None

    def __call__(self, lab: Float[Tensor, "1 3 H W"]) -> P:
        if self.last is None or self.last[0] is not lab:
            self.last = (lab, self.work(lab[:, :1]))
        return self.last[1]


def fillers(
    networks: Diverse, model: nn.Module, field: GaussianCRF, strict: float = 1.0
) -> dict[str, Fill]:
    """Every method by name. Beside the network the field carries how far it is off, as hints are.

    Args:
        field: is shown the structure's embedding.
        strict: precision of a cell of its grid that is revealed whole, 1 / ab^2.
    """
    device = next(networks.vae.parameters()).device
    levin = create_field("levin")
    neighbours = Once(levin.prepare)
    vectors = Once(lambda lightness: embedding(networks, lightness.to(device)))
    prepared = Once(lambda lightness: field.prepare(embedding(networks, lightness.to(device))))
    proposed = Once(lambda lightness: as_gaussian(propose(model, lightness.to(device))))

    def fill_levin(lab: Tensor, shown: Revealed) -> Tensor:
        if not shown.known.any():
            return fill_grey(lab, shown)
        return levin.infer(neighbours(lab), GaussianBelief(shown.ab, PINNED * shown.known)).unwrap()

    def edits(lab: Tensor, shown: Revealed) -> Tensor:
        if not shown.known.any():
            return fill_grey(lab, shown)
        return field.infer(prepared(lab), _told(vectors(lab), shown, strict)).unwrap().cpu()

    def prior(lab: Tensor, shown: Revealed) -> Tensor:
        told = _told(vectors(lab), shown, strict)
        automatic = resize(proposed(lab).mean, (told.mean.shape[2], told.mean.shape[3]))
        carrier = Carrier(lab[:, :1], automatic, field, prepared(lab))
        return carrier.solve(told).cpu()

    def grid(lab: Tensor, shown: Revealed) -> Tensor:
        own = vectors(lab)
        return ceiling((own.shape[2], own.shape[3]))(lab, shown)

    methods: dict[str, Fill] = {
        GREY: fill_grey,
        LEVIN: fill_levin,
        EDITS: edits,
        PRIOR: prior,
        CEILING: grid,
    }
    return {name: torch.inference_mode()(fill) for name, fill in methods.items()}


def _told(vectors: Float[Tensor, "1 d h w"], shown: Revealed, strict: float) -> GaussianBelief:
    """What is revealed, on the vectors' grid: each cell by its share and mean colour."""
    grid = (vectors.shape[2], vectors.shape[3])
    share, total = resize(shown.known, grid), resize(shown.ab, grid)
    mean = total / share.clamp_min(1e-6)
    return GaussianBelief(mean, strict * share).to(vectors)
