"""The first paper's comparisons: the same pictures, the same budget, one thing changed.

A comparison is a list of arms, each a run of its own; a finished arm is not run again, also where
another comparison in the same folder ran it. In the end all arms are judged on the same checking
pictures, the default network in the last row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from ...canvas.lightness import as_unit
from ...canvas.upsample import render
from ...color import rgb_to_lab
from ...data.datasets import Photo, list_photos
from ...defaults import MODEL
from ...errors import BadValue
from ...evaluate.degrade import OLD
from ...evaluate.methods import color_method
from ...evaluate.report import ColorMethod, Show, all_grey, evaluate, markdown, show_clean
from ...fields import create_field
from ...image.sheet import as_bytes, contact_sheet
from ...models import load_model, shipped_path
from ...train.config import LossConfig, RunConfig
from ...train.folder import RunFolder, make_folder
from ...train.held_out import spread
from ...train.tasks.classifier import CLASSIFIER, ClassifyTask, Score
from ...train.tasks.two_stream import TWO_STREAM
from ..arms import Arm, Progress, run_arms, run_of, shorter
from ..logs import steps_to_equal

PAPER = "paper-cnn"
BLANK = "a colorizer from nothing"  # whose features are probed
SHOWN = 6  # checking pictures on the sheet
SHEET_HEIGHT = 150  # pixels of each
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
    def quarter(model: str) -> Arm:
        own = run_of(base, model, datasets.all, options={"width": 16}, start="scratch")
        return Arm(f"{model}, a quarter as wide", own)

    return [
        _scratch("paper-cnn", datasets, base),
        Arm("two-stream", run_of(base, TWO_STREAM, datasets.all, start="scratch")),
        quarter("zhang2016"),
        quarter("zhang2017"),
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
    if colours:
        list_photos(checking)  # refused before hours of training
    make_folder(folder)
    weights = run_arms(folder, listed, progress)
    if colours:
        table = _color_table(kind, folder, weights, checking)
    else:
        table = _class_table(folder, listed)
    if kind == "start":
        scratch, grey = (folder / arm.folder for arm in listed)
        table += "\n" + steps_to_equal(grey, scratch)
    table += PUBLISHED.get(kind, "")
    (folder / f"{kind}.md").write_text(table, "utf-8")
    return table


def _class_table(folder: Path, listed: Sequence[Arm]) -> str:
    lines = ["| network | pack | held-out pictures | top-1 | top-5 |", "|---|---|---|---|---|"]
    for arm in (arm for arm in listed if arm.judged):
        for s in _class_scores(folder / arm.folder, arm.config):
            lines.append(
                f"| {arm.name} | {s.pack} | {s.pictures} | {s.top1:.1f} % | {s.top5:.1f} % |"
            )
    return "\n".join(lines) + "\n"


def _class_scores(path: Path, config: RunConfig) -> list[Score]:
    task = ClassifyTask(replace(config, start=str(RunFolder(path).weights(config.model))))
    _, held_out = task.photos()
    return task.measure(task.network(begin=True).eval(), held_out)


def _color_table(
    kind: str, folder: Path, weights: Mapping[str, Path], checking: Sequence[Path]
) -> str:
    photos = list_photos(checking)
    sources = {name: str(path) for name, path in weights.items()} | {MODEL: MODEL}
    methods = {
        name: color_method(load_model(source).model, create_field("mean"))
        for name, source in sources.items()
    }
    shows: dict[str, Show] = OLD if kind == "aged" else {"clean": show_clean}
    _write_sheet(folder / f"{kind}.jpg", photos, methods, shows)
    if kind != "aged":
        return markdown(evaluate(photos, methods))
    tables = [
        f"Shown {name}:\n\n{markdown(evaluate(photos, methods, show=show))}"
        for name, show in shows.items()
    ]
    return "\n".join(tables)


def _write_sheet(
    path: Path, photos: Sequence[Photo], methods: dict[str, ColorMethod], shows: dict[str, Show]
) -> None:
    """A few checking pictures, a row each and way to show it: what the networks are shown, the same
    in every method's colours, then the truth."""
    rows = []
    for photo in spread(photos, SHOWN // len(shows)):
        rgb = photo.read_rgb()
        lab = rgb_to_lab(as_unit(rgb))
        number = [other for other in photos if other.pack == photo.pack].index(photo)
        for show in shows.values():
            seen = show(lab, number)[None, None]
            colours = [all_grey(seen), *(paint(seen) for paint in methods.values())]
            rows.append([*(as_bytes(render(ab, seen)) for ab in colours), rgb])
    sheet = contact_sheet(rows, SHEET_HEIGHT, ["shown", *methods, "truth"])
    Image.fromarray(sheet).save(path, quality=90)
