"""Long work: stopped and gone on with, side by side, looked at before; the same film every time."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from chromafield.cli.main import main
from chromafield.errors import BadValue, OutputError
from chromafield.film import run, survey
from chromafield.film.run import color_film
from chromafield.film.settings import Plan
from chromafield.film.source import Span, open_source
from chromafield.film.survey import Piece, stretches, survey_film
from chromafield.film.work_folder import WorkFolder

from .clips import encoded, frames, luma, noting, packets, picture, write_film

SHOTS = (14, 9, 11)


def _broken_start(*told: object) -> None:
    os._exit(9)


@pytest.fixture
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "LONGEST", 5)


def times(path: Path) -> list[float]:
    return [float(f.pts * f.time_base) for f in frames(path)]


def same_films(one: Path, other: Path) -> bool:
    pairs = zip(frames(one), frames(other), strict=True)
    return times(one) == times(other) and all(
        np.array_equal(a.to_ndarray(), b.to_ndarray()) for a, b in pairs
    )


def test_a_film_is_looked_through_once(tmp_path: Path, short_pieces: None) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, SHOTS)
    with open_source(film) as source:
        found = survey_film(source, Span())
    assert found.shots == (0, 14, 23) and len(found.times) == 34 and not found.damaged
    pieces = found.pieces()
    assert [piece.count for piece in pieces] == [5, 5, 4, 5, 4, 5, 5, 1]
    assert [piece.shot for piece in pieces] == [0, 0, 0, 1, 1, 2, 2, 2]
    assert [found.shot_of(n) for n in (0, 13, 14, 22, 23, 33)] == [0, 0, 1, 1, 2, 2]
    rows = list(stretches(pieces, minimum=10))
    assert [[piece.number for piece in row] for row in rows] == [[0, 1, 2], [3, 4, 5, 6, 7]]
    found.save(tmp_path / "survey.json")
    assert survey.load_survey(tmp_path / "survey.json") == found


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose frames come at uneven times."""
    film = tmp_path_factory.mktemp("uneven") / "film.mkv"
    write_film(film, SHOTS, uneven=True)
    return film


