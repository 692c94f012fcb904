from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from chromafield.beliefs import GaussianBelief, LabelBelief, Proposal, marginals
from chromafield.errors import BadValue
from chromafield.evaluate.sheets import HEIGHT
from chromafield.fields import create_field
from chromafield.image import Picture
from chromafield.image.sheet import CAPTION, GAP, scaled
from chromafield.papers.first.figures import FIELDS, SWEEPS, caption, fields_sheet, sweeps_sheet
from chromafield.papers.first.palettes import as_markdown, palettes_sheet
from chromafield.settings import Settings


@pytest.fixture
def square(grey_picture: np.ndarray) -> Picture:
    return Picture(np.ascontiguousarray(grey_picture[:64, :64]))


def columns(sheet: np.ndarray, count: int) -> list[np.ndarray]:
    """The first row's pictures of a sheet of squares."""
    top = CAPTION + GAP
    row = sheet[top : top + HEIGHT]
    return [row[:, i * (HEIGHT + GAP) : i * (HEIGHT + GAP) + HEIGHT] for i in range(count)]


def colour(shown: np.ndarray) -> float:
    return float(np.ptp(shown.astype(float), axis=2).mean())


def test_sweeps_go_from_grey_to_colour(square: Picture, tiny_weights: Path) -> None:
    sheet = sweeps_sheet([square], Settings(model=str(tiny_weights)))
    shown = columns(sheet, SWEEPS + 1)
    assert shown[-1].shape == (HEIGHT, HEIGHT, 3)
    assert sheet.shape[1] == (SWEEPS + 1) * (HEIGHT + GAP) - GAP
    assert colour(shown[0]) < 1 < colour(shown[-1])


def test_fields_stand_beside_grey_and_truth(square: Picture, tiny_weights: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    toned = Picture(np.repeat(square.pixels[..., None], 3, axis=2))  # grey in three channels
    assert fields_sheet([toned], Settings(model=str(tiny_weights))).shape[1] == (
        (count := len(FIELDS) + 1) * (HEIGHT + GAP) - GAP
    )
    sheet = fields_sheet([Picture(colours), square], Settings(model=str(tiny_weights)))
    count = len(FIELDS) + 2
    assert sheet.shape[1] == count * (HEIGHT + GAP) - GAP
    assert sheet.shape[0] == 2 * (CAPTION + GAP + HEIGHT) + GAP
    shown = columns(sheet, count)
    assert colour(shown[0]) < 1 < colour(shown[2])
    truth = scaled(colours, HEIGHT)
    assert np.abs(shown[-1].astype(float) - truth).max() == 0


def test_each_palette_has_its_column(square: Picture, tiny_weights: Path) -> None:
    settings = Settings(model=str(tiny_weights), field="annealed")
    sheet, rows = palettes_sheet([square], settings, palettes=["#c02020", "#2020c0"])
    assert [row.palette for row in rows] == ["no palette", "#c02020", "#2020c0"]
    assert rows[0].moved == rows[0].far == 0 < rows[1].moved and rows[1].ciede2000 is None
    plain, red, blue = columns(sheet, 3)
    warmth = [float(p[..., 0].mean()) - float(p[..., 2].mean()) for p in (blue, plain, red)]
    assert warmth[0] < warmth[1] < warmth[2]
    with pytest.raises(BadValue, match="No palettes were named"):
        palettes_sheet([square], settings)


def test_a_palettes_table_says_how_far_true_colours_are(tiny_weights: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    settings = Settings(model=str(tiny_weights), field="mean")
    _, rows = palettes_sheet([Picture(colours)], settings, palettes=["#c02020"])
    assert all(row.ciede2000 is not None and row.ciede2000 > 0 for row in rows)
    lines = as_markdown(rows).splitlines()
    assert len(lines) == 4 and lines[2].startswith("| no palette | 0.0 | 0.0 % |")


def test_no_picture_is_refused(tiny_weights: Path) -> None:
    with pytest.raises(BadValue, match="No pictures were named"):
        fields_sheet([], Settings(model=str(tiny_weights)))


def test_captions_name_the_belief_that_potts_decided_on() -> None:
    gaussian = GaussianBelief(torch.zeros(1, 2, 1, 1), torch.ones(1, 1, 1, 1))
    joint = LabelBelief(torch.zeros(1, 2, 1, 1), torch.tensor([[0.0, 0.0], [10.0, 10.0]]))
    bins = Proposal(gaussian, joint, marginals(joint))
    assert caption(create_field("potts"), "potts", bins) == "potts (bins)"
    assert caption(create_field("potts", belief="joint"), "potts", bins) == "potts (joint)"
    assert caption(create_field("potts"), "potts", joint) == "potts (joint)"
    assert caption(create_field("mean"), "mean", bins) == "mean"
