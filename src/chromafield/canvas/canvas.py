"""Canvas: the one place where a picture becomes colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..beliefs import Belief, GaussianBelief, Histogram, grid_of, multiply, on_grid, tilt
from ..defaults import SIZE, VIEWS
from ..errors import BadValue
from ..fields import Field
from ..resize import resize
from ..settings import check_value, defaults
from ..views.views import predict
from .guide import guide
from .upsample import color_strips, render
from .vividness import enliven


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours that a person wants more of, and the strength of that wish."""

    histogram: Histogram
    strength: float = defaults["palette_strength"]  # 0: no change; 1: the paper's product

    def __post_init__(self) -> None:
        check_value("palette_strength", self.strength)


@dataclass(frozen=True)
class Canvas:
    """A picture prepared once, so that each new belief costs one solve.

    The slow half (the network, the field's preparation) is done; `solve` and `paint` are the fast
    half. A canvas holds one picture.
    """

    lightness: Float[Tensor, "1 1 H W"]  # the picture's own, [0, 100]
    belief: Belief  # on the field's grid
    field: Field
    prepared: Any

    @torch.inference_mode()
    def decided_by(self, field: Field) -> Canvas:
        """The same picture and belief with another field; this needs no network pass."""
        grid = grid_size(self.belief, self.lightness, field)
        belief = on_grid(self.belief, grid, resize)
        return Canvas(
            self.lightness, belief, field, field.prepare(guide(field, self.lightness, grid))
        )

    @torch.inference_mode()
    def tilted(self, palette: Palette) -> Canvas:
        """The same picture with its belief tilted towards a palette."""
        histogram = palette.histogram.to(self.lightness)
        return replace(self, belief=tilt(self.belief, histogram, palette.strength))

    @torch.inference_mode()
    def solve(self, *given_beliefs: GaussianBelief) -> Float[Tensor, "1 2 h w"]:
        """Solve for the colours on the field's grid.

        Args:
            given_beliefs: further beliefs on that grid, multiplied with the network's.

        Raises:
            SolveError: the field did not converge.
        """
        belief = self.belief
        for given in given_beliefs:
            belief = multiply(belief, given)
        return self.field.infer(self.prepared, belief).unwrap()

    @torch.inference_mode()
    def strips(
        self,
        *given_beliefs: GaussianBelief,
        strength: float = 1.0,
    ) -> Iterator[tuple[slice, Float[Tensor, "3 r W"]]]:
        """Rows of the picture in colour, top to bottom, so that no whole copy is needed.

        Args:
            strength: 0 leaves the picture grey, 1 is the full colouring.
        """
        yield from color_strips(self.solve(*given_beliefs), self.lightness, strength)

    @torch.inference_mode()
    def paint(
        self,
        *given_beliefs: GaussianBelief,
        strength: float = 1.0,
    ) -> Float[Tensor, "3 H W"]:
        """The picture in colour, sRGB in [0, 1]; its lightness is the input's own."""
        return render(self.solve(*given_beliefs), self.lightness, strength)


@torch.inference_mode()
def make_canvas(
    lightness: Float[Tensor, "1 1 H W"],
    model: nn.Module,
    field: Field,
    size: int = SIZE,
    views: int = VIEWS,
    palette: Palette | None = None,
    given_beliefs: Sequence[GaussianBelief] = (),
    vividness: float = 0.0,
) -> Canvas:
    """Run the network and prepare the field.

    Args:
        lightness: [0, 100], on the model's device.
        size: the network's input is about size x size pixels; see `input_size`.
        views: the number of views of the picture that are averaged; see `predict`.
        palette: colours to tilt the belief towards.
        given_beliefs: further beliefs, on any grids, multiplied with the network's.
        vividness: 0, the network's mean, to 2; see `enliven`.

    Raises:
        BadValue: a size, a number of views or a vividness outside its range.
    """
    belief = predict(model, lightness, size, views)
    return finish_canvas(belief, lightness, field, palette, given_beliefs, vividness)


@torch.inference_mode()
def finish_canvas(
    belief: Belief,
    lightness: Float[Tensor, "1 1 H W"],
    field: Field,
    palette: Palette | None = None,
    given_beliefs: Sequence[GaussianBelief] = (),
    vividness: float = 0.0,
) -> Canvas:
    """Make a canvas from the network's belief; see `make_canvas`."""
    check_value("vividness", vividness)
    belief = enliven(belief, vividness)
    for given in given_beliefs:
        belief = multiply(belief, given.on(grid_of(belief), resize))
    canvas = Canvas(lightness, belief, field, None)
    if palette is not None:
        canvas = canvas.tilted(palette)
    return canvas.decided_by(field)


def grid_size(belief: Belief, lightness: Float[Tensor, "1 1 H W"], field: Field) -> tuple[int, int]:
    """Height and width of the grid that the field works on."""
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
