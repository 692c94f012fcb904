"""What a file takes and answers with: by its shapes, and by what it answers to known pictures.

Flat grey pictures in every range tell the range of a network that answers with RGB: in the right
one, grey comes back near grey. A textured one tells whether ab is in units of 1 or of 110. What
neither tells is asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadValue, WeightsError
from .description import (
    AB,
    CELLS,
    GREY,
    LOGITS,
    PLANES,
    PRESET_KEY,
    PROBABILITIES,
    RGB,
    Input,
    Output,
)
from .presets import PRESETS, UNIT, taking
from .session import Port, Session

# sRGB in [0, 1] from what a network of such a range takes or gives: value = deviation * x + mean.
RANGES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "0 to 1": ((0.0,), (1.0,)),
    "0 to 255": ((0.0,), (1 / 255,)),
    "ImageNet's": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of flat grey pictures, sRGB
SIDE = 64  # pixels of the pictures that are shown where sides are free
CLOSE = 0.12  # how far a flat picture's answer may lie from its grey in the right range, sRGB
CLEARLY = 2.0  # times nearer than the next best
SMALL = 1.5  # answers that never leave -1.5 ... 1.5 are in units of 110 ab
SIZE_LIMIT = 300.0  # ab units: no network means colours beyond


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file takes and answers with, and the preset that says so."""

    preset: str
    input: Input
    output: Output


def guess(session: Session, preset: str = "", size: int | None = None) -> Guess:
    """What the file takes and answers with.

    Args:
        preset: one of `PRESETS`, where the user says so; where "", the file itself may.
        size: about size x size pixels are what it sees best; the preset's where None.

    Raises:
        BadValue: no such preset.
        WeightsError: the file does not fit the preset or any; or what it takes cannot be told.
    """
    preset = preset or session.notes.get(PRESET_KEY, "")
    if preset and preset not in PRESETS:
        raise BadValue(f"The preset is {preset!r}; it is one of {', '.join(PRESETS)}.")
    taken, given = _input(session), _output(session)
    planes = taken.shape[1]
    if planes is None:
        if not preset:
            raise _unclear(session, "how many planes it takes is not in the file", PRESETS)
        planes = PLANES[PRESETS[preset].input.kind]
    if not taking(planes):
        raise WeightsError(
            f"{session.path} takes {planes} planes ({taken.name}); colorizers take 1 (lightness), "
            "3 (grey RGB) or 4 (lightness and hints)."
        )
    if preset and preset not in taking(planes):
        raise _unfit(session, preset, f"it takes {planes} planes ({taken.name})")
    changes: dict[str, Any] = {"name": taken.name, **_sides(taken, size)}
    inputs = {n: dataclasses.replace(PRESETS[n].input, **changes) for n in taking(planes)}
    any_input = next(iter(inputs.values()))
    outputs = _run(session, any_input, given.name, _textured(any_input)).shape[1]
    if outputs == 3:
        return _rgb(session, preset, any_input, given.name)
    if outputs not in (2, CELLS):
        raise WeightsError(
            f"{session.path} answers with {outputs} planes ({given.name}); colorizers answer with "
            f"2 (ab), 3 (RGB) or {CELLS} (a distribution over Zhang et al.'s colours)."
        )
    return _ab(session, preset, inputs, given.name)


def _ab(session: Session, preset: str, inputs: dict[str, Input], out: str) -> Guess:
    fitting = [name for name in inputs if PRESETS[name].output.kind == AB]
    if not fitting:
        raise WeightsError(f"{session.path} answers with ab, which no preset of its input does.")
    if preset and preset not in fitting:
        raise _unfit(session, preset, "it answers with ab or a distribution")
    if not preset and len(fitting) > 1:
        raise _unclear(session, "the range of lightness is not in the file", fitting)
    name = preset or fitting[0]
    output = _run(session, inputs[name], out, _textured(inputs[name]))
    if output.shape[1] == CELLS:
        whole = output.min() >= 0 and np.abs(output.sum(1) - 1).max() < 1e-2
        kind = PROBABILITIES if whole else LOGITS
        return Guess(name, inputs[name], Output(name=out, kind=kind))
    most = float(np.abs(output).max())
    scale = PRESETS[name].output.scale if preset else (UNIT if most < SMALL else 1.0,)
    if scale[0] * most > SIZE_LIMIT:
        raise _unfit(session, name, f"it answers with up to {scale[0] * most:.0f} units of ab")
    return Guess(name, inputs[name], Output(name=out, kind=AB, scale=scale))


