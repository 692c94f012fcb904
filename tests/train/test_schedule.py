"""What changes over a run, against values worked out by hand."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from chromafield.train.config import Budget
from chromafield.train.schedule import average_keep, crop_side, rate_factor, update_average


@pytest.mark.parametrize(
    ("budget", "step", "seconds", "expected"),
    [
        (Budget(steps=200), 50, 1e9, 0.25),
        (Budget(minutes=2), 10**9, 30, 0.25),
        (Budget(steps=100, minutes=1), 10, 30, 0.5),  # whichever is further ahead
        (Budget(steps=100, minutes=1), 90, 30, 0.9),
        (Budget(steps=100), 100, 0, 1.0),
        (Budget(steps=100), 250, 0, 1.0),
        (Budget(minutes=1), 0, 61, 1.0),
        (Budget(), 10**6, 1e6, 0.0),  # no budget never ends
        (Budget(steps=0), 0, 0, 0.0),
        (Budget(steps=0), 1, 0, 1.0),
        (Budget(minutes=0), 0, 1, 1.0),
    ],
)
def test_progress_is_the_share_of_the_budget_that_is_spent(budget, step, seconds, expected):
    assert budget.progress(step, seconds) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("step", "progress", "expected"),
    [
        (0, 0.0, 0.1),  # the first of ten steps of warm-up
        (4, 0.0, 0.5),
        (9, 0.0, 1.0),
        (500, 0.0, 1.0),
        (500, 1 / 3, 0.01 + 0.99 * 0.75),  # cos 60 degrees = 1/2
        (500, 0.5, 0.01 + 0.99 * 0.5),
        (500, 2 / 3, 0.01 + 0.99 * 0.25),
        (500, 1.0, 0.01),
        (4, 0.5, 0.5 * (0.01 + 0.99 * 0.5)),  # a short run ends before it is warm
    ],
)
def test_the_rate_rises_in_a_line_and_falls_in_half_a_cosine(step, progress, expected):
    assert rate_factor(step, progress, warmup=10) == pytest.approx(expected)


def test_no_warmup_starts_at_the_top_and_the_floor_is_an_option():
    assert rate_factor(0, 0.0, warmup=0) == 1
    assert rate_factor(0, 1.0, warmup=0, floor=0.2) == pytest.approx(0.2)
    assert rate_factor(0, 0.5, warmup=0, floor=1.0) == pytest.approx(1)


@pytest.mark.parametrize(
    ("progress", "cool", "expected"),
    [
        (0.0, 0.2, 1.0),
        (0.8, 0.2, 1.0),  # constant until the last fifth
        (0.9, 0.2, 0.01 + 0.99 * 0.5),  # half-way down
        (1.0, 0.2, 0.01),
        (0.5, 0.0, 1.0),  # never falls
        (1.0, 0.0, 1.0),
    ],
)
def test_the_rate_is_constant_until_it_cools(progress, cool, expected):
    assert rate_factor(500, progress, warmup=10, cool=cool) == pytest.approx(expected)


@given(
    steps=st.integers(2, 500),
    warmup=st.integers(0, 100),
    floor=st.floats(0.001, 0.5),
)
def test_after_the_warmup_the_rate_only_falls_and_stays_above_its_floor(steps, warmup, floor):
    rates = [rate_factor(step, step / steps, warmup, floor=floor) for step in range(steps + 1)]
    assert max(rates) <= 1 + 1e-12
    late = rates[warmup:]
    assert all(x >= y - 1e-12 for x, y in itertools.pairwise(late))
    assert all(rate >= floor - 1e-12 for rate in late)


@pytest.mark.parametrize(
    ("progress", "expected"),
    [(0.0, 96), (0.32, 96), (0.34, 128), (0.66, 128), (0.67, 160), (0.999, 160), (1.0, 160)],
)
def test_each_side_has_an_equal_share_of_the_run(progress, expected):
    assert crop_side((96, 128, 160), progress) == expected


def test_one_side_serves_the_whole_run():
    assert {crop_side((96,), progress / 10) for progress in range(11)} == {96}


class Scale(nn.Module):
    """One weight, one running value, one count."""

    def __init__(self, weight: float, running: float, count: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.register_buffer("running", torch.tensor(running))
        self.register_buffer("count", torch.tensor(count))


def values(model: nn.Module) -> list[float]:
    return [value.item() for value in model.state_dict().values()]


@pytest.mark.parametrize(
    ("step", "keep"),
    [(0, 0.1), (8, 0.5), (90, 0.91), (10**6, 0.999)],  # (1 + step) / (10 + step), at most decay
)
def test_a_young_average_forgets_faster(step, keep):
    assert average_keep(step, decay=0.999) == pytest.approx(keep)


def test_a_low_ramp_reaches_further_back():
    # 1 - ramp / (steps + ...): a third of the steps with a ramp of 3, a ninth with 9.
    assert average_keep(999, 0.99999, ramp=3) == pytest.approx(1000 / 1003)
    assert average_keep(999, 0.99999, ramp=9) == pytest.approx(1000 / 1009)


def test_an_average_that_is_taken_seldom_has_the_same_horizon():
    assert average_keep(10**6, 0.999, every=10) == pytest.approx(0.999**10)
    assert average_keep(9, 0.999, every=10) == pytest.approx(0.1)  # its first update
    assert average_keep(19, 0.999, every=10) == pytest.approx(2 / 11)


@given(keep=st.floats(0, 1))
def test_the_average_keeps_its_share_of_every_value(keep):
    average, model = Scale(10.0, -4.0, 1), Scale(20.0, 6.0, 7)
    update_average(average, model, keep)
    expected = [10 * keep + 20 * (1 - keep), -4 * keep + 6 * (1 - keep), 7]
    assert values(average) == pytest.approx(expected, rel=1e-5, abs=1e-5)
    assert values(model) == [20.0, 6.0, 7]


def test_the_average_of_what_stands_still_is_exactly_that():
    average, model = Scale(0.1, 0.7, 3), Scale(0.1, 0.7, 3)
    for step in range(50):
        update_average(average, model, average_keep(step, 0.99))
    assert values(average) == values(model)


def test_an_old_average_is_the_exponential_one():
    average, model = Scale(0.0, 0.0, 0), Scale(1.0, 1.0, 0)
    for _ in range(100):
        update_average(average, model, average_keep(10**9, 0.98))
    assert average.weight.item() == pytest.approx(1 - 0.98**100, rel=1e-4)
    assert not average.weight.isnan() and math.isclose(*values(average)[:2])


def test_averaging_leaves_no_trace_for_gradients():
    average, model = Scale(0.0, 0.0, 0), Scale(1.0, 1.0, 0)
    update_average(average, model, 0.9)
    assert average.weight.grad_fn is None and average.weight.is_leaf
