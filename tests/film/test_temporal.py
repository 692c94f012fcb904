"""Colours that stay with things: averages by hand, and pictures whose motion is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from chromafield.beliefs import (
    Belief,
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
    channel_bins,
    labels_to_gaussian,
    marginals,
)
from chromafield.canvas.canvas import Canvas, finish_canvas
from chromafield.color.palette import gamut_cells
from chromafield.fields import Past, create_field
from chromafield.film.motion import Motion
from chromafield.film.temporal import HISTORY_LIMIT, GaussianHistory, LabelHistory, TemporalColors

GRID = (6, 8)


def gaussian(a: float, b: float, precision: float) -> GaussianBelief:
    mean = torch.tensor([float(a), float(b)]).view(1, 2, 1, 1).expand(1, 2, *GRID)
    return GaussianBelief(mean.clone(), torch.full((1, 1, *GRID), float(precision)))


def canvas(belief: Belief, field: str = "mean") -> Canvas:
    """A picture of even lightness with this belief on its grid."""
    return finish_canvas(belief, torch.full((1, 1, 24, 32), 50.0), create_field(field))


def moved(dx: float, dy: float, trust: float) -> Motion:
    """Everything went dx cells to the right and dy down."""
    flow = np.broadcast_to(np.array([-dx, -dy], np.float32), (*GRID, 2)).copy()
    return Motion(flow, np.full(GRID, trust, np.float32))


def noise(seed: int, height: int, width: int) -> NDArray[np.uint8]:
    """Smooth spots of some pixels."""
    random = np.random.default_rng(seed).normal(size=(height // 8 + 2, width // 8 + 2))
    y, x = np.arange(height) / 8, np.arange(width) / 8
    rows = np.stack([np.interp(x, np.arange(random.shape[1]), row) for row in random])
    whole = np.stack([np.interp(y, np.arange(len(rows)), column) for column in rows.T], axis=1)
    return (128 + 45 * whole).clip(0, 255).round().astype(np.uint8)


# Two densities multiply, the second as far as it is trusted: by 0.5, precisions 0.04 and 0.01.
def test_the_frame_before_joins_as_far_as_it_is_trusted() -> None:
    memory = GaussianHistory()
    first = memory.decide(canvas(gaussian(40, -10, 0.01)), None, (), 30)
    torch.testing.assert_close(first, gaussian(40, -10, 1).mean)
    second = memory.decide(canvas(gaussian(-20, 20, 0.04)), moved(0, 0, 0.5), (), 30)
    a = (0.04 * -20 + 0.005 * 40) / 0.045
    b = (0.04 * 20 + 0.005 * -10) / 0.045
    torch.testing.assert_close(second, gaussian(a, b, 1).mean)
    third = memory.decide(canvas(gaussian(0, 0, 0.04)), moved(0, 0, 1.0), (), 30)
    torch.testing.assert_close(third, second * 0.045 / 0.085)


# As many frames as agree count, 30 at most: after 1, 2, 3, ... the plain average, after 60 equal
# ones a new colour moves the old by a 31st.
@pytest.mark.parametrize(("before", "moves"), [(1, 1 / 2), (2, 1 / 3), (9, 1 / 10), (60, 1 / 31)])
def test_a_new_frame_counts_one_part_of_those_before(before: int, moves: float) -> None:
    steady = TemporalColors()
    still = np.full((24, 32), 100, np.uint8)
    for _ in range(before):
        steady.decide(canvas(gaussian(10, 0, 0.01)), steady.looks.next(still))
    got = steady.decide(canvas(gaussian(41, 0, 0.01)), steady.looks.next(still))
    assert got[0, 0].mean().item() == pytest.approx(10 + 31 * moves, rel=1e-3)


def test_what_a_person_says_joins_and_is_remembered() -> None:
    memory = GaussianHistory()
    memory.decide(canvas(gaussian(0, 0, 0.01)), None, (gaussian(30, 10, 0.03),), 30)
    torch.testing.assert_close(memory.state["mean"], gaussian(22.5, 7.5, 1).mean)
    told = (gaussian(9, 9, 0.02),)
    got = memory.decide(canvas(gaussian(0, 0, 0.01)), moved(0, 0, 1.0), told, 30)
    a, b = (0.01 * 22.5 + 0.02 * 9) / 0.04, (0.01 * 7.5 + 0.02 * 9) / 0.04
    torch.testing.assert_close(got, gaussian(a, b, 1).mean)


def halves(precision: float) -> GaussianBelief:
    """Red to the left of the third column, blue from there on."""
    belief = gaussian(40, 0, precision)
    belief.mean[0, 0, :, 3:], belief.mean[0, 1, :, 3:] = 0, -40
    return belief


def test_memory_goes_where_things_go() -> None:
    memory = GaussianHistory()
    memory.decide(canvas(halves(1.0)), None, (), 30)
    ab = memory.decide(canvas(gaussian(0, 0, 1e-6)), moved(2, 0, 1.0), (), 30)
    assert (ab[0, 0, :, :5] > 39.9).all() and (ab[0, 1, :, 5:] < -39.9).all()
    memory.decide(canvas(halves(1.0)), None, (), 30)
    ab = memory.decide(canvas(gaussian(0, 0, 1e-6)), moved(-2, 0, 1.0), (), 30)
    assert (ab[0, 0, :, :1] > 39.9).all() and (ab[0, 1, :, 1:] < -39.9).all()


# Four pixels are a cell: what goes 4 pixels to the right takes its colour along one.
def test_a_film_that_moves_to_the_right_takes_its_colours_to_the_right() -> None:
    wide = noise(0, 96, 140)
    steady = TemporalColors()
    grid = (24, 32)
    left = (torch.arange(32) < 12).float().expand(1, 1, *grid)
    mean = torch.cat([40 * left, -40 * (1 - left)], dim=1)
    knows = GaussianBelief(mean, torch.ones(1, 1, *grid))
    nothing = GaussianBelief(torch.zeros(1, 2, *grid), torch.full((1, 1, *grid), 1e-4))
    steady.decide(canvas(knows), steady.looks.next(wide[:, 12:]))
    for step in range(1, 4):
        now = wide[:, 12 - 4 * step : 140 - 4 * step]
        ab = steady.decide(canvas(nothing), steady.looks.next(now))
        edge = 12 + step
        assert (ab[0, 0, 2:-2, 4 : edge - 2] > 30).all(), step
        assert (ab[0, 1, 2:-2, edge + 2 : -2] < -30).all(), step


def test_what_comes_into_sight_is_coloured_by_its_own_belief() -> None:
    """Another picture in the lower half: nothing there is what it was."""
    last = np.concatenate([noise(1, 48, 128), noise(2, 48, 128)])
    now = np.concatenate([noise(1, 48, 128), 255 - noise(3, 48, 128)])
    steady, grid = TemporalColors(), (24, 32)

    def even(a: float) -> GaussianBelief:
        return GaussianBelief(torch.full((1, 2, *grid), a), torch.full((1, 1, *grid), 0.01))

    steady.decide(canvas(even(40.0)), steady.looks.next(last))
    ab = steady.decide(canvas(even(-40.0)), steady.looks.next(now))[0]
    assert ab[:, :10].mean().item() == pytest.approx(0, abs=1)  # half and half
    assert ab[:, 14:].mean().item() < -30


@pytest.mark.parametrize(("cut", "width"), [(True, 32), (False, 40)])
def test_a_new_shot_and_another_size_remember_nothing(cut: bool, width: int) -> None:
    steady = TemporalColors()
    steady.decide(canvas(gaussian(40, 0, 1.0)), steady.looks.next(np.full((24, 32), 100, np.uint8)))
    if cut:
        steady.cut()
    ab = steady.decide(
        canvas(gaussian(-20, 5, 0.01)), steady.looks.next(np.full((24, width), 100, np.uint8))
    )
    torch.testing.assert_close(ab, gaussian(-20, 5, 1).mean)


@pytest.mark.parametrize("field", ["mean", "potts"])
def test_a_shot_goes_on_from_a_file_to_the_bit(field: str, tmp_path: Path) -> None:
    frames = [noise(0, 48, 80)[:, n : n + 64] for n in range(4)]
    pictures = [canvas(gaussian(10.0 * n, -5.0 * n, 0.01), field) for n in range(4)]
    whole = TemporalColors()
    for picture, luma in zip(pictures[:2], frames[:2], strict=True):
        whole.decide(picture, whole.looks.next(luma))
    whole.save(tmp_path / "state.pt")
    resumed = TemporalColors()
    resumed.load(tmp_path / "state.pt")
    for picture, luma in zip(pictures[2:], frames[2:], strict=True):
        assert torch.equal(
            whole.decide(picture, whole.looks.next(luma)),
            resumed.decide(picture, resumed.looks.next(luma)),
        )


def labels(seed: int) -> ChannelBeliefs:
    random = torch.Generator().manual_seed(seed)
    bins = channel_bins(torch.zeros(()))[:, None]
    return ChannelBeliefs(
        *(LabelBelief(2 * torch.randn(1, 25, *GRID, generator=random), bins) for _ in "ab")
    )


def share_of(belief: ChannelBeliefs) -> Tensor:
    return torch.cat([belief.a.probability(), belief.b.probability()], dim=1)


# (own + t n before) / (1 + t n), n the frames that agreed so far, at most `most`; and the field's
# own edge through time goes to the marginals of the frame before.
def test_a_field_with_edges_through_time_averages_distributions() -> None:
    memory, most = LabelHistory(), 1.8
    one, two, three = (labels(seed) for seed in range(3))
    memory.decide(canvas(one, "potts"), None, (), most)
    first = memory.state
    torch.testing.assert_close(first["share"], share_of(one))
    memory.decide(canvas(two, "potts"), moved(0, 0, 0.5), (), most)
    second = memory.state
    torch.testing.assert_close(second["share"], (share_of(two) + 0.5 * share_of(one)) / 1.5)
    torch.testing.assert_close(second["count"], torch.full((1, 1, *GRID), 1.5))
    got = memory.decide(canvas(three, "potts"), moved(1, 0, 0.8), (), most)
    before = 0.8 * 1.5

    def brought(planes: Tensor) -> Tensor:
        return torch.cat([planes[..., :1], planes[..., :-1]], dim=-1)

    share = (share_of(three) + before * brought(second["share"])) / (1 + before)
    torch.testing.assert_close(memory.state["share"], share)
    torch.testing.assert_close(memory.state["count"], torch.full((1, 1, *GRID), most))
    a, b = share.chunk(2, dim=1)
    bins = one.a.palette
    belief = ChannelBeliefs(LabelBelief(-a.log(), bins), LabelBelief(-b.log(), bins))
    past = Past(*brought(second["marginals"]).chunk(2, dim=1), torch.full((1, 1, *GRID), 0.8))
    picture = canvas(three, "potts")
    solution, marginals = picture.field.follow(picture.prepared, belief, past)  # type: ignore[attr-defined]
    torch.testing.assert_close(got, solution.unwrap(), atol=1e-2, rtol=0)
    torch.testing.assert_close(
        memory.state["marginals"], torch.cat(marginals, dim=1), atol=1e-3, rtol=0
    )


def test_such_a_field_hears_a_person_too() -> None:
    memory = LabelHistory()
    got = memory.decide(canvas(labels(0), "potts"), None, (gaussian(60, -60, 1.0),), HISTORY_LIMIT)
    torch.testing.assert_close(got, gaussian(60, -60, 1).mean, atol=2, rtol=0)


def test_which_memory_a_field_gets() -> None:
    still = np.full((24, 32), 100, np.uint8)
    for name, kind in (("mean", GaussianHistory), ("potts", LabelHistory)):
        steady = TemporalColors()
        steady.decide(canvas(labels(0), name), steady.looks.next(still))
        assert isinstance(steady.history, kind)
    with pytest.raises(TypeError, match="no edges through time"):
        LabelHistory().decide(canvas(labels(0), "mean"), None, (), HISTORY_LIMIT)


# Joint cells that lean to one side, bins of their own that lean to the other.
def test_a_film_is_decided_on_the_belief_that_is_asked_for() -> None:
    joint, own = (
        LabelBelief(2 * torch.randn(1, 261, *GRID, generator=random), gamut_cells())
        for random in (torch.Generator().manual_seed(seed) for seed in (5, 6))
    )
    belief = Proposal(labels_to_gaussian(joint), joint, marginals(own))
    for option, expected in (("bins", marginals(own)), ("joint", marginals(joint))):
        memory = LabelHistory()
        picture = finish_canvas(
            belief, torch.full((1, 1, 24, 32), 50.0), create_field("potts", belief=option)
        )
        memory.decide(picture, None, (), HISTORY_LIMIT)
        torch.testing.assert_close(memory.state["share"], share_of(expected))
