"""Many colourings of a picture, each of one piece: codes drawn, decoded, decided by the field.

The field's half that depends on the picture alone is prepared once and shared by all samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.canvas import Canvas
from ..canvas.guide import SIZE
from ..canvas.views import seen_size
from ..defaults import SPREAD
from ..errors import BadValue
from ..fields import Field
from ..fields.gcrf import Config, GaussianCRF
from ..models.sampler.loading import Diverse, Plain
from ..models.sampler.mdn import DRAWS
from ..models.sampler.vae import Features
from ..resize import resize


@dataclass(frozen=True)
class Sampling:
    """What is drawn, and how; equal settings and weights give equal pictures."""

    count: int = 8
    seed: int = 0
    draw: str = "sample"  # or "means": the mixture's own, heaviest first
    size: int = SIZE  # the networks see about size x size pixels
    told: float = 1.0  # the share of decoded pixels that the field is told
    spread: float = SPREAD  # ab units: how far the decoded colours are trusted

    def __post_init__(self) -> None:
        if self.count < 1:
            raise BadValue(f"The number of samples is {self.count}; it must be at least 1.")
        if self.draw not in DRAWS:
            raise BadValue(f"Codes are drawn by {' or '.join(DRAWS)}, not by {self.draw!r}.")
        if not 0 < self.told <= 1 or not self.spread > 0:
            raise BadValue(
                f"The told share ({self.told}) goes from above 0 to 1, and the spread "
                f"({self.spread}) must be above 0."
            )


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture's codes, and what their colours are decoded with."""

    grey: Features
    seen: Float[Tensor, "1 1 h w"]  # what the networks saw
    codes: Float[Tensor, "n z"]


@torch.inference_mode()
def draw(
    lightness: Float[Tensor, "1 1 H W"], networks: Diverse | Plain, sampling: Sampling
) -> Drawn:
    """Codes for the picture.

    Raises:
        BadValue: more means than the mixture has, or a size outside its range.
    """
    seen = resize(lightness, seen_size(lightness.shape[2], lightness.shape[3], sampling.size))
    grey = networks.vae.look(seen)
    random = torch.Generator().manual_seed(sampling.seed)
    codes = networks.mdn(grey).draw(sampling.count, sampling.draw, random)[0]
    return Drawn(grey, seen, codes)


@torch.inference_mode()
def samples(
    lightness: Float[Tensor, "1 1 H W"],
    networks: Diverse,
    sampling: Sampling,
    field: Field | None = None,
) -> Iterator[Canvas]:
    """A canvas a sample, which may be painted, and told more.

    Args:
        lightness: [0, 100], on the networks' device.
        field: what decides; the fully connected one by default.

    Raises:
        BadValue: as `draw`.
    """
    field = field or GaussianCRF(Config())
    drawn = draw(lightness, networks, sampling)
    prepared = field.prepare(networks.structure.embed(drawn.seen, drawn.grey))
    known = _told(drawn.grey.size, sampling).to(lightness)
    for code in drawn.codes:
        mean = networks.vae.decode(code[None], drawn.grey, networks.structure.top)
        yield Canvas(lightness, GaussianBelief(mean, known), field, prepared)


def _told(grid: tuple[int, int], sampling: Sampling) -> Float[Tensor, "1 1 h w"]:
    """The precision of the decoded colours: all alike, or 0 where the field is not told them."""
    random = torch.Generator().manual_seed(sampling.seed)
    places = torch.rand(1, 1, *grid, generator=random)
    known = (places < sampling.told) | (places == places.min())
    return known.float() / sampling.spread**2


def sample(
    lightness: Float[Tensor, "1 1 H W"], networks: Diverse, seed: int, number: int
) -> Float[Tensor, "1 2 h w"]:
    """The colours, on the networks' grid, of one of the samples that a seed gives, from 1."""
    drawn = list(samples(lightness, networks, Sampling(number, seed)))
    return drawn[-1].solve()
