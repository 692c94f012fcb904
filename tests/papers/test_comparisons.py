"""Every comparison at the smallest budget, and what it needs to be told."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from chromafield.canvas.lightness import as_unit
from chromafield.canvas.upsample import render
from chromafield.cli.compare import KINDS as OFFERED
from chromafield.color import rgb_to_lab
from chromafield.data.crop_config import CropConfig
from chromafield.data.synthetic import write_pack
from chromafield.datasets.datasets import list_photos
from chromafield.errors import BadValue, DataError
from chromafield.evaluate.degrade import OLD
from chromafield.evaluate.methods import color_method
from chromafield.image.sheet import CAPTION, GAP, as_bytes
from chromafield.models.classifiers import create_classifier
from chromafield.models.weights import write_weights
from chromafield.papers.first import judging
from chromafield.papers.first.comparisons import (
    KINDS,
    Datasets,
    arms,
    compare,
)
from chromafield.papers.first.judging import SHEET_HEIGHT, write_sheet
from chromafield.train.config import RunConfig

BASE = RunConfig("", (), steps=1, sides=(32,), held_out=0.0, crops=CropConfig(batch=2))


@pytest.fixture(autouse=True)
def shown_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The networks see one small view of each picture that they are judged by."""
    monkeypatch.setattr(judging, "color_method", partial(color_method, size=64, views=1))


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Datasets:
    """Two packs of two classes each, and weights of a classifier nobody trained."""
    room = tmp_path_factory.mktemp("packs")
    for i, name in enumerate(("scenes", "faces")):
        write_pack(room / f"{name}.zip", 40, seed=i, size=(36, 40), labels=("here", "there"))
    grey = room / "grey.safetensors"
    torch.manual_seed(0)
    write_weights(grey, "classifier", create_classifier("resnet18", colour=False, classes=4))
    scenes, faces = str(room / "scenes.zip"), str(room / "faces.zip")
    return Datasets((scenes, faces), (scenes,), (faces,), str(grey))


@pytest.fixture(scope="module")
def checking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checking") / "true.zip"
    write_pack(path, 2, seed=9, size=(36, 40))
    return path


