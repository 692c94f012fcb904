"""The methods that Table 3 compares: Levin's, the learned field with and without networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import GaussianBelief, as_gaussian
from ..fields.gcrf import GaussianCRF
from ..fields.levin import Config as LevinConfig
from ..fields.levin import Levin
from ..image.resize import resize
from ..models.diverse.loading import Diverse
from ..models.hinted.loading import Hinted
from ..pipeline.carry import Carrier
from ..pipeline.finish import finish
from ..pipeline.guides import embedding
from ..pipeline.listen import Ear, listen
from ..pipeline.views import propose
from .points import Fill, Revealed, ceiling, fill_grey, told_on

GREY, LEVIN, EDITS, PRIOR = "all-grey", "Levin", "field, points alone", "network and field"
HINTED, BOTH = "hint network", "hint network and field"
FINISHED = "hint network and field, then Levin"
AVERAGED = "mean of hint network and field of points alone"
CEILING = "ceiling of the grid"
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
    networks: Diverse,
    model: nn.Module,
    field: GaussianCRF,
    strict: float = 1.0,
    hinted: Hinted | None = None,
) -> dict[str, Fill]:
    """Every method by name. Beside the network the field carries how far it is off, as hints are.

    Args:
        field: is shown the structure's embedding.
        strict: precision of a cell of its grid that is revealed whole, 1 / ab^2.
        hinted: the network that listens, for four methods more.
    """
    device = next(networks.vae.parameters()).device
    levin = Levin(LevinConfig())
    neighbours = Once(levin.prepare)
    vectors = Once(lambda lightness: embedding(networks, lightness.to(device)))
    prepared = Once(lambda lightness: field.prepare(embedding(networks, lightness.to(device))))
    proposed = Once(lambda lightness: as_gaussian(propose(model, lightness.to(device))))
    if hinted is not None:
        ear = Once(lambda lightness: listen(lightness.to(device), hinted))

    def fill_levin(lab: Tensor, shown: Revealed) -> Tensor:
        if not shown.known.any():
            return fill_grey(lab, shown)
        return levin.infer(neighbours(lab), GaussianBelief(shown.ab, PINNED * shown.known)).unwrap()

    def edits(lab: Tensor, shown: Revealed) -> Tensor:
        if not shown.known.any():
            return fill_grey(lab, shown)
        return field.infer(prepared(lab), _told(vectors(lab), shown, strict)).unwrap().cpu()

    def carrier(lab: Tensor, ear: Ear | None) -> Carrier:
        grid = vectors(lab).shape[2], vectors(lab).shape[3]
        own = proposed(lab).mean
        return Carrier(lab[:, :1], own, resize(own, grid), field, prepared(lab), ear)

    def prior(lab: Tensor, shown: Revealed) -> Tensor:
        return carrier(lab, None).solve(_told(vectors(lab), shown, strict)).cpu()

    def hears(lab: Tensor, shown: Revealed) -> Tensor:
        own = carrier(lab, ear(lab))
        return ear(lab).hear(own.automatic, told_on(shown, own.grid).to(own.automatic)).cpu()

    def both(lab: Tensor, shown: Revealed) -> Tensor:
        return carrier(lab, ear(lab)).solve(_told(vectors(lab), shown, strict)).cpu()

    def finished(lab: Tensor, shown: Revealed) -> Tensor:
        ab, pinned = both(lab, shown), GaussianBelief(shown.ab, PINNED * shown.known)
        if not shown.known.any():
            return ab
        return finish(levin, neighbours(lab), ab, lab[:, :1], pinned)

    def averaged(lab: Tensor, shown: Revealed) -> Tensor:
        heard = hears(lab, shown)
        return (heard + edits(lab, shown)) / 2 if shown.known.any() else heard

    def grid(lab: Tensor, shown: Revealed) -> Tensor:
        own = vectors(lab)
        return ceiling((own.shape[2], own.shape[3]))(lab, shown)

    methods: dict[str, Fill] = {
        GREY: fill_grey,
        LEVIN: fill_levin,
        EDITS: edits,
        PRIOR: prior,
        **({HINTED: hears, BOTH: both, FINISHED: finished, AVERAGED: averaged} if hinted else {}),
        CEILING: grid,
    }
    return {name: torch.inference_mode()(fill) for name, fill in methods.items()}


def _told(vectors: Float[Tensor, "1 d h w"], shown: Revealed, strict: float) -> GaussianBelief:
    """What is revealed, on the vectors' grid."""
    told = told_on(shown, (vectors.shape[2], vectors.shape[3])).to(vectors)
    return GaussianBelief(told.mean, strict * told.precision)
