"""The second paper's figures: what stands on them, and what is missing is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from chromafield.canvas.guide import embedding
from chromafield.cli.main import main
from chromafield.fields.gcrf import Config, GaussianCRF
from chromafield.models.sampler.loading import Diverse
from chromafield.papers.second.figures import likeness


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def hints(tmp_path: Path) -> Path:
    points = [
        {"at": [x, 0.5], "radius": 0.05, "color": color}
        for x, color in ((0.2, "#c02020"), (0.7, "#2020c0"))
    ]
    path = tmp_path / "edits.json"
    path.write_text(json.dumps({"chromafield": "hints", "version": 1, "marks": points}))
    return path


@pytest.mark.parametrize(
    ("kind", "more", "columns"),
    [
        ("unary", [], 7),
        ("affinity", ["--at", "0.2,0.5", "--at", "0.7,0.5"], 3),
        ("variance", [], 3),
        ("edits", ["--hints", "HINTS"], 8),
    ],
)
def test_each_figure_has_its_columns(
    kind: str, more: list[str], columns: int, photo: Path, hints: Path, networks_folder: Path
) -> None:
    out = photo.with_name("sheet.png")
    told = [str(hints) if word == "HINTS" else word for word in more]
    result = run("figure", kind, photo, "--networks", networks_folder, "-o", out, *told)
    assert result.exit_code == 0, result.output
    with Image.open(out) as sheet:
        width, _ = sheet.size
    assert width == pytest.approx(columns * 220 * 120 / 90 + 4 * (columns - 1), abs=columns)


@pytest.mark.parametrize(
    ("kind", "more", "code", "sentence"),
    [
        ("affinity", [], 1, "No place was named"),
        ("affinity", ["--at", "here"], 2, "say X,Y"),
        ("affinity", ["--at", "2,0"], 2, "X and Y go from 0 to 1"),
        ("edits", [], 2, "Name a file of your colours with --hints"),
    ],
)
def test_what_is_missing_is_asked_for(
    kind: str, more: list[str], code: int, sentence: str, photo: Path, networks_folder: Path
) -> None:
    out = photo.with_name("sheet.png")
    result = run("figure", kind, photo, "--networks", networks_folder, "-o", out, *more)
    assert result.exit_code == code and sentence in result.output and not out.exists()


def test_hints_without_a_mark_edit_nothing(photo: Path, networks_folder: Path) -> None:
    path = photo.with_name("none.json")
    path.write_text('{"chromafield": "hints", "version": 1}')
    result = run(
        *("figure", "edits", photo, "--networks", networks_folder, "--hints", path),
        *("-o", photo.with_name("sheet.png")),
    )
    assert result.exit_code == 1 and "at least one disc, stroke or polygon" in result.output


def test_a_places_row_of_s_sums_to_one(networks: Diverse) -> None:
    lightness = 100 * torch.rand(1, 1, 64, 96, generator=torch.Generator().manual_seed(0))
    vectors = embedding(networks, lightness, 64)
    row = likeness(GaussianCRF(Config()), vectors, (1.0, 0.0))
    assert row.shape == vectors.shape[2:]
    torch.testing.assert_close(row.sum(), torch.tensor(1.0))
    dense = torch.softmax(vectors[0].flatten(1).T @ vectors[0].flatten(1), dim=1)
    torch.testing.assert_close(row.flatten(), dense[row.shape[1] - 1])
