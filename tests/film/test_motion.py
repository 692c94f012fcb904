"""Motion against pictures whose motion is known: shifted, turned, hidden, lit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from chromafield.film.motion import Motion, find_motion, shrunk

H, W = 120, 160
Place = tuple[NDArray[np.float64], NDArray[np.float64]]  # x and y


def texture(seed: int) -> Callable[[Place], NDArray[np.float64]]:
    """Waves of 12 to 60 pixels in all directions, grey levels around 128, at any places."""
    random = np.random.default_rng(seed)
    length, turn, phase = random.uniform((12, 0, 0), (60, math.tau, math.tau), (24, 3)).T

    def at(place: Place) -> NDArray[np.float64]:
        x, y = (axis[..., None] for axis in place)
        along = (x * np.cos(turn) + y * np.sin(turn)) / length
        return 128 + 14 * np.cos(math.tau * along + phase).sum(-1)

    return at


def places() -> Place:
    y, x = np.mgrid[0:H, 0:W].astype(float)
    return x, y


def frame(levels: NDArray[np.float64]) -> NDArray[np.uint8]:
    return levels.clip(0, 255).round().astype(np.uint8)


def middle(plane: NDArray[np.floating]) -> NDArray[np.floating]:
    """Without the border, where what is seen comes from outside."""
    return plane[16:-16, 16:-16]


# Things go 6 pixels to the right and 4 up: where they are now, they were at -6 and +4.
def test_the_flow_of_a_shift_points_back_to_where_things_were() -> None:
    seen, (x, y) = texture(0), places()
    last, now = frame(seen((x, y))), frame(seen((x - 6, y + 4)))
    assert np.array_equal(now[4:-4, 20:], last[8:, 14:-6])  # as is said
    motion = find_motion(last, now)
    away = np.hypot(motion.flow[..., 0] + 6, motion.flow[..., 1] - 4)
    assert np.quantile(middle(away), 0.95) < 0.25
    assert middle(motion.trust).mean() > 0.9
    assert motion.trust[:, :4].max() == 0 and motion.trust[-2:].max() == 0  # came from outside
    brought = motion.bring(torch.from_numpy(last.astype(np.float32))[None, None])[0, 0].numpy()
    assert np.abs(middle(brought) - middle(now.astype(float))).mean() < 2
    assert np.abs(middle(last.astype(float)) - middle(now.astype(float))).mean() > 20


# What turns by 3 degrees was at c + R'(q - c): a flow that differs at each place, in both axes.
def test_the_flow_of_a_turn_is_the_turns_own() -> None:
    seen, (x, y) = texture(1), places()
    cx, cy, turn = W / 2, H / 2, math.radians(3)
    was_x = cx + (x - cx) * math.cos(turn) + (y - cy) * math.sin(turn)
    was_y = cy - (x - cx) * math.sin(turn) + (y - cy) * math.cos(turn)
    motion = find_motion(frame(seen((x, y))), frame(seen((was_x, was_y))))
    away = np.hypot(motion.flow[..., 0] - (was_x - x), motion.flow[..., 1] - (was_y - y))
    assert np.quantile(middle(away), 0.95) < 0.5
    still = np.hypot(was_x - x, was_y - y)
    assert middle(away).mean() < 0.1 * middle(still).mean()


def test_what_comes_from_behind_a_thing_is_not_trusted() -> None:
    """A square goes 6 pixels to the right before a ground that stands still."""
    ground, thing, (x, y) = texture(2), texture(3), places()

    def at(left: int) -> NDArray[np.uint8]:
        inside = (x >= left) & (x < left + 64) & (y >= 28) & (y < 92)
        return frame(np.where(inside, thing((x - left, y)), ground((x, y))))

    motion = find_motion(at(46), at(52))
    on_it, behind = (slice(44, 76), slice(68, 100)), (slice(44, 76), slice(47, 51))
    assert np.median(motion.flow[on_it][..., 0]) == pytest.approx(-6, abs=0.6)
    assert np.median(motion.flow[:16, :, 0]) == pytest.approx(0, abs=0.1)
    assert motion.trust[on_it].mean() > 0.8 and motion.trust[:16].mean() > 0.9
    assert motion.trust[behind].mean() < 0.3


# 1 / (1 + (change / 8)^2). All over the frame up to 8 levels are grain or a lamp's flicker and no
# motion; what goes beyond counts.
@pytest.mark.parametrize(("lit", "trust"), [(0, 1.0), (8, 1.0), (16, 1 / 2), (32, 1 / 10)])
def test_light_all_over_is_trusted_up_to_grain(lit: int, trust: float) -> None:
    even = np.full((H, W), 100, np.uint8)
    found = find_motion(even, even + np.uint8(lit)).trust
    assert middle(found).mean() == pytest.approx(trust, rel=1e-3)


# A patch that is lit by 32 levels is trusted by a 17th, whatever the rest does.
def test_a_patch_that_is_lit_is_not_what_it_was() -> None:
    last = np.full((H, W), 100, np.uint8)
    now = last.copy()
    now[20:100, 40:120] += 32
    trust = find_motion(last, now).trust
    assert trust[56:64, 76:84].mean() == pytest.approx(1 / 17, rel=0.01)
    assert trust[:, :12].mean() > 0.9


# A flow is in pixels of its own grid: on planes of half the width and a quarter of the height half
# and a quarter of it. Of a ramp x + 100 y each place gets what was 3 to its left, 2 below.
def test_planes_of_another_size_are_brought_in_their_own_pixels() -> None:
    flow = np.broadcast_to(np.array([-6, 8], np.float32), (40, 60, 2)).copy()
    motion = Motion(flow, np.ones((40, 60), np.float32))
    y, x = torch.meshgrid(torch.arange(10.0), torch.arange(30.0), indexing="ij")
    planes = torch.stack([x + 100 * y, -x])[None]
    brought = motion.bring(planes)
    torch.testing.assert_close(brought[0, 0, :8, 3:], (x - 3 + 100 * (y + 2))[:8, 3:])
    torch.testing.assert_close(brought[0, 1, :8, 3:], (3 - x)[:8, 3:])
    assert (brought[0, 1, :, :3] == 0).all()  # beyond the edge, what is at the edge


def test_trust_on_a_coarser_grid_is_the_average() -> None:
    trust = np.zeros((8, 12), np.float32)
    trust[:4, :3] = 1.0
    trust[4:, 8:] = 0.5
    got = Motion(np.zeros((8, 12, 2), np.float32), trust).trust_on((2, 3))
    expected = torch.tensor([[0.75, 0.0, 0.0], [0.0, 0.0, 0.5]])
    torch.testing.assert_close(got[0, 0], expected)


def test_motion_is_found_on_at_most_320_pixels_and_at_least_16() -> None:
    assert shrunk(np.zeros((1080, 1920), np.uint8)).shape == (180, 320)
    assert shrunk(np.zeros((90, 120), np.uint8)).shape == (90, 120)
    assert shrunk(np.zeros((4, 400), np.uint8)).shape == (16, 320)
