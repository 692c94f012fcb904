"""What people see, in figures: hues, two-tonedness, the Frechet distance; each by an oracle."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from scipy.linalg import sqrtm

from chromafield.cli.main import main
from chromafield.color import rgb_to_lab
from chromafield.datasets.datasets import list_photos
from chromafield.errors import DataError
from chromafield.evaluate.report import evaluate, markdown_of_looks
from chromafield.metrics.frechet import frechet, lite0_features
from chromafield.metrics.hues import SECTORS, hues_kept, sector_of
from chromafield.metrics.two_toned import read_segments, two_toned


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((200, 30, 40), "red"),
        ((222, 170, 136), "orange"),
        ((230, 220, 40), "yellow"),
        ((60, 150, 50), "green"),
        ((20, 140, 140), "teal"),
        ((60, 90, 200), "blue"),
        ((230, 120, 180), "pink"),
    ],
)
def test_colours_that_people_know_lie_in_their_sectors(
    rgb: tuple[int, int, int], name: str
) -> None:
    lab = rgb_to_lab(torch.tensor(rgb).reshape(3, 1, 1) / 255)
    assert list(SECTORS)[int(sector_of(lab[1:]))] == name


def test_hues_kept_counts_true_pixels_by_sector() -> None:
    """A red that turns orange, a red that stays, a grey that does not count, a teal turned grey."""
    true = torch.tensor([[40.0, 40.0, 3.0, -30.0], [30.0, 30.0, 0.0, -5.0]])[:, None]
    guess = torch.tensor([[20.0, 20.0, 40.0, -3.0], [30.0, 15.0, 30.0, -1.0]])[:, None]
    there, kept = hues_kept(true, guess)
    assert dict(zip(SECTORS, there.tolist(), strict=True)) == {
        **dict.fromkeys(SECTORS, 0), "red": 2, "teal": 1
    }  # fmt: skip
    assert kept.tolist() == [1, 0, 0, 0, 0, 0, 0]


def test_two_tonedness_is_the_share_far_from_its_things_median() -> None:
    segments = torch.tensor([[7, 7, 7, 7], [9, 9, 9, 9]])
    ab = torch.zeros(2, 2, 4)
    ab[0, 1] = 50  # the second thing is red throughout: even
    assert two_toned(ab, segments) == 0
    ab[:, 0, 0] = 15.0  # 21 away
    ab[0, 1, 3] = 31.0  # 19 away
    assert two_toned(ab, segments) == 1 / 8


def test_the_frechet_distance_agrees_with_the_root_of_the_product() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(40, 6)), random.normal(size=(50, 6)) @ random.normal(size=(6, 6)) + 1
    s, t = np.cov(x.T), np.cov(y.T)
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(s + t - 2 * sqrtm(s @ t).real)
    found = frechet(torch.from_numpy(x).float(), torch.from_numpy(y).float())
    assert found == pytest.approx(float(expected), rel=1e-4)
    assert frechet(torch.from_numpy(x), torch.from_numpy(x)) == pytest.approx(0, abs=1e-9)


def test_features_see_colour() -> None:
    from skimage.data import astronaut

    rgb = torch.from_numpy(np.ascontiguousarray(astronaut()[100:292, 100:324])).movedim(-1, 0)
    grey = rgb.float().mean(0, keepdim=True).round().to(torch.uint8).expand(3, -1, -1).contiguous()
    features = lite0_features()
    own, other = features(rgb), features(grey)
    assert own.shape == (320,)
    assert torch.equal(own, features(rgb)) and (own - other).norm() > 0.05 * own.norm()


@pytest.fixture
def segments(pack: Path, tmp_path: Path) -> Path:
    path = tmp_path / "segments.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for photo in list_photos([pack]):
            height, width = photo.read_rgb().shape[:2]
            labels = np.zeros((height, width), np.uint8)
            labels[height // 2 :] = 1
            Image.fromarray(labels).save(tmp_path / "one.png")
            archive.write(tmp_path / "one.png", str(Path(photo.name).with_suffix(".png")))
    return path


def test_the_second_table_has_what_was_asked_for(pack: Path, segments: Path) -> None:
    photos = list_photos([pack])[:3]
    truths = iter([rgb_to_lab(torch.from_numpy(p.read_rgb()).movedim(-1, 0) / 255) for p in photos])
    rows = evaluate(
        photos,
        {"truth": lambda lightness: next(truths)[None, 1:]},
        features=lite0_features(),
        segments=read_segments(segments),
    )
    grey, truth = rows
    assert truth.frechet == pytest.approx(0, abs=1e-6) and truth.two_toned == pytest.approx(0)
    assert grey.frechet is not None and grey.frechet > 0.1
    assert grey.two_toned is not None and grey.two_toned < 0
    assert set(truth.hues.values()) == {100.0} and set(grey.hues.values()) == {0.0}
    assert grey.colourfulness_quarter < 1e-9 and truth.colourfulness_quarter > 5
    assert "| 0.00 | +0.0 % | 100 % |" in markdown_of_looks(rows).splitlines()[3]
    (plain, _) = evaluate(photos[:2], {"black": lambda lightness: torch.zeros(1, 2, 1, 1)})
    assert plain.frechet is None and plain.two_toned is None
    assert "| - | - |" in markdown_of_looks([plain])


def test_segments_of_another_size_are_refused(pack: Path, tmp_path: Path) -> None:
    photo = list_photos([pack])[0]
    path = tmp_path / "labels" / Path(photo.name).with_suffix(".png")
    path.parent.mkdir(parents=True)
    Image.fromarray(np.zeros((5, 7), np.uint8)).save(path)
    with pytest.raises(DataError, match="Give one number a pixel"):
        read_segments(tmp_path / "labels")(photo)


def test_a_photograph_without_segments_has_none(pack: Path, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((5, 7), np.uint8)).save(tmp_path / "another.png")
    assert read_segments(tmp_path)(list_photos([pack])[0]) is None


def test_the_command_takes_both(
    pack: Path, segments: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table.md"
    arguments = ["evaluate", str(pack), "--model", str(tiny_weights), "--size", "48", "--frechet"]
    arguments += ["--segments", str(segments), "--markdown", str(table), "--vividness", "2"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    text = table.read_text("utf-8")
    assert "mean, vividness 2 |" in text and "two-toned, excess" in text and "| - |" not in text
