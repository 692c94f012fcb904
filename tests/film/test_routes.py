"""Given colours over a shot of known motion: read once from the key, never slid or blurred."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from chromafield.film.like_scene import found_in
from chromafield.film.propagate import LOST, STRONG, FrameColors, propagate
from chromafield.film.routes import routes

from .clips import picture
from .test_motion import frame, middle, places, texture

SHIFT = (2.0, -1.0)  # pixels that things go right and down from frame to frame


def shifted(number: int, seed: int = 0) -> np.ndarray:
    x, y = places()
    return frame(texture(seed)((x - SHIFT[0] * number, y - SHIFT[1] * number)))


def test_a_route_leads_straight_to_the_key_however_far_it_is() -> None:
    found = dict(routes(0, range(1, 9), shifted))
    assert sorted(found) == list(range(1, 9))
    motion = found[8].motion
    size = np.array(motion.flow.shape[1::-1]) / (160, 120)
    away = np.hypot(*(motion.flow / size + np.multiply(SHIFT, 8)).transpose(2, 0, 1))
    assert np.quantile(away[16:-16, 16:-16], 0.9) < 0.3  # a chain of eight would add eight errors
    assert motion.trust[16:-16, 16:-16].mean() > 0.8
    assert found[8].distance == 8


# A thing is hidden for one frame: a chain through that frame is lost, the straight flow is not.
def test_what_was_hidden_is_found_again() -> None:
    def small(number: int) -> np.ndarray:
        shown = shifted(number).copy()
        if number == 2:
            shown[40:80, 50:110] = 128
        return shown

    found = dict(routes(0, range(1, 5), small))
    hidden, after = (found[n].motion.trust[22:38, 28:50].mean() for n in (2, 3))
    assert hidden < 0.3 and after > 0.8


def halves(left: float, right: float, share: float = 1.0) -> FrameColors:
    ab = torch.full((1, 2, 60, 80), left)
    ab[..., 40:] = right
    return FrameColors(ab.half(), torch.full((1, 1, 60, 80), share).half())


def test_colours_move_with_things_and_keep_their_edge() -> None:
    shot = propagate({0: halves(-40, 40)}, range(9), shifted)
    given = shot.on(8)
    assert given is not None
    row = given.ab[0, 0, 30].float().numpy()
    edge = np.flatnonzero(row > 0)[0]
    assert edge == pytest.approx(40 + 8 * SHIFT[0] / 2, abs=1)
    assert ((np.abs(row) < 35).sum()) <= 3  # as sharp as it was given
    assert torch.equal(shot.on(0).ab, halves(-40, 40).ab)  # its own frame is exact


def test_between_two_keys_the_nearer_counts_more() -> None:
    still = picture(0, 60, 80)
    shot = propagate({2: halves(40, 40), 6: halves(-40, -40)}, range(9), lambda number: still)
    means = [float(shot.on(n).ab.float().mean()) for n in range(9)]
    assert means[:3] == pytest.approx([40] * 3) and means[6:] == pytest.approx([-40] * 3)
    assert means[3] == pytest.approx(40 * (1 - 3**-0.5) / (1 + 3**-0.5), abs=0.1)
    assert means[4] == pytest.approx(0, abs=0.1)
    belief = shot.on(4).belief((15, 20))
    assert float(belief.precision.mean()) == pytest.approx(STRONG, rel=1e-3)


@pytest.mark.parametrize(
    ("direction", "reached"),
    [("both", [0, 1, 2, 3, 4]), ("forward", [2, 3, 4]), ("back", [0, 1, 2])],
)
def test_the_direction_can_be_chosen(direction: str, reached: list[int]) -> None:
    still = picture(0, 60, 80)
    shot = propagate({2: halves(40, 40)}, range(5), lambda number: still, direction)
    assert [n for n in range(5) if shot.on(n) is not None] == reached


def test_where_the_route_is_lost_the_network_speaks_too() -> None:
    pictures = (picture(0, 60, 80), picture(3, 60, 80))
    given = propagate({0: halves(40, 40)}, range(2), lambda number: pictures[number]).on(1)
    assert given is not None and float(given.share.float().median()) == pytest.approx(
        LOST, abs=0.01
    )


def test_a_place_without_colour_stays_without() -> None:
    still = picture(0, 60, 80)
    given = propagate({0: halves(40, 40, 0.0)}, range(2), lambda number: still).on(1)
    assert given is not None and not given.share.any()


@pytest.mark.parametrize(("dx", "dy"), [(24, -10), (-40, 12)])
def test_over_a_cut_the_same_scene_is_known(dx: int, dy: int) -> None:
    from skimage import data

    scene = data.camera()[100:400, 60:460]
    frames = {0: scene[60:240, 60:300], 5: scene[60 + dy : 240 + dy, 60 + dx : 300 + dx]}
    frames |= {6: frames[5], 7: frames[5]}
    small = {n: np.ascontiguousarray(plane) for n, plane in frames.items()}
    found = found_in(range(5, 8), [0], lambda number: small[number])
    assert found is not None
    flow = np.median(found[2].flow.reshape(-1, 2), axis=0)
    assert flow == pytest.approx([dx, dy], abs=0.5)
    other = small | {0: np.ascontiguousarray(data.coins()[:180, :240])}
    assert found_in(range(5, 8), [0], lambda number: other[number]) is None
    assert middle(found[2].trust).mean() > 0.5