def test_the_command_offers_every_kind() -> None:
    assert tuple(KINDS) == OFFERED


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all comparisons: what two of them need is trained once."""
    return tmp_path_factory.mktemp("compared")


@pytest.mark.parametrize("kind", KINDS)
def test_every_comparison_runs_to_its_table_and_goes_on_where_it_was(
    kind: str, packs: Datasets, checking: Path, folder: Path
) -> None:
    listed = arms(kind, packs, BASE)
    lines: list[str] = []

    def tell(name: str, line: dict[str, Any]) -> None:
        lines.append(name)

    table = compare(kind, folder, listed, (checking,), tell)
    assert (folder / f"{kind}.md").read_text() == table
    names = [arm.name for arm in listed]
    assert lines == [name for name in names if name in lines]
    for arm in listed:
        assert (f"| {arm.name} |" in table) == arm.judged
    if kind in ("classifier", "classifiers", "probe"):
        assert "| faces |" in table and "| (all) |" in table
    else:
        assert "| all-grey |" in table and "| lite-unet |" in table
        with Image.open(folder / f"{kind}.jpg") as sheet:
            assert sheet.size[1] == rows_of(2 * 3 if kind == "aged" else 2)
    assert ("Shown sketch" in table) == (kind == "aged")
    if kind in ("loss", "classifier"):  # colours, classes: what is done is not done again
        before = len(lines)
        assert compare(kind, folder, listed, (checking,), tell)
        assert len(lines) == before


def test_a_comparison_stopped_before_its_first_checkpoint_goes_on(
    packs: Datasets, checking: Path, tmp_path: Path
) -> None:
    class Killed(Exception): ...

    def kill(name: str, line: dict[str, Any]) -> None:
        raise Killed

    listed = arms("loss", packs, BASE)
    with pytest.raises(Killed):
        compare("loss", tmp_path, listed, (checking,), kill)
    assert "| L1 |" in compare("loss", tmp_path, listed, (checking,))


def test_scenes_then_faces_starts_from_the_scenes(packs: Datasets) -> None:
    by_name = {arm.name: arm for arm in arms("data", packs, BASE)}
    then = by_name["scenes then faces"]
    assert then.after == "scenes" and then.config.paths == packs.faces
    short = by_name["scenes, a quarter as long"].config
    assert (short.steps, short.paths) == (1, packs.scenes)
    assert by_name["both"].config.paths == (*packs.scenes, *packs.faces)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("start", "Name the weights of ResNet-18-Gray with --grey"),
        ("data", "Name both kinds of pictures, with --scenes and with --faces"),
        ("tables", "No comparison 'tables'. There are: classifier, start, loss"),
    ],
)
def test_what_is_missing_is_asked_for(kind: str, sentence: str) -> None:
    with pytest.raises(BadValue, match=sentence):
        arms(kind, Datasets(("photos.zip",)), BASE)


def test_colours_need_true_pictures_to_be_judged_by(packs: Datasets, tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="with --check"):
        compare("loss", tmp_path, arms("loss", packs, BASE))


def test_comparisons_in_one_folder_share_the_arms_that_are_alike(
    packs: Datasets, checking: Path, tmp_path: Path
) -> None:
    lines: list[str] = []

    def tell(name: str, line: dict[str, Any]) -> None:
        lines.append(name)

    for kind in ("loss", "streams", "start"):
        compare(kind, tmp_path, arms(kind, packs, BASE), (checking,), tell)
    assert lines == ["L2", "L1", "two-stream", "from ResNet-18-Gray"]


def test_a_folder_with_a_run_of_other_settings_is_refused(
    packs: Datasets, checking: Path, tmp_path: Path
) -> None:
    compare("loss", tmp_path, arms("loss", packs, BASE), (checking,))
    with pytest.raises(BadValue, match="holds a run of other settings"):
        compare("loss", tmp_path, arms("loss", packs, replace(BASE, steps=2)), (checking,))


def test_a_sheet_shows_what_the_networks_were_shown(tmp_path: Path) -> None:
    """A picture's rows are its clean, its aged and its drawn lightness, the truth beside each."""
    write_pack(tmp_path / "true.zip", 2, seed=9, size=(SHEET_HEIGHT, SHEET_HEIGHT))
    photos = list_photos([tmp_path / "true.zip"])
    blue = torch.tensor([0.0, -30.0]).view(1, 2, 1, 1)
    write_sheet(tmp_path / "sheet.png", photos, {"blue": lambda seen: blue}, OLD)
    with Image.open(tmp_path / "sheet.png") as image:
        sheet = np.asarray(image.convert("RGB"))
    assert sheet.shape == (rows_of(6), 3 * (SHEET_HEIGHT + GAP) - GAP, 3)
    for i, (photo, show) in enumerate(itertools.product(photos, OLD.values())):
        rgb = photo.read_rgb()
        seen = show(rgb_to_lab(as_unit(rgb)), photos.index(photo))[None, None]
        expected = [as_bytes(render(ab, seen)) for ab in (torch.zeros_like(blue), blue)]
        top = rows_of(i) + GAP + CAPTION + GAP if i else CAPTION + GAP
        for column, picture in enumerate([*expected, rgb]):
            left = column * (SHEET_HEIGHT + GAP)
            shown = sheet[top : top + SHEET_HEIGHT, left : left + SHEET_HEIGHT]
            assert np.array_equal(shown, picture)


def rows_of(count: int) -> int:
    """The height of a sheet of so many rows with captions."""
    return count * (CAPTION + GAP + SHEET_HEIGHT + GAP) - GAP


def test_what_a_later_arm_will_want_is_asked_before_the_first_is_trained(
    packs: Datasets, checking: Path, tmp_path: Path
) -> None:
    write_pack(tmp_path / "loose.zip", 8, seed=3, size=(36, 40))
    told: list[str] = []
    listed = arms("streams", Datasets((str(tmp_path / "loose.zip"),)), BASE)
    with pytest.raises(DataError, match="lies in no folder, so it has no label"):
        compare("streams", tmp_path / "run", listed, (checking,), lambda name, _: told.append(name))
    assert told == []


def test_a_table_says_what_each_network_was_given_and_how_sure_it_is(
    packs: Datasets, tmp_path: Path
) -> None:
    write_pack(tmp_path / "true.zip", 3, seed=9, size=(36, 40))
    listed = arms("loss", packs, BASE)
    table = compare("loss", tmp_path, listed, (tmp_path / "true.zip",), most=2)
    (line,) = [one for one in table.splitlines() if one.startswith("| L2 | ")]
    minutes, crops, parameters, _, error = line.split(" | ")[1:]
    assert (minutes, crops, parameters) == ("0", "2", "0.95 M")
    assert " L2 | 2 | " in table and " | 3 | " not in table
    mean, margin = error.rstrip(" |").split(" ± ")
    assert f"| {mean} |" in table and float(margin) > 0
    alone = compare("loss", tmp_path, listed, (tmp_path / "true.zip",), most=1)
    assert "±" not in alone
