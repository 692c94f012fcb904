"""The range of a network that answers with RGB: in the right one flat grey comes back near grey."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ...errors import WeightsError
from .description import GREY, PLANES, RGB, Input, Output
from .presets import IMAGENET, PRESETS, Guess, unclear, unfit
from .responses import a_plane, flat, response
from .session import BYTES, Session

# sRGB in [0, 1] from what a network of such a range takes or gives: value = deviation * x + mean.
RANGES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "0 to 1": ((0.0,), (1.0,)),
    "0 to 255": ((0.0,), (1 / 255,)),
    "ImageNet's": IMAGENET,
}
CHOICES = ("deoldify", "rgb", "imagenet", "signed")  # presets, where several ranges fit
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of flat grey pictures, sRGB
CLOSE = 0.12  # how far a flat picture's answer may lie from its grey in the right range, sRGB
CLEARLY = 2.0  # times nearer than the next best,
EXACT = 0.01  # which counts as this far off at least: grey may come back exactly in every range


def rgb(session: Session, preset: str, own: Input, out: str, sized: bool) -> Guess:
    """The ranges in which flat grey comes back as that grey.

    Args:
        sized: the size that it is shown is said, or its sides are fixed; else it is the preset's.
    """
    if own.kind != GREY:
        raise WeightsError(
            f"{session.path} answers with 3 planes to {PLANES[own.kind]}; RGB is taken from "
            "networks that are shown grey RGB."
        )
    if preset:
        return _rgb_of(session, preset, own, out, sized)
    found = _ranges(session, own, out)
    best, shown, read = found[0]
    if best > CLOSE:
        raise WeightsError(
            f"{session.path} does not give grey for grey: shown {shown}, read as {read}, it is "
            f"{best:.2f} off, of 1. It follows no convention that can be told; --preset signed "
            "(-1 to 1) is not tried by itself."
        )
    if found[1:] and found[1][0] < CLEARLY * max(best, EXACT):
        ranges = " or ".join(f"{s} in and {r} out" for _, s, r in found[:2])
        raise unclear(session, f"several ranges fit, {ranges}", CHOICES)
    (mean, deviation), (shift, scale) = RANGES[shown], RANGES[read]
    name = "rgb" if (shown, read) == ("0 to 1", "0 to 1") else "deoldify"
    seen = _sized(dataclasses.replace(own, mean=mean, deviation=deviation), name, sized)
    return Guess(name, seen, Output(name=out, kind=RGB, scale=scale, shift=shift))


def _rgb_of(session: Session, preset: str, own: Input, out: str, sized: bool) -> Guess:
    """The preset that the user names, where it gives grey for grey."""
    read = dataclasses.replace(PRESETS[preset].output, name=out)
    if read.kind != RGB:
        raise unfit(session, preset, "it answers with RGB")
    wanted = PRESETS[preset].input
    if session.inputs[0].kind == BYTES and wanted.deviation != own.deviation:
        raise unfit(session, preset, "it takes bytes, 0 to 255")
    seen = dataclasses.replace(own, mean=wanted.mean, deviation=wanted.deviation)
    off = _off(_responses(session, seen, out), read.scale, read.shift)
    if off > CLOSE:
        raise WeightsError(
            f"{session.path} does not give grey for grey: by the preset {preset} "
            f"({PRESETS[preset].note}) it is {off:.2f} off, of 1. Leave --preset out, or name "
            "another."
        )
    return Guess(preset, _sized(seen, preset, sized), read)


def _sized(own: Input, name: str, sized: bool) -> Input:
    """With the preset's size, where that is not said otherwise."""
    return own if sized else dataclasses.replace(own, size=PRESETS[name].input.size)


def _ranges(session: Session, own: Input, out: str) -> list[tuple[float, str, str]]:
    """How far off grey comes back, shown in each range and read in each; the nearest first."""
    found = []
    for shown, (mean, deviation) in RANGES.items():
        if session.inputs[0].kind == BYTES and deviation != own.deviation:
            continue
        scaled_input = dataclasses.replace(own, mean=mean, deviation=deviation)
        outputs = _responses(session, scaled_input, out)
        found += [
            (_off(outputs, scale, shift), shown, read) for read, (shift, scale) in RANGES.items()
        ]
    return sorted(found)


def _responses(session: Session, own: Input, out: str) -> list[NDArray[np.float32]]:
    """Its answers to flat grey pictures."""
    return [response(session, own, out, flat(own, level)) for level in LEVELS]


def _off(
    outputs: list[NDArray[np.float32]], scale: tuple[float, ...], shift: tuple[float, ...]
) -> float:
    """How far its answers lie from the greys that it was shown, sRGB."""
    pairs = zip(outputs, LEVELS, strict=True)
    return float(
        np.mean([np.abs(a_plane(scale) * y + a_plane(shift) - v).mean() for y, v in pairs])
    )
