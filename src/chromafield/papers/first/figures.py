"""The first paper's figures on any pictures: sweeps, fields and palettes side by side.

A picture in colour is made grey first, and stands in the last column as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...beliefs import Belief, Proposal, as_channels, as_labels
from ...canvas.canvas import Canvas
from ...canvas.upsample import render
from ...color.palette import gamut_cells
from ...colorizer.loading import load_colorizer
from ...errors import BadValue
from ...evaluate.sheets import Shown, row_of, stacked
from ...fields import Field, create_field
from ...fields.potts import Config, PottsField
from ...image import Picture
from ...settings import Settings

SWEEPS = 8  # the paper's
BELIEFS = ("own", "joint", "bins")  # each field's own kind; or one distribution for all
FIELDS = ("mean", "mode", "annealed", "potts", "mixture")  # the paper's Figure 5, and ours


def sweeps_sheet(pictures: Sequence[Picture], settings: Settings, device: str = "auto") -> Shown:
    """Figure 4: the Potts field's picture at its start, which is grey, and after each sweep, with
    the evidence lower bound.

    Raises:
        BadValue: no picture.
    """
    colorizer = load_colorizer(replace(settings, field="potts"), device)
    field = PottsField(Config())
    rows = []
    for picture in pictures:
        canvas = colorizer.canvas(picture).decided_by(field)
        states = field.sweeps(canvas.prepared, canvas.belief, SWEEPS)
        names = [
            f"start ({field.decides_on(canvas.belief)})",
            *(f"sweep {n}" for n in range(1, SWEEPS + 1)),
        ]
        captions = [f"{name}: {s.bound:.0f}" for name, s in zip(names, states, strict=True)]
        rows.append(row_of(picture, captions, [render(s.ab, canvas.lightness) for s in states]))
    return stacked(rows)


def fields_sheet(
    pictures: Sequence[Picture],
    settings: Settings,
    device: str = "auto",
    names: Sequence[str] = FIELDS,
    belief: str = "own",
) -> Shown:
    """Figure 5: one belief, decided by several fields.

    Args:
        belief: see `on_one`.

    Raises:
        BadValue: no picture, or no such belief.
        UnknownName: no such field.
    """
    colorizer = load_colorizer(replace(settings, field="mean", vividness=0), device)
    fields = [create_field(name) for name in names]
    rows = []
    for picture in pictures:
        canvas = on_one(colorizer.canvas(picture), belief)
        ways = [canvas.decided_by(field).paint() for field in fields]
        captions = [
            "grey",
            *(caption(f, n, canvas.belief) for f, n in zip(fields, names, strict=True)),
        ]
        rows.append(row_of(picture, captions, [canvas.paint(strength=0.0), *ways]))
    return stacked(rows)


def on_one(canvas: Canvas, which: str) -> Canvas:
    """The canvas with one distribution, so that what fields make of it can be compared.

    Args:
        which: `own` leaves a network's colours, joint cells and bins to the fields that use them;
            `joint` has the joint cells alone, whose mean, mode and marginals all then are; `bins`
            the distributions of a and of b, whose joint is their product.

    Raises:
        BadValue: another one.
    """
    if which not in BELIEFS:
        raise BadValue(f"The belief is {which!r}; it is one of {', '.join(BELIEFS)}.")
    belief = canvas.belief
    if which == "joint" and isinstance(belief, Proposal):
        belief = as_labels(belief, gamut_cells())
    elif which == "bins":
        belief = as_channels(belief)
    return replace(canvas, belief=belief)


def caption(field: Field, name: str, belief: Belief) -> str:
    """The field's name; of the Potts field also the belief that it decides on."""
    return f"{name} ({field.decides_on(belief)})" if isinstance(field, PottsField) else name
