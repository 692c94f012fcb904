"""What a run is started with, to and from its folder's config.json.

The command line's options and a card's command follow from the fields here (`train/options.py`).
Nothing here imports torch.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ..data.crop_config import CropConfig
from ..defaults import MAP_SIZES
from ..errors import BadValue
from ..options import FLAG, Flag, flag
from ..plugins import configure

C = TypeVar("C")  # a frozen dataclass

LARGEST_SIDE = 1024  # pixels: a step on larger crops takes more memory than machines have
MEANS = ("huber", "mse", "l1")
KNEE = 3.0  # ab units, of Huber's loss


@dataclass(frozen=True)
class Budget:
    """How long a run lasts: by steps, by minutes, or by whichever ends first."""

    steps: int | None = None
    minutes: float | None = None

    def progress(self, step: int, seconds: float) -> float:
        """The share of the run that is done, 0 to 1."""
        shares = [0.0]
        if self.steps is not None:
            shares.append(step / max(self.steps, 1))
        if self.minutes is not None:
            shares.append(seconds / 60 / max(self.minutes, 1e-9))
        return min(max(shares), 1.0)


@dataclass(frozen=True)
class FitConfig:
    lr: float = flag(2e-3, "Peak learning rate.", named="always")
    start_lr: float = 5e-4  # the same for weights that start from ImageNet
    weight_decay: float = 0.02
    betas: tuple[float, float] = (0.9, 0.999)  # of Adam's means of the gradient and its square
    warmup: int = flag(200, "Steps in which the rate rises.")
    cool: float = flag(1.0, "Last share of the run in which the rate falls; before it is constant.")
    grad_clip: float = 2.0  # largest norm of the gradient
    average: float = flag(0.999, "Decay of the weights' moving average, a step.")
    average_ramp: float = flag(
        9.0, "A young average reaches back over the steps done, divided by this."
    )
    average_every: int = flag(1, "Steps between its updates.")
    freeze: str = flag(
        "",
        "The encoder stays as it is up to its map of this size.",
        choices=MAP_SIZES,
        otherwise="all of it learns",
    )
    half: bool = flag(
        False,
        "Compute the network in bfloat16; weights and losses stay single.",
        off="single",
        otherwise="where the processor has it in hardware",
        named="always",
    )

    def __post_init__(self) -> None:
        if not 0 < self.lr < math.inf:
            raise BadValue(f"The learning rate is {self.lr}; it must be above 0.")
        if self.warmup < 0 or not 0 <= self.cool <= 1:
            raise BadValue(
                f"The warm-up ({self.warmup} steps) must not be below 0, the share of the run that "
                f"cools ({self.cool}) lies between 0 and 1."
            )
        if self.freeze and self.freeze not in MAP_SIZES:
            raise BadValue(f"Freeze is {self.freeze!r}; it is one of {', '.join(MAP_SIZES)}.")
        if not 0 <= self.average < 1 or not self.average_ramp > 0 or self.average_every < 1:
            raise BadValue(
                f"The average's decay ({self.average}) is from 0 to below 1, its ramp "
                f"({self.average_ramp}) above 0, its interval ({self.average_every}) at least 1."
            )


@dataclass(frozen=True)
class LossConfig:
    mean: str = flag(
        "huber",
        "Of the mean colour.",
        "loss",
        choices=MEANS,
        otherwise="the model's own; huber where it has none",
        named="always",
    )
    knee: float = flag(KNEE, "Errors above so many ab units count linearly (huber).")
    vivid: float = flag(1.0, "The mean learns colours multiplied by this.")
    labels: float = 0.2  # weight of the joint distribution's cross-entropy beside the mean's loss
    label_step: int = flag(
        1, "Distributions are learnt at one in this many rows and columns of the output."
    )
    channels: float = 0.05  # the same of the 25 + 25 bins, beside a mean
    soft: bool = flag(False, "25 + 25 bins: share a pixel between the two nearest.")
    precision: float = 0.05  # weight of the precision's likelihood
    taught: float = 1.0  # weight of the distance from a teacher's mean, where there is one
    adversarial: float = flag(0.0, "Weight of a critic's verdict; 0: none.")
    uniform: float = 0.5  # share of the uniform prior in rebalancing; 1 switches it off

    def __post_init__(self) -> None:
        if self.mean not in MEANS:
            raise BadValue(f"The loss is {self.mean!r}; it is one of {', '.join(MEANS)}.")
        if not 0 < self.knee < math.inf:
            raise BadValue(f"The knee is {self.knee} ab units; it must be above 0.")
        if self.mean != "huber" and self.knee != KNEE:
            raise BadValue(f"The loss {self.mean} has no knee: leave --knee out, or --loss huber.")
        if not 0 < self.vivid <= 2:
            raise BadValue(f"Vivid is {self.vivid}; it is above 0 and at most 2.")
        if not 1 <= self.label_step <= 8:
            raise BadValue(f"The step between labels is {self.label_step}; it is from 1 to 8.")
        if self.adversarial < 0:
            raise BadValue(f"The critic's weight is {self.adversarial}; it must not be below 0.")


@dataclass(frozen=True)
class RunConfig:
    """All settings of a run."""

    model: str
    paths: tuple[str, ...]  # folders and zip archives of photographs
    steps: int | None = flag(None, "Stop after this number of steps.")
    minutes: float | None = flag(None, "Stop after this time.")
    options: dict[str, Any] = field(
        default_factory=dict,
        metadata={FLAG: Flag("NAME=VALUE of the model's own options.", "option")},
    )
    start: str = flag(
        "imagenet",
        "First weights: imagenet, scratch, a .safetensors file, or torchvision's ResNet-18 (.pth).",
        otherwise="imagenet where the network can, else scratch",
        named="always",
    )
    teacher: str = flag("", "Models to learn from too: NAME, FILE or several by +.")
    sides: tuple[int, ...] = flag(
        (96,),
        "Crop sides in pixels, comma-separated; each has an equal share of the run.",
        named="always",
    )
    weights: dict[str, float] = field(
        default_factory=dict,
        metadata={
            FLAG: Flag("PACK=FACTOR: its pictures are shown that many times as often.", "weight")
        },
    )
    unlabelled: tuple[str, ...] = flag(
        (), "FOLDER or PACK/FOLDER that is no class; * for any (classifier, two-stream)."
    )
    shown: tuple[str, ...] = flag(
        (), "Pictures on the run's sheets.", "show", otherwise="held out", named="never"
    )
    held_out: float = 0.02  # share of the pictures kept for choosing between runs
    evaluate_every: float = 10.0  # minutes between evaluations on held-out pictures
    evaluated: int = 200  # held-out pictures in an evaluation, at most
    log_every: int = 20  # steps
    save_every: int = 300  # steps
    device: str = flag(
        "cpu",
        "auto, cpu, cuda or mps.",
        otherwise="auto; of a resumed run, its own",
        named="never",
    )
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


PARTS: dict[str, type[Any]] = {"crops": CropConfig, "fit": FitConfig, "losses": LossConfig}


def run_config(record: Mapping[str, Any]) -> RunConfig:
    """The config that `dataclasses.asdict` wrote; fields it lacks take their defaults.

    Raises:
        BadValue: a field that no config has, or a value of another kind.
    """
    if not isinstance(record.get("model"), str) or not isinstance(record.get("paths"), list):
        raise BadValue("The run's config.json lacks its model or its list of paths.")
    whole = {
        key: _build(PARTS[key], value) if key in PARTS else value for key, value in record.items()
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
