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

from ...errors import BadValue, WeightsError
from .description import AB, CELLS, GREY, LOGITS, PLANES, PRESET_KEY, PROBABILITIES, Input, Output
from .network import stride_of
from .presets import PRESETS, UNIT, Guess, taking, unclear, unfit
from .ranges import rgb
from .responses import response, shape_of, textured
from .session import BYTES, Port, Session

MULTIPLES = (32, 64, 128, 256)  # of free sides, tried in this order
SMALL = 1.5  # answers that never leave -1.5 ... 1.5 are in units of 110 ab
COLOURLESS = 1e-3  # an answer that never leaves this tells nothing of its unit
SIZE_LIMIT = 300.0  # ab units: no network means colours beyond


@dataclass(frozen=True, slots=True)
class Stated:
    """What the user says of a file; what is left out the file itself may tell."""

    preset: str = ""  # one of `PRESETS`
    size: int | None = None  # about size x size pixels are what it sees best; the preset's if None
    multiple: int = 0  # of which its sides must be, where they are free
    output: str = ""  # the name of the output to be taken


def guess(session: Session, told: Stated | None = None) -> Guess:
    """What the file takes and answers with.

    Raises:
        BadValue: no such preset.
        WeightsError: the file does not fit the preset or any; or what it takes cannot be told.
    """
    told = told or Stated()
    preset = told.preset or session.notes.get(PRESET_KEY, "")
    if preset and preset not in PRESETS:
        raise BadValue(f"The preset is {preset!r}; it is one of {', '.join(PRESETS)}.")
    taken, given = _input(session), _output(session, told.output)
    planes = _planes_of(session, taken, preset)
    changes: dict[str, Any] = {"name": taken.name, **_sides(taken, told)}
    if taken.kind == BYTES:
        changes |= {"mean": (0.0,), "deviation": (1 / 255,)}
    inputs = {n: dataclasses.replace(PRESETS[n].input, **changes) for n in taking(planes)}
    inputs, outputs = _tried(session, inputs, given.name, told.multiple)
    if outputs == 3:
        own = next(iter(inputs.values()))
        return rgb(session, preset, own, given.name, bool(own.height) or told.size is not None)
    if outputs not in (2, CELLS):
        raise WeightsError(
            f"{session.path} answers with {outputs} planes ({given.name}); colorizers answer with "
            f"2 (ab), 3 (RGB) or {CELLS} (a distribution over Zhang et al.'s colours)."
        )
    return _ab(session, preset, inputs, given.name)


def _planes_of(session: Session, taken: Port, preset: str) -> int:
    """Raises: WeightsError: no colorizer takes so many, or not this preset."""
    planes = taken.shape[1]
    if planes is None:
        if not preset:
            raise unclear(session, "how many planes it takes is not in the file", PRESETS)
        planes = PLANES[PRESETS[preset].input.kind]
    if not taking(planes):
        raise WeightsError(
            f"{session.path} takes {planes} planes ({taken.name}); colorizers take 1 (lightness), "
            "3 (grey RGB) or 4 (lightness and hints)."
        )
    if preset and preset not in taking(planes):
        raise unfit(session, preset, f"it takes {planes} planes ({taken.name})")
    if taken.kind == BYTES and planes != PLANES[GREY]:
        raise WeightsError(
            f"{session.path} takes {taken.name} as bytes; of those only grey RGB can be used."
        )
    return planes


def _tried(
    session: Session, inputs: dict[str, Input], out: str, multiple: int
) -> tuple[dict[str, Input], int]:
    """The inputs with a multiple that the network can take, and the planes of its answer."""
    free = not next(iter(inputs.values())).height
    failed = None
    for sides in (multiple,) if multiple else MULTIPLES:
        changed = {n: dataclasses.replace(one, multiple=sides) for n, one in inputs.items()}
        one = next(iter(changed.values()))
        try:
            output = response(session, one, out, textured(one))
            if free:
                stride_of(shape_of(one), output.shape, session.path)
            return changed, output.shape[1]
        except WeightsError as error:
            failed = failed or error
        if not free:
            break
    assert failed is not None
    raise failed


def _ab(session: Session, preset: str, inputs: dict[str, Input], out: str) -> Guess:
    fitting = [name for name in inputs if PRESETS[name].output.kind == AB]
    if not fitting:
        raise WeightsError(f"{session.path} answers with ab, which no preset of its input does.")
    if preset and preset not in fitting:
        raise unfit(session, preset, "it answers with ab or a distribution")
    if not preset and len(fitting) > 1:
        raise unclear(session, "the range of lightness is not in the file", fitting)
    name = preset or fitting[0]
    output = response(session, inputs[name], out, textured(inputs[name]))
    if output.shape[1] == CELLS:
        whole = output.min() >= 0 and np.abs(output.sum(1) - 1).max() < 1e-2
        kind = PROBABILITIES if whole else LOGITS
        return Guess(name, inputs[name], Output(name=out, kind=kind))
    most = float(np.abs(output).max())
    if not preset and most < COLOURLESS:
        raise unclear(session, "it gives a grey picture no colour, so its unit is open", fitting)
    scale = PRESETS[name].output.scale if preset else (UNIT if most < SMALL else 1.0,)
    if scale[0] * most > SIZE_LIMIT:
        raise unfit(session, name, f"it answers with up to {scale[0] * most:.0f} units of ab")
    return Guess(name, inputs[name], Output(name=out, kind=AB, scale=scale))


def _input(session: Session) -> Port:
    if len(session.inputs) != 1 or len(session.inputs[0].shape) != 4:
        raise WeightsError(
            f"{session.path} has the inputs {_listed(session.inputs)}; a network with one input "
            "(pictures, planes, height, width) can be used."
        )
    return session.inputs[0]


def _output(session: Session, name: str) -> Port:
    if name:
        return session.output(name)
    known = [p for p in session.outputs if len(p.shape) == 4]
    if len(known) > 1:
        known = [p for p in known if p.shape[1] in (2, 3, CELLS)]
    if len(known) != 1:
        raise WeightsError(
            f"{session.path} has the outputs {_listed(session.outputs)}; one of them should be "
            f"colours, ab, RGB or {CELLS} cells, and no other look like it. --output names one."
        )
    return known[0]


def _listed(ports: Iterable[Port]) -> str:
    def shape(port: Port) -> str:
        return ", ".join("any" if n is None else str(n) for n in port.shape)

    return ", ".join(f"{port.name} ({shape(port)})" for port in ports) or "none"


def _sides(port: Port, told: Stated) -> dict[str, int]:
    """Where one side is fixed alone, the other is made as long."""
    height, width = port.shape[2:]
    if height is None and width is None:
        return {} if told.size is None else {"size": told.size}
    return {"height": height or width or 0, "width": width or height or 0, "size": 0}
