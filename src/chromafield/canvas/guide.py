"""The field's guide: the picture's lightness, or a learned vector a pixel."""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import WeightsError
from ..fields import Field, Guided
from ..models.sampler.loading import Diverse, load_diverse
from ..models.weights import shipped_path
from ..resize import resize
from ..views.views import field_size

PARTS = ("vae", "structure", "mdn")  # the networks that samples are made by
SIZE = 256  # the networks' input is about SIZE x SIZE pixels, so vectors lie on about 64 x 64


def guide(
    field: Field, lightness: Float[Tensor, "1 1 H W"], grid: tuple[int, int]
) -> Float[Tensor, "1 c h w"]:
    """The field's guide on the grid: lightness, or the shipped networks' embedding."""
    device = str(lightness.device)
    embeds = isinstance(field, Guided) and field.guide == "embedding"
    if not embeds or not has_shipped():
        return resize(lightness, grid)
    return resize(embedding(shipped(device), lightness), grid)


@torch.inference_mode()
def embedding(
    networks: Diverse, lightness: Float[Tensor, "1 1 H W"], size: int = SIZE
) -> Float[Tensor, "1 d h w"]:
    """A vector a pixel, on the networks' own grid."""
    seen = resize(lightness, field_size(lightness.shape[2], lightness.shape[3], size))
    return networks.structure.embed(seen, networks.vae.features(seen))


def has_shipped() -> bool:
    """Whether weights of the structure come with the package."""
    return shipped_path("structure").exists()


@functools.lru_cache(maxsize=2)
def shipped(device: str) -> Diverse:
    """The networks whose weights come with the package.

    Raises:
        WeightsError: they are missing or damaged.
    """
    if missing := [name for name in PARTS if not shipped_path(name).exists()]:
        raise WeightsError(
            f"Samples need networks that this package comes without: {', '.join(missing)}. Train "
            f"them with `chromafield train {missing[0]}`, and use `colorize --samples --model`."
        )
    return load_diverse(device=device)
