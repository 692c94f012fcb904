"""The first paper's own experiment on generated pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from chromafield.cli.main import main
from chromafield.color import rgb_to_lab
from chromafield.colorizer.loading import load_colorizer
from chromafield.data.synthetic import scene
from chromafield.errors import BadValue
from chromafield.fields import create_field
from chromafield.image import Picture
from chromafield.metrics.metrics import measure
from chromafield.metrics.two_toned import two_toned
from chromafield.models import create_model
from chromafield.models.weights import write_weights
from chromafield.papers.first.figures import on_one
from chromafield.papers.first.potts_input import WAYS, as_markdown, potts_input
from chromafield.settings import Settings

SIDE = 64


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A narrow zhang2016 that says something."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("zhang") / "zhang2016.safetensors"
    write_weights(path, "zhang2016", create_model("zhang2016", width=4))
    return Settings(model=str(path), size=64, views=1)


def picture(seed: int) -> Picture:
    return Picture(scene(np.random.default_rng(seed), SIDE, SIDE))


def test_every_way_is_measured_as_the_colorizer_paints_it(settings: Settings) -> None:
    pictures = [picture(1), picture(2)]
    sheet, figures = potts_input(pictures, settings)
    assert sheet.ndim == 3 and sheet.shape[1] > 5 * 220
    assert [one.way for one in figures] == [*WAYS, "truth"]
    for one in figures[:-1]:
        expected = []
        for true in pictures:
            canvas = load_colorizer(replace(settings, field="mean", vividness=0)).canvas(true)
            rgb = canvas.decided_by(create_field(one.way)).paint()
            guess = (rgb * 255).round().to(torch.uint8)
            expected.append(measure(torch.from_numpy(true.pixels).movedim(-1, 0), guess))
        colourful = np.mean([m.colourfulness for m in expected])
        assert one.colourfulness == pytest.approx(colourful, abs=1e-6)
        assert one.ciede2000 == pytest.approx(np.mean([m.ciede2000 for m in expected]), abs=0.1)
    truth = figures[-1]
    assert truth.ciede2000 == pytest.approx(0, abs=1e-3) and truth.colourfulness > 20
    assert as_markdown(figures).count("\n") == 2 + len(figures)


def test_two_tonedness_is_told_where_segments_are_given(settings: Settings, tmp_path: Path) -> None:
    true = picture(1)
    Image.fromarray(true.pixels).save(tmp_path / "one.png")
    labels = np.repeat(np.arange(4, dtype=np.uint8), SIDE // 4)[None].repeat(SIDE, 0)
    (tmp_path / "things").mkdir()
    Image.fromarray(labels).save(tmp_path / "things" / "one.png")
    words = ["figure", "potts-input", tmp_path / "one.png", "-o", tmp_path / "sheet.png"]
    words += ["--model", settings.model, "--size", 64, "--views", 1]
    words += ["--segments", tmp_path / "things"]
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    head, _, *rows = done.output.splitlines()[:7]
    assert head.endswith("| CIEDE2000 | two-toned |")
    rgb = torch.from_numpy(true.pixels).movedim(-1, 0) / 255
    expected = 100 * two_toned(rgb_to_lab(rgb.double())[1:], torch.from_numpy(labels.astype(int)))
    assert rows[-1].startswith("| truth") and rows[-1].endswith(f"| {expected:.1f} % |")
    assert expected > 0 and all(row.endswith(" % |") for row in rows)


def test_all_ways_decide_on_one_distribution() -> None:
    """Of the default network, whose colours, joint cells and bins are three heads."""
    canvas = load_colorizer(Settings(size=64, views=1)).canvas(picture(1))
    joint, bins = on_one(canvas, "joint"), on_one(canvas, "bins")
    p = joint.belief.probability()  # type: ignore[union-attr]
    mean = torch.einsum("bkhw,kc->bchw", p, joint.belief.palette)  # type: ignore[union-attr]
    torch.testing.assert_close(
        joint.decided_by(create_field("mean")).solve(), mean, atol=1e-2, rtol=0
    )
    a = bins.belief.a.probability()  # type: ignore[union-attr]
    mean_a = torch.einsum("bkhw,k->bhw", a, bins.belief.a.palette[:, 0])  # type: ignore[union-attr]
    found = bins.decided_by(create_field("mean")).solve()
    torch.testing.assert_close(found[:, 0], mean_a, atol=1e-2, rtol=0)
    assert not torch.allclose(found, mean, atol=1.0)
    assert on_one(canvas, "own").belief is canvas.belief
    with pytest.raises(BadValue, match="The belief is 'all'"):
        on_one(canvas, "all")


def test_the_distances_are_those_of_the_cells(settings: Settings) -> None:
    one = picture(1)
    _, figures = potts_input([one], settings)
    canvas = load_colorizer(replace(settings, field="mean", vividness=0)).canvas(one)
    found = {way: canvas.decided_by(create_field(way)).solve()[0] for way in WAYS}
    by_way = {f.way: f for f in figures}
    for way in WAYS:
        away = np.hypot(*(found[way] - found["mode"]).numpy()).mean()
        assert by_way[way].from_mode == pytest.approx(float(away), abs=1e-4)
    assert by_way["mean"].from_mean == by_way["mode"].from_mode == 0


def test_grey_pictures_have_no_truth(settings: Settings) -> None:
    grey = Picture(np.repeat(picture(1).pixels[..., :1], 3, axis=2))
    for pictures in ([grey], [picture(1), grey]):
        _, figures = potts_input(pictures, settings)
        assert [one.way for one in figures] == list(WAYS)
        assert (figures[0].ciede2000 is None) == (len(pictures) == 1)


def test_a_network_that_answers_with_colours_alone_is_refused() -> None:
    with pytest.raises(BadValue, match="paper-cnn predicts colours alone"):
        potts_input([picture(1)], Settings(model="paper-cnn"))


def test_the_command_prints_the_table_and_writes_the_sheet(
    settings: Settings, tmp_path: Path
) -> None:
    Image.fromarray(picture(1).pixels).save(tmp_path / "own.png")
    words = ["figure", "potts-input", str(tmp_path / "own.png"), "-o", str(tmp_path / "sheet.png")]
    done = CliRunner().invoke(main, [*words, "--model", settings.model, "--size", "64"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("| way | colourfulness | splotches |")
    assert [line.split()[1] for line in done.output.splitlines()[2:7]] == [*WAYS, "truth"]
    assert (tmp_path / "sheet.png").exists()
