"""The task of a classifier on labelled packs: one head for all, each pack's classes apart.

Scores compete within a picture's own pack only, in the loss and in the figures, so that a pack's
top-1 does not depend on what else was trained on.

References:
    Melas-Kyriazi and Han, section 3.1: ResNet-18-Gray against ResNet-18.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ...data.crops import Batch
from ...datasets.datasets import Photo, list_photos, split
from ...datasets.labels import Classes, class_of, find_classes, labelled
from ...errors import BadValue
from ...models.classifiers import create_classifier, knows_imagenet
from ...plugins import configure
from ...tables import as_table
from ..config import RunConfig
from ..defaults import Defaults, fresh
from ..flags import Ignores
from ..held_out import held_out_batches, spread
from ..objective import Objective, State
from ..task import Result
from .colorizer import create_started

CLASSIFIER = "classifier"  # what `chromafield train` calls it
LEARNT = ("fc", "head_norm")  # by a probe
TOGETHER = "(all)"  # the row of all packs; no pack is called so
NO_CLASS = -1
HELD_OUT_LIMIT = 500  # pictures for its figures while it trains; all at the end
CHUNK = 64  # pictures at a time in evaluation


@dataclass(frozen=True)
class Config:
    """The options of `chromafield train classifier`."""

    net: str = "resnet18"  # a name of `list_classifiers()`
    colour: bool = False  # it sees Lab, or lightness alone
    probe: bool = False  # only the last layer learns: what do the features know?


@dataclass(frozen=True)
class Score:
    """The figures of one pack."""

    pack: str
    pictures: int
    top1: float  # percent
    top5: float  # percent


class Rivals:
    """What each of some pictures is, and which classes it competes among; one may be of none."""

    def __init__(self, photos: Sequence[Photo], classes: Classes) -> None:
        number = [classes.number.get(class_of(photo), NO_CLASS) for photo in photos]
        self.numbers = torch.tensor(number)
        packs = [pack for pack, _ in classes.names]
        self.allowed = torch.tensor([[one == other for other in packs] for one in packs])

    def loss(self, scores: Float[Tensor, "b k"], chosen: Sequence[int]) -> Tensor:
        """Mean cross-entropy over the chosen pictures that have a class; 0 where none has."""
        index = torch.tensor(chosen)
        numbers = self.numbers[index].to(scores.device)
        known = numbers != NO_CLASS
        if not bool(known.any()):
            return scores.sum() * 0.0
        allowed = self.allowed.to(scores.device)[numbers[known]]
        race = scores.float()[known].masked_fill(~allowed, -torch.inf)
        return F.cross_entropy(race, numbers[known])


class ClassifyObjective:
    """Cross-entropy among the classes of each picture's own pack."""

    def __init__(
        self, photos: Sequence[Photo], classes: Classes, config: Config, half: bool
    ) -> None:
        self.config, self.half = config, half
        self.rivals = Rivals(photos, classes)

    def __call__(self, network: nn.Module, batch: Batch, progress: float) -> dict[str, Tensor]:
        device = next(network.parameters()).device
        whole: nn.Module = getattr(network, "module", network)  # several processes wrap it
        for module in frozen(whole) if self.config.probe else ():
            module.eval()  # their norms keep their statistics too
        seen = seen_by(self.config, batch.seen, batch.lab).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
            scores = network(seen.contiguous(memory_format=torch.channels_last))
        return {"classes": self.rivals.loss(scores, batch.chosen)}

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None: ...


def seen_by(
    config: Config, lightness: Float[Tensor, "b 1 h w"], lab: Float[Tensor, "b 3 h w"]
) -> Float[Tensor, "b c h w"]:
    """What the classifier sees: lightness over 100, or Lab over (100, 128, 128)."""
    if not config.colour:
        return lightness / 100
    scale = torch.tensor([100.0, 128.0, 128.0]).to(lab)[:, None, None]
    return torch.cat([lightness, lab[:, 1:]], dim=1) / scale


