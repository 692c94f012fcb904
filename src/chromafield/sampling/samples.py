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
from ..defaults import SPREAD
from ..errors import BadValue
from ..fields import Field
from ..fields.gcrf import Config, GaussianCRF
from ..models.sampler.loading import Diverse, Plain
from ..models.sampler.mdn import DRAWS
from ..models.sampler.vae import Features
from ..resize import resize
from ..views.views import input_size


@dataclass(frozen=True)
class Sampling:
    """The settings of samples; equal settings and weights give equal pictures."""

    count: int = 8
    seed: int = 0
    draw: str = "sample"  # or "means": the mixture's own, heaviest first
    size: int = SIZE  # the networks' input is about size x size pixels
    told: float = 1.0  # the share of decoded pixels that are in the field's unary term
    spread: float = SPREAD  # ab units: standard deviation of the decoded colours
    prior: str = ""  # a network; its belief multiplies that of each code

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
class Codes:
    """A picture's codes, and the features that their colours are decoded with."""

    grey: Features
    seen: Float[Tensor, "1 1 h w"]  # lightness at the networks' input size
    codes: Float[Tensor, "n z"]


@torch.inference_mode()
def draw(
    lightness: Float[Tensor, "1 1 H W"], networks: Diverse | Plain, sampling: Sampling
) -> Codes:
    """Draw codes for a picture.

    Raises:
        BadValue: more means than the mixture has, or a size outside its range.
    """
    seen = resize(lightness, input_size(lightness.shape[2], lightness.shape[3], sampling.size))
    grey = networks.vae.features(seen)
    random = torch.Generator().manual_seed(sampling.seed)
    codes = networks.mdn(grey).draw(sampling.count, sampling.draw, random)[0]
    return Codes(grey, seen, codes)


@torch.inference_mode()
def samples(
    lightness: Float[Tensor, "1 1 H W"],
    networks: Diverse,
    sampling: Sampling,
    field: Field | None = None,
    prior: GaussianBelief | None = None,
) -> Iterator[Canvas]:
    """Make a canvas for each sample; hints can be added to it.

    Args:
        lightness: [0, 100], on the networks' device.
        field: the field; the fully connected one by default.
        prior: what is believed of the picture before any code, on any grid.

    Raises:
        BadValue: as `draw`.
    """
    field = field or GaussianCRF(Config())
    drawn = draw(lightness, networks, sampling)
    prepared = field.prepare(networks.structure.embed(drawn.seen, drawn.grey))
    known = _precision(drawn.grey.size, sampling).to(lightness)
    for code in drawn.codes:
        mean = networks.vae.decode(code[None], drawn.grey, networks.structure.top)
        belief = GaussianBelief(mean, known)
        if prior is not None:
            belief = belief * prior.on(drawn.grey.size, resize)
        yield Canvas(lightness, belief, field, prepared)


def _precision(grid: tuple[int, int], sampling: Sampling) -> Float[Tensor, "1 1 h w"]:
    """The precision of the decoded colours; 0 at pixels that are not in the unary term."""
    random = torch.Generator().manual_seed(sampling.seed)
    random_shares = torch.rand(1, 1, *grid, generator=random)
    known = (random_shares < sampling.told) | (random_shares == random_shares.min())
    return known.float() / sampling.spread**2


def sample(
    lightness: Float[Tensor, "1 1 H W"], networks: Diverse, seed: int, number: int
) -> Float[Tensor, "1 2 h w"]:
    """The colours, on the networks' grid, of one of the samples that a seed gives, from 1."""
    drawn = list(samples(lightness, networks, Sampling(number, seed)))
    return drawn[-1].solve()
