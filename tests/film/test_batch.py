"""A folder of films: each under its name, a manifest, and failures that stop nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from chromafield.cli.main import main
from chromafield.errors import DataError, OutputError
from chromafield.film.batch import MANIFEST, color_films, films_in
from chromafield.film.settings import Plan

from .clips import encoded, frames, panned
from .test_times import told


def test_a_folder_of_films(tiny_weights: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "films", tmp_path / "out"
    (folder / "reel").mkdir(parents=True)
    encoded(folder / "a.mp4", panned(4))
    encoded(folder / "reel" / "b.avi", panned(3), "mjpeg", "yuvj420p", rate=18)
    (folder / "c.mov").write_bytes(b"no film")
    (folder / "notes.txt").write_text("no film either")
    assert [path.name for path in films_in(folder)] == ["a.mp4", "c.mov", "b.avi"]
    words = ["film", str(folder), "-o", str(out), "--model", str(tiny_weights), "--size", "64"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1 and "c.mov cannot be read as a film" in done.stderr, done.output
    results = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    assert results == ["a.mp4", MANIFEST, "reel/b.mkv"]
    assert len(frames(out / "a.mp4")) == 4 and told(out / "reel" / "b.mkv").rate == 18
    lines = [json.loads(line) for line in (out / MANIFEST).read_text().splitlines()]
    assert [line["film"] for line in lines] == ["a.mp4", "reel/b.avi"]
    again = CliRunner().invoke(main, words)
    assert again.exit_code == 1 and "a.mp4 already. Name another, or add" in again.stderr
    (out / "reel" / "b.mkv").unlink()
    going_on = CliRunner().invoke(main, [*words, "--resume"])
    assert "a.mp4 was done before." in going_on.stderr
    assert going_on.stdout.split() == [str(out / "reel" / "b.mkv")]


def test_another_plan_is_not_done(plan: Plan, tmp_path: Path) -> None:
    folder, out = tmp_path / "films", tmp_path / "out"
    folder.mkdir()
    encoded(folder / "a.mkv", panned(3), "ffv1")
    (first,) = color_films(folder, out, plan, "cpu")
    assert first.report is not None and first.report.frames == 3
    (out / MANIFEST).write_text((out / MANIFEST).read_text() + "cut sho")
    (same,) = color_films(folder, out, plan, "cpu", resume=True)
    assert same.report is None and same.error is None
    (other,) = color_films(folder, out, replace(plan, memory=5), "cpu", resume=True)
    assert other.error is not None and "already" in other.error
    (anew,) = color_films(folder, out, replace(plan, memory=5), "cpu", overwrite=True)
    assert anew.report is not None
    with pytest.raises(OutputError, match="lies in"):
        list(color_films(folder, folder / "out", plan, "cpu"))
    with pytest.raises(DataError, match="holds no film"):
        list(color_films(tmp_path / "none", out, plan, "cpu"))
