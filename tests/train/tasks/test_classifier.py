"""Training and judging classifiers on labelled packs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from chromafield.data.crop_config import CropConfig
from chromafield.data.crops import Batch
from chromafield.datasets.datasets import Photo
from chromafield.datasets.labels import Classes, class_of, find_classes
from chromafield.errors import BadValue, DataError
from chromafield.models.weights import read_weights
from chromafield.train.config import FitConfig, RunConfig
from chromafield.train.run import train
from chromafield.train.tasks.classifier import ClassifyObjective, ClassifyTask, Config


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two classes that lightness tells apart, and one that is no class."""
    root = tmp_path_factory.mktemp("packs") / "things"
    random = np.random.default_rng(0)
    for label, level in (("dark", 40), ("light", 200), ("unsorted", 120)):
        (root / label).mkdir(parents=True)
        for i in range(20):
            levels = np.clip(level + random.normal(0, 20, (40, 48, 3)), 0, 255)
            Image.fromarray(levels.astype(np.uint8)).save(root / label / f"{i}.png")
    return root


def config(pack: Path, **changes: Any) -> RunConfig:
    options = {"net": "resnet18", **changes.pop("options", {})}
    return RunConfig(
        model="classifier",
        paths=(str(pack),),
        options=options,
        unlabelled=("unsorted",),
        start=changes.pop("start", "scratch"),
        sides=(32,),
        held_out=0.2,
        crops=CropConfig(batch=8, aged=0.0),
        **{"steps": 2, **changes},
    )


def photo(pack: str, name: str) -> Photo:
    return Photo(pack, name, Path("somewhere"))


def test_parts_of_a_pack_are_one_and_folders_are_classes() -> None:
    assert class_of(photo("scenes-1", "sea/3.webp")) == ("scenes", "sea")
    photos = [photo(p, f"{c}/{i}.png") for p in ("a-0", "a-1", "b") for c in "xy" for i in "12"]
    classes = find_classes(photos)
    assert classes == Classes((("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")))
    assert classes.rivals("b") == [2, 3]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["x/1.png", "2.png"], "2.png in somewhere lies in no folder, so it has no label"),
        (["x/1.png", "x/2.png", "y/1.png"], "The class y of pack has one picture"),
        (["x/1.png", "x/2.png"], "pack has one class: there is nothing to tell apart"),
    ],
)
def test_packs_that_teach_no_classes_are_refused(names: list[str], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        find_classes([photo("pack", name) for name in names])


# The oracle: cross-entropy over the pack's own scores alone.
@pytest.mark.parametrize("colour", [False, True])
def test_scores_compete_within_a_pictures_own_pack(colour: bool) -> None:
    photos = [photo(p, f"{c}/{i}.png") for p in "ab" for c in "xyz" for i in "12"]
    classes = find_classes(photos)
    objective = ClassifyObjective(photos, classes, Config(colour=colour), half=False)
    chosen = (1, 8, 11)
    lab = torch.rand(3, 3, 4, 4) * 50
    batch = Batch(lab[:, :1] + 1, lab, chosen)
    scores = torch.randn(3, 6)
    seen = []

    class Told(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            return scores

    loss = objective(Told(1, 1), batch, 0.0)["classes"]
    expected = -sum(
        scores[i, classes.rivals(photos[n].pack)].log_softmax(0)["xyz".index(photos[n].label)]
        for i, n in enumerate(chosen)
    )
    assert loss.item() == pytest.approx(float(expected) / 3, rel=1e-5)
    torch.testing.assert_close(seen[0][:, 0], lab[:, 0] / 100 + 0.01)
    assert seen[0].shape[1] == (3 if colour else 1)
    if colour:
        torch.testing.assert_close(seen[0][:, 2], lab[:, 2] / 128)


def test_a_classifier_learns_resumes_and_leaves_a_card(labelled: Path, tmp_path: Path) -> None:
    run = config(labelled, steps=40, fit=FitConfig(lr=1e-3, warmup=5))
    train(tmp_path, run)
    card = (tmp_path / "weights" / "classifier.md").read_text()
    assert "| things | " in card and "| (all) | " in card and "resnet18, grey" in card
    assert "--option 'net=\"resnet18\"'" in card
    assert "classes, in the order of its scores: things/dark, things/light" in card
    name, options, state, digest = read_weights(tmp_path / "weights" / "classifier.safetensors")
    assert name == "resnet18" and options == {"colour": False, "classes": 2}
    assert digest in card and state["fc.weight"].shape == (2, 512)
    trained = train(tmp_path, run, resume=True)  # all steps are done: only the figures again
    task = ClassifyTask(run)
    scores = task.measure(trained.average, task.photos()[1])
    assert [s.pack for s in scores] == ["things", "(all)"]
    assert scores[0].top1 >= 80 and scores[0].top5 == 100


def test_top_five_of_a_network_that_says_the_same_of_all(labelled: Path) -> None:
    class Same(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[0.0, 1.0]]).expand(len(x), 2)

    task = ClassifyTask(config(labelled))
    some = [p for p in task.listed if p.label == "dark"][:3]
    some += [p for p in task.listed if p.label == "light"][:1]
    (score, _) = task.measure(Same(1, 1), some)
    assert (score.pictures, score.top1, score.top5) == (4, 25.0, 100.0)


def test_a_probe_leaves_the_features_as_they_were(
    labelled: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    options = {"net": "lite0", "probe": True}
    run = config(labelled, steps=3, options=options, start=str(tiny_weights))
    trained = train(tmp_path, run)
    before, after = ClassifyTask(run).network(begin=True).state_dict(), trained.model.state_dict()
    for name, value in after.items():
        changed = not torch.equal(value, before[name])
        assert changed == name.startswith(("fc.", "head_norm.")), name


def test_a_killed_and_resumed_probe_equals_an_unbroken_one(
    labelled: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    class Killed(Exception): ...

    def kill(line: dict[str, Any]) -> None:
        if line["step"] == 4:
            raise Killed

    start = tmp_path / "start.safetensors"
    for suffix in ("", ".sha256"):
        shutil.copy(f"{tiny_weights}{suffix}", f"{start}{suffix}")
    options = {"net": "lite0", "probe": True}
    run = config(labelled, steps=6, options=options, start=str(start), save_every=3)
    whole = train(tmp_path / "whole", run)
    with pytest.raises(Killed):
        train(tmp_path / "broken", run, kill)
    start.unlink()  # a run that goes on needs its start no more
    resumed = train(tmp_path / "broken", run, resume=True)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def test_what_cannot_be_learnt_from_is_refused(labelled: Path) -> None:
    with pytest.raises(BadValue, match="at least two pictures a step"):
        ClassifyTask(replace(config(labelled), crops=CropConfig(batch=1))).photos()
    none = replace(config(labelled), unlabelled=("dark", "light", "unsorted"))
    with pytest.raises(DataError, match="No labelled pictures are left"):
        ClassifyTask(none).photos()


@pytest.mark.parametrize("out", ["unsorted", "things/unsorted", "*/unsorted", "things/u*"])
def test_a_folder_is_left_out_by_name_with_its_pack_or_by_pattern(labelled: Path, out: str) -> None:
    train, held_out = ClassifyTask(replace(config(labelled), unlabelled=(out,))).photos()
    assert {photo.label for photo in [*train, *held_out]} == {"dark", "light"}


def test_unknown_nets_and_options_are_refused(labelled: Path) -> None:
    with pytest.raises(BadValue, match="classifier has no option 'nets'. It has: net, colour"):
        ClassifyTask(config(labelled, options={"nets": "x"})).network(begin=True)
