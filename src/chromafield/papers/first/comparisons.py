"""The first paper's comparisons: the same pictures, the same budget, one thing changed.

A comparison is a list of arms, each a run of its own; a finished arm is not run again, also where
another comparison in the same folder ran it. In the end all arms are judged on the same checking
pictures, the default network in the last row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...datasets.datasets import first_of_each, list_photos
from ...defaults import MODEL
from ...errors import BadValue
from ...models import shipped_path
from ...models.iizuka import HALVED
from ...train.config import LossConfig, RunConfig
from ...train.folder import make_folder
from ...train.tasks.classifier import CLASSIFIER
from ...train.tasks.two_stream import TWO_STREAM
from ..arms import Arm, Progress, check_arms, run_arms, run_of, shorter
from ..logs import steps_to_equal
from .judging import class_table, color_table

PAPER = "paper-cnn"
BLANK = "a colorizer from nothing"  # whose features are probed
CLASSES = """
The paper's own, on ImageNet:

| network | top-1 | top-5 |
|---|---|---|
| VGG | 55.2 % | 84.9 % |
| ResNet-18 | 54.7 % | 85.0 % |
| ResNet-18-Gray | 51.4 % | 79.7 % |
"""
ERRORS = """
The paper's own errors, a mean square of a and b from 0 to 1:

