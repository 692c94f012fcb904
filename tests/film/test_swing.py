"""Swings over a shot, against sines whose swing is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromafield.evaluate.film_check import check_film
from chromafield.metrics.swing import Swings, still_places, swings
from chromafield.settings import Settings

from .clips import coloured, encoded

TURN = np.linspace(0, 2 * np.pi, 200, endpoint=False)


def ab_of(chroma: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Frames (t, 4, 6, 2) of one colour each."""
    angle = np.radians(degrees)
    colors = np.stack([chroma * np.cos(angle), chroma * np.sin(angle)], axis=-1)
    return np.broadcast_to(colors[:, None, None], (len(chroma), 4, 6, 2)).astype(np.float32)


def test_swings_by_hand() -> None:
    seen = np.ones((200, 4, 6), bool)
    steady = np.full(200, 20.0)
    assert swings(ab_of(steady, np.full(200, 170.0)), seen) == pytest.approx((0, 0), abs=1e-4)
    chroma, hue = swings(ab_of(steady + 5 * np.sin(TURN), np.full(200, 170.0)), seen)
    assert chroma == pytest.approx(10, rel=0.03) and hue == pytest.approx(0, abs=1e-3)
    chroma, hue = swings(ab_of(steady, 180 + 30 * np.sin(TURN)), seen)  # over the end of the circle
    assert chroma == pytest.approx(0, abs=1e-4) and hue == pytest.approx(60, rel=0.03)
    assert swings(ab_of(steady / 10, steady), seen)[1] is None  # too little for a hue
    assert swings(ab_of(steady, steady), np.zeros((200, 4, 6), bool)) == (None, None)


def test_what_passes_before_a_place_is_no_swing() -> None:
    greys = [np.full((32, 64), 90, np.uint8) for _ in range(20)]
    for number in range(4, 9):
        greys[number][:, 20:40] = 200  # a car
    for number, grey in enumerate(greys):
        grey[:, 50:] = 250 * (number % 2)  # never still
    seen = still_places(greys)
    assert seen is not None and seen[0, 5, 30] and not seen[6, 5, 30] and seen[6, 5, 10]
    assert not seen[:, :, 52:].any()
    own = Swings()
    for number in range(20):
        ab = np.full((32, 64, 2), 10.0, np.float32)
        ab[:, 20:40] += 30 * (4 <= number < 9)
        own.add(ab)
    own.close(seen)
    assert own.chroma == pytest.approx([0], abs=0.5) and not own.shot
    assert still_places(greys[:5]) is None


def test_the_table_says_it(tiny_weights: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    encoded(film, [coloured(0, 48, 64)] * 10, "ffv1", "yuv444p")
    table = check_film(film, Settings(model=str(tiny_weights), size=64, views=1), device="cpu")
    head, _, *rows = table.splitlines()
    assert "| swing of chroma | of hue |" in head
    for row in rows:
        assert float(row.split("|")[5]) < 0.5  # one still picture
