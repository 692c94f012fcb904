"""Films made here: all but pictures is copied, luma and times are kept, colours keep still."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from chromafield.cli.main import main
from chromafield.errors import BadValue, OutputError, PictureError
from chromafield.evaluate.films import divergence, measure_film
from chromafield.film import toned
from chromafield.film.run import color_film
from chromafield.film.settings import Plan

from .clips import frames, luma, noting, packets, picture, write_film


def test_sound_times_and_luma_are_kept_and_cuts_are_seen(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    write_film(film, uneven=True)
    told: list[int] = []
    report = color_film(
        film,
        out,
        plan,
        "cpu",
        progress=noting(told),
    )
    assert report.frames == 18 and report.shots == 2 and not report.sentences
    assert told == list(range(1, 19))
    before, after = frames(film), frames(out)
    assert [float(f.pts * f.time_base) for f in before] == [
        pytest.approx(float(f.pts * f.time_base)) for f in after
    ]
    for one, other in zip(before, after, strict=True):
        assert np.array_equal(luma(one), luma(other))  # ffv1 loses nothing
    assert packets(film, "audio") == packets(out, "audio")
    chroma = after[3].to_ndarray(format="yuv444p")[1:].astype(int) - 128
    assert np.abs(chroma).mean() > 1
    assert not list(tmp_path.glob(".*"))


def test_steady_colours_move_less_than_frame_by_frame(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, shots=(12,), sound=False)
    moved = {}
    for steady in (True, False):
        out = tmp_path / f"{steady}.mkv"
        color_film(film, out, Plan(plan.settings, steady, codec="ffv1"), "cpu")
        planes = [f.to_ndarray(format="yuv444p")[1:].astype(float) for f in frames(out)]
        # The scene moves two pixels to the left a frame.
        moved[steady] = np.mean(
            [np.abs(b[..., :-2] - a[..., 2:]).mean() for a, b in itertools.pairwise(planes)]
        )
    assert moved[True] < 0.7 * moved[False]


def test_nothing_leaks_over_a_cut(plan: Plan, tmp_path: Path) -> None:
    film, second = tmp_path / "film.mkv", tmp_path / "second.mkv"
    write_film(film, shots=(6, 5), sound=False)
    write_film(second, shots=(0, 5), sound=False)
    color_film(film, tmp_path / "a.mkv", plan, "cpu")
    color_film(second, tmp_path / "b.mkv", plan, "cpu")
    one, other = frames(tmp_path / "a.mkv")[6:], frames(tmp_path / "b.mkv")
    for a, b in zip(one, other, strict=True):
        away = a.to_ndarray(format="yuv444p").astype(int) - b.to_ndarray(format="yuv444p")
        assert np.abs(away).mean() < 1  # but for what encoding the source lost


def test_frames_in_colour_are_passed_through_unless_asked(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, shots=(4,), sound=False, colour=True)
    report = color_film(film, tmp_path / "kept.mkv", plan, "cpu")
    assert report.kept_as_is == 4
    for one, other in zip(frames(film), frames(tmp_path / "kept.mkv"), strict=True):
        assert np.array_equal(one.to_ndarray(), other.to_ndarray())
    again = Plan(plan.settings, recolor=True, codec="ffv1")
    assert color_film(film, tmp_path / "new.mkv", again, "cpu").kept_as_is == 0


def test_a_shot_is_in_colour_or_not_as_a_whole(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, shots=(4,), sound=False, colour=True, grey=(1,))
    assert color_film(film, tmp_path / "kept.mkv", plan, "cpu").kept_as_is == 4
    write_film(film, shots=(4,), sound=False, colour=True, grey=(0, 1, 3))
    assert color_film(film, tmp_path / "new.mkv", plan, "cpu").kept_as_is == 0
    assert toned.colored_shots([5.0, 1.0, 0.1], [0, 60, 80, 100]) == (True, True, False)
    assert toned.colored_shots([5.0, 1.0, 0.1], [0, 40, 80, 100]) == (True, False, False)


def test_odd_sizes_and_h264_in_mp4(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "out.mp4"
    write_film(film, shots=(3,), size=(61, 83))
    color_film(film, out, Plan(plan.settings), "cpu")
    after = frames(out)
    assert len(after) == 3 and (after[0].width, after[0].height) == (83, 61)
    assert np.abs(luma(after[0]) - luma(frames(film)[0])).mean() < 3
    assert packets(film, "audio") == packets(out, "audio")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_what_is_no_film_is_refused_with_a_sentence(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    tone = tmp_path / "tone.mkv"
    write_film(tone, shots=(1,))
    with av.open(str(tone)) as source, av.open(str(tmp_path / "sound.mkv"), "w") as out:
        copy = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    cases = {
        "none.mp4": "There is no film",
        "text.mp4": "cannot be read as a film",
        "sound.mkv": "has no pictures; it holds audio",
    }
    for name, sentence in cases.items():
        with pytest.raises(PictureError, match=sentence):
            color_film(tmp_path / name, tmp_path / "out.mkv", plan, "cpu")
        assert not (tmp_path / "out.mkv").exists()
    with pytest.raises(OutputError, match="is the source itself"):
        color_film(tone, tone, plan, "cpu")
    with pytest.raises(OutputError, match="has no ending"):
        color_film(tone, tmp_path / "out", plan, "cpu")
    with pytest.raises(OutputError, match="cannot be made"):
        color_film(tone, tmp_path / "nowhere" / "out.mkv", plan, "cpu")
    with pytest.raises(BadValue, match="The codec is 'xvid'"):
        Plan(codec="xvid")
    with pytest.raises(BadValue, match="The quality"):
        Plan(quality=99)
    result = run("film", tmp_path / "none.mp4", "-o", tmp_path / "out.mp4")
    assert result.exit_code == 1 and "There is no film" in result.output


def test_the_command_colours_a_film(tiny_weights: Path, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "out.mp4"
    write_film(film, shots=(3,))
    result = run("film", film, "-o", out, "--model", tiny_weights, "--size", 64)
    assert result.exit_code == 0, result.output
    assert "Frames: 3. Shots: 1." in result.output and len(frames(out)) == 3
    assert run("film", film).exit_code == 2


def test_the_check_says_how_steady_colours_are(tiny_weights: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, shots=(6, 4), sound=False, colour=True)
    brief = ("--grain", 4, "--most", 8, "--model", tiny_weights, "--size", 64)
    result = run("film", "check", film, *brief)
    assert result.exit_code == 0, result.output
    old = run("film", film, "--check", *brief)
    assert old.stdout == result.stdout
    assert "Note: --check is now `chromafield film check`" in old.stderr
    rows = [line.split("|") for line in result.stdout.splitlines() if line.startswith("| ")]
    assert [row[1].strip() for row in rows[1:]] == ["frame by frame", "steady", "all-grey"]
    assert [int(row[2]) for row in rows[1:]] == [8, 8, 8]
    assert float(rows[2][3]) < float(rows[1][3])


def test_the_warp_error_by_hand() -> None:
    moving = [np.repeat(picture(5, 96, 128, 2 * i)[..., None], 3, axis=2) for i in range(3)]

    def still(lightness: torch.Tensor, luma: np.ndarray) -> torch.Tensor:
        return torch.full((1, 2, 24, 32), 10.0)

    def flicker() -> Callable[[torch.Tensor, np.ndarray], torch.Tensor]:
        count = itertools.count()
        return lambda lightness, luma: torch.full((1, 2, 24, 32), 3.0 * (next(count) % 2))

    methods = {"still": still, "flicker": flicker()}
    tallies, truth = measure_film(moving, methods, lambda luma: False)
    assert tallies["still"].mean("warps") == 0 and truth < 1
    assert tallies["flicker"].mean("warps") == pytest.approx(3 * 2**0.5, rel=1e-3)
    assert tallies["still"].mean("changes") < tallies["flicker"].mean("changes")
    cuts, _ = measure_film(moving, {"flicker": flicker()}, lambda luma: True)
    assert not cuts["flicker"].warps


def test_a_part_begins_at_nothing_and_keeps_its_sound(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    write_film(film, shots=(10, 8))
    part = Plan(plan.settings, codec="ffv1", start=0.2, end=0.52)
    report = color_film(film, out, part, "cpu")
    assert report.frames == 8  # at 0.20, 0.24, ... 0.48
    whole, found = frames(film), frames(out)
    assert float(found[0].pts * found[0].time_base) == pytest.approx(0, abs=1e-3)
    assert all(np.array_equal(luma(a), luma(b)) for a, b in zip(whole[5:13], found, strict=True))
    sound = packets(out, "audio")
    assert {digest for _, digest in sound} < {digest for _, digest in packets(film, "audio")}
    assert 0 <= sound[0][0] < 0.03 and sound[-1][0] < 0.32
    with pytest.raises(PictureError, match="no frame from 9 seconds on"):
        color_film(film, out, Plan(plan.settings, codec="ffv1", start=9.0), "cpu")
    with pytest.raises(BadValue, match="is empty"):
        Plan(start=3.0, end=2.0)


def test_the_divergence_of_histograms_by_hand() -> None:
    one, other = np.array([1.0, 0, 0]), np.array([0, 0.5, 0.5])
    assert divergence(one, one) == 0
    assert divergence(one, other) == pytest.approx(np.log(2))  # nothing in common
    half = np.array([0.5, 0.5, 0])
    by_hand = (np.log(4 / 3) + 0.5 * np.log(2 / 3) + 0.5 * np.log(2)) / 2
    assert divergence(one, half) == pytest.approx(by_hand)


def test_potts_decides_through_time_too(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, shots=(8,), sound=False)
    apart = {}
    for steady in (True, False):
        settings = replace(plan.settings, field="potts", options=(("time", 0.5),))
        out = tmp_path / f"{steady}.mkv"
        color_film(film, out, replace(plan, settings=settings, steady=steady), "cpu")
        chroma = np.stack([f.to_ndarray(format="yuv444p")[1:].astype(int) for f in frames(out)])
        # The scene moves two pixels a frame.
        apart[steady] = np.abs(chroma[1:, :, :, :-2] - chroma[:-1, :, :, 2:]).mean()
    assert apart[True] < 0.8 * apart[False]
