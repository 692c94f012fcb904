"""The methods that Table 3 compares: Levin's, the learned field with and without networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...beliefs import GaussianBelief, as_gaussian
from ...canvas.given import GivenColors
from ...canvas.guide import embedding
from ...canvas.upsample import upsampled
from ...canvas.views import predict
from ...data.reveal import Revealed
from ...fields.gcrf import GaussianCRF
from ...fields.levin import Config as LevinConfig
from ...fields.levin import Levin
from ...hints.network import EncodedPicture, encode
from ...hints.propagate import HintPropagator
from ...hints.reach import EncodedReach, encode_reach, split_marks
from ...hints.refine import refine
from ...hints.within import EncodedWithin, TakesHints, encode_within
from ...models.hint_network.loading import HintPredictor
from ...models.sampler.loading import Diverse
from ...resize import resize
from .points import Fill, ceiling, fill_grey

GREY, LEVIN, EDITS, PRIOR = "all-grey", "Levin", "field, points alone", "network and field"
HINTED, BOTH = "hint network", "hint network and field"
FINISHED = "hint network and field, then Levin"
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
    predictor: HintPredictor | TakesHints | None = None,
) -> dict[str, Fill]:
    """Every method by name, with hints as `--hints` takes them: network and field are averaged as
    `hints.propagate` does, and revealed pixels are as told at full size.

    Args:
        field: is shown the structure's embedding.
        strict: precision of a cell of its grid that is revealed whole, 1 / ab^2.
        predictor: the network that listens, for three methods more; or the model itself, where it
            takes hints.
    """
    device = next(networks.vae.parameters()).device
    levin = Levin(LevinConfig())
    neighbours = Once(levin.prepare)
    vectors = Once(lambda lightness: embedding(networks, lightness.to(device)))
    prepared = Once(lambda lightness: field.prepare(embedding(networks, lightness.to(device))))
    proposed = Once(lambda lightness: as_gaussian(predict(model, lightness.to(device))))
    if predictor is not None:
        encoded = Once(lambda lightness: _encode(lightness.to(device), predictor))

        reaching = Once(lambda lightness: encode_reach(lightness.to(device)))

    def told(lab: Tensor, shown: Revealed) -> GaussianBelief:
        drawn = _drawn(shown)
        own = drawn.belief((vectors(lab).shape[2], vectors(lab).shape[3])).to(vectors(lab))
        return GaussianBelief(own.mean, strict * own.precision)

    def fill_levin(lab: Tensor, shown: Revealed) -> Tensor:
        if not shown.known.any():
            return fill_grey(lab, shown)
        return levin.infer(neighbours(lab), GaussianBelief(shown.ab, PINNED * shown.known)).unwrap()

    def edits(lab: Tensor, shown: Revealed) -> Tensor:
        if not shown.known.any():
            return fill_grey(lab, shown)
        return field.infer(prepared(lab), told(lab, shown)).unwrap().cpu()

    def propagator(
        lab: Tensor,
        encoded: EncodedPicture | EncodedWithin | None,
        reach: EncodedReach | None = None,
    ) -> HintPropagator:
        grid = vectors(lab).shape[2], vectors(lab).shape[3]
        own = proposed(lab)
        automatic, precision = resize(own.mean, grid), resize(own.precision, grid)
        return HintPropagator(
            lab[:, :1], own.mean, automatic, precision, field, prepared(lab), encoded, reach
        )

    def prior(lab: Tensor, shown: Revealed) -> Tensor:
        return propagator(lab, None).solve(told(lab, shown)).cpu()

    def hears(lab: Tensor, shown: Revealed) -> Tensor:
        own = propagator(lab, encoded(lab)).automatic
        return encoded(lab).predict(own, told(lab, shown)).cpu() if shown.known.any() else own.cpu()

    def both(lab: Tensor, shown: Revealed) -> Tensor:
        reach = reaching(lab)
        marks = [] if reach is None else split_marks(_drawn(shown), reach.grid)
        picture = propagator(lab, encoded(lab), reach)
        return picture.solve(told(lab, shown), marks=marks).cpu()

    def finished(lab: Tensor, shown: Revealed) -> Tensor:
        ab, pins = both(lab, shown), GaussianBelief(shown.ab, PINNED * shown.known)
        if not shown.known.any():
            return ab
        return refine(levin, neighbours(lab), ab, lab[:, :1], pins)

    def grid(lab: Tensor, shown: Revealed) -> Tensor:
        own = vectors(lab)
        return ceiling((own.shape[2], own.shape[3]))(lab, shown)

    learned: dict[str, Fill] = {
        EDITS: edits,
        PRIOR: prior,
        **({HINTED: hears, BOTH: both, FINISHED: finished} if predictor else {}),
    }
    methods: dict[str, Fill] = {
        GREY: fill_grey,
        LEVIN: fill_levin,
        **{name: pinned(fill) for name, fill in learned.items()},
        CEILING: grid,
    }
    return {name: torch.inference_mode()(fill) for name, fill in methods.items()}


def _drawn(shown: Revealed) -> GivenColors:
    """The patches as marks: pixels of one colour are one mark's."""
    known = shown.known[0, 0] > 0
    numbers = torch.zeros(known.shape, dtype=torch.int64)
    if known.any():
        _, own = torch.unique(shown.ab[0][:, known], dim=1, return_inverse=True)
        numbers[known] = own + 1
    return GivenColors(shown.ab[0], known, numbers.numpy().astype(np.uint16))


def _encode(
    lightness: Float[Tensor, "1 1 H W"], predictor: HintPredictor | TakesHints
) -> EncodedPicture | EncodedWithin:
    if isinstance(predictor, TakesHints):
        return encode_within(lightness, predictor)
    return encode(lightness, predictor)


def pinned(fill: Fill) -> Fill:
    """What is revealed stays as it is at full size, whatever a grid could hold."""

    def pin(lab: Float[Tensor, "1 3 H W"], shown: Revealed) -> Float[Tensor, "1 2 h w"]:
        ab = fill(lab, shown)
        if not shown.known.any():
            return ab
        return torch.where(shown.known > 0, shown.ab, upsampled(ab, lab[:, :1]))

    return pin
