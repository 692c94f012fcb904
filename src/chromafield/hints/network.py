"""A picture made ready for the network that listens to hints."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.guide import SIZE
from ..canvas.views import seen_size
from ..models import Trained
from ..models.hint_network.loading import Hinted, Seen, load_hinted, stands_on
from ..resize import resize
from .within import TakesHints, Within, listen_within


@dataclass(frozen=True, slots=True)
class Ear:
    """What the network made of one grey picture; each set of hints costs its light half alone."""

    hinted: Hinted
    seen: Seen

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of its answer."""
        return self.seen.mean.shape[2], self.seen.mean.shape[3]

    @torch.inference_mode()
    def hear(
        self, automatic: Float[Tensor, "1 2 h w"], told: GaussianBelief
    ) -> Float[Tensor, "1 2 h w"]:
        """The automatic colours changed by what is told, all on its grid."""
        return self.hinted.answer(self.seen, automatic, told)


@torch.inference_mode()
def listen(lightness: Float[Tensor, "1 1 H W"], hinted: Hinted, size: int = SIZE) -> Ear:
    """Look at the picture once; L in [0, 100]."""
    seen = resize(lightness, seen_size(lightness.shape[2], lightness.shape[3], size))
    return Ear(hinted, hinted.look(seen))


def ear_for(lightness: Float[Tensor, "1 1 H W"], trained: Trained) -> Ear | Within | None:
    """The network's own, where it takes hints itself; the shipped listener's, where it was trained
    beside this network; else none."""
    if isinstance(trained.model, TakesHints):
        return listen_within(lightness, trained.model)
    hinted = _shipped(trained, str(lightness.device))
    return None if hinted is None else listen(lightness, hinted)


@functools.lru_cache(maxsize=2)
def _shipped(trained: Trained, device: str) -> Hinted | None:
    return load_hinted(trained, device=device) if stands_on(trained) else None
