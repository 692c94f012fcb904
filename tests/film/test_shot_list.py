"""Where shots begin: found, named by a person, and listed for an editor."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage.data
from click.testing import CliRunner

from chromafield.cli.main import main
from chromafield.errors import BadValue, DataError, OutputError
from chromafield.film.run import color_film
from chromafield.film.settings import Plan
from chromafield.film.shot_list import list_shots, read_cuts
from chromafield.film.times import Pace, clock

from .clips import encoded, frames, panned, write_film
from .test_kept import joined
from .test_light import chroma

PACE = Pace(Fraction(25), None)


def test_cuts_that_are_named(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    write_film(film, (6, 6), sound=False)
    assert color_film(film, out, plan, "cpu").shots == 2
    assert color_film(film, out, replace(plan, cuts=()), "cpu").shots == 1
    assert color_film(film, out, replace(plan, cuts=(0.08, 0.24, 0.4)), "cpu").shots == 4
    assert color_film(film, out, replace(plan, shortest_shot=9), "cpu").shots == 1
    assert color_film(film, out, replace(plan, cut_threshold=250.0), "cpu").shots == 1
    with pytest.raises(BadValue, match=r"begin at 9 seconds; the film's last frame is shown at"):
        color_film(film, out, replace(plan, cuts=(0.24, 9.0)), "cpu")
    with pytest.raises(BadValue, match="threshold"):
        replace(plan, cut_threshold=0)


def test_lists_of_cuts(tmp_path: Path) -> None:
    def read(name: str, text: str, pace: Pace = PACE) -> tuple[float, ...]:
        (tmp_path / name).write_text(text)
        return read_cuts(tmp_path / name, lambda: pace)

    half = 0.5 / 25  # a frame's time is told by the one before
    assert read("a.txt", "# shots\n\n1:30 # the mill\n12\n50f\n") == (2 - half, 12, 90)
    scenes = "Timecode List:,00:00:02.000\nScene Number,Start Frame,Start Time (seconds)\n"
    assert read("a.csv", f"{scenes}1,1,0.0\n2,51,2.0\n") == (0.0, 2.0)
    edl = (
        "TITLE: old\nFCM: NON-DROP FRAME\n\n"
        "001  AX       V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n"
        "* FROM CLIP NAME: old.mov\n"
        "002  AX       V     C        00:00:02:00 00:00:05:05 01:00:02:00 01:00:05:05\n"
    )
    assert read("a.edl", edl) == (0.0, 2 - half)
    assert read("a.edl", edl, Pace(Fraction(25), "00:59:59:00")) == (1 - half, 3 - half)
    for name, text, error, words in (
        ("b.txt", "1\nsoon\n", BadValue, r"b.txt: line 2: The time is 'soon'"),
        ("b.txt", "# none\n", DataError, "names no cut"),
        ("b.csv", "a,b\n1,2\n", BadValue, "no column start_seconds"),
        ("b.edl", edl, BadValue, "before the film's first timecode, 02:00:00:00"),
    ):
        with pytest.raises(error, match=words):
            read(name, text, Pace(Fraction(25), "02:00:00:00"))
    with pytest.raises(DataError, match=r"c.txt cannot be read \(No such file"):
        read_cuts(tmp_path / "c.txt", lambda: PACE)


@pytest.mark.parametrize("ending", [".csv", ".edl"])
def test_a_list_is_read_as_it_was_written(tmp_path: Path, ending: str) -> None:
    plain, film, listed = tmp_path / "plain.mp4", tmp_path / "film.mov", tmp_path / f"shots{ending}"
    write_film(plain, (7, 6, 5), sound=False)
    joined(film, plain, timecode="10:00:00:00")
    words = ["film", "shots", str(film), "-o", str(listed)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0 and "Shots: 3." in done.stderr, done.output
    assert "10:00:00:07" in listed.read_text() and "10:00:00:18" in listed.read_text()
    cuts = tmp_path / "new" / "shots.edl"
    cuts.parent.mkdir()
    again = [*words[:4], str(cuts), "--cuts", str(listed)]
    assert CliRunner().invoke(main, again).exit_code == 0
    assert CliRunner().invoke(main, [*words[:4], str(tmp_path / "a.edl")]).exit_code == 0
    assert cuts.read_text() == (tmp_path / "a.edl").read_text()


def test_what_lists_are_not(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, (4,), sound=False)
    with pytest.raises(OutputError, match=r"end with .csv or .edl"):
        list_shots(film, Plan()).write(tmp_path / "shots.xml")
    with pytest.raises(OutputError, match="cannot be written"):
        list_shots(film, Plan()).write(tmp_path / "none" / "shots.csv")
    both = ["film", "shots", str(film), "-o", "a.csv", "--cuts", "a", "--no-cuts"]
    assert "not both" in CliRunner().invoke(main, both).stderr
    assert clock(3725.5) == "1:02:05.50" and clock(59.999) == "0:01:00.00"


def test_a_part_is_counted_from_the_films_start(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, (7, 6, 5), sound=False)
    rows = list_shots(film, Plan(start=0.2)).as_csv().splitlines()[1:]
    assert [row.split(",")[1:3] for row in rows] == [["5", "2"], ["7", "6"], ["13", "5"]]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("length", [1, 20])
def test_a_dissolve_of_colour_and_grey(
    plan: Plan, tmp_path: Path, forward: bool, length: int
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    colour = cv2.resize(skimage.data.astronaut(), (96, 72))
    grey = np.repeat(cv2.resize(skimage.data.camera(), (96, 72))[..., None], 3, axis=2)
    mixed = [(1 - s) * colour + s * grey for s in np.arange(1, length) / length]
    levels = [colour] * 14 + [m.astype(np.uint8) for m in mixed] + [grey] * 26
    encoded(film, levels if forward else levels[::-1], "ffv1", "yuv444p")
    report = color_film(film, out, plan, "cpu")
    assert report.shots == 2 and report.kept_as_is == 14
    before, found = (chroma(path)[:: 1 if forward else -1] for path in (film, out))
    assert found[:14] == pytest.approx(before[:14], abs=1) and found[-20:].min() > 1
    assert found.max() <= 1.2 * max(found[:14].max(), found[-20:].max()) + 0.7
    steps = np.abs(np.diff(found[13 : 14 + length]))
    assert length == 1 or steps.max() < 0.5 * found.max()  # it does not end at once
    whole = color_film(film, out, replace(plan, recolor=True), "cpu")
    assert whole.kept_as_is == 0


def test_a_pan_to_a_grey_wall_is_no_dissolve(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    colour = cv2.resize(skimage.data.astronaut(), (96, 72))
    wall = np.full((72, 200, 3), 90, np.uint8) + np.arange(200, dtype=np.uint8)[None, :, None] // 4
    scene = np.concatenate([colour, wall], axis=1)
    places = [0] * 40 + [*range(0, 190, 5)] + [190] * 30
    encoded(film, [scene[:, x : x + 96] for x in places], "ffv1", "yuv444p")
    report = color_film(film, tmp_path / "out.mkv", plan, "cpu")
    assert report.shots == 1


def test_a_sheet_says_shots_and_times(tmp_path: Path, tiny_weights: Path) -> None:
    film, sheet = tmp_path / "film.mkv", tmp_path / "sheet.png"
    encoded(film, panned(45), "ffv1")
    cuts = tmp_path / "cuts.txt"
    cuts.write_text("\n".join(f"{n}f" for n in range(45)))
    words = ["--model", str(tiny_weights), "--cuts", str(cuts)]
    done = CliRunner().invoke(main, ["film", "preview", str(film), "-o", str(sheet), *words])
    assert done.exit_code == 0 and "Shots: 45." in done.stderr, done.output
    assert done.stdout.split() == [str(sheet), str(tmp_path / "sheet_002.png")]
    with av.open(str(film)) as opened:
        assert opened.streams.video[0].width == 64
    assert len(frames(film)) == 45
    first, second = (cv2.imread(str(path)) for path in (sheet, tmp_path / "sheet_002.png"))
    assert first.shape[0] > 9 * second.shape[0] / 2 > 0
