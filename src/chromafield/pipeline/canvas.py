"""Canvas: the one place where a picture becomes colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import Belief, GaussianBelief, grid_of, join, regrid
from ..color import fit_gamut, lab_to_rgb
from ..defaults import SIZE
from ..errors import BadValue
from ..fields import Field
from ..image.resize import resize
from .lift import lift

LONGEST = 32  # the network's longer side is at most this times `size`


@dataclass(frozen=True)
class Canvas:
    """A picture made ready once, so that each new opinion costs one solve.

    The slow half (network, the field's view of the picture) is done; `solve` and `paint` are the
    fast half. One picture at a time.
    """

    lightness: Float[Tensor, "1 1 H W"]  # the picture's own, [0, 100]
    belief: Belief  # on the field's grid
    field: Field
    prepared: Any

    @torch.inference_mode()
    def solve(self, *opinions: GaussianBelief) -> Float[Tensor, "1 2 h w"]:
        """The field's colours on its own grid, the network's belief joined with the opinions.

        Raises:
            SolveError: the field did not converge.
        """
        belief = self.belief
        for opinion in opinions:
            belief = join(belief, opinion)
        return self.field.infer(self.prepared, belief).unwrap()

    @torch.inference_mode()
    def strips(
        self, *opinions: GaussianBelief, strength: float = 1.0
    ) -> Iterator[tuple[slice, Float[Tensor, "3 r W"]]]:
        """Rows of the picture in colour, top to bottom, so that no whole copy is needed.

        Args:
            strength: 0 leaves the picture grey, 1 is the full colouring.
        """
        factor = torch.tensor([1.0, strength, strength], device=self.lightness.device)
        for rows, lab in lift(self.solve(*opinions), self.lightness).strips():
            yield rows, lab_to_rgb(fit_gamut(lab * factor[:, None, None]))[0].clamp(0, 1)

    def paint(self, *opinions: GaussianBelief, strength: float = 1.0) -> Float[Tensor, "3 H W"]:
        """The picture in colour, sRGB in [0, 1]; its lightness is the input's own."""
        strips = [strip for _, strip in self.strips(*opinions, strength=strength)]
        return torch.cat(strips, dim=1)


@torch.inference_mode()
def make_canvas(
    lightness: Float[Tensor, "1 1 H W"], model: nn.Module, field: Field, size: int = SIZE
) -> Canvas:
    """Run the network and prepare the field.

    Args:
        lightness: [0, 100], on the model's device.
        size: the network sees the picture at about size x size pixels, aspect kept.

    Raises:
        BadValue: the size is below 1.
    """
    belief = model(resize(lightness, seen_size(lightness.shape[2], lightness.shape[3], size)))
    grid = grid_size(belief, lightness, field)
    if grid != grid_of(belief):
        belief = regrid(belief, lambda x: resize(x, grid))
    return Canvas(lightness, belief, field, field.prepare(resize(lightness, grid)))


def seen_size(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width of what the network sees: size**2 pixels at the picture's aspect."""
    if size < 1:
        raise BadValue(f"The size is {size}; it must be at least 1 pixel (default {SIZE}).")
    scale = size / (height * width) ** 0.5
    most = LONGEST * size
    return (
        min(max(round(height * scale), 1), most),
        min(max(round(width * scale), 1), most),
    )


def grid_size(belief: Belief, lightness: Float[Tensor, "1 1 H W"], field: Field) -> tuple[int, int]:
    """Height and width of the grid the field asks to work on."""
    height, width = lightness.shape[2:]
    match field.config.grid:
        case "network":
            return grid_of(belief)
        case "full":
            return height, width
        case int(pixels) if pixels > 0:
            scale = min((pixels / (height * width)) ** 0.5, 1.0)
            return max(round(height * scale), 1), max(round(width * scale), 1)
    raise BadValue(
        f"A field's grid is {field.config.grid!r}; it is 'network', 'full' or a number of pixels."
    )
