"""What a person gives, carried on: colours given to some pixels change those that go with them.

Two guesses are made and averaged, since they err in different ways:

    heard    automatic + trust * (what a network that listens makes of automatic and the marks
             - automatic); where none listens, automatic + F(told - automatic), how far it is off
    spread   average + F(told - average), the marks' colours alone; their average where none reach
    x = heard + u / 2 (spread - heard),   u = F(1),   trust = u / (u + REACH (1 - mean u))

F is the fully connected field's answer to what is told at the marks, 0 elsewhere if pixels do not
go together with marked ones. So u says of each pixel how much marks have to do with it, from 0 to
1, and a hint changes what it is about alone: the network by itself lets a mark on a cup colour the
table. The more of the picture marks speak for, the more is it trusted where they do not. Without
hints the picture is the automatic one. A field of the canvas that spreads colours at full size then
has the last word; see `finish`.

References:
    Messaoud, Forsyth and Schwing, 2018, section 4, for edits by the field; the average is ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.canvas import Canvas, grid_size
from ..canvas.given import PRECISION, GivenColors
from ..canvas.guide import guide, shipped
from ..canvas.upsample import colour_strips
from ..fields import Tie
from ..fields.gcrf import Config, GaussianCRF, Prepared
from ..resize import resize
from ..sampling.samples import sample
from .document import Hints, Sample
from .network import Ear
from .raster import covered, draw_marks, draw_ties
from .refine import finish, finishes
from .within import Within

REACH = 0.1  # the u at which a first mark's change by the network is half believed


@dataclass(frozen=True)
class Carrier:
    """A picture made ready for hints; each set of them costs one solve, or two with ties."""

    lightness: Float[Tensor, "1 1 H W"]
    own: Float[Tensor, "1 2 i j"]  # the automatic colours, ab, on the canvas's own grid
    automatic: Float[Tensor, "1 2 h w"]  # the same on the field's grid
    solver: GaussianCRF
    prepared: list[Prepared]
    ear: Ear | Within | None = None  # of the network that listens, where there is one
    last: Canvas | None = None  # with a field that finishes, where it is asked for
    kept: dict[Sample, Tensor] = field(default_factory=dict)  # samples, as they were asked for

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
        colours = self._carried(told) if known else self.automatic
        if not ties:
            return colours
        # Where regions are tied and no colour is given, the automatic colours are what is known.
        precision = told.precision if known else torch.ones_like(told.precision)
        moved = self._field(
            torch.zeros_like(colours), precision, [_relative(tie, colours) for tie in ties]
        )
        return colours + moved

    def _carried(self, told: GaussianBelief) -> Float[Tensor, "1 2 h w"]:
        """What is told somewhere, everywhere; see this file's head."""
        average = (told.precision * told.mean).sum((2, 3), True) / told.precision.sum()
        asked = [told.mean - average, torch.ones_like(told.precision)]
        if self.ear is None:
            asked.append(told.mean - self.automatic)
        answer = self._field(torch.cat(asked, dim=1), told.precision)
        spread, marked, off = answer[:, :2] + average, answer[:, 2:3].clamp(0, 1), answer[:, 3:]
        if self.ear is not None:
            trust = marked / (marked + REACH * (1 - marked.mean())).clamp_min(1e-9)
            off = trust * (self.ear.hear(self.automatic, told) - self.automatic)
        colours = torch.lerp(self.automatic + off, spread, marked / 2)
        return torch.lerp(colours, told.mean, (told.precision / PRECISION).clamp(0, 1))

    def _field(
        self, values: Float[Tensor, "1 c h w"], precision: Tensor, ties: Sequence[Tie] = ()
    ) -> Float[Tensor, "1 c h w"]:
        """The field's answer to values of any kind at the marks, since it is linear; 0 where
        pixels go with none."""
        belief = GaussianBelief(values, precision)
        none = (0.0,) * values.shape[1]
        return self.solver.infer(self.prepared, belief, ties, prior=none).unwrap()

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
            WeightsError: the hints ask for samples, and no networks for them are there.
        """
        drawn = self.drawn(hints)
        ab = self._answer(hints, drawn)
        if self.last is not None and drawn.known.any():
            ab = self._finished(self.last, ab, drawn, hints)
        yield from colour_strips(ab, self.lightness, strength, drawn)

    def _finished(
        self, last: Canvas, ab: Tensor, drawn: GivenColors, hints: Hints
    ) -> Float[Tensor, "1 2 i j"]:
        assert finishes(last.field)
        grid = grid_size(last.belief, self.lightness, last.field)
        told = drawn.belief(grid).to(ab)
        lightness, ties = resize(self.lightness, grid), draw_ties(hints, grid)
        return finish(last.field, last.prepared, ab, lightness, told, ties)

    def hinted(self, hints: Hints) -> Float[Tensor, "1 2 h w"]:
        """The colours on the field's grid by these hints; raises as `strips`. On the canvas's own
        grid where they say nothing, so that the picture is the automatic one to the bit."""
        return self._answer(hints, self.drawn(hints))

    def _answer(self, hints: Hints, drawn: GivenColors) -> Float[Tensor, "1 2 h w"]:
        if hints.silent:
            return self.own
        told = drawn.belief(self.grid).to(self.automatic)
        return self._sampled(hints).solve(told, draw_ties(hints, self.grid))

    def _sampled(self, hints: Hints) -> Carrier:
        """The same picture, with samples for its automatic colours where the hints ask for them."""
        automatic = self.automatic
        if hints.sample is not None:
            automatic = self._sample(*hints.sample)
        for mark in hints.marks:
            if mark.sample is not None:
                share = covered(mark, self.grid).to(automatic)
                automatic = torch.lerp(automatic, self._sample(*mark.sample), share)
        return replace(self, automatic=automatic)

    def _sample(self, seed: int, number: int) -> Float[Tensor, "1 2 h w"]:
        if (seed, number) not in self.kept:
            networks = shipped(str(self.lightness.device))
            drawn = sample(self.lightness, networks, seed, number)
            self.kept[seed, number] = resize(drawn, self.grid)
        return self.kept[seed, number]

    def drawn(self, hints: Hints) -> GivenColors:
        """The hints' marks on the picture.

        Raises:
            DataError, PictureError: a picture that the hints name cannot be read.
        """
        return draw_marks(hints, (self.lightness.shape[2], self.lightness.shape[3]))

    @torch.inference_mode()
    def over(self, canvas: Canvas) -> Carrier:
        """The same picture on another canvas's automatic colours, of the same network; where its
        grid is the same, the field is ready already."""
        if not self.ear and grid_size(canvas.belief, canvas.lightness, self.solver) != self.grid:
            return make_carrier(canvas)
        own = canvas.solve()
        return replace(self, own=own, automatic=resize(own, self.grid), last=_last(canvas))


@torch.inference_mode()
def make_carrier(
    canvas: Canvas, config: Config | None = None, ear: Ear | Within | None = None
) -> Carrier:
    """Prepare the fully connected field for hints on the canvas's automatic colours.

    Args:
        ear: of the network that listens; the field then works on its grid.
    """
    solver = GaussianCRF(config or Config())
    grid = ear.grid if ear else grid_size(canvas.belief, canvas.lightness, solver)
    prepared = solver.prepare(guide(solver, canvas.lightness, grid))
    own = canvas.solve()
    automatic = resize(own, grid)
    return Carrier(canvas.lightness, own, automatic, solver, prepared, ear, _last(canvas))


def _last(canvas: Canvas) -> Canvas | None:
    return canvas if finishes(canvas.field) else None


def _relative(tie: Tie, colours: Float[Tensor, "1 2 h w"]) -> Tie:
    """The tie of how far colours are off that makes the colours themselves equal."""
    row = tie.row((colours.shape[2], colours.shape[3])).to(colours)
    a, b = (-(colours[0].flatten(1) @ row)).tolist()
    return replace(tie, step=(a, b))
