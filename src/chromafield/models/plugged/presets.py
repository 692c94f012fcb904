"""Conventions of the networks that people have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...errors import WeightsError
from .description import AB, GREY, HINTS, LIGHTNESS, PLANES, RGB, Input, Output
from .session import Session

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # mean and deviation of sRGB
UNIT = 110.0  # ab of Zhang et al.'s networks


@dataclass(frozen=True)
class Preset:
    note: str
    input: Input
    output: Output  # of zhang2016 and ab also a distribution, where the file has 313 planes


PRESETS = {
    "ddcolor": Preset("grey RGB, 0 to 1, to ab", Input(kind=GREY, size=512), Output(kind=AB)),
    "deoldify": Preset(
        "grey RGB, 0 to 255, to RGB, 0 to 255",
        Input(kind=GREY, deviation=(1 / 255,), size=256),
        Output(kind=RGB, scale=(1 / 255,)),
    ),
    "zhang2016": Preset(
        "L, 0 to 100, to ab, or to a distribution over 313 colours",
        Input(kind=LIGHTNESS, size=256),
        Output(kind=AB),
    ),
    "zhang2017": Preset(
        "(L - 50) / 100, ab / 110 and a mask of hints, to ab / 110",
        Input(kind=HINTS, mean=(50.0, 0.0, 0.0, 0.0), deviation=(100.0, UNIT, UNIT, 1.0), size=256),
        Output(kind=AB, scale=(UNIT,)),
    ),
    "hints": Preset("L, ab and a mask of hints, to ab", Input(kind=HINTS), Output(kind=AB)),
    "ab": Preset(
        "(L - 50) / 100 to ab / 110",
        Input(kind=LIGHTNESS, mean=(50.0,), deviation=(100.0,)),
        Output(kind=AB, scale=(UNIT,)),
    ),
    "pix2pix": Preset(
        "(L - 50) / 50 to ab / 110",
        Input(kind=LIGHTNESS, mean=(50.0,), deviation=(50.0,), size=256),
        Output(kind=AB, scale=(UNIT,)),
    ),
    "rgb": Preset("grey RGB, 0 to 1, to RGB, 0 to 1", Input(kind=GREY), Output(kind=RGB)),
    "imagenet": Preset(
        "grey RGB to RGB, both less ImageNet's mean and over its deviation",
        Input(kind=GREY, mean=IMAGENET[0], deviation=IMAGENET[1], size=256),
        Output(kind=RGB, scale=IMAGENET[1], shift=IMAGENET[0]),
    ),
    "signed": Preset(
        "grey RGB, -1 to 1, to RGB, -1 to 1",
        Input(kind=GREY, mean=(0.5,), deviation=(0.5,)),
        Output(kind=RGB, scale=(0.5,), shift=(0.5,)),
    ),
}


def taking(planes: int) -> list[str]:
    """The presets whose input has so many planes."""
    return [name for name, preset in PRESETS.items() if PLANES[preset.input.kind] == planes]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file takes and answers with, and the preset that says so."""

    preset: str
    input: Input
    output: Output


def unclear(session: Session, what: str, names: Iterable[str]) -> WeightsError:
    candidate = "; ".join(f"--preset {name}: {PRESETS[name].note}" for name in names)
    return WeightsError(
        f"What {session.path} takes cannot be told: {what}. Say which. {candidate}."
    )


def unfit(session: Session, preset: str, why: str) -> WeightsError:
    return WeightsError(
        f"{session.path} does not fit the preset {preset} ({PRESETS[preset].note}): {why}."
    )
