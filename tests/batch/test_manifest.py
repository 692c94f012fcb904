"""Going on where a run was stopped: what a manifest proves, wherever its folder lies by then."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chromafield.batch.batch import Batch, colorize_many
from chromafield.batch.manifest import MANIFEST
from chromafield.colorizer.files import OutputOptions
from chromafield.errors import OutputError
from chromafield.jobs.jobs import plan
from chromafield.settings import Settings


@pytest.fixture
def scans(tmp_path: Path, grey_picture: np.ndarray) -> Path:
    folder = tmp_path / "scans"
    (folder / "box").mkdir(parents=True)
    for i, name in enumerate(("a.png", "box/b.png")):
        Image.fromarray(np.roll(grey_picture, 7 * i, axis=1)).save(folder / name)
    return folder


@pytest.fixture
def settings(tiny_weights: Path) -> Settings:
    return Settings(model=str(tiny_weights), field="mode", size=32)


def run(
    scans: Path, out: Path, settings: Settings, extras: OutputOptions | None = None
) -> list[str]:
    """The names of the pictures that a resumed run colours."""
    batch = Batch(settings, extras or OutputOptions(), manifest=out / MANIFEST, resume=True)
    outcomes = list(colorize_many(plan([scans], out, recursive=True), batch))
    assert not [one.error for one in outcomes if one.error]
    return [one.job.source.name for one in outcomes if one.report]


def test_a_run_goes_on_by_other_paths_and_in_other_places(
    scans: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(Path("scans"), Path("out"), settings) == ["a.png", "b.png"]
    line = json.loads((tmp_path / "out" / MANIFEST).read_text().splitlines()[1])
    assert line["input"] == "scans/box/b.png" and line["output"] == "box/b.png"
    assert run(scans, tmp_path / "out", settings) == []
    monkeypatch.chdir(scans)
    assert run(Path(), Path("../out"), settings) == []
    moved = shutil.move(tmp_path / "out", tmp_path / "moved")
    assert run(scans, Path(moved), settings) == []
    elsewhere = Path(shutil.move(scans, tmp_path / "elsewhere"))
    assert run(elsewhere, Path(moved), settings) == []
    (elsewhere / "a.png").write_bytes((elsewhere / "box" / "b.png").read_bytes())
    assert run(elsewhere, Path(moved), settings) == ["a.png"]


def test_what_lies_beside_a_result_must_be_there(
    scans: Path, settings: Settings, tmp_path: Path
) -> None:
    out, extras = tmp_path / "out", OutputOptions(compare=True, layer=True)
    run(scans, out, settings, extras)
    assert run(scans, out, settings, extras) == []
    (out / "a-compare.jpg").unlink()
    (out / "box" / "b-layer.png").unlink()
    assert run(scans, out, settings, extras) == ["a.png", "b.png"]
    assert (out / "a-compare.jpg").exists() and (out / "box" / "b-layer.png").exists()


@pytest.mark.parametrize(
    "damage",
    [b"\xff\xfe\x00\xd8 binary", b"{not json}", b'{"output": 7}', b'"output"', b"[" * 100_000],
    ids=("binary", "no JSON", "a number", "a word", "deep"),
)
def test_a_damaged_line_proves_nothing_and_stops_nothing(
    damage: bytes, scans: Path, settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(scans, out, settings)
    second = (out / MANIFEST).read_bytes().splitlines()[1]
    (out / MANIFEST).write_bytes(damage + b"\n" + second + b"\n" + damage)
    assert run(scans, out, settings) == ["a.png"]
    assert run(scans, out, settings) == []


def test_a_manifest_that_cannot_be_opened_is_named(
    scans: Path, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "out" / MANIFEST).mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot be read .* Leave --resume out"):
        run(scans, tmp_path / "out", settings)
