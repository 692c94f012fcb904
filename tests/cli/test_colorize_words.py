"""The command line as people expect it: a picture alone, streams, notes, what is there already."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from chromafield.batch.manifest import MANIFEST
from chromafield.cli._group import INTERRUPTED
from chromafield.cli.main import main


def run(*arguments: object, given: bytes = b"") -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], input=given)


@pytest.fixture
def small(tiny_weights: Path) -> tuple[object, ...]:
    return ("--model", tiny_weights, "--size", 32, "--views", 1)


def test_a_picture_alone_is_coloured(photo, small):
    done = run(photo, *small)
    assert done.exit_code == 0, done.output
    assert photo.with_name("photo-color.png").exists()


def test_an_unknown_command_is_still_one(small):
    done = run("colorise")
    assert done.exit_code == 2 and "No such command 'colorise'" in done.output


@pytest.mark.parametrize(("format", "shown"), [(None, "PNG"), ("jpg", "JPEG"), ("tif", "TIFF")])
def test_from_stream_to_stream(photo, small, format, shown):
    chosen = ("--format", format) if format else ()
    done = run("colorize", "-", *chosen, *small, given=photo.read_bytes())
    assert done.exit_code == 0, done.stderr
    with Image.open(io.BytesIO(done.stdout_bytes)) as result, Image.open(photo) as source:
        assert (result.format, result.size, result.mode) == (shown, source.size, "RGB")


def test_from_stream_to_file_and_from_file_to_stream(photo, small, tmp_path):
    done = run("colorize", "-", "-o", tmp_path / "a.png", *small, given=photo.read_bytes())
    assert (done.exit_code, done.stdout) == (0, "")
    streamed = run("colorize", photo, "-o", "-", *small)
    assert streamed.stdout_bytes == (tmp_path / "a.png").read_bytes()
    assert not Path("-").exists()


def test_a_stream_that_is_no_picture_is_one_sentence(small):
    done = run("colorize", "-", *small, given=b"hello there, this is no picture")
    assert (done.exit_code, done.stdout_bytes) == (1, b"")
    assert (
        done.stderr == "Error: standard input is a text, not a picture. Name the picture itself.\n"
    )
    assert run("colorize", "-", "x.png", *small).exit_code == 2


def test_what_is_there_already_is_kept(photo, small, tmp_path):
    target = tmp_path / "out.png"
    target.write_bytes(b"mine")
    done = run("colorize", photo, "-o", target, *small)
    assert done.exit_code == 1 and "is there already and was kept. Use --overwrite" in done.stderr
    assert target.read_bytes() == b"mine"
    assert run("colorize", photo, "-o", target, "--overwrite", *small).exit_code == 0
    with Image.open(target) as result:
        assert result.mode == "RGB"


def test_an_address_is_told_from_a_file():
    done = run("https://example.org/a/photo.jpg")
    assert done.exit_code == 1
    assert "https://example.org/a/photo.jpg is an address, not a file" in done.stderr


@pytest.mark.parametrize("name", ["results", "2024.05", "box.v2"])
def test_a_name_without_a_pictures_ending_is_a_folder(photo, small, tmp_path, name):
    assert run("colorize", photo, "-o", tmp_path / name, *small).exit_code == 0
    assert (tmp_path / name / "photo.png").exists()


def test_a_folder_says_what_it_leaves_out_and_how_long_it_took(photo, small, tmp_path):
    for name in ("a.txt", "b.txt", "c.nef"):
        (photo.parent / name).write_text("x")
    (photo.parent / "second.png").write_bytes(photo.read_bytes())
    done = run("colorize", photo.parent, "-o", tmp_path / "out", *small)
    assert done.exit_code == 0, done.stderr
    assert "3 other files left out: 2 .txt, 1 .nef.\n" in done.stderr
    assert "2 coloured, 0 done before, 0 failed, in " in done.stderr and "a minute)" in done.stderr
    assert "picture/s" not in done.stderr  # no bar in what is no terminal


def test_notes_are_printed_and_strictness_fails(photo, small, tmp_path):
    wrong = tmp_path / "scan.jpg"
    wrong.write_bytes(photo.read_bytes())
    done = run("colorize", wrong, "-o", tmp_path / "out", "--json", *small)
    assert done.exit_code == 0
    note = "scan.jpg is named like a JPEG file, but is a PNG file; its content counts."
    assert f"Note: {note}\n" in done.stderr
    assert json.loads(done.stdout)["notes"] == [note]
    strict = run("colorize", wrong, "-o", tmp_path / "strict", "--strict", *small)
    assert strict.exit_code == 1 and note in strict.stderr
    assert not (tmp_path / "strict").exists()


def test_names_that_are_not_utf8_are_printed_as_they_are(photo, tiny_weights, tmp_path):
    name = os.fsencode(tmp_path) + b"/fr\xfchling.png"
    Path(os.fsdecode(name)).write_bytes(photo.read_bytes())
    command = [sys.executable, "-m", "chromafield", name, "--model", str(tiny_weights)]
    done = subprocess.run(command, capture_output=True, env=os.environ | {"LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == name.replace(b".png", b"-color.png")


def test_commands_stand_in_sections():
    told = run("--help").stdout
    colour, look, train = (
        told.index(f"\n{name}:") for name in ("Colour", "Look", "Train and measure")
    )
    assert colour < told.index("colorize  ", colour) < look < told.index("inspect  ", look) < train
    for name in main.commands:
        assert f"\n  {name} " in told


def test_interruption_is_quiet(tiny_weights, tmp_path):
    for i in range(200):
        Image.fromarray(np.full((300, 300), i, np.uint8)).save(tmp_path / f"{i}.png")
    command = [sys.executable, "-m", "chromafield", "colorize", str(tmp_path), "-o"]
    command += [str(tmp_path / "out"), "--model", str(tiny_weights)]

    def heeding() -> None:  # tests that were started in the background would hand on their deaf ear
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with (
        subprocess.Popen(command, preexec_fn=heeding, **pipes) as process,
        contextlib.ExitStack() as held,
    ):
        held.callback(process.kill)  # leaving the block waits for it
        until = time.monotonic() + 200
        while not list((tmp_path / "out").glob("*.png")) and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=200)
    assert process.returncode == INTERRUPTED
    assert b"Traceback" not in said and b"Aborted" not in said


def test_the_same_globs_twice_colour_no_results(photo, small):
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    assert run("colorize", photo, other, "--layer", *small).exit_code == 0
    there = sorted(photo.parent.glob("*.png"))
    assert len(there) == 6
    done = run("colorize", *there, "--overwrite", *small)
    assert done.exit_code == 0, done.stderr
    assert "4 results of earlier runs left out: other-color-layer.png, " in done.stderr
    assert sorted(photo.parent.glob("*.png")) == there


def test_a_result_is_known_by_its_note(photo, small):
    assert run("colorize", photo, *small).exit_code == 0
    result = photo.with_name("photo-color.png").rename(photo.with_name("renamed.png"))
    done = run("colorize", result, *small)
    assert done.exit_code == 1
    assert "renamed.png is already in colour. Chromafield coloured it before. Use" in done.stderr
    assert run("colorize", result, "--force", *small).exit_code == 0


def test_a_slash_at_its_end_makes_a_name_a_folders(photo, small, tmp_path):
    assert run("colorize", photo, "-o", f"{tmp_path / 'out.png'}/", *small).exit_code == 0
    assert (tmp_path / "out.png" / "photo.png").is_file()


def test_a_table_and_the_manifest_have_a_row_for_every_file(photo, small, tmp_path):
    scans, out, table = tmp_path / "scans", tmp_path / "out", tmp_path / "table.csv"
    scans.mkdir()
    photo.rename(scans / "good.png")
    (scans / "bad.png").write_bytes(b"no picture")
    (scans / "notes.txt").write_text("x")
    done = run("colorize", scans, "-o", out, "--report", table, *small)
    assert done.exit_code == 1
    with table.open(encoding="utf-8", newline="") as file:
        rows = {Path(row["input"]).name: row for row in csv.DictReader(file)}
    status = {name: row["status"] for name, row in rows.items()}
    assert status == {"good.png": "coloured", "bad.png": "failed", "notes.txt": "left out"}
    assert rows["bad.png"]["sentence"] in done.stderr and rows["bad.png"]["output"] == ""
    assert Path(rows["good.png"]["output"]) == out / "good.png"
    lines = [json.loads(line) for line in (out / MANIFEST).read_text().splitlines()]
    kinds = {Path(str(line["input"])).name: line for line in lines}
    assert "output_sha256" in kinds["good.png"] and kinds["notes.txt"]["left_out"]
    assert kinds["bad.png"]["error"] == rows["bad.png"]["sentence"]
    again = run("colorize", scans, "-o", out, "--report", table, "--resume", *small)
    assert "0 coloured, 1 done before, 1 failed" in again.stderr
    assert len((out / MANIFEST).read_text().splitlines()) == 4  # the failure alone once more
    assert "good.png,{},done before".format(out / "good.png") in table.read_text()


def test_a_table_that_cannot_be_written_is_refused_first(photo, small, tmp_path):
    done = run("colorize", photo, "--report", tmp_path / "none" / "table.csv", *small)
    assert done.exit_code == 1 and "table.csv cannot be written" in done.stderr
    assert not photo.with_name("photo-color.png").exists()