@pytest.fixture(scope="module", params=["ffv1", "h264"])
def unbroken(request: pytest.FixtureRequest, plan: Plan, uneven: Path) -> tuple[Plan, Path]:
    """A plan with one of the codecs, and the film of a run that nobody stopped."""
    codec = replace(plan, codec=request.param)
    whole = uneven.with_name(f"{request.param}.mkv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(survey, "LONGEST", 5)
        color_film(uneven, whole, codec, "cpu")
    return codec, whole


@pytest.mark.parametrize("stop", [3, 12, 24])
def test_a_stopped_run_plays_and_goes_on_to_the_same_film(
    unbroken: tuple[Plan, Path], uneven: Path, tmp_path: Path, short_pieces: None, stop: int
) -> None:
    (plan, whole), film, out = unbroken, uneven, tmp_path / "out.mkv"
    assert times(whole) == times(film)

    def interrupt(doing: str, done: int, of: int | None) -> None:
        if doing == "colouring" and done == stop:
            raise KeyboardInterrupt

    report = color_film(film, out, plan, "cpu", progress=interrupt)
    assert report.stopped and report.of == 34
    assert report.frames == {3: 0, 12: 10, 24: 23}[stop]
    if report.frames:
        assert times(out) == times(whole)[: report.frames]
        ends = times(whole)[report.frames]
        assert packets(out, "audio") == [p for p in packets(film, "audio") if 0 <= p[0] < ends]
    seen: list[int] = []
    resumes = report.frames > 0
    report = color_film(
        film,
        out,
        plan,
        "cpu",
        resume=resumes,
        progress=noting(seen),
    )
    assert not report.stopped and report.frames == 34 and report.shots == 3
    assert seen[0] == {3: 1, 12: 11, 24: 24}[stop]
    assert same_films(whole, out)
    assert packets(out, "audio") == packets(film, "audio")
    assert not list(tmp_path.glob("*.parts"))


def test_two_processes_make_the_same_film_as_one(
    plan: Plan, tmp_path: Path, short_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, SHOTS, sound=False)
    monkeypatch.setattr(run, "stretches", lambda pieces: stretches(pieces, minimum=5))
    color_film(film, tmp_path / "one.mkv", plan, "cpu")
    color_film(film, tmp_path / "two.mkv", plan, "cpu", jobs=2)
    assert same_films(tmp_path / "one.mkv", tmp_path / "two.mkv")
    monkeypatch.setattr(run, "_start", _broken_start)
    with pytest.raises(OutputError, match="ended from outside.*fewer --jobs"):
        color_film(film, tmp_path / "three.mkv", plan, "cpu", jobs=2)
    with pytest.raises(BadValue, match="The number of jobs is 0"):
        color_film(film, tmp_path / "two.mkv", plan, "cpu", jobs=0)


def test_another_plan_cannot_be_gone_on_with(
    plan: Plan, tmp_path: Path, short_pieces: None
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    write_film(film, (12,), sound=False)
    with pytest.raises(BadValue, match="to go on with. Start without --resume"):
        color_film(film, out, plan, "cpu", resume=True)

    def interrupt(doing: str, done: int, of: int | None) -> None:
        if doing == "colouring" and done == 7:
            raise KeyboardInterrupt

    assert color_film(film, out, plan, "cpu", progress=interrupt).frames == 5
    with pytest.raises(BadValue, match="made with another memory. Give the same"):
        color_film(film, out, replace(plan, memory=3.0), "cpu", resume=True)
    assert color_film(film, out, plan, "cpu", resume=True).frames == 12


def test_frames_that_a_gpu_sees_together_come_out_as_alone(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, (7,), sound=False)
    color_film(film, tmp_path / "alone.mkv", plan, "cpu")
    own = run.Film
    monkeypatch.setattr(run, "Film", lambda *told: own(*told[:6], 3, told[7]))
    color_film(film, tmp_path / "together.mkv", plan, "cpu")
    for one, other in zip(
        frames(tmp_path / "alone.mkv"), frames(tmp_path / "together.mkv"), strict=True
    ):
        away = one.to_ndarray().astype(int) - other.to_ndarray()
        assert np.abs(away).max() <= 1


def test_pieces_are_never_of_two_shots() -> None:
    whole = survey.Survey(tuple(range(500)), (0, 130, 131), (0.0,) * 500, (False,) * 3, (), None)
    pieces = whole.pieces()
    assert [p.first for p in pieces] == list(itertools.accumulate([0, *(p.count for p in pieces)]))[
        :-1
    ]
    assert max(piece.count for piece in pieces) == 120
    assert all(set(piece.frames) <= set(whole.shot(piece.shot)) for piece in pieces)
    assert [len(row) for row in stretches(pieces)] == [len(pieces)]
    assert WorkFolder(Path("x")).film(Piece(3, 0, 0, 1)).name == "000003.nut"


def test_a_sheet_shows_a_frame_of_each_shot(tiny_weights: Path, tmp_path: Path) -> None:
    film, sheet = tmp_path / "film.mkv", tmp_path / "sheet.jpg"
    write_film(film, SHOTS)
    words = ("-o", sheet, "--model", tiny_weights, "--size", 64)
    result = CliRunner().invoke(main, ["film", "preview", str(film), *map(str, words)])
    assert result.exit_code == 0, result.output
    first = sheet.read_bytes()
    old = CliRunner().invoke(main, ["film", str(film), "--preview", *map(str, words)])
    assert "Note: --preview is now `chromafield film preview`" in old.stderr
    assert sheet.read_bytes() == first
    assert "Shots: 3." in result.output
    with Image.open(sheet) as picture:
        assert picture.size[1] == 200 + 18 + 4 and picture.size[0] == 3 * 267 + 2 * 4
        assert np.ptp(np.asarray(picture), axis=2).max() > 15  # in colour


def test_the_command_says_that_it_was_stopped(
    tiny_weights: Path, tmp_path: Path, short_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mp4"
    write_film(film, (12,))
    told = ("film", film, "-o", out, "--model", tiny_weights, "--size", 64, "--timings")
    write = run._write

    def interrupted(film: run.Film, colorizing: object, piece: Piece, *rest: object) -> None:
        if piece.number == 2:
            raise KeyboardInterrupt
        write(film, colorizing, piece, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(run, "_write", interrupted)
        result = CliRunner().invoke(main, [str(one) for one in told])
    assert result.exit_code == 130, result.output
    assert "holds the first 10 of 12 frames; go on with --resume" in result.output
    assert len(frames(out)) == 10
    result = CliRunner().invoke(main, [str(one) for one in (*told, "--resume")])
    assert result.exit_code == 0 and "Frames: 12. Shots: 1." in result.output
    assert "Seconds: decode" in result.output and len(frames(out)) == 12
    assert luma(frames(out)[3]).mean() > 16


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read as Linux has it")
def test_memory_stays_flat_over_a_film(plan: Plan, tmp_path: Path, forgetful: None) -> None:
    film = tmp_path / "film.mkv"
    shots = [picture(seed, 192, 256) for seed in (0, 1)]
    encoded(film, [np.roll(level, n, axis=1) for level in shots for n in range(40)])
    held: dict[int, int] = {}  # pages in memory after so many frames

    def progress(doing: str, done: int, of: int | None) -> None:
        if doing == "colouring" and done % 20 == 0:
            held[done] = int(Path("/proc/self/statm").read_text().split()[1])

    plan = replace(plan, codec="h264", settings=replace(plan.settings, size=32))
    report = color_film(film, tmp_path / "out.mkv", plan, "cpu", progress=progress)
    assert report.frames == 80
    # Less than one picture of floats for each frame.
    assert (held[80] - held[20]) * 4096 < 60 * 192 * 256 * 4, held
