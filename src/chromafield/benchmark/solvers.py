"""The fully connected field's solvers: seconds to prepare and a stroke, memory, distance to truth.

One picture's learned embedding at 32 x 32, 64 x 64 and 128 x 128. The dense float64 answer is the
truth where it can be had; elsewhere the residual bounds the distance from it by
|x - x~| <= |b - A x~| / l, with l the least weight that pulls a pixel by itself. Last, a whole
picture of one megapixel, decided on 64 x 64 and upsampled along its edges.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..beliefs import GaussianBelief
from ..canvas.canvas import Canvas
from ..canvas.guide import embedding
from ..canvas.threads import threads
from ..canvas.upsample import render
from ..color import UNIT, rgb_to_lab
from ..data.synthetic import scene
from ..fields.gcrf import Config, GaussianCRF
from ..models.sampler.loading import load_diverse
from ..resize import shrink
from .memory import growth, peak
from .timing import Timing, repeat

SIDES = (32, 64, 128)
DENSE_SIDE = 64  # the largest whose system is factorised
SHARES = (1.0, 0.1, 0.01)  # of the pixels that are known
CELL = 4  # pixels that the networks see a cell of the field
WHOLE = 1000  # pixels a side of the whole picture; its field has 64 x 64 cells
CASES: dict[str, dict[str, object]] = {
    "dense": {"solver": "dense"},
    "conjugate gradients": {"solver": "cg"},
    "low rank": {"solver": "low-rank"},
    "low rank, exact": {"solver": "low-rank", "exact": True},
}


@dataclass(frozen=True)
class Problem:
    guide: Float[Tensor, "1 d h w"]
    beliefs: tuple[GaussianBelief, ...]  # a share of known pixels each


def solvers(runs: int) -> Iterator[Timing]:
    """Every solver on every grid, then a whole picture, on one thread."""
    with threads(1):
        for side in SIDES:
            problem = make_problem(side)
            if side <= DENSE_SIDE:
                yield _paper(problem, side, runs)
                truth = [_double(problem.guide, belief) for belief in problem.beliefs]
            else:
                truth = None
            for name, options in CASES.items():
                if name == "dense" and side > DENSE_SIDE:
                    continue
                yield from _timed(name, options, problem, side, runs, truth)
        yield from _whole(runs)


def _timed(
    name: str,
    options: dict[str, object],
    problem: Problem,
    side: int,
    runs: int,
    truth: list[Tensor] | None,
) -> Iterator[Timing]:
    field = GaussianCRF(Config(**options))  # type: ignore[arg-type]
    called = f"{name}, {side} x {side}"
    few = runs if side <= DENSE_SIDE else 1
    seconds = repeat(lambda: field.prepare(problem.guide), few, warm_up=int(side <= DENSE_SIDE))
    yield Timing(f"{called}: prepare", seconds, _growth(side, name), "and one solve, for memory")
    prepared = field.prepare(problem.guide)
    for share, belief, i in zip(SHARES, problem.beliefs, range(3), strict=True):
        solve = functools.partial(field.infer, prepared, belief)
        x = solve().unwrap()
        times = repeat(solve, few, warm_up=int(side <= DENSE_SIDE))
        if truth is not None:
            distance = (x.double() - truth[i]).square().mean().sqrt() / UNIT
            note = f"RMSE {float(distance):.1e}"
        else:
            note = f"RMSE at most {_bound(problem.guide, belief, x):.1e}"
        yield Timing(f"{called}: one more sample or stroke, {share:.0%} known", times, note=note)


def _whole(runs: int) -> Iterator[Timing]:
    """A picture of one megapixel: what is done once, and what each colouring of it takes."""
    lab, networks, field = _scene(WHOLE), load_diverse(), GaussianCRF(Config())
    lightness = lab[:, :1]

    def prepare() -> Canvas:
        vectors = embedding(networks, lightness)
        height, width = vectors.shape[2:]
        belief = _known(lab, (height, width), SHARES[1])
        return Canvas(lightness, belief, field, field.prepare(vectors))

    canvas = prepare()
    ab = canvas.solve()
    called = f"1 megapixel by the {ab.shape[2]} x {ab.shape[3]} field"
    yield Timing(f"{called}: prepare", repeat(prepare, runs), note="networks and field")
    upsampling = Timing("", repeat(lambda: render(ab, lightness), runs))
    note = f"{upsampling.median:.3f} s of it the upsampling along edges"
    yield Timing(f"{called}: one more colouring", repeat(canvas.paint, runs), note=note)


def make_problem(side: int) -> Problem:
    """A generated scene's learned embedding, and its true colours known here and there."""
    lab = _scene(CELL * side)
    guide = embedding(load_diverse(), lab[:, :1], CELL * side)
    return Problem(guide.clone(), tuple(_known(lab, (side, side), share) for share in SHARES))


def _scene(side: int) -> Float[Tensor, "1 3 h w"]:
    """A generated scene as Lab."""
    rgb = torch.from_numpy(scene(np.random.default_rng(0), side, side))
    return rgb_to_lab(rgb.movedim(-1, 0).float() / 255)[None]


def _known(lab: Float[Tensor, "1 3 h w"], grid: tuple[int, int], share: float) -> GaussianBelief:
    """The true colours at a share of a grid's cells, and at one at least."""
    places = torch.rand(1, 1, *grid, generator=torch.Generator().manual_seed(0))
    known = (places < share) | (places == places.min())
    return GaussianBelief(shrink(lab[:, 1:], grid), 0.1 * known.float())


def _double(guide: Tensor, belief: GaussianBelief) -> Tensor:
    """The solution of the dense solver in double precision throughout."""
    field = GaussianCRF(Config(solver="dense"))
    return field.infer(field.prepare(guide.double()), belief.to(guide.double())).unwrap()


def _paper(problem: Problem, side: int, runs: int) -> Timing:
    """The paper's way: form A by a whole product, and factorise it by LU, for each solve."""
    vectors = problem.guide[0].flatten(1).T
    beta = problem.beliefs[1].precision.flatten()
    right = beta[:, None] * problem.beliefs[1].mean[0].flatten(1).T

    def work() -> None:
        away = torch.eye(len(vectors)) - torch.softmax(vectors @ vectors.T, dim=1)
        torch.linalg.solve(away.T @ away + torch.diag(beta + 1e-3), right)

    return Timing(f"the paper's way, {side} x {side}: form A, LU", repeat(work, min(runs, 3)))


def _bound(guide: Tensor, belief: GaussianBelief, x: Tensor) -> float:
    """How far x may be from the exact solution, as RMSE in the paper's units."""
    field = GaussianCRF(Config(solver="cg"))
    residual = field.residual(field.prepare(guide), belief, x)
    own = field.config.ridge + field.config.tau**2 * float(belief.precision.min())
    return float(residual.square().mean().sqrt()) / own / UNIT


def _growth(side: int, name: str) -> float | None:
    """Megabytes by which preparing and one solve raise a fresh process's peak."""
    return growth(_measure, side, name)


def _measure(side: int, name: str) -> float | None:
    torch.set_num_threads(1)
    problem = make_problem(side)
    field = GaussianCRF(Config(**CASES[name]))  # type: ignore[arg-type]
    small = make_problem(16)
    field.infer(field.prepare(small.guide), small.beliefs[1])
    before = peak()
    field.infer(field.prepare(problem.guide), problem.beliefs[1])
    after = peak()
    return None if before is None or after is None else after - before
