"""Samples, hints and the second paper's tables from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from chromafield.cli.main import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def samples(photo: Path, networks_folder: Path, folder: Path, *more: object) -> Result:
    return run("samples", photo, "-n", 3, "--model", networks_folder, "-o", folder, *more)


def test_a_network_that_draws_no_samples_is_a_sentence(photo: Path) -> None:
    done = run("samples", photo, "--model", "paper-cnn")
    assert done.exit_code == 1
    assert "paper-cnn is no folder of the three networks that draw samples" in done.output


def test_samples_are_pictures_and_a_sheet_and_one_seed_is_one_result(
    photo: Path, networks_folder: Path, tmp_path: Path
) -> None:
    result = samples(photo, networks_folder, tmp_path / "one", "--seed", 3)
    assert result.exit_code == 0, result.output
    names = [f"photo-sample-{end}" for end in ("1.png", "2.png", "3.png", "sheet.jpg")]
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == names
    assert result.output.splitlines() == [str(tmp_path / "one" / name) for name in names]
    with Image.open(tmp_path / "one" / "photo-sample-1.png") as picture:
        assert picture.size == (120, 90) and picture.mode == "RGB"
    samples(photo, networks_folder, tmp_path / "two", "--seed", 3)
    samples(photo, networks_folder, tmp_path / "other", "--seed", 4)
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    first = [(tmp_path / folder / "photo-sample-1.png").read_bytes() for folder in ("one", "other")]
    assert first[0] != first[1]


def test_two_sets_of_samples_do_not_mix(photo: Path, networks_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    samples(photo, networks_folder, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    again = samples(photo, networks_folder, out, "-n", 2, "--seed", 5)
    assert again.exit_code == 1 and "is there already and was kept. Use --overwrite" in again.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    (out / "photo-sample-of-mine.png").write_bytes(b"mine")
    done = samples(photo, networks_folder, out, "-n", 2, "--seed", 5, "--overwrite")
    assert done.exit_code == 0, done.output
    ends = ("1.png", "2.png", "of-mine.png", "sheet.jpg")
    assert sorted(path.name for path in out.iterdir()) == [f"photo-sample-{end}" for end in ends]


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (["--views", 2], 2, "No such option"),
        (["--draw", "means", "-n", 9], 1, "There are 8 means, and 9 samples"),
        (["--model", "nowhere"], 1, "is no folder of the three networks"),
        (["--strength", 2.0], 1, "The strength is 2.0"),
    ],
)
def test_what_samples_cannot_do_is_refused(
    photo: Path, networks_folder: Path, tmp_path: Path, more: list[object], code: int, sentence: str
) -> None:
    result = samples(photo, networks_folder, tmp_path / "out", *more)
    assert result.exit_code == code and sentence in result.output
    assert not list(tmp_path.glob("out/*"))


def test_one_bad_file_does_not_stop_the_others(
    photo: Path, networks_folder: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    result = run(
        *("samples", bad, photo, "-n", 1, "--model", networks_folder),
        *("-o", tmp_path / "out"),
    )
    assert result.exit_code == 1 and f"Error: {bad} is a text, not a picture" in result.output
    assert (tmp_path / "out" / "photo-sample-1.png").exists()


def test_the_old_spelling_still_works_and_names_the_new_one(
    photo: Path, networks_folder: Path, tmp_path: Path
) -> None:
    brief = ("--model", networks_folder, "--seed", 3)
    old = run("colorize", photo, "--samples", 2, *brief, "-o", tmp_path / "old")
    assert old.exit_code == 0, old.output
    assert "Note: --samples is now `chromafield samples -n 2`" in old.stderr
    new = run("samples", photo, "-n", 2, *brief, "-o", tmp_path / "new")
    assert new.exit_code == 0 and not new.stderr
    for path in (tmp_path / "new").iterdir():
        assert path.read_bytes() == (tmp_path / "old" / path.name).read_bytes()
    surplus = run("colorize", photo, "--samples", 2, "--views", 2)
    assert surplus.exit_code == 2 and "--samples does not take --views" in surplus.stderr


def test_draw_without_samples_is_refused(photo: Path) -> None:
    done = run("colorize", photo, "--draw", "means")
    assert done.exit_code == 2 and "see `chromafield samples`" in done.stderr


def test_hints_colour_where_they_lie(photo: Path, tiny_weights: Path, tmp_path: Path) -> None:
    told = {
        "chromafield": "hints",
        "version": 1,
        "marks": [{"at": [0.25, 0.5], "radius": 0.1, "color": "#c04030"}],
        "same": [[{"at": [0.2, 0.2], "radius": 0.1}, {"at": [0.8, 0.8], "radius": 0.1}]],
    }
    hints = tmp_path / "photo.hints.json"
    hints.write_text(json.dumps(told))
    out = tmp_path / "out.png"
    result = run("colorize", photo, "--hints", hints, "--model", tiny_weights, "-o", out)
    assert result.exit_code == 0, result.output
    with Image.open(out) as picture:
        rgb = np.asarray(picture).astype(int)
    red = rgb[43:47, 28:32].mean((0, 1))
    assert red[0] > red[1] + 15 and red[0] > red[2] + 15
    hints.write_text(json.dumps(told | {"version": 9}))
    result = run("colorize", photo, "--hints", hints, "--model", tiny_weights, "-o", out)
    assert result.exit_code == 1 and "version 9" in result.output


def test_table_two_has_its_rows_and_intervals(
    networks_folder: Path, pack: Path, tmp_path: Path
) -> None:
    table = tmp_path / "two.md"
    result = run(
        *("diversity", pack, "--samples", 2, "--networks", networks_folder, "--most", 2),
        *("--markdown", table, "--against", networks_folder),
    )
    assert result.exit_code == 0, result.output
    text = table.read_text()
    for row in (
        *("all-grey", "VAE + MDN", "the same codes, no field", "with the field"),
        "own code of the truth",
    ):
        assert f"| scenes | {row} | - | 2 |" in text
    assert "with the field less VAE + MDN, paired, 95 % intervals" in text


def test_table_three_has_its_rows_and_plot(
    networks_folder: Path, tiny_weights: Path, pack: Path, tmp_path: Path
) -> None:
    result = run(
        *("points", pack, "--counts", "0,3", "--law", "uniform", "--networks", networks_folder),
        *("--model", tiny_weights, "--most", 2, "--markdown", tmp_path / "three.md"),
        *("--plot", tmp_path / "three.png"),
    )
    assert result.exit_code == 0, result.output
    for row in ("all-grey", "Levin", "field, points alone", "network and field", "ceiling"):
        assert f"| scenes | uniform | {row}" in (tmp_path / "three.md").read_text()
    with Image.open(tmp_path / "three.png") as plot:
        assert plot.size[0] > 300
    assert run("points", pack, "--counts", "few").exit_code == 2
