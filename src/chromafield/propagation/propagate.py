"""Propagate given colours: colours given to some pixels change the pixels that are similar to them.

Two predictions are averaged, since they err in different ways:

    changed  automatic + trust * (hint network(automatic, given) - automatic);
             without a hint network, automatic + F(given - automatic)
    spread   average + F(given - average), where average is the mean of the given colours
    x = changed + u / 2 (spread - changed),   u = F(1),   trust = u / (u + REACH (1 - mean u))

F is the fully connected field's solution for values at the marks; it is 0 at pixels that are
similar to no marked pixel. So u is the share, from 0 to 1, that marks have in a pixel's colour, and
it keeps a hint to its object: the hint network alone lets a mark on a cup colour the table. The
more pixels the marks reach, the more the network is trusted at the others. Both know what looks
alike, not what is one thing, so each mark is then kept to its thing; see `reach`. Without hints the
picture is the automatic one. If the canvas's field refines hints at full size, it does so last; see
`refine`.

References:
    Messaoud, Forsyth and Schwing, 2018, section 4, for edits by the field; the average is ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief, as_gaussian
from ..canvas.canvas import Canvas, grid_size
from ..canvas.given import PRECISION, DenseColors, GivenColors
from ..canvas.guide import guide, shipped
from ..canvas.threads import at_once
from ..canvas.upsample import color_strips
from ..fields import EqualMean
from ..fields.gcrf import Config, GaussianCRF, Prepared
from ..hints.colored import Kept, dense_colors, left_of
from ..hints.document import Hints, Sample
from ..hints.raster import covered, draw_equal_means, draw_marks
from ..hints.specks import separate_specks
from ..resize import resize
from ..sampling.samples import sample
from .network import EncodedPicture
from .reach import EncodedReach, GivenMark, contain, split_marks
from .refine import refine, refines_hints
from .within import EncodedWithin

# To measure how near each answer is would take as long as the answer; hints are kept to what they
# reach, and to the given colours at the marks, however near it is.
FAST = Config(accuracy=math.inf)
REACH = 0.1  # the u at which half of the hint network's change for a first mark is applied


@dataclass(frozen=True)
class HintPropagator:
    """A picture made ready for hints; a set of hints costs one solve, or two with equal means."""

    lightness: Float[Tensor, "1 1 H W"]
    own: Float[Tensor, "1 2 i j"]  # the automatic colours, ab, on the canvas's own grid
    automatic: Float[Tensor, "1 2 h w"]  # the same on the field's grid
    precision: Float[Tensor, "1 1 h w"]  # of the network's belief there, 1 / ab^2
    solver: GaussianCRF
    prepared: list[Prepared]
    encoded: EncodedPicture | EncodedWithin | None = None  # for the hint network, if there is one
    reach: EncodedReach | None = None  # for the maps of what marks reach, if there are weights
    refining: Canvas | None = None  # the canvas, if its field refines hints
    kept: dict[Sample, Tensor] = field(default_factory=dict)  # samples on the grid, once used
    taken: Kept = field(default_factory=dict)  # colours of coloured versions, once used

    @property
    def grid(self) -> tuple[int, int]:
        return self.automatic.shape[2], self.automatic.shape[3]

    @torch.inference_mode()
    def solve(
        self,
        belief: GaussianBelief,
        equal_means: Sequence[EqualMean] = (),
        marks: Sequence[GivenMark] = (),
    ) -> Float[Tensor, "1 2 h w"]:
        """Solve for the colours on the field's grid; without hints they are the automatic ones.

        Args:
            belief: the given colours; precision 0 where none is given.
            equal_means: pairs of regions that share one average colour.
            marks: of the given colours, to keep each to what it reaches; with none, any given
                colour reaches all that is similar.

        Raises:
            SolveError: the field did not converge.
            BadValue: a region of a pair covers nothing.
        """
        known = bool(belief.precision.any())
        if not known and not equal_means:
            return self.automatic
        colors = self._propagate(belief, marks) if known else self.automatic
        if not equal_means:
            return colors
        # With equal means and no given colour, the automatic colours count as given everywhere.
        precision = belief.precision if known else torch.ones_like(belief.precision)
        moved = self._field(
            torch.zeros_like(colors), precision, [_relative(pair, colors) for pair in equal_means]
        )
        return colors + moved

    def _propagate(
        self, belief: GaussianBelief, marks: Sequence[GivenMark]
    ) -> Float[Tensor, "1 2 h w"]:
        """Propagate the given colours to all cells; the formula is at the top of this file."""
        average = (belief.precision * belief.mean).sum((2, 3), True) / belief.precision.sum()
        values = [belief.mean - average, torch.ones_like(belief.precision)]
        if self.encoded is None:
            values.append(belief.mean - self.automatic)
        predicted, (solution, maps) = at_once(
            lambda: self._predicted(belief),
            lambda: (self._field(torch.cat(values, dim=1), belief.precision), self._maps(marks)),
        )
        spread, off = solution[:, :2] + average, solution[:, 3:]
        marked = solution[:, 2:3].clamp(0, 1)
        if predicted is not None:
            trust = marked / (marked + REACH * (1 - marked.mean())).clamp_min(1e-9)
            off = trust * (predicted - self.automatic)
        colors = torch.lerp(self.automatic + off, spread, marked / 2)
        if maps is not None:
            colors = contain(self.automatic, colors, self.precision, marks, maps)
        return torch.lerp(colors, belief.mean, (belief.precision / PRECISION).clamp(0, 1))

    def _predicted(self, belief: GaussianBelief) -> Float[Tensor, "1 2 h w"] | None:
        """The hint network's colours, if there is one."""
        return None if self.encoded is None else self.encoded.predict(self.automatic, belief)

    def _maps(self, marks: Sequence[GivenMark]) -> Float[Tensor, "n h w"] | None:
        """What each mark reaches, on the field's grid; none without weights for that, or marks."""
        if self.reach is None or not marks:
            return None
        return resize(self.reach.maps(marks)[None], self.grid)[0]

    def _field(
        self,
        values: Float[Tensor, "1 c h w"],
        precision: Tensor,
        equal_means: Sequence[EqualMean] = (),
    ) -> Float[Tensor, "1 c h w"]:
        """The field's solution for any values at the marks, since it is linear; 0 at pixels that
        are similar to no marked one."""
        belief = GaussianBelief(values, precision)
        none = (0.0,) * values.shape[1]
        return self.solver.infer(self.prepared, belief, equal_means, prior=none).unwrap()

    def strips(
        self, hints: Hints, strength: float = 1.0
    ) -> Iterator[tuple[slice, Float[Tensor, "3 r W"]]]:
        """Rows of the picture in colour, top to bottom; pixels under marks get the given colour.

        Args:
            strength: 0 leaves the picture grey, 1 is the full colouring.

        Raises:
            SolveError: the field did not converge.
            BadValue: a region of a pair covers nothing.
            DataError, PictureError: a picture that the hints name cannot be read.
            WeightsError: the hints use samples, and the networks for samples are missing.
        """
        given, reaching, found = self._drawn(hints)
        start = self._start(reaching)
        ab = start._ab_of(reaching, found)
        dense = self.dense(hints)
        if dense is not None:
            dense = left_of(dense, start.automatic, ab)
        if self.refining is not None and found.known.any():
            ab = self._refined(self.refining, ab, found, dense, reaching)
        yield from color_strips(ab, self.lightness, strength, given, dense)

    def dense(self, hints: Hints) -> DenseColors | None:
        """The colours of a coloured version, if the hints name one; raises as `dense_colors`."""
        return dense_colors(hints, self.lightness, self.taken)

    def _refined(
        self,
        canvas: Canvas,
        ab: Tensor,
        given: GivenColors,
        dense: DenseColors | None,
        hints: Hints,
    ) -> Float[Tensor, "1 2 i j"]:
        assert refines_hints(canvas.field)
        grid = grid_size(canvas.belief, self.lightness, canvas.field)
        belief = given.belief(grid).to(ab)
        if dense is not None:
            belief = belief * dense.belief(grid).to(ab)
        lightness, equal_means = resize(self.lightness, grid), draw_equal_means(hints, grid)
        return refine(canvas.field, canvas.prepared, ab, lightness, belief, equal_means)

    def colors(self, hints: Hints) -> Float[Tensor, "1 2 h w"]:
        """The colours with these hints on the field's grid; raises as `strips`.

        Empty hints give the automatic colours on the canvas's own grid, equal to the bit.
        """
        _, reaching, found = self._drawn(hints)
        return self._start(reaching)._ab_of(reaching, found)

    def _drawn(self, hints: Hints) -> tuple[GivenColors, Hints, GivenColors]:
        """All given colours; the hints that reach more than their own pixels, and theirs."""
        given = self.given(hints)
        hints, given = separate_specks(hints, given, self.lightness, self.grid)
        reaching = hints.without_bounded
        return given, reaching, given if reaching is hints else self.given(reaching)

    def reached(self, hints: Hints) -> Float[Tensor, "h w"]:
        """The map of what the marks reach together, from 0 to 1; raises as `given`.

        Without weights of the reach network it is 1 wherever anything is marked.
        """
        given = self.given(hints)
        marks = [] if self.reach is None else self._marks(hints, given)
        if self.reach is None or not marks:
            return torch.full(self.grid, float(given.known.any()))
        return self.reach.maps(marks).amax(0).cpu()

    def _marks(self, hints: Hints, given: GivenColors) -> list[GivenMark]:
        assert self.reach is not None
        return split_marks(given, self.reach.grid, [mark.reach for mark in hints.drawn])

    def _ab_of(self, hints: Hints, given: GivenColors) -> Float[Tensor, "1 2 h w"]:
        if hints.empty:
            return self.own
        belief = given.belief(self.grid).to(self.automatic)
        marks = [] if self.reach is None else self._marks(hints, given)
        return self.solve(belief, draw_equal_means(hints, self.grid), marks)

    def _start(self, hints: Hints) -> HintPropagator:
        """The same picture with the automatic colours that the hints name: samples, another's."""
        automatic = self.automatic
        if hints.sample is not None:
            automatic = self._sample(*hints.sample)
        for mark in hints.marks:
            if mark.sample is not None:
                share = covered(mark, self.grid).to(automatic)
                automatic = torch.lerp(automatic, self._sample(*mark.sample), share)
        start = replace(self, automatic=automatic)
        dense = self.dense(hints)
        if dense is None:
            return start
        return replace(start, automatic=start.solve(dense.belief(self.grid).to(automatic)))

    def _sample(self, seed: int, number: int) -> Float[Tensor, "1 2 h w"]:
        if (seed, number) not in self.kept:
            networks = shipped(str(self.lightness.device))
            ab = sample(self.lightness, networks, seed, number)
            self.kept[seed, number] = resize(ab, self.grid)
        return self.kept[seed, number]

    def given(self, hints: Hints) -> GivenColors:
        """Draw the marks of the hints on the picture.

        Raises:
            DataError, PictureError: a picture that the hints name cannot be read.
        """
        return draw_marks(hints, (self.lightness.shape[2], self.lightness.shape[3]))

    @torch.inference_mode()
    def with_canvas(self, canvas: Canvas) -> HintPropagator:
        """The same picture with another canvas's automatic colours, of the same network.

        The prepared field is used again if the grid is the same.
        """
        if (
            not self.encoded
            and grid_size(canvas.belief, canvas.lightness, self.solver) != self.grid
        ):
            return make_propagator(canvas, reach=self.reach)
        own = canvas.solve()
        automatic, precision = resize(own, self.grid), _precision(canvas, self.grid)
        return replace(
            self, own=own, automatic=automatic, precision=precision, refining=_refining(canvas)
        )