@dataclass(frozen=True)
class ClassifyTask:
    config: RunConfig

    @cached_property
    def own(self) -> Config:
        return configure(Config, self.config.options, CLASSIFIER)

    @cached_property
    def listed(self) -> list[Photo]:
        photos = list_photos([Path(p) for p in self.config.paths])
        return labelled(photos, self.config.unlabelled)

    @cached_property
    def classes(self) -> Classes:
        return find_classes(self.listed)

    def photos(self) -> tuple[list[Photo], list[Photo]]:
        """Leave out held-out pictures whose class has none to learn from."""
        _ = self.classes
        if self.config.crops.batch < 2:
            raise BadValue("A classifier needs at least two pictures a step. Raise --batch.")
        train, held_out = split(self.listed, self.config.held_out)
        learnt = {class_of(photo) for photo in train}
        return train, [photo for photo in held_out if class_of(photo) in learnt]

    def network(self, begin: bool) -> nn.Module:
        def create() -> nn.Module:
            return create_classifier(self.own.net, self.own.colour, len(self.classes.names))

        model = create_started(self.config, begin, create)
        for module in frozen(model) if self.own.probe else ():
            module.requires_grad_(False)
        return model

    def objective(self, photos: Sequence[Photo]) -> Objective:
        return ClassifyObjective(photos, self.classes, self.own, self.config.fit.half)

    def figures(self, network: nn.Module, held_out: Sequence[Photo]) -> dict[str, float]:
        scores = self.measure(network, spread(held_out, HELD_OUT_LIMIT))
        return {f"{s.pack} top-1": s.top1 for s in scores}

    def sheet(self, network: nn.Module, held_out: Sequence[Photo]) -> None:
        """A class is nothing to see."""

    def result(
        self, network: nn.Module, held_out: Sequence[Photo], datasets: Sequence[Path]
    ) -> Result:
        """The card's figures are of all held-out pictures; other datasets have no labels."""
        text = (
            f"- classes, in the order of its scores: {self._class_names()}\n\n## Figures\n\n"
            "On held-out pictures, among the classes of their own pack.\n\n"
            f"{as_table(map(cells, self.measure(network, held_out)))}"
        )
        kind = "colour" if self.own.colour else "grey"
        return Result(self.own.net, network, text, f"{CLASSIFIER}: {self.own.net}, {kind}")

    def _class_names(self) -> str:
        return ", ".join(f"{pack}/{label}" for pack, label in self.classes.names)

    @torch.inference_mode()
    def measure(self, model: nn.Module, photos: Sequence[Photo]) -> list[Score]:
        """Top-1 and top-5 of each pack, and of all together."""
        found: dict[str, list[tuple[bool, bool]]] = {}
        device = next(model.parameters()).device
        for batch in held_out_batches(photos, self.config, size=CHUNK):
            scores = model(seen_by(self.own, batch.seen, batch.lab).to(device)).cpu()
            for number, score in zip(batch.chosen, scores, strict=True):
                pack, _ = name = class_of(photos[number])
                rivals = torch.tensor(self.classes.rivals(pack))
                order = rivals[score[rivals].argsort(descending=True)]
                place = int((order == self.classes.number[name]).nonzero())
                for row in (pack, TOGETHER):
                    found.setdefault(row, []).append((place < 1, place < 5))
        return [
            _score(pack, found[pack]) for pack in sorted(found, key=lambda p: (p == TOGETHER, p))
        ]


def frozen(model: nn.Module) -> list[nn.Module]:
    """What a probe leaves as it is: all but the last layer and the norm before it."""
    return [module for name, module in model.named_children() if name not in LEARNT]


def cells(score: Score) -> dict[str, str]:
    """A score as the row of a table."""
    return {
        "pack": score.pack,
        "held-out pictures": str(score.pictures),
        "top-1": f"{score.top1:.1f} %",
        "top-5": f"{score.top5:.1f} %",
    }


def _score(pack: str, hits: Sequence[tuple[bool, bool]]) -> Score:
    count = len(hits)
    return Score(
        pack, count, 100 * sum(h for h, _ in hits) / count, 100 * sum(h for _, h in hits) / count
    )


def defaults(name: str, options: Mapping[str, Any]) -> Defaults:
    net = str(options.get("net", Config.net))
    return Defaults(fresh(knows_imagenet(net)), held_out=0.1)


IGNORES = Ignores("A classifier gives no colours")
build = ClassifyTask
