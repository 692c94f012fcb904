"""gcrf: the second paper's fully connected Gaussian field; similar pixels share a colour anywhere.

    E(x) = 1/2 |(I - S) x|^2 + 1/2 sum_i beta_i |x_i - m_i|^2 + 1/2 ridge sum_i |x_i - prior|^2
    beta_i = tau^2 p_i, m and p the belief's mean and precision

S is the row-softmax of the inner products of an embedding (see `_affinity`): each pixel is the
average of the pixels similar to it, over all of the picture. The minimum solves one linear system,

    A x = beta m + ridge prior,   A = (I - S)'(I - S) + diag(beta + ridge)

for a and b alike. Without any precision A is singular (constants have no energy), which is an
error. With precision at one pixel alone the exact minimum (ridge 0) is that pixel's colour
everywhere. The ridge keeps regions without any belief from going far beyond all hints; its prior is
the hints' own average.

A guide of one channel is taken for lightness, with Gaussian affinities of lightness and position;
any other guide is an embedding, used as it is.

Two regions may share one average colour, a linear constraint in the same system: x moves along
A^-1 c until c . x = 0.

Three solvers have one solution: `dense` factorises A (as in the paper), `cg` never stores S,
`low-rank` keeps a few directions of S; with `exact` those only speed up the conjugate gradients.
Each says how near it is by the true residual |b - A x| / |b|, S as it is. Where `low-rank` may be
farther from the solution than `accuracy` it solves anew as with `exact`: with few known pixels and
no ridge, or an embedding of long vectors.

Infinite precision fixes a pixel's colour; its row is eliminated.

References:
    Messaoud, Forsyth and Schwing, 2018, Equations 3 to 6 (its B and C carry a factor of 2 too many;
    Equation 6 is right).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import Belief, as_gaussian, checked
from ..errors import BadValue, SolveError
from ._affinity import Affinity, Stored, gaussian_offset, make_affinity
from ._checks import check_guide
from ._equal_mean import EqualMean, with_equal_means
from ._low_rank import LowRank, find_range, invert
from ._result import Result, Solution
from ._system import (
    Approximate,
    Iterative,
    Limits,
    LinearSolution,
    System,
    apply_system,
    dense_system,
    iterative_system,
)

SOLVERS = ("auto", "dense", "cg", "low-rank")
DENSE_PIXELS = 1024  # `auto` factorises up to here
STORED_PIXELS = 5120  # S is kept up to here: 100 MB, and twice that while an answer is exact
SPARSE = 0.05  # share of known pixels below which double precision is needed


@dataclass(frozen=True)
class Config:
    tau: float = 3.2  # ab units: beta = tau^2 p, 0.1 for a network sure to 10 units
    ridge: float = 1e-3  # towards the prior; 0 is the literal paper
    solver: str = "auto"  # dense for small grids, else low-rank
    rank: int = 192  # directions of S that low-rank keeps
    exact: bool = False  # low-rank only speeds up exact conjugate gradients
    contrast: float = 6.0  # L units: lightness steps that count as one, for guides of one channel
    spread: float = 0.15  # of the picture's longer side: distance that counts as one, likewise
    steps: int = 500  # of conjugate gradients, at most
    tolerance: float = 1e-6  # of the residual, relative to the right-hand side
    accuracy: float = 2.0  # ab units (RMS): farther off, low-rank becomes exact; inf: unmeasured
    grid: int | str = 4096  # about 64 x 64

    def __post_init__(self) -> None:
        if self.solver not in SOLVERS:
            raise BadValue(f"The solver is {self.solver!r}; it is one of {', '.join(SOLVERS)}.")
        positive = (self.tau, self.rank, self.contrast, self.spread, self.steps, self.tolerance)
        if min(positive) <= 0 or min(self.ridge, self.accuracy) < 0:
            raise BadValue(
                f"tau ({self.tau}), rank ({self.rank}), contrast ({self.contrast}), spread "
                f"({self.spread}), steps ({self.steps}) and tolerance ({self.tolerance}) must be "
                f"above 0, ridge ({self.ridge}) and accuracy ({self.accuracy}) not below."
            )


@dataclass(frozen=True, slots=True)
class Prepared:
    """What depends on one picture alone."""

    affinity: Affinity
    dense: Float[Tensor, "p p"] | None = None  # (I - S)'(I - S), for the dense solver
    low: LowRank | None = None
    low_double: LowRank | None = None  # the same in double precision, for sparse beliefs
    stored: Stored | None = None  # S in double precision, for `exact` on small grids


class GaussianCRF:
    guide = "embedding"  # what the canvas shows it, where it has one

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, guide: Float[Tensor, "b c h w"]) -> list[Prepared]:
        """Each picture's affinities, and what its solver can do ahead of any belief."""
        check_guide(guide)
        # Apple's GPUs have no double precision, which few known pixels need.
        home = guide.cpu() if guide.device.type == "mps" else guide
        return [self._prepare_one(one) for one in home]

    def infer(
        self,
        prepared: list[Prepared],
        belief: Belief,
        equal_means: Sequence[EqualMean] = (),
        prior: Sequence[float] | None = None,
    ) -> Solution:
        """The colours of least energy.

        Returns:
            `residual` is |b - A x| / |b|, the largest of all channels and pictures.

        Args:
            equal_means: pairs of regions of the grid whose average colours are tied.
            prior: what the ridge pulls to, one value a channel; by default the average of what is
                told.

        Raises:
            SolveError: a picture of which the belief says nothing, and no prior is given.
            BadValue: a tie's region is empty or of another size.
        """
        unary = as_gaussian(checked(belief))
        ends = [
            self._solve_one(one, unary.mean[i], unary.precision[i, 0], equal_means, prior)
            for i, one in enumerate(prepared)
        ]
        results = [end.result for end in ends]
        result = next((r for r in results if r is not Result.CONVERGED), Result.CONVERGED)
        return Solution(
            torch.stack([end.x.T.reshape(unary.mean.shape[1:]) for end in ends]).to(unary.mean),
            result,
            max(end.steps for end in ends),
            max(end.residual for end in ends),
        )

    def variance(self, prepared: list[Prepared], belief: Belief) -> Float[Tensor, "b h w"]:
        """How unsure the field is of each pixel's a, and of its b: the variance of the density
        exp(-E), in ab units squared (Equation 5).

        Raises:
            SolveError: a picture of which the belief says nothing.
            BadValue: the solver is `cg`, which has no inverse to look at.
        """
        unary = as_gaussian(checked(belief))
        maps = []
        for i, one in enumerate(prepared):
            own, _ = self._weights(one, unary.mean[i], unary.precision[i, 0])
            system = self._system(one, own, exact=False)
            if isinstance(system, Iterative):
                raise BadValue("Conjugate gradients know no variance. Choose another solver.")
            # The energy counts colours in units of tau: beta is tau^2 p.
            own_variance = torch.where(own.isinf(), 0.0, system.diagonal())
            maps.append(self.config.tau**2 * own_variance.reshape(unary.mean.shape[2:]))
        return torch.stack(maps).to(unary.mean)

    def residual(
        self, prepared: list[Prepared], belief: Belief, x: Float[Tensor, "b 2 h w"]
    ) -> Float[Tensor, "b 2 h w"]:
        """b - A x of an answer, with S as it is: by it a low-rank answer's distance is bounded."""
        unary = as_gaussian(checked(belief))
        parts = []
        for i, one in enumerate(prepared):
            own, right = self._weights(one, unary.mean[i], unary.precision[i, 0])
            affinity = one.affinity.double() if own.dtype == torch.float64 else one.affinity
            fixed = torch.where(own.isinf()[:, None], right, 0.0)
            right = self._less_fixed(one, own, right)
            ahead = apply_system(affinity, own)(x[i].flatten(1).T.to(own) - fixed)
            parts.append((right - ahead).T.reshape(x.shape[1:]))
        return torch.stack(parts).to(x)

    def _prepare_one(self, guide: Float[Tensor, "c h w"]) -> Prepared:
        affinity = self._affinity(guide)
        pixels = len(affinity.embedding)
        match self._solver(pixels):
            case "dense":
                double = affinity.double()
                away = torch.eye(pixels).to(double.embedding) - double.dense()
                return Prepared(affinity, dense=away.T @ away)
            case "low-rank":
                kept = affinity.keeping() if pixels <= STORED_PIXELS else affinity
                low = find_range(kept, self.config.rank)
                if math.isfinite(self.config.accuracy):  # each answer is measured, by S
                    affinity = kept
                stored = None
                if self.config.exact and pixels <= STORED_PIXELS:
                    stored = affinity.stored()
                return Prepared(affinity, low=low, low_double=low.double(), stored=stored)
        return Prepared(affinity)

    def _affinity(self, guide: Float[Tensor, "c h w"]) -> Affinity:
        if len(guide) > 1:
            embedding = guide.flatten(1).T.contiguous()
            return make_affinity(embedding, torch.zeros_like(embedding[:, 0]))
        embedding = self._embed(guide)
        return make_affinity(embedding, gaussian_offset(embedding))

    def _embed(self, lightness: Float[Tensor, "1 h w"]) -> Float[Tensor, "p 3"]:
        """Lightness and place, in units of what counts as one step of each."""
        h, w = lightness.shape[1:]
        unit = self.config.spread * max(h, w)
        y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        place = torch.stack([y, x]).to(lightness) / unit
        return torch.cat([lightness / self.config.contrast, place]).flatten(1).T.contiguous()

    def _solver(self, pixels: int) -> str:
        if self.config.solver != "auto":
            return self.config.solver
        return "dense" if pixels <= DENSE_PIXELS else "low-rank"

    def _solve_one(
        self,
        one: Prepared,
        mean: Float[Tensor, "c h w"],
        precision: Float[Tensor, "h w"],
        equal_means: Sequence[EqualMean],
        prior: Sequence[float] | None,
    ) -> LinearSolution:
        own, right = self._weights(one, mean, precision, prior)
        system = self._system(one, own, self.config.exact)
        fixed = own.isinf()[:, None]
        free = system.solve(self._less_fixed(one, own, right))
        if bool(fixed.any()):
            free = replace(free, x=torch.where(fixed, right.to(free.x), free.x))
        if not equal_means:
            return free
        solutions = [free]
        if isinstance(system, Approximate) and free.steps:  # it was too far off
            system = self._exact(one, own)

        def solve(columns: Float[Tensor, "p k"]) -> Float[Tensor, "p k"]:
            if not columns.shape[1]:  # all pairs follow from others
                return columns
            solutions.append(system.solve(torch.where(fixed, 0.0, columns)))
            return solutions[-1].x.to(columns)

        x = with_equal_means(free.x, solve, equal_means, mean.shape[1:])
        worst = next((a.result for a in solutions if a.result is not Result.CONVERGED), free.result)
        steps, residual = max(a.steps for a in solutions), max(a.residual for a in solutions)
        return LinearSolution(x, worst, steps, residual)

    def _system(
        self,
        one: Prepared,
        own: Float[Tensor, " p"],
        exact: bool,
    ) -> System:
        """A, ready to solve."""
        if one.dense is not None:
            return dense_system(one.dense, own, self.config.tolerance)
        double = own.dtype == torch.float64
        low = one.low_double if double else one.low
        if low is not None and not exact:
            single = one.affinity.embedding
            apply = apply_system(one.affinity, own.to(single))
            return Approximate(
                invert(low, own),
                lambda v: apply(v.to(single)).to(v),
                lambda: self._exact(one, own),
                self.config.accuracy,
            )
        if one.stored is not None:
            return self._exact(one, own)
        limits = Limits(self.config.steps, self.config.tolerance)
        affinity = one.affinity.double() if double else one.affinity
        return iterative_system(affinity, low, own, limits)

    def _exact(self, one: Prepared, own: Float[Tensor, " p"]) -> Iterative:
        """Conjugate gradients in double precision."""
        limits = Limits(self.config.steps, self.config.tolerance)
        affinity: Affinity | Stored | None = one.stored
        if affinity is None:
            few = len(own) <= STORED_PIXELS
            affinity = one.affinity.stored() if few else one.affinity.double()
        return iterative_system(affinity, one.low_double, own.double(), limits)

    @staticmethod
    def _less_fixed(
        one: Prepared, own: Float[Tensor, " p"], right: Float[Tensor, "p c"]
    ) -> Float[Tensor, "p c"]:
        """b without what fixed colours pull, which is known; 0 in their own rows."""
        fixed = own.isinf()[:, None]
        if not bool(fixed.any()):
            return right
        known = torch.where(fixed, right, 0.0)
        affinity = one.affinity.double() if own.dtype == torch.float64 else one.affinity
        pull = apply_system(affinity, torch.zeros_like(own))(known)
        return torch.where(fixed, 0.0, right - pull)

    def _weights(
        self,
        one: Prepared,
        mean: Float[Tensor, "c h w"],
        precision: Float[Tensor, "h w"],
        prior: Sequence[float] | None = None,
    ) -> tuple[Float[Tensor, " p"], Float[Tensor, "p c"]]:
        """What pulls each pixel by itself, and b, which is the colour itself where that is
        infinite; in double precision where little is known."""
        beta = self.config.tau**2 * precision.flatten().to(one.affinity.embedding)
        known = beta > 0
        if not bool(known.any()) and (prior is None or self.config.ridge == 0):
            raise SolveError(
                "Nothing is known of the picture's colours, so every colour fits as well. Give the "
                "field a hint or a network's belief."
            )
        if one.dense is not None or float(known.float().mean()) < SPARSE:
            beta = beta.double()
        unary = mean.flatten(1).T.to(beta)
        exact = beta.isinf()
        weight = exact.to(beta) if bool(exact.any()) else beta
        if prior is None:
            pull = (weight[:, None] * unary).sum(0) / weight.sum()
        else:
            pull = torch.tensor(prior).to(beta)
        own = beta + self.config.ridge
        right = torch.where(exact, 0.0, beta)[:, None] * unary + self.config.ridge * pull
        return own, torch.where(exact[:, None], unary, right)


# Clauses of the fields' contract that do not hold here, and why.
EXCEPTIONS = {"certain": "a pixel's likes always pull, however sure it is"}

build = GaussianCRF