@torch.inference_mode()
def make_propagator(
    canvas: Canvas,
    config: Config | None = None,
    encoded: EncodedPicture | EncodedWithin | None = None,
    reach: EncodedReach | None = None,
) -> HintPropagator:
    """Prepare the fully connected field for hints on the canvas's automatic colours.

    Args:
        encoded: the picture encoded for the hint network; the field then works on its grid.
        reach: the picture encoded for the maps of what marks reach.
    """
    solver = GaussianCRF(config or FAST)
    grid = encoded.grid if encoded else grid_size(canvas.belief, canvas.lightness, solver)
    prepared = solver.prepare(guide(solver, canvas.lightness, grid))
    own = canvas.solve()
    return HintPropagator(
        canvas.lightness,
        own,
        resize(own, grid),
        _precision(canvas, grid),
        solver,
        prepared,
        encoded,
        reach,
        _refining(canvas),
    )


def _precision(canvas: Canvas, grid: tuple[int, int]) -> Float[Tensor, "1 1 h w"]:
    """The precision of the network's belief on a grid."""
    return resize(as_gaussian(canvas.belief).precision, grid)


def _refining(canvas: Canvas) -> Canvas | None:
    return canvas if refines_hints(canvas.field) else None


def _relative(pair: EqualMean, colors: Float[Tensor, "1 2 h w"]) -> EqualMean:
    """The constraint on a change of these colours that makes the changed colours' means equal."""
    row = pair.row((colors.shape[2], colors.shape[3])).to(colors)
    a, b = (-(colors[0].flatten(1) @ row)).tolist()
    return replace(pair, step=(a, b))
