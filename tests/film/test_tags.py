"""What levels mean, and how the picture stands: as in the source, in every kind of file."""

from __future__ import annotations

import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from chromafield.errors import OutputError, PictureError
from chromafield.film.levels import orientation_of
from chromafield.film.run import color_film
from chromafield.film.settings import Plan

from .clips import encoded, frames, luma, panned, picture

MARKS = ("color_range", "colorspace", "color_primaries", "color_trc")
MATRICES = {
    "709": (1, 1, 1, 1),
    "470bg": (2, 5, 5, 4),
    "240m": (1, 7, 7, 7),
    "2020": (1, 9, 9, 14),
}


def grey(path: Path) -> np.ndarray:
    """As FFmpeg's scaler shows it."""
    return np.stack([f.to_ndarray(format="gray") for f in frames(path)]).astype(int)


@pytest.mark.parametrize(
    ("codec", "result"),
    [
        ("h264", ".mp4"),
        ("h264", ".mkv"),
        ("h264", ".ts"),
        ("h265", ".mov"),
        ("h265", ".mkv"),
        ("ffv1", ".mkv"),
    ],
)
@pytest.mark.parametrize("name", sorted(MATRICES))
def test_marks_are_the_sources(
    plan: Plan, tmp_path: Path, codec: str, result: str, name: str
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / f"out{result}"
    marks = dict(zip(MARKS, MATRICES[name], strict=True))
    encoded(film, panned(2), "libx264", options={"qp": "0"}, **marks)
    color_film(film, out, replace(plan, codec=codec, quality=0), "cpu")
    with av.open(str(out)) as opened:
        context = opened.streams.video[0].codec_context
        next(opened.decode(video=0))
        assert tuple(int(getattr(context, mark)) for mark in MARKS) == MATRICES[name]
    for one, other in zip(frames(film), frames(out), strict=True):
        assert np.array_equal(luma(one), luma(other))


@pytest.mark.parametrize("pix_fmt", ["gray", "gray16le", "rgb24", "gbrp10le", "yuvj420p"])
def test_greys_of_the_full_range_stay(plan: Plan, tmp_path: Path, pix_fmt: str) -> None:
    film = tmp_path / ("film.mov" if pix_fmt == "rgb24" else "film.mkv")
    out = tmp_path / "out.mkv"
    codec = {"yuvj420p": "mjpeg", "rgb24": "png"}.get(pix_fmt, "ffv1")
    encoded(film, panned(2), codec, pix_fmt)
    color_film(film, out, plan, "cpu")
    with av.open(str(out)) as opened:
        assert opened.streams.video[0].codec_context.color_range == 2
    assert np.abs(grey(film) - grey(out)).max() <= (1 if pix_fmt == "gbrp10le" else 0)
    with pytest.raises(OutputError, match="cannot say that the film's levels are of the full"):
        color_film(film, tmp_path / "out.avi", plan, "cpu")


@pytest.mark.parametrize("transfer", [16, 18])
def test_a_high_dynamic_range_is_refused(plan: Plan, tmp_path: Path, transfer: int) -> None:
    film = tmp_path / "film.mkv"
    marks = {"colorspace": 9, "color_primaries": 9, "color_trc": transfer}
    encoded(
        film, panned(1), "libx265", "yuv420p10le", options={"x265-params": "log-level=0"}, **marks
    )
    with pytest.raises(PictureError, match="of a high dynamic range .*zscale and tonemap"):
        color_film(film, tmp_path / "out.mkv", plan, "cpu")


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
def test_quality_0_loses_nothing(plan: Plan, tmp_path: Path, codec: str, pix_fmt: str) -> None:
    film = tmp_path / "film.mkv"
    random = np.random.default_rng(0)
    noise = [random.integers(0, 256, (48, 64), np.uint8) for _ in range(3)]
    encoded(film, noise, "ffv1", pix_fmt)
    for name in (codec, "ffv1"):
        color_film(film, tmp_path / f"{name}.mkv", replace(plan, codec=name, quality=0), "cpu")
    lossy, whole = (
        [f.to_ndarray() for f in frames(tmp_path / f"{n}.mkv")] for n in (codec, "ffv1")
    )
    assert np.array_equal(lossy, whole)
    assert frames(tmp_path / f"{codec}.mkv")[0].format.name == pix_fmt


def test_two_runs_give_the_same_frames(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    random = np.random.default_rng(0)
    grain = [
        (level + random.normal(0, 8, level.shape)).clip(0, 255).astype(np.uint8)
        for level in panned(60, 96, 128)
    ]
    encoded(film, grain, "ffv1")
    for name in ("one", "two"):
        color_film(film, tmp_path / f"{name}.mp4", replace(plan, codec="h264"), "cpu")
    pairs = zip(frames(tmp_path / "one.mp4"), frames(tmp_path / "two.mp4"), strict=True)
    assert all(np.array_equal(a.to_ndarray(), b.to_ndarray()) for a, b in pairs)


def turned(path: Path, degrees: int, mirrored: bool, aspect: Fraction | None = None) -> np.ndarray:
    """A film that is marked as turned; returns what a player shows of it."""
    level = picture(0, 48, 64)
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", 25, options={"qp": "0"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        if aspect:
            video.codec_context.sample_aspect_ratio = aspect
        video.set_display_rotation(degrees, hflip=mirrored)
        frame = av.VideoFrame.from_ndarray(np.repeat(level[..., None], 3, 2), "rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.pts = 0
        out.mux(video.encode(frame))
        out.mux(video.encode(None))
    # The matrix is [a b; c d]: a place (x, y) is shown at (a x + c y, b x + d y).
    (shown,) = frames(path)
    sides = [s for s in shown.side_data if s.type.name == "DISPLAYMATRIX"]
    if not sides:
        assert not degrees and not mirrored
        return luma(shown)
    (side,) = sides
    a, b, _, c, d = (value / 65536 for value in struct.unpack("<5i", bytes(side)[:20]))
    rows = luma(shown)
    y, x = np.mgrid[0:48, 0:64]
    to_x, to_y = np.rint(a * x + c * y).astype(int), np.rint(b * x + d * y).astype(int)
    to_x, to_y = to_x - to_x.min(), to_y - to_y.min()
    seen = np.zeros((to_y.max() + 1, to_x.max() + 1), int)
    seen[to_y, to_x] = rows
    return seen


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_turned_and_mirrored_films_stand_as_players_show_them(
    plan: Plan, tmp_path: Path, degrees: int, mirrored: bool
) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "out.mkv"
    seen = turned(film, degrees, mirrored, Fraction(4, 3))
    color_film(film, out, replace(plan, codec="h264", quality=0), "cpu")
    (frame,) = frames(out)
    assert np.array_equal(luma(frame), seen) and orientation_of(frame) == (0, False)
    with av.open(str(out)) as opened:
        across = degrees % 180 == 0
        told = opened.streams.video[0].sample_aspect_ratio
        assert told == (Fraction(4, 3) if across else Fraction(3, 4))


def test_transparency_that_is_left_out_is_said(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mov"
    with av.open(str(film), "w") as out:
        video = out.add_stream("png", 25)
        video.width, video.height, video.pix_fmt = 64, 48, "rgba"
        levels = np.full((48, 64, 4), 120, np.uint8)
        frame = av.VideoFrame.from_ndarray(levels, "rgba")
        frame.pts = 0
        out.mux(video.encode(frame))
        out.mux(video.encode(None))
    report = color_film(film, tmp_path / "out.mkv", plan, "cpu")
    assert report.sentences == ["The film's transparency was left out."]
