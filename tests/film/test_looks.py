"""Which frames the network sees: still and moving pictures, and what is carried to the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from chromafield.beliefs import GaussianBelief
from chromafield.colorizer.colorizer import Colorizer
from chromafield.film.looks import MOST, Looks, brought
from chromafield.film.motion import Motion
from chromafield.film.run import color_film
from chromafield.film.settings import Plan

from .clips import encoded, frames, picture
from .test_temporal import noise


def seen(looks: Looks, lumas: list[np.ndarray], carries: bool = True) -> list[bool]:
    return [looks.next(luma, carries).to_seen is None for luma in lumas]


def test_of_a_still_picture_it_sees_the_first_frame_and_one_now_and_then() -> None:
    still = [noise(0, 48, 64)] * (MOST + 3)
    assert seen(Looks(), still) == [True, *[False] * MOST, True, False]
    assert all(seen(Looks(), still, carries=False))
    looks = Looks()
    looks.next(still[0], carries=True)
    looks.see_next()
    assert seen(looks, still[:2]) == [True, False]


def test_it_sees_a_frame_with_something_new_and_not_one_that_moved() -> None:
    wide = noise(1, 96, 140)
    moved = [wide[:, 10 - n : 138 - n] for n in range(4)]
    new = moved[3].copy()
    new[:, :40] = 255 - new[:, :40]
    assert seen(Looks(), [*moved, new]) == [True, False, False, False, True]


def test_lost_places_add_up_over_frames() -> None:
    """Each frame has a new spot that is too small to be seen for."""
    lumas = [noise(2, 96, 128)]
    for n in range(4):
        lumas.append(lumas[-1].copy())
        spot = np.s_[40:56, 8 + 28 * n : 24 + 28 * n]
        lumas[-1][spot] = 255 - lumas[-1][spot]
    asked = seen(Looks(), lumas)
    alone = [seen(Looks(), [one, other])[1] for one, other in pairwise(lumas)]
    assert asked[0] and not any(alone) and any(asked[1:])


def test_what_was_believed_goes_where_things_go_by_the_trust() -> None:
    mean = torch.zeros(1, 2, 6, 8)
    mean[..., :4] = 40.0
    belief = GaussianBelief(mean, torch.full((1, 1, 6, 8), 0.5))
    flow = np.broadcast_to(np.array([-2, 0], np.float32), (6, 8, 2)).copy()
    got = brought(belief, Motion(flow, np.full((6, 8), 0.25, np.float32)))
    assert (got.mean[..., :6] == 40).all() and (got.mean[..., 6:] == 0).all()
    torch.testing.assert_close(got.precision, torch.full((1, 1, 6, 8), 0.125))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many frames the network saw since it was asked last."""
    count = 0
    own = Colorizer.canvases_of

    def canvases_of(self: Colorizer, lightness: Tensor) -> list[object]:
        nonlocal count
        count += len(lightness)
        return list(own(self, lightness))

    def since() -> int:
        nonlocal count
        told, count = count, 0
        return told

    monkeypatch.setattr(Colorizer, "canvases_of", canvases_of)
    return since


def test_a_film_that_is_carried_looks_as_one_that_is_seen(
    plan: Plan, tmp_path: Path, counted: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    film, carried, whole = (tmp_path / f"{name}.mkv" for name in ("film", "carried", "whole"))
    encoded(film, [picture(0, 96, 128, n) for n in range(10)], "ffv1", "gray")
    color_film(film, carried, plan, "cpu")
    few = counted()
    monkeypatch.setattr("chromafield.film.looks.MOST", 0)
    color_film(film, whole, plan, "cpu")
    assert few <= 6 and counted() >= 10
    for one, other in zip(frames(carried), frames(whole), strict=True):
        away = np.abs(one.to_ndarray().astype(int) - other.to_ndarray())
        assert away.mean() < 0.5
    monkeypatch.undo()


def test_a_field_that_decides_on_distributions_sees_every_frame(
    plan: Plan, tmp_path: Path, counted: Callable[[], int]
) -> None:
    film = tmp_path / "film.mkv"
    encoded(film, [picture(0, 48, 64)] * 4, "ffv1", "gray")
    for field, least, most in (("mean", 1, 2), ("mode", 4, 5)):
        settings = replace(plan.settings, field=field)
        color_film(film, tmp_path / f"{field}.mkv", replace(plan, settings=settings), "cpu")
        assert least <= counted() <= most
