from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from chromafield.cli.main import main
from chromafield.image import read_picture


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def scans(tmp_path: Path, grey_picture: np.ndarray) -> Path:
    """Six pictures in two folders, one of them broken."""
    folder = tmp_path / "scans"
    (folder / "box").mkdir(parents=True)
    for i, name in enumerate(("a.png", "b.jpg", "c.tif", "box/a.png", "box/d.bmp")):
        Image.fromarray(np.roll(grey_picture, 7 * i, axis=1)).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    (folder / "notes.txt").write_text("not meant")
    return folder


def test_one_picture_beside_its_source(photo: Path, tiny_weights: Path) -> None:
    done = run("colorize", photo, "--model", tiny_weights)
    assert done.exit_code == 0, done.output
    result = photo.with_name("photo-color.png")
    assert done.stdout.strip() == str(result)
    assert pixels(result).shape == (*pixels(photo).shape, 3)


def test_everything_asked_for_is_written(photo: Path, tiny_weights: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "result.jpg"
    extras = ("--compare", "--layer", "--tag", "--json", "--strength", "0.5")
    done = run("colorize", photo, "-o", target, "--model", tiny_weights, *extras)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["strength"] == 0.5 and told["model"] == "lite-unet"
    names = sorted(path.name for path in target.parent.iterdir())
    assert names == ["result-compare.jpg", "result-layer.png", "result.jpg"]
    assert pixels(target.with_name("result-layer.png")).shape == (*pixels(photo).shape, 4)
    xmp = read_picture(target).tags.xmp
    assert xmp is not None and b"guesses" in xmp and told["weights_sha256"].encode() in xmp


def test_a_folder_keeps_its_tree_and_names_the_one_bad_file(
    scans: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run("colorize", "-r", scans, "-o", out, "--model", tiny_weights)
    assert done.exit_code == 1
    assert f"Error: {scans / 'broken.jpg'} is" in done.stderr
    assert "5 coloured, 0 done before, 1 failed" in done.stderr
    written = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.suffix != ".jsonl")
    assert written == ["a.png", "b.jpg", "box", "box/a.png", "box/d.png", "c.tif"]
    assert len((out / "chromafield-manifest.jsonl").read_text().splitlines()) == 7  # two not meant


def test_resume_skips_what_is_proved_done_and_only_that(
    scans: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    out, command = tmp_path / "out", ("colorize", "-r", scans, "--model", tiny_weights)
    run(*command, "-o", out)
    first = {p: p.read_bytes() for p in out.rglob("*.*") if p.suffix != ".jsonl"}
    (out / "a.png").write_bytes(b"changed since")  # the result is no longer what was written
    Image.fromarray(np.full((9, 9), 80, np.uint8)).save(scans / "c.tif")  # another source
    with (out / "chromafield-manifest.jsonl").open("a") as manifest:
        manifest.write('{"cut short by a ki')
    left, current = (out / f".{digit * 16}.part" for digit in "af")
    for part in (left, current):
        part.write_bytes(b"half of a picture")
    os.utime(current, (2**32, 2**32))  # another process writes it
    done = run(*command, "-o", out, "--resume")
    assert current.exists() and not left.exists()
    assert "2 coloured, 3 done before, 1 failed" in done.stderr
    for path, data in first.items():
        assert (path.read_bytes() == data) == (path.name != "c.tif"), path
    again = run(*command, "-o", out, "--resume", "--json")
    assert "0 coloured, 5 done before, 1 failed" in again.stderr
    told = [json.loads(line) for line in again.stdout.splitlines()]
    skipped = {"input": str(scans / "a.png"), "output": str(out / "a.png"), "done_before": True}
    assert told[0] == skipped and len(told) == 6
    stronger = run(*command, "-o", out, "--resume", "--strength", "0.9")
    assert "5 coloured, 0 done before" in stronger.stderr


def test_a_killed_run_resumed_gives_the_bytes_of_an_unbroken_one(
    scans: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    (scans / "broken.jpg").unlink()
    command = ["colorize", "-r", str(scans), "--model", str(tiny_weights), "-o"]
    assert run(*command, tmp_path / "whole").exit_code == 0
    halves = tmp_path / "halves"
    manifest = halves / "chromafield-manifest.jsonl"
    child = subprocess.Popen([sys.executable, "-m", "chromafield", *command, str(halves)])
    while child.poll() is None and not (manifest.exists() and manifest.read_text()):
        time.sleep(0.005)
    child.kill()
    child.wait()
    resumed = run(*command, halves, "--resume")
    assert resumed.exit_code == 0 and " 0 coloured" not in resumed.stderr
    for path in (tmp_path / "whole").rglob("*.*"):
        if path.suffix != ".jsonl":
            other = halves / path.relative_to(tmp_path / "whole")
            assert other.read_bytes() == path.read_bytes(), path
    assert not list(halves.rglob("*.part"))


def test_two_jobs_give_what_one_gives(scans: Path, tiny_weights: Path, tmp_path: Path) -> None:
    command = ("colorize", "-r", scans, "--model", tiny_weights, "-o")
    one = run(*command, tmp_path / "one")
    two = run(*command, tmp_path / "two", "--jobs", 2)
    assert one.exit_code == two.exit_code == 1
    assert "broken.jpg" in two.stderr
    for path in (tmp_path / "one").rglob("*.*"):
        if path.suffix != ".jsonl":
            other = tmp_path / "two" / path.relative_to(tmp_path / "one")
            assert other.read_bytes() == path.read_bytes(), path


def test_a_colour_picture_among_many_stops_no_worker(
    scans: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    colour_photo(scans)
    command = ("colorize", "-r", scans, "--model", tiny_weights, "--jobs", 2)
    done = run(*command, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "coffee.png is already in colour" in done.stderr
    assert "5 coloured, 0 done before, 2 failed" in done.stderr


def test_what_is_written_beside_and_into_results_counts_when_a_run_goes_on(
    scans: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    command = ("colorize", "-r", scans, "-o", tmp_path / "out", "--model", tiny_weights)
    run(*command)
    assert "5 coloured, 0 done before" in run(*command, "--resume", "--compare", "--tag").stderr
    assert "0 coloured, 5 done before" in run(*command, "--resume", "--compare", "--tag").stderr


def colour_photo(folder: Path) -> Path:
    from skimage.data import coffee

    path = folder / "coffee.png"
    Image.fromarray(coffee()[::4, ::4]).save(path)
    return path


def test_a_colour_picture_is_said_to_be_so(tmp_path: Path, tiny_weights: Path) -> None:
    path = colour_photo(tmp_path)
    refused = run("colorize", path, "--model", tiny_weights)
    assert refused.exit_code == 1
    assert "coffee.png is already in colour" in refused.stderr and "--force" in refused.stderr
    assert not (tmp_path / "coffee-color.png").exists()
    assert run("colorize", path, "--model", tiny_weights, "--force").exit_code == 0


def bad(name: str, folder: Path) -> tuple[list[object], int, str]:
    """Arguments, exit code and sentence of each bad input."""
    photo = folder / "photo.png"
    cases: dict[str, tuple[list[object], int, str]] = {
        "missing": ([folder / "none.jpg"], 1, "none.jpg"),
        "folder without pictures": (
            [folder / "empty", "-o", folder / "out"],
            1,
            "holds no pictures",
        ),
        "folder without output": ([folder], 1, "Name a folder for the results with -o"),
        "output in a file": ([folder, "-o", photo / "out"], 1, "cannot be made"),
        "output is the input": ([photo, "-o", photo], 1, "photo.png, which is given to this run"),
        "several into one": (
            [photo, folder / "b.jpg", "-o", folder / "x.jpg"],
            1,
            "named like one",
        ),
        "output of no known kind": ([photo, "-o", folder / "x.gif"], 1, ".gif"),
        "model": ([photo, "--model", "zhang"], 1, "No model named 'zhang'. There are: iizuka"),
        "field": ([photo, "--field", "potty"], 1, "No field named 'potty'"),
        "strength": ([photo, "--strength", "2"], 1, "The strength is 2.0; it goes from 0"),
        "size": ([photo, "--size", "0"], 1, "The size is 0"),
        "device": ([photo, "--device", "abacus"], 1, "no device 'abacus'. It has: cpu"),
        "jobs": ([photo, "--jobs", "0"], 1, "must be at least 1"),
        "views": ([photo, "--views", "9"], 1, "The number of views is 9; it goes from 1 to 4"),
        "temperature": (
            [photo, "--field", "annealed", "--option", "temperature=-1"],
            1,
            "The temperature is -1.0; it must be above 0",
        ),
        "word for a number": (
            [photo, "--field", "annealed", "--option", "temperature=hot"],
            1,
            "The option temperature of annealed is 'hot'; its usual value is 0.38.",
        ),
        "field's option": ([photo, "--option", "hue=3"], 1, "mean has no option 'hue'"),
        "hex": ([photo, "--palette", "#12"], 1, "'#12' is no colour"),
        "grey palette": ([photo, "--palette", photo], 1, "has no colour but grey"),
        "palette's strength": (
            [photo, "--palette", "#f00", "--palette-strength", "2"],
            1,
            "strength is 2.0; it goes from 0",
        ),
        "weights": ([photo, "--model", folder / "no.safetensors"], 1, "cannot be read"),
        "pixels": ([photo, "--max-pixels", "100"], 1, "--max-pixels"),
        "no input": ([], 2, "Name the pictures or folders"),
        "option": ([photo, "--colour"], 2, "No such option"),
    }
    return cases[name]


BAD = (
    "missing",
    "folder without pictures",
    "folder without output",
    "output in a file",
    "output is the input",
    "several into one",
    "output of no known kind",
    "model",
    "field",
    "strength",
    "size",
    "device",
    "jobs",
    "views",
    "temperature",
    "word for a number",
    "field's option",
    "hex",
    "grey palette",
    "palette's strength",
    "weights",
    "pixels",
    "no input",
    "option",
)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence_and_writes_nothing(
    name: str, photo: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    arguments, code, sentence = bad(name, tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    model = [] if "--model" in arguments else ["--model", tiny_weights]
    done = run("colorize", *arguments, *model)
    assert done.exit_code == code, done.output
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == (
        1 if code == 1 else len(done.stderr.strip().splitlines())
    )
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_folder_is_named(photo: Path, tiny_weights: Path, tmp_path: Path) -> None:
    room = tmp_path / "closed"
    room.mkdir(mode=0o500)
    done = run("colorize", photo, "-o", room / "x.png", "--model", tiny_weights)
    assert done.exit_code == 1 and "read-only" in done.stderr


@pytest.mark.parametrize("shape", [(1, 1), (2, 30000), (30000, 2), (3, 1)])
def test_extreme_shapes_are_coloured(
    shape: tuple[int, int], tiny_weights: Path, tmp_path: Path
) -> None:
    path = tmp_path / "thin.png"
    levels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    Image.fromarray(levels).save(path)
    assert run("colorize", path, "--model", tiny_weights).exit_code == 0
    assert pixels(tmp_path / "thin-color.png").shape == (*shape, 3)
