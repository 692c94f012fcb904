"""Several views of one picture: the network's beliefs at other sizes and in the mirror, averaged.

A network's prediction changes with size and side; the views' average changes less, is nearer to the
truth and costs a pass a view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import Belief, average, regrid
from ..color.palette import gamut_cells
from ..defaults import SIZE, VIEWS
from ..models._blend import Blend
from ..resize import resize
from ..settings import check_value

LONGEST = 32  # the network's longer side is at most this times `size`
MULTIPLE = 32  # pixels: what the networks take without padding


@dataclass(frozen=True, slots=True)
class View:
    scale: float  # of the network's input
    mirrored: bool


@runtime_checkable
class Particular(Protocol):
    """A network with fixed sides, or with a size of its own."""

    @property
    def sides(self) -> tuple[int, int] | None: ...

    @property
    def size(self) -> int: ...


# The first n are taken, at most `VIEW_LIMIT`: a mirror image before another size.
ORDER = (View(1.0, False), View(1.0, True), View(0.8, False), View(0.8, True))


def predict(
    model: nn.Module, lightness: Float[Tensor, "b 1 H W"], size: int = SIZE, views: int = VIEWS
) -> Belief:
    """Predict the belief of pictures of one size, on the grid of the first view.

    Args:
        lightness: [0, 100], on the model's device.
        size: the network's input is about size x size pixels; see `input_size`.
        views: the number of views that are averaged, 1 to 4.

    Raises:
        BadValue: a size or a number of views outside its range.
    """
    check_value("views", views)
    beliefs = [_predict(model, lightness, size, view) for view in ORDER[:views]]
    return average(beliefs, gamut_cells().to(lightness), resize) if views > 1 else beliefs[0]


def _predict(
    model: nn.Module, lightness: Float[Tensor, "b 1 H W"], size: int, view: View
) -> Belief:
    """Predict the belief of one view; of a blend, each member at its own input size."""
    if isinstance(model, Blend):
        return model.average([_predict(member, lightness, size, view) for member in model.members])
    seen = resize(lightness, _sides(model, lightness, size, view.scale))
    belief: Belief = regrid(model(seen.flip(-1)), _flip) if view.mirrored else model(seen)
    return belief


def _sides(
    model: nn.Module, lightness: Float[Tensor, "b 1 H W"], size: int, scale: float
) -> tuple[int, int]:
    """Height and width of a network's input; some networks have sides or a size of their own."""
    height, width = lightness.shape[2:]
    if not isinstance(model, Particular):
        return input_size(height, width, size, scale)
    return model.sides or input_size(height, width, model.size or size, scale)


def input_size(height: int, width: int, size: int, scale: float = 1.0) -> tuple[int, int]:
    """Height and width of the network's input.

    It has about (scale * size)**2 pixels at the picture's aspect. Each side is a multiple of 32, as
    in training, since a padded side misleads the network.

    Raises:
        BadValue: the size is outside its range.
    """
    check_value("size", size)
    factor = scale * size / (height * width) ** 0.5
    limit = float(LONGEST * size)
    return _whole(min(height * factor, limit)), _whole(min(width * factor, limit))


def field_size(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width of the input of networks whose answers a fully connected field works on.

    As `input_size`, but of at most about size**2 pixels also where a side is too short for the
    picture's aspect: the field's work grows with their square.

    Raises:
        BadValue: the size is outside its range.
    """
    found = input_size(height, width, size)
    if size < MULTIPLE or min(height, width) * size / (height * width) ** 0.5 >= MULTIPLE:
        return found
    longest = _whole(size**2 / MULTIPLE)
    return min(found[0], longest), min(found[1], longest)


def _whole(side: float) -> int:
    return max(round(side / MULTIPLE), 1) * MULTIPLE


def _flip(x: Tensor) -> Tensor:
    return torch.flip(x, (-1,))
