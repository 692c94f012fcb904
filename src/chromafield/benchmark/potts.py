"""The Potts field's cost: CPU seconds by grid, kernel against torch, one thread and all, memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import torch

from ..beliefs import ChannelBeliefs, channel_beliefs
from ..canvas.threads import threads
from ..fields._ascent import by_torch
from ..fields.potts import Config, PottsField
from .memory import growth, peak
from .timing import Timing, repeat

SWEEPS = 8
SIDES = (256, 1000)  # pixels; the second is a megapixel
FIELD = PottsField(Config(sweeps=SWEEPS, tolerance=0.0))  # every run does all its sweeps


def fields(runs: int) -> Iterator[Timing]:
    """The paper's field on one channel pair, 25 + 25 bins, eight sweeps."""
    most = torch.get_num_threads()
    for side in SIDES:
        name = f"Potts, {SWEEPS} sweeps, {side} x {side}"
        work = partial(_by_kernel, *_problem(side))
        with threads(1):
            alone = repeat(work, runs, clock=time.process_time)
            wall = repeat(work, runs)
        one = Timing(f"{name}: CPU time, one thread", alone, _growth(side), "besides the belief")
        many = Timing(f"{name}: {most} threads", repeat(work, runs))
        single = Timing(f"{name}: one thread", wall)
        yield one
        yield single
        yield Timing(
            many.name, many.seconds, note=f"{single.median / many.median:.1f} times as fast"
        )
    name = f"Potts, {SWEEPS} sweeps, {SIDES[0]} x {SIDES[0]}: CPU time, one thread, in torch"
    with threads(1):
        slow = repeat(partial(_by_torch, *_problem(SIDES[0])), runs, clock=time.process_time)
    yield Timing(name, slow)


def _by_kernel(guide: torch.Tensor, belief: ChannelBeliefs) -> None:
    FIELD.infer(FIELD.prepare(guide), belief).unwrap()


def _by_torch(guide: torch.Tensor, belief: ChannelBeliefs) -> None:
    edges = FIELD.prepare(guide)
    for labels in (belief.a, belief.b):
        states = by_torch(FIELD.config.weight * labels.probability()[0], edges, FIELD.reward)
        for _ in range(SWEEPS):
            next(states)


def _problem(side: int) -> tuple[torch.Tensor, ChannelBeliefs]:
    """A noisy guide and belief of side x side."""
    random = torch.Generator().manual_seed(0)
    guide = 50 + torch.randn(1, 1, side, side, generator=random)
    return guide, channel_beliefs(torch.randn(1, 50, side, side, generator=random))


def _growth(side: int) -> float | None:
    """Megabytes by which the field raises a fresh process's peak above what its input takes."""
    return growth(_measure_growth, side)


def _measure_growth(side: int) -> float | None:
    _by_kernel(*_problem(16))  # loading the compiled kernel is no part of the field's own
    problem = _problem(side)
    before = peak()
    _by_kernel(*problem)
    after = peak()
    return None if before is None or after is None else after - before