| measured on | Places365, 10 epochs | Places365, 40 epochs | then CelebA, 10 epochs |
|---|---|---|---|
| Places365 | 0.0025 | 0.0019 | 0.0021 |
| CelebA | 0.0021 | 0.0021 | 0.0008 |
"""
PUBLISHED = {  # the paper's figures, below ours
    "classifier": CLASSES,
    "classifiers": CLASSES,
    "data": ERRORS,
    "regression": ERRORS,
}


@dataclass(frozen=True)
class Datasets:
    """What the arms learn from."""

    all: tuple[str, ...]
    scenes: tuple[str, ...] = ()  # for "data": landscapes, and
    faces: tuple[str, ...] = ()  # faces
    grey: str | None = None  # for "start": the weights of ResNet-18-Gray


def arms(kind: str, datasets: Datasets, base: RunConfig) -> list[Arm]:
    """The arms of a comparison.

    Args:
        kind: one of `KINDS`.
        base: the budget, the crops and the device of every arm.

    Raises:
        BadValue: no such comparison, or something that it needs is not given.
    """
    if kind not in KINDS:
        raise BadValue(f"No comparison {kind!r}. There are: {', '.join(KINDS)}.")
    return KINDS[kind](datasets, base)


def _scratch(name: str, datasets: Datasets, base: RunConfig) -> Arm:
    return Arm(
        name, run_of(base, PAPER, datasets.all, start="scratch"), run=f"{PAPER}-from-scratch"
    )


def _default(name: str, datasets: Datasets, base: RunConfig) -> Arm:
    return Arm(name, run_of(base, MODEL, datasets.all), run=MODEL)


def _start(datasets: Datasets, base: RunConfig) -> list[Arm]:
    if datasets.grey is None:
        raise BadValue("Name the weights of ResNet-18-Gray with --grey (train them: classifier).")
    return [
        _scratch("from scratch", datasets, base),
        Arm("from ResNet-18-Gray", run_of(base, PAPER, datasets.all, start=datasets.grey)),
    ]


def _loss(datasets: Datasets, base: RunConfig) -> list[Arm]:
    squared = _scratch("L2", datasets, base)
    return [squared, Arm("L1", replace(squared.config, losses=LossConfig(mean="l1")))]


def _streams(datasets: Datasets, base: RunConfig) -> list[Arm]:
    return [
        _scratch("single-stream", datasets, base),
        Arm("two-stream", run_of(base, TWO_STREAM, datasets.all, start="scratch")),
    ]


def _data(datasets: Datasets, base: RunConfig) -> list[Arm]:
    if not datasets.scenes or not datasets.faces:
        raise BadValue("Name both kinds of pictures, with --scenes and with --faces.")
    scenes = run_of(base, PAPER, datasets.scenes, start="scratch")
    faces = replace(scenes, paths=datasets.faces)
    return [
        Arm("scenes", scenes),
        Arm("scenes, a quarter as long", shorter(scenes, 0.25)),
        Arm("faces", faces),
        Arm("scenes then faces", faces, after="scenes"),
        Arm("both", replace(scenes, paths=(*datasets.scenes, *datasets.faces))),
    ]


def _adversarial(datasets: Datasets, base: RunConfig) -> list[Arm]:
    plain = _default("without a critic", datasets, base)
    losses = replace(plain.config.losses, adversarial=0.1)
    return [plain, Arm("with a critic", replace(plain.config, losses=losses))]


def _aged(datasets: Datasets, base: RunConfig) -> list[Arm]:
    plain = _default("a fifth aged", datasets, base)
    new = replace(plain.config, crops=replace(plain.config.crops, aged=0.0))
    return [Arm("new photographs", new), plain]


def _classifier(datasets: Datasets, base: RunConfig) -> list[Arm]:
    grey = run_of(base, CLASSIFIER, datasets.all, start="scratch")
    lite = replace(grey, options={"net": "lite0"}, start="imagenet")
    return [
        Arm("ResNet-18, colour", replace(grey, options={"colour": True})),
        Arm("ResNet-18-Gray", grey),
        Arm("EfficientNet-Lite0, grey, from ImageNet", lite),
    ]


def _classifiers(datasets: Datasets, base: RunConfig) -> list[Arm]:
    others = _classifier(datasets, base)
    grey = replace(others[1].config, options={"net": "vgg"})
    colored = replace(grey, options={"net": "vgg", "colour": True})
    return [Arm("VGG, colour", colored), Arm("VGG-Gray", grey), *others]


def _regression(datasets: Datasets, base: RunConfig) -> list[Arm]:
    def quarter(model: str, **options: int) -> Arm:
        given = {"width": 16, **options}
        own = run_of(base, model, datasets.all, options=given, start="scratch")
        return Arm(f"{model}, a quarter as wide", own)

    return [
        _scratch("paper-cnn", datasets, base),
        Arm("two-stream", run_of(base, TWO_STREAM, datasets.all, start="scratch")),
        quarter("zhang2016"),
        quarter("zhang2017"),
        quarter("larsson"),
        quarter("iizuka", side=max(base.sides[-1] // HALVED, 1) * HALVED),
    ]


def _probe(datasets: Datasets, base: RunConfig) -> list[Arm]:
    options = {"net": "lite0", "probe": True}
    random = run_of(base, CLASSIFIER, datasets.all, options=options, start="scratch")
    blank = run_of(base, MODEL, datasets.all, start="scratch")
    return [
        Arm(BLANK, blank, judged=False),
        Arm("random features", random),
        Arm("features of a colorizer from nothing", random, after=BLANK),
        Arm("the colorizer's features", replace(random, start=str(shipped_path(MODEL)))),
        Arm("ImageNet's features", replace(random, start="imagenet")),
    ]


KINDS: dict[str, Callable[[Datasets, RunConfig], list[Arm]]] = {
    "classifier": _classifier,
    "start": _start,
    "loss": _loss,
    "streams": _streams,
    "data": _data,
    "probe": _probe,
    "adversarial": _adversarial,
    "aged": _aged,
    "classifiers": _classifiers,
    "regression": _regression,
}


def compare(
    kind: str,
    folder: Path,
    listed: Sequence[Arm],
    checking: Sequence[Path] = (),
    progress: Progress = lambda name, line: None,
    most: int | None = None,
) -> str:
    """Run the arms that are not finished, and judge them all.

    Args:
        folder: gets a folder an arm, the table (`KIND.md`), and for colours a sheet (`KIND.jpg`).
        checking: true pictures that colours are judged on; classes are judged on those held out.

    Returns:
        The table, in Markdown.

    Raises:
        MissingExtra, DataError, TrainingDiverged, BadValue, OutputError: as `run_arms`.
    """
    colours = listed[-1].config.model != CLASSIFIER
    if colours and not checking:
        raise BadValue("Name true pictures to judge the colours on, with --check.")
    photos = first_of_each(list_photos(checking), most) if colours else []  # before the training
    check_arms(folder, listed)
    make_folder(folder)
    weights = run_arms(folder, listed, progress)
    judged = color_table(kind, folder, weights, photos) if colours else class_table(folder, listed)
    if kind == "start":
        scratch, grey = (folder / arm.folder for arm in listed)
        judged += "\n" + steps_to_equal(grey, scratch)
    judged += PUBLISHED.get(kind, "")
    (folder / f"{kind}.md").write_text(judged, "utf-8")
    return judged
