"""A picture encoded for the hint network, so that each set of hints costs little."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.guide import SIZE
from ..models import LoadedModel
from ..models.hint_network.loading import (
    EncodedGrey,
    HintPredictor,
    is_trained_on,
    load_hint_predictor,
)
from ..resize import resize
from ..views.views import field_size
from .within import EncodedWithin, TakesHints, encode_within


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """One grey picture, encoded by the hint network; a set of hints costs the fast half alone."""

    predictor: HintPredictor
    seen: EncodedGrey

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of the grid that the network predicts on."""
        return self.seen.mean.shape[2], self.seen.mean.shape[3]

    @torch.inference_mode()
    def predict(
        self, automatic: Float[Tensor, "1 2 h w"], given: GaussianBelief
    ) -> Float[Tensor, "1 2 h w"]:
        """Predict the colours from the automatic and the given ones, all on the network's grid."""
        return self.predictor.predict(self.seen, automatic, given)


@torch.inference_mode()
def encode(
    lightness: Float[Tensor, "1 1 H W"], predictor: HintPredictor, size: int = SIZE
) -> EncodedPicture:
    """Encode a picture once for the hint network; L in [0, 100]."""
    seen = resize(lightness, field_size(lightness.shape[2], lightness.shape[3], size))
    return EncodedPicture(predictor, predictor.encode(seen))


def encode_for_hints(
    lightness: Float[Tensor, "1 1 H W"], trained: LoadedModel
) -> EncodedPicture | EncodedWithin | None:
    """Encode a picture for the hint network that belongs to this colorizer.

    Returns:
        The picture encoded by the colorizer itself if it takes hints, else by the shipped hint
        network if it was trained on this colorizer, else none.
    """
    if isinstance(trained.model, TakesHints):
        return encode_within(lightness, trained.model)
    predictor = _shipped(trained, str(lightness.device))
    return None if predictor is None else encode(lightness, predictor)


@functools.lru_cache(maxsize=2)
def _shipped(trained: LoadedModel, device: str) -> HintPredictor | None:
    return load_hint_predictor(trained, device=device) if is_trained_on(trained) else None
