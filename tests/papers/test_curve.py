"""The curve of several runs, by logs that are made here."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from chromafield.cli.main import main
from chromafield.data.crop_config import CropConfig
from chromafield.errors import DataError
from chromafield.papers.curve import held_out
from chromafield.train.config import RunConfig
from chromafield.train.folder import RunFolder

FOUND = {"ciede2000": 9.0, "psnr_gain": 2.0, "colourfulness_ratio": 0.5}


def run(path: Path, *steps: int) -> Path:
    path.mkdir()
    folder = RunFolder(path)
    folder.begin(RunConfig("lite-unet", ("a.zip",), steps=100, crops=CropConfig(batch=8)), 10)
    for step in steps:
        folder.log(step=step, held_out=FOUND)
    folder.log(step=90, loss=1.0)
    return path


def test_evaluations_stand_at_the_crops_seen(tmp_path: Path) -> None:
    rows, crops = held_out(run(tmp_path / "a", 20, 50))
    assert [row["crops"] for row in rows] == [160, 400] and crops == 720
    assert rows[0] == FOUND | {"crops": 160}


def test_runs_are_drawn_one_after_the_other(tmp_path: Path) -> None:
    runs = [str(run(tmp_path / name, 20, 50)) for name in ("a", "b")]
    plot = tmp_path / "curve.svg"
    done = CliRunner().invoke(main, ["figure", "curve", *runs, "-o", str(plot)])
    assert done.exit_code == 0, done.output
    assert "<svg" in plot.read_text()


def test_what_was_never_evaluated_has_no_curve(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="was never evaluated"):
        held_out(run(tmp_path / "a"))
    with pytest.raises(DataError, match="holds no run"):
        held_out(tmp_path / "none")
