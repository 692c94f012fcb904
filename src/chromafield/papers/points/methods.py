"""The methods that Table 3 compares: Levin's, the bilateral solver, Welsh's, the learned field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...beliefs import GaussianBelief, as_gaussian
from ...canvas.given import GivenColors
from ...canvas.guide import embedding
from ...canvas.upsample import upsampled
from ...data.reveal import Revealed, given_on
from ...datasets.datasets import list_photos
from ...fields.gcrf import GaussianCRF
from ...fields.levin import Config as LevinConfig
from ...fields.levin import Levin
from ...metrics.paired import true_pictures
from ...models.hint_network.loading import HintPredictor
from ...models.sampler.loading import Diverse
from ...propagation.network import EncodedPicture, encode
from ...propagation.propagate import HintPropagator
from ...propagation.reach import EncodedReach, encode_reach, split_marks
from ...propagation.refine import refine
from ...propagation.within import EncodedWithin, TakesHints, encode_within
from ...resize import resize
from ...views.views import predict
from .bilateral import Grid, make_grid, spread_bilateral
from .points import PointMethod, grey
from .welsh import nearest_reference, transfer

GREY, LEVIN, EDITS, PRIOR = "all-grey", "Levin", "field, points alone", "network and field"
NETWORK, BOTH = "hint network", "hint network and field"
BILATERAL, WELSH = "bilateral solver", "Welsh, no points"
REFINED = "hint network and field, then Levin"
ZHANG = "Zhang 2017"
CEILING = "ceiling of the grid"
PINNED = 1e4  # precision of a colour that Levin's method fixes, 1 / ab^2
REFERENCES = 50  # photographs that Welsh's method chooses among, at most
LEVIN_FIELD = Levin(LevinConfig())

Encoded = EncodedPicture | EncodedWithin


@dataclass(frozen=True)
class Compared:
    """What the methods work with."""

    networks: Diverse
    model: nn.Module
    field: GaussianCRF  # its guide is the structure's embedding
    precision: float = 1.0  # of a cell of its grid that is revealed whole, 1 / ab^2
    # The hint network, for three methods more; or the model itself, where it takes hints.
    predictor: HintPredictor | TakesHints | None = None
    references: Sequence[Float[Tensor, "1 3 H W"]] = ()  # Lab, for Welsh's method
    rival: TakesHints | None = None  # a network that takes hints, in a row by itself


@dataclass(frozen=True)
class OnPicture:
    """The methods on one picture; what they need of its lightness is computed once."""

    of: Compared
    lab: Float[Tensor, "1 3 H W"]

    @cached_property
    def lightness(self) -> Float[Tensor, "1 1 H W"]:
        device = next(self.of.networks.vae.parameters()).device
        return self.lab[:, :1].to(device)

    @cached_property
    def edges(self) -> Any:
        return LEVIN_FIELD.prepare(self.lab[:, :1])

    @cached_property
    def vectors(self) -> Float[Tensor, "1 d i j"]:
        return embedding(self.of.networks, self.lightness)

    @cached_property
    def prepared(self) -> Any:
        return self.of.field.prepare(self.vectors)

    @cached_property
    def predicted(self) -> GaussianBelief:
        return as_gaussian(predict(self.of.model, self.lightness))

    @cached_property
    def encoded(self) -> Encoded | None:
        predictor = self.of.predictor
        if predictor is None:
            return None
        if isinstance(predictor, TakesHints):
            return encode_within(self.lightness, predictor)
        return encode(self.lightness, predictor)

    @cached_property
    def reach(self) -> EncodedReach | None:
        return encode_reach(self.lightness, self.encoded)

    @property
    def grid(self) -> tuple[int, int]:
        return self.vectors.shape[2], self.vectors.shape[3]

    def given(self, shown: Revealed) -> GaussianBelief:
        own = _drawn(shown).belief(self.grid).to(self.vectors)
        return GaussianBelief(own.mean, self.of.precision * own.precision)

    def propagator(
        self, encoded: Encoded | None, reach: EncodedReach | None = None
    ) -> HintPropagator:
        mean, precision = self.predicted.mean, self.predicted.precision
        return HintPropagator(
            self.lab[:, :1],
            mean,
            resize(mean, self.grid),
            resize(precision, self.grid),
            self.of.field,
            self.prepared,
            encoded,
            reach,
        )

    def grey(self, shown: Revealed) -> Tensor:
        return grey(self.lab, shown)

    def levin(self, shown: Revealed) -> Tensor:
        if not shown.known.any():
            return self.grey(shown)
        pins = GaussianBelief(shown.ab, PINNED * shown.known)
        return LEVIN_FIELD.infer(self.edges, pins).unwrap()

    @cached_property
    def cells(self) -> Grid:
        return make_grid(self.lab[:, :1])

    def bilateral(self, shown: Revealed) -> Tensor:
        if not shown.known.any():
            return self.grey(shown)
        spread = spread_bilateral(self.cells, shown.ab, shown.known)
        return torch.where(shown.known > 0, shown.ab, spread)

    @cached_property
    def transferred(self) -> Float[Tensor, "1 2 H W"]:
        lightness = self.lab[:, :1]
        return transfer(lightness, nearest_reference(lightness, self.of.references))

    def welsh(self, shown: Revealed) -> Tensor:
        return self.transferred

    def edits(self, shown: Revealed) -> Tensor:
        if not shown.known.any():
            return self.grey(shown)
        return self.of.field.infer(self.prepared, self.given(shown)).unwrap().cpu()

    def prior(self, shown: Revealed) -> Tensor:
        return self.propagator(None).solve(self.given(shown)).cpu()

    def network(self, shown: Revealed) -> Tensor:
        own = self.propagator(self.encoded).automatic
        if self.encoded is None or not shown.known.any():
            return own.cpu()
        return self.encoded.predict(own, self.given(shown)).cpu()

    @cached_property
    def encoded_rival(self) -> EncodedWithin:
        assert self.of.rival is not None
        return encode_within(self.lightness, self.of.rival)

    def rival(self, shown: Revealed) -> Tensor:
        own = self.encoded_rival
        if not shown.known.any():
            return own.alone.cpu()
        return own.predict(own.alone, given_on(shown, own.grid).to(own.alone)).cpu()

    def both(self, shown: Revealed) -> Tensor:
        marks = [] if self.reach is None else split_marks(_drawn(shown), self.reach.grid)
        propagator = self.propagator(self.encoded, self.reach)
        return propagator.solve(self.given(shown), marks=marks).cpu()

    def refined(self, shown: Revealed) -> Tensor:
        ab, pins = self.both(shown), GaussianBelief(shown.ab, PINNED * shown.known)
        if not shown.known.any():
            return ab
        return refine(LEVIN_FIELD, self.edges, ab, self.lab[:, :1], pins)

    def ceiling(self, shown: Revealed) -> Tensor:
        """What the grid can hold: the truth averaged to it."""
        return resize(self.lab[:, 1:], self.grid)

    def pinned(self, ab: Float[Tensor, "1 2 h w"], shown: Revealed) -> Tensor:
        """What is revealed stays as it is at full size, whatever a grid could hold."""
        if not shown.known.any():
            return ab
        return torch.where(shown.known > 0, shown.ab, upsampled(ab, self.lab[:, :1]))


Work = Callable[[OnPicture, Revealed], Tensor]
PLAIN: dict[str, Work] = {
    GREY: OnPicture.grey,
    LEVIN: OnPicture.levin,
    BILATERAL: OnPicture.bilateral,
}
OF_REFERENCES: dict[str, Work] = {WELSH: OnPicture.welsh}
LEARNED: dict[str, Work] = {EDITS: OnPicture.edits, PRIOR: OnPicture.prior}
OF_A_HINT_NETWORK: dict[str, Work] = {
    NETWORK: OnPicture.network,
    BOTH: OnPicture.both,
    REFINED: OnPicture.refined,
}


def point_methods(compared: Compared) -> dict[str, PointMethod]:
    """Every method by name, with hints as `--hints` takes them: network and field are averaged as
    `propagation.propagate` does, and revealed pixels keep the given colours at full size."""
    pictures: list[OnPicture] = []  # the last one

    def on(lab: Tensor) -> OnPicture:
        if not pictures or pictures[0].lab is not lab:
            pictures[:] = [OnPicture(compared, lab)]
        return pictures[0]

    def method(work: Work, pinned: bool) -> PointMethod:
        @torch.inference_mode()
        def color(lab: Float[Tensor, "1 3 H W"], shown: Revealed) -> Float[Tensor, "1 2 h w"]:
            ab = work(on(lab), shown)
            return on(lab).pinned(ab, shown) if pinned else ab

        return color

    learned = LEARNED | (OF_A_HINT_NETWORK if compared.predictor else {})
    learned |= {ZHANG: OnPicture.rival} if compared.rival else {}
    plain = PLAIN | (OF_REFERENCES if compared.references else {})
    return {
        **{name: method(work, pinned=False) for name, work in plain.items()},
        **{name: method(work, pinned=True) for name, work in learned.items()},
        CEILING: method(OnPicture.ceiling, pinned=False),
    }


def true_labs(paths: Sequence[Path]) -> list[Float[Tensor, "1 3 H W"]]:
    """Photographs as references for Welsh's method: at most `REFERENCES`, evenly over all.

    Raises:
        DataError: there are none, or one cannot be read.
    """
    photos = list_photos(paths)
    some = photos[:: max(-(-len(photos) // REFERENCES), 1)]
    return [true.lab for true in true_pictures(some)]


def _drawn(shown: Revealed) -> GivenColors:
    """The patches as marks: pixels of one colour are one mark's."""
    known = shown.known[0, 0] > 0
    numbers = torch.zeros(known.shape, dtype=torch.int64)
    if known.any():
        _, own = torch.unique(shown.ab[0][:, known], dim=1, return_inverse=True)
        numbers[known] = own + 1
    return GivenColors(shown.ab[0], known, numbers.numpy().astype(np.uint16))
