"""Fades, scenes in the dark, black frames, exposure that swings: colours go with the light."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch

from chromafield.beliefs import GaussianBelief, grid_of
from chromafield.canvas.canvas import Canvas
from chromafield.colorizer.colorizer import Colorizer
from chromafield.film.chroma import Coding
from chromafield.film.colorize import FilmColorizer, Ready
from chromafield.film.evenness import Evenness, is_measured, shot_chroma
from chromafield.film.exposure import Light, lights, quantiles_of
from chromafield.film.place import PlaceColors
from chromafield.film.run import color_film
from chromafield.film.settings import Plan
from chromafield.film.shots import Shots
from chromafield.film.temporal import TemporalColors

from .clips import encoded, frames, luma, panned, picture

CODING = Coding("601", full=False)
HELD = 6  # frames before a fade


def faded(count: int, to: int, held: int = HELD) -> list[np.ndarray]:
    """Levels of 16 to 235 of one picture that fades to a level within so many frames."""
    full = 16 + picture(0, 48, 64).astype(float) * 219 / 255
    shares = [1.0] * held + [1 - n / count for n in range(1, count + 1)]
    return [to + share * (full - to) for share in shares]


def as_grey(levels: np.ndarray) -> np.ndarray:
    """Levels of 16 to 235 as sRGB levels of grey."""
    return ((levels - 16) * 255 / 219).round().clip(0, 255).astype(np.uint8)


def chroma(path: Path) -> np.ndarray:
    """The mean chroma of each frame, in levels."""
    planes = [f.to_ndarray(format="yuv444p")[1:].astype(float) - 128 for f in frames(path)]
    return np.array([np.hypot(*one).mean() for one in planes])


@pytest.mark.parametrize("to", [16, 235])
@pytest.mark.parametrize("backwards", [False, True])
def test_chroma_fades_with_the_light(plan: Plan, tmp_path: Path, to: int, backwards: bool) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    levels = [as_grey(frame) for frame in faded(8, to)]
    encoded(film, levels[::-1] if backwards else levels, "ffv1")
    assert color_film(film, out, plan, "cpu").shots == 1
    found = chroma(out)[:: -1 if backwards else 1]
    light = np.array([abs(luma(f).mean() - to) for f in frames(out)])[:: -1 if backwards else 1]
    share = light / light[:HELD].mean()
    whole = found[:HELD].mean()
    assert whole > 2
    assert (found <= 1.2 * share * whole + 0.7).all()
    assert (found[HELD:-1] > 0.5 * share[HELD:-1] * whole - 0.7).all()  # and are not gone at once
    assert found[-1] == 0


def test_a_black_frame_is_remembered_as_nothing(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    still = [picture(0, 48, 64)] * 9
    still[4] = np.zeros_like(still[0])
    encoded(film, still, "ffv1")
    assert color_film(film, out, plan, "cpu").shots == 1
    found = chroma(out)
    assert found[4] == 0 and found[[3, 5]] == pytest.approx([found[0]] * 2, abs=0.5)


def test_a_leader_does_not_hold_colours_back(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    still = picture(0, 48, 64)
    encoded(film, [np.zeros_like(still)] * 8 + [still] * 6, "ffv1")
    color_film(film, out, plan, "cpu")
    encoded(film, [still] * 6, "ffv1")
    color_film(film, tmp_path / "alone.mkv", plan, "cpu")
    alone = chroma(tmp_path / "alone.mkv")
    assert chroma(out)[8:] == pytest.approx(alone, rel=0.2)


def test_light_by_hand() -> None:
    for to, white in ((16, False), (235, True)):
        levels = faded(10, to)
        quantiles = [quantiles_of(frame.round().astype(np.uint8)) for frame in levels]
        found = lights(quantiles, full=False)
        shares = [light.share for light in found]
        assert shares[:HELD] == [1.0] * HELD
        assert shares[HELD:] == pytest.approx([1 - n / 10 for n in range(1, 11)], abs=0.02)
        assert all(light.to_white == white for light in found[HELD:-1])
    moving = [quantiles_of(frame) for frame in panned(30)]
    assert all(light.is_full for light in lights(moving, full=True))


def test_what_is_shown_and_painted_by_hand() -> None:
    half = Light(0.5)
    dim = np.full((4, 4), 66, np.uint8)
    assert (half.shown(dim, CODING) == 116).all()  # 16 + (66 - 16) / 0.5
    planes = np.full((2, 2, 2), 148, np.uint8)
    assert (half.painted(planes, CODING) == 138).all()
    deep = Coding("601", full=False, depth=10)
    assert (half.shown(dim.astype(np.uint16) * 4, deep) == 464).all()
    assert (Light(0.5, to_white=True).shown(dim, CODING) == 16).all()  # not below black


def cuts(levels: list[np.ndarray]) -> list[int]:
    shots = Shots()
    return [number for number, level in enumerate(levels) if shots.is_cut(level)]


def test_light_that_swings_is_no_cut() -> None:
    random = np.random.default_rng(0)
    still = picture(0, 96, 128).astype(float)
    swung = [(still * gain).clip(0, 255).astype(np.uint8) for gain in random.uniform(0.7, 1, 20)]
    assert cuts(swung) == [0]


def test_grain_and_weave_are_no_cut() -> None:
    random = np.random.default_rng(0)
    still = picture(0, 96, 128).astype(float)
    old = []
    for _ in range(20):
        woven = np.roll(still, tuple(random.integers(-1, 2, 2)), (0, 1))
        old.append((woven + random.normal(0, 10, still.shape)).clip(0, 255).astype(np.uint8))
    assert cuts(old) == [0]


def test_a_fast_pan_is_no_cut() -> None:
    photograph = cv2.resize(skimage.data.chelsea()[..., 1], (433, 288))
    pan = [photograph[60:180, 9 * n : 9 * n + 160].copy() for n in range(12)]
    assert cuts([*pan, *(255 - level[:, ::-1] for level in pan[:3])]) == [0, 12]


@pytest.mark.parametrize("share", [1.0, 0.15])
def test_cuts_are_seen_in_the_dark_too(share: float) -> None:
    both = [picture(seed, 96, 128, n) for seed in (0, 1) for n in range(8)]
    assert cuts([(share * level).astype(np.uint8) for level in both]) == [0, 8]


def test_a_place_keeps_its_colours_in_the_dark() -> None:
    place, own = PlaceColors(), GaussianBelief(torch.zeros(1, 2, 8, 8), torch.ones(1, 1, 8, 8))
    assert place.belief(own, 0.5) == ()  # of a shot's first frame
    place.add(torch.full((1, 2, 8, 8), 10.0))
    place.add(torch.full((1, 2, 8, 8), 0.0))  # one frame that wavers
    (lately,) = place.belief(own, 0.5)
    assert lately.mean == pytest.approx(torch.full((1, 2, 8, 8), 9.0).numpy())
    assert lately.precision == pytest.approx(torch.full((1, 1, 8, 8), 3.0).numpy())
    assert place.belief(own, 0.0) == ()  # in full light


def test_a_dark_shot_does_not_waver(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    random = np.random.default_rng(0)
    dark = [0.15 * picture(0, 48, 64, 3 * n) + random.normal(0, 3, (48, 64)) for n in range(16)]
    encoded(film, [16 + level.clip(0, 255).astype(np.uint8) for level in dark], "ffv1")
    canvases, count = FilmColorizer._canvases, itertools.count()

    def wavering(colorizer: Colorizer, ready: list[Ready]) -> list[Canvas]:
        (one,) = canvases(colorizer, ready)
        mean = torch.full((1, 2, *grid_of(one.belief)), 12.0)
        mean[:, 1] *= -1 if next(count) in (8, 9, 10) else 1  # three frames of another hue
        return [replace(one, belief=GaussianBelief(mean, torch.ones_like(mean[:, :1])))]

    monkeypatch.setattr(FilmColorizer, "_canvases", staticmethod(wavering))
    color_film(film, out, plan, "cpu")
    planes = [f.to_ndarray(format="yuv444p")[1:].astype(float) - 128 for f in frames(out)]
    mean = np.array([one.reshape(2, -1).mean(1) for one in planes])
    hue = np.degrees(np.arctan2(mean[:, 1], mean[:, 0]))
    assert np.abs(chroma(out)).mean() > 0.5
    assert np.ptp(hue) < 45  # alone they are 90 degrees apart


def test_a_shots_chroma_is_held() -> None:
    asked = [n for n in range(130) if is_measured(n)]
    assert asked == [4, 12, 28, 60, 124]
    assert shot_chroma([(4, 9.0), (12, 11.0), (28, 30.0), (60, 1.0)], range(30)) == 11.0
    assert shot_chroma([], range(30)) is None
    even = Evenness(10.0)
    swelling = [10 + 10 * np.sin(np.pi * n / 30) for n in range(31)]
    ab = torch.ones(1, 2, 4, 4) / 2**0.5
    held = [chroma * even.gain_for(ab * chroma) for chroma in swelling]
    assert max(swelling) / min(swelling) == 2 and max(held) / min(held) < 1.25
    assert Evenness(None).gain_for(ab) == 1.0


def test_colours_that_swell_are_held_in_the_film(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    encoded(film, [picture(0, 48, 64)] * 24, "ffv1")
    color_film(film, out, plan, "cpu")
    alone = chroma(out)
    decide, count = TemporalColors.decide, itertools.count()

    def swelling(self: TemporalColors, *told: object, **light: object) -> torch.Tensor:
        return decide(self, *told, **light) * (1 + np.sin(np.pi * next(count) / 23))  # type: ignore

    monkeypatch.setattr(TemporalColors, "decide", swelling)
    color_film(film, out, plan, "cpu")
    found = chroma(out)
    assert found.max() < 1.35 * found.min() and found == pytest.approx(alone, rel=0.3)