def _rgb(session: Session, preset: str, own: Input, out: str) -> Guess:
    """The ranges in which flat grey comes back as that grey."""
    if own.kind != GREY:
        raise WeightsError(
            f"{session.path} answers with 3 planes to {PLANES[own.kind]}; RGB is taken from "
            "networks that are shown grey RGB."
        )
    found = _ranges(session, own, out)
    best, shown, read = found[0]
    if preset:
        candidate = PRESETS[preset]
        if candidate.output.kind != RGB:
            raise _unfit(session, preset, "it answers with RGB")
        shown = read = next(
            n for n, r in RANGES.items() if r == (candidate.input.mean, candidate.input.deviation)
        )
        best = next(off for off, *names in found if names == [shown, read])
    if best > CLOSE:
        raise WeightsError(
            f"{session.path} does not give grey for grey: shown {shown}, read as {read}, it is "
            f"{best:.2f} off, of 1. Leave --preset out, if it is given; else it follows no known "
            "convention."
        )
    if not preset and found[1][0] < CLEARLY * best:
        ranges = " or ".join(f"{s} in and {r} out" for _, s, r in found[:2])
        raise _unclear(session, f"several ranges fit, {ranges}", ("deoldify", "rgb"))
    (mean, deviation), (shift, scale) = RANGES[shown], RANGES[read]
    name = preset or ("rgb" if (shown, read) == ("0 to 1", "0 to 1") else "deoldify")
    seen = dataclasses.replace(own, mean=mean, deviation=deviation)
    if not own.height and own.size == PRESETS["ddcolor"].input.size:
        seen = dataclasses.replace(seen, size=PRESETS[name].input.size)
    return Guess(name, seen, Output(name=out, kind=RGB, scale=scale, shift=shift))


def _ranges(session: Session, own: Input, out: str) -> list[tuple[float, str, str]]:
    """How far off grey comes back, shown in each range and read in each; the nearest first."""
    found = []
    for shown, (mean, deviation) in RANGES.items():
        scaled_input = dataclasses.replace(own, mean=mean, deviation=deviation)
        outputs = [_run(session, scaled_input, out, _flat(own, level)) for level in LEVELS]
        for read, (shift, scale) in RANGES.items():
            off = [
                np.abs(_a_plane(scale) * y + _a_plane(shift) - level).mean()
                for y, level in zip(outputs, LEVELS, strict=True)
            ]
            found.append((float(np.mean(off)), shown, read))
    return sorted(found)


def _input(session: Session) -> Port:
    if len(session.inputs) != 1 or len(session.inputs[0].shape) != 4:
        raise WeightsError(
            f"{session.path} has the inputs {_listed(session.inputs)}; a network with one input "
            "(pictures, planes, height, width) can be used."
        )
    return session.inputs[0]


def _output(session: Session) -> Port:
    known = [p for p in session.outputs if len(p.shape) == 4]
    if len(known) > 1:
        known = [p for p in known if p.shape[1] in (2, 3, CELLS)]
    if len(known) != 1:
        raise WeightsError(
            f"{session.path} has the outputs {_listed(session.outputs)}; one of them should be "
            f"colours, ab, RGB or {CELLS} cells, and no other look like it."
        )
    return known[0]


def _listed(ports: Iterable[Port]) -> str:
    def shape(port: Port) -> str:
        return ", ".join("any" if n is None else str(n) for n in port.shape)

    return ", ".join(f"{port.name} ({shape(port)})" for port in ports) or "none"


def _sides(port: Port, size: int | None) -> dict[str, int]:
    height, width = port.shape[2:]
    if height is None or width is None:
        return {} if size is None else {"size": size}
    return {"height": height, "width": width, "size": 0}


def _unclear(session: Session, what: str, names: Iterable[str]) -> WeightsError:
    candidate = "; ".join(f"--preset {name}: {PRESETS[name].note}" for name in names)
    return WeightsError(
        f"What {session.path} takes cannot be told: {what}. Say which. {candidate}."
    )


def _unfit(session: Session, preset: str, why: str) -> WeightsError:
    return WeightsError(
        f"{session.path} does not fit the preset {preset} ({PRESETS[preset].note}): {why}."
    )


def _flat(own: Input, level: float) -> NDArray[np.float64]:
    """A grey picture of one level, in our units."""
    return _planes(own, np.full(_shape(own)[2:], level))


def _textured(own: Input) -> NDArray[np.float64]:
    """Steps, slopes and noise of all levels."""
    h, w = _shape(own)[2:]
    y, x = np.mgrid[0:h, 0:w]
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, (h, w))
    level = 0.5 * x / w + 0.3 * ((x // 16 + y // 16) % 2) + 0.2 * y / h + noise
    return _planes(own, np.clip(level, 0, 1))


def _planes(own: Input, level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Levels, 0 to 1, as grey RGB, or as lightness without hints."""
    if own.kind == GREY:
        return np.broadcast_to(level, _shape(own))
    return np.stack([100 * level, *[np.zeros_like(level)] * (PLANES[own.kind] - 1)])[None]


def _shape(own: Input) -> tuple[int, int, int, int]:
    side = -(-SIDE // own.multiple) * own.multiple
    return 1, PLANES[own.kind], own.height or side, own.width or side


def _run(
    session: Session, own: Input, out: str, values: NDArray[np.float64]
) -> NDArray[np.float32]:
    seen = (values - _a_plane(own.mean)) / _a_plane(own.deviation)
    output = session.run(seen.astype(np.float32), own.name, out)
    if output.ndim != 4 or 0 in output.shape:
        raise WeightsError(f"{session.path} answered with the shape {output.shape}, no planes.")
    if not np.isfinite(output).all():
        raise WeightsError(
            f"{session.path} answers a grey picture with values that are no numbers. It is "
            "damaged, or no colorizer."
        )
    return output


def _a_plane(numbers: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array(numbers)[:, None, None]
