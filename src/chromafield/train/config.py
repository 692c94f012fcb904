"""What a run is started with, to and from its folder's config.json."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ..data.crops import CropConfig
from ..errors import BadValue
from ..models._efficientnet import SIZES
from ..plugins import configure
from .losses import LossConfig
from .schedule import Budget

C = TypeVar("C")  # a frozen dataclass

LARGEST_SIDE = 1024  # pixels: a step on larger crops takes more memory than machines have


@dataclass(frozen=True)
class FitConfig:
    lr: float = 2e-3  # peak learning rate
    start_lr: float = 5e-4  # the same for weights that start from ImageNet
    weight_decay: float = 0.02
    warmup: int = 200  # steps
    cool: float = 1.0  # last share of the run over which the rate falls; constant before
    grad_clip: float = 2.0  # largest norm of the gradient
    average: float = 0.999  # decay of the moving average of the weights, a step
    average_ramp: float = 9.0  # a young average reaches back over the steps done, divided by this
    average_every: int = 1  # steps between updates of the average
    freeze: str = ""  # the encoder's map up to which it stays as it is: 1/2 to 1/32; "": none
    half: bool = False  # the network computes in bfloat16; weights and losses stay single

    def __post_init__(self) -> None:
        if not 0 < self.lr < math.inf:
            raise BadValue(f"The learning rate is {self.lr}; it must be above 0.")
        if self.warmup < 0 or not 0 <= self.cool <= 1:
            raise BadValue(
                f"The warm-up ({self.warmup} steps) must not be below 0, the share of the run that "
                f"cools ({self.cool}) lies between 0 and 1."
            )
        if self.freeze and self.freeze not in SIZES:
            raise BadValue(f"Freeze is {self.freeze!r}; it is one of {', '.join(SIZES)}.")
        if not 0 <= self.average < 1 or not self.average_ramp > 0 or self.average_every < 1:
            raise BadValue(
                f"The average's decay ({self.average}) is from 0 to below 1, its ramp "
                f"({self.average_ramp}) above 0, its interval ({self.average_every}) at least 1."
            )


@dataclass(frozen=True)
class RunConfig:
    """All settings of a run."""

    model: str
    paths: tuple[str, ...]  # folders and zip archives of photographs
    steps: int | None = None  # the budget: steps, minutes, or whichever ends first
    minutes: float | None = None
    options: dict[str, Any] = field(default_factory=dict)  # of the model's Config
    start: str = "imagenet"  # "scratch", or the path of a weight file
    teacher: str = ""  # models whose mean colours are learnt beside the true ones
    sides: tuple[int, ...] = (96,)  # the crops' side in pixels; each has an equal share of the run
    weights: dict[str, float] = field(default_factory=dict)  # of packs; of the others 1
    unlabelled: tuple[str, ...] = ()  # folders, or PACK/FOLDER, that are no classes
    shown: tuple[str, ...] = ()  # pictures on the sheets; some that are held out where none
    held_out: float = 0.02  # share of the pictures kept for choosing between runs
    evaluate_every: float = 10.0  # minutes between evaluations on held-out pictures
    evaluated: int = 200  # held-out pictures in an evaluation, at most
    log_every: int = 20  # steps
    save_every: int = 300  # steps
    device: str = "cpu"
    crops: CropConfig = field(default_factory=CropConfig)
    fit: FitConfig = field(default_factory=FitConfig)
    losses: LossConfig = field(default_factory=LossConfig)

    def __post_init__(self) -> None:
        if self.steps is None and self.minutes is None:
            raise BadValue("The run has no budget. Give --minutes or --steps.")
        if min(self.steps or 1, self.minutes or 1) <= 0 or 0 in (self.steps, self.minutes):
            raise BadValue("The run's budget must be above 0: --minutes, --steps or both.")
        if not self.sides or not 1 <= min(self.sides) <= max(self.sides) <= LARGEST_SIDE:
            raise BadValue(
                f"The crops' sides are {self.sides}; each is from 1 to {LARGEST_SIDE} pixels."
            )

    @property
    def budget(self) -> Budget:
        return Budget(self.steps, self.minutes)


def run_config(record: Mapping[str, Any]) -> RunConfig:
    """The config that `dataclasses.asdict` wrote; fields it lacks take their defaults.

    Raises:
        BadValue: a field that no config has, or a value of another kind.
    """
    if not isinstance(record.get("model"), str) or not isinstance(record.get("paths"), list):
        raise BadValue("The run's config.json lacks its model or its list of paths.")
    parts = {"crops": CropConfig, "fit": FitConfig, "losses": LossConfig}
    whole = {
        key: _build(parts[key], value) if key in parts else value for key, value in record.items()
    }
    options, weights = (_frozen(whole.pop(key, {})) for key in ("options", "weights"))
    if not isinstance(options, dict) or not isinstance(weights, dict):
        raise BadValue("The run's config.json has no names and values as options or weights.")
    return replace(_build(RunConfig, whole), options=options, weights=weights)


def _build(kind: type[C], record: object) -> C:
    if not isinstance(record, dict):
        raise BadValue(f"The run's config.json has {record!r} in place of settings.")
    known = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(record.keys() - known):
        raise BadValue(f"The run's config.json has unknown settings: {', '.join(unknown)}.")
    return configure(kind, record, "the run")


def _frozen(value: Any) -> Any:
    """JSON's lists as tuples, inside the model's options too."""
    if isinstance(value, dict):
        return {k: _frozen(v) for k, v in value.items()}
    return tuple(value) if isinstance(value, list) else value
