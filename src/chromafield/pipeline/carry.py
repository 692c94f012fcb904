"""What a person gives, carried on: colours given to some pixels change those that go with them.

The automatic colours stand; the field decides on how far they are off. At the marks that is known,
elsewhere it is 0 unless pixels go together with marked ones:

    x = automatic + d,   d = the fully connected field's answer to (told - automatic) at the marks

so that a picture without hints is the automatic one, and a hint changes what it is about alone.

References:
    Messaoud, Forsyth and Schwing, 2018, section 4, for edits by the field; that d and not x is what
    the field is asked for is ours: the field would smooth the automatic colours too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..fields.gcrf import Config, GaussianCRF, Prepared, Tie
from ..image.resize import resize
from .canvas import Canvas, grid_size
from .guides import guide
from .hints import Hints
from .lift import colour_strips
from .marks import Drawn, draw_marks, draw_ties


@dataclass(frozen=True)
class Carrier:
    """A picture made ready for hints; each set of them costs one solve."""

    lightness: Float[Tensor, "1 1 H W"]
    automatic: Float[Tensor, "1 2 h w"]  # ab on the field's grid
    field: GaussianCRF
    prepared: list[Prepared]

    @property
    def grid(self) -> tuple[int, int]:
        return self.automatic.shape[2], self.automatic.shape[3]

    @torch.inference_mode()
    def solve(self, told: GaussianBelief, ties: Sequence[Tie] = ()) -> Float[Tensor, "1 2 h w"]:
        """The colours on the field's grid; the automatic ones where nothing is told or tied.

        Raises:
            SolveError: the field did not converge.
            BadValue: a region that is tied covers nothing.
        """
        known = bool(told.precision.any())
        if not known and not ties:
            return self.automatic
        # Where regions are tied and no colour is given, the automatic colours are what is known.
        precision = told.precision if known else torch.ones_like(told.precision)
        off = told.mean - self.automatic if known else torch.zeros_like(self.automatic)
        found = self.field.infer(
            self.prepared,
            GaussianBelief(off, precision),
            [self._relative(tie) for tie in ties],
            prior=(0.0, 0.0),
        )
        return self.automatic + found.unwrap()

    def strips(
        self, hints: Hints, strength: float = 1.0
    ) -> Iterator[tuple[slice, Float[Tensor, "3 r W"]]]:
        """Rows of the picture in colour, top to bottom; under the marks exactly as told.

        Args:
            strength: 0 leaves the picture grey, 1 is the full colouring.

        Raises:
            SolveError: the field did not converge.
            BadValue: a region that is tied covers nothing.
            DataError, PictureError: a picture that the hints name cannot be read.
        """
        drawn = self.drawn(hints)
        ab = self.solve(drawn.belief(self.grid).to(self.automatic), draw_ties(hints, self.grid))
        yield from colour_strips(ab, self.lightness, strength, drawn)

    def drawn(self, hints: Hints) -> Drawn:
        """The hints' marks on the picture.

        Raises:
            DataError, PictureError: a picture that the hints name cannot be read.
        """
        return draw_marks(hints, (self.lightness.shape[2], self.lightness.shape[3]))

    def _relative(self, tie: Tie) -> Tie:
        """The tie of how far the colours are off that makes the colours themselves equal."""
        row = tie.row(self.grid).to(self.automatic)
        a, b = (-(self.automatic[0].flatten(1) @ row)).tolist()
        return replace(tie, step=(a, b))


@torch.inference_mode()
def make_carrier(canvas: Canvas, config: Config | None = None) -> Carrier:
    """Prepare the fully connected field for hints on the canvas's automatic colours."""
    field = GaussianCRF(config or Config())
    grid = grid_size(canvas.belief, canvas.lightness, field)
    return Carrier(
        canvas.lightness,
        resize(canvas.solve(), grid),
        field,
        field.prepare(guide(field, canvas.lightness, grid)),
    )
