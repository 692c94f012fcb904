"""Marks on things and what belongs to them: the drawn segment, or the region of like colour."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chromafield.data.things import UNKNOWN, Thing, draw_things

SIZE = (96, 128)


def two_colours() -> Tensor:
    """A red disc and a red bar on blue, all of one lightness."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    red = (np.hypot(y - 45, x - 35) < 22) | ((y > 10) & (y < 80) & (x > 90) & (x < 115))
    lab = torch.full((3, *SIZE), 50.0)
    lab[1:] = torch.where(torch.from_numpy(red), 40.0, -30.0)
    return lab


def drawn(segments: NDArray[np.uint8], lab: Tensor | None = None) -> list[Thing]:
    return draw_things(
        two_colours() if lab is None else lab, segments, 40, np.random.default_rng(0)
    )


def test_regions_of_colours_are_connected_and_know_what_is_outside() -> None:
    red = two_colours()[1].numpy() > 0
    things = drawn(np.zeros(SIZE, np.uint8))
    assert len(things) == 40
    for thing in things:
        on_red = red[thing.mark & thing.inside].mean() > 0.5
        same = red if on_red else ~red
        assert (thing.inside & same).sum() >= 0.95 * thing.inside.sum()
        assert not (thing.inside & thing.outside).any()
        if on_red:  # the disc or the bar, never both
            assert thing.inside[:, :64].any() != thing.inside[:, 80:].any()
    well = [t for t in things if red[t.mark].all() and t.inside.sum() > 0.8 * red.sum() / 2]
    assert max(t.alike[red].mean() for t in well) > 0.7  # disc and bar, but for their outlines
    assert max(t.unlike[~red].mean() for t in well) > 0.7


def test_drawn_segments_are_things_whatever_their_colours() -> None:
    segments = np.zeros(SIZE, np.uint8)
    segments[20:60, 20:110] = 3
    segments[60:70, 20:110] = UNKNOWN
    ours = [thing for thing in drawn(segments) if (thing.inside == (segments == 3)).all()]
    assert len(ours) > 10
    for thing in ours:
        assert (thing.outside == (segments == 0)).all()  # nobody knows the rest
        assert thing.mark[segments == 3].any()


def test_a_region_does_not_enter_a_drawn_segment() -> None:
    segments = np.zeros(SIZE, np.uint8)
    segments[:, 64:] = 1
    grey = torch.full((3, *SIZE), 50.0)
    grey[1, :, :30] = 40.0
    for thing in drawn(segments, grey):
        assert thing.inside[:, 64:].all() or not thing.inside[:, 64:].any()


def test_strokes_stay_on_their_thing_but_for_the_brush() -> None:
    segments = np.zeros(SIZE, np.uint8)
    segments[30:60, 20:110] = 1
    strokes = [t for t in drawn(segments) if t.mark.sum() > 60 and t.inside[40, 60]]
    assert strokes and all(t.mark[~t.inside].sum() < 30 for t in strokes)
