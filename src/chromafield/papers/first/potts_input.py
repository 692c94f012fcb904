"""The first paper's own experiment: its Potts field on a network's distribution, beside the other
ways to make one colour of each pixel's distribution.

The paper fed its field with Zhang et al.'s released network. What that is worth is told by the
same distribution's mean, its annealed mean and its mode, in figures that see what the paper
complains of: splotches, and one thing in two tones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ...beliefs import GaussianBelief
from ...canvas.lightness import as_unit
from ...canvas.upsample import render
from ...color import ciede2000, rgb_to_lab
from ...colorizer.loading import load_colorizer
from ...errors import BadValue
from ...evaluate.sheets import Shown, row_of, stacked
from ...fields import create_field
from ...image import Picture, three_channels
from ...image.detect import is_color
from ...metrics.metrics import colourfulness
from ...metrics.sample_metrics import even_regions, unevenness
from ...metrics.splotches import splotches
from ...metrics.two_toned import two_toned
from ...resize import resize
from ...settings import Settings
from ...tables import as_table
from .figures import caption, on_one
from .means import mean_of

WAYS = ("mean", "annealed", "mode", "potts")
TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Figures:
    """One way's means over the pictures."""

    way: str
    colourfulness: float
    splotches: float  # percent, on the grid where the colours were decided
    unevenness: float  # ab^2, inside regions of even lightness
    from_mean: float  # ab units, the mean over cells, on the grid
    from_mode: float
    ciede2000: float | None  # over the pictures that are in colour; None where none is
    two_toned: float | None  # percent of things, over the pictures that have segments; or None


@dataclass(frozen=True, slots=True)
class Painted:
    """One picture's colours, as decided and as shown."""

    ab: Float[Tensor, "1 2 h w"]
    rgb: Float[Tensor, "3 H W"]


def potts_input(
    pictures: Sequence[Picture],
    settings: Settings,
    device: str = "auto",
    belief: str = "joint",
    things: Sequence[Int[Tensor, "H W"] | None] = (),
) -> tuple[Shown, list[Figures]]:
    """A sheet with a row a picture, and a table's rows; the truth last where all have colours.

    Args:
        belief: the one distribution that all ways decide on; see `on_one`.
        things: the segments of each picture, for two-tonedness; none where empty.

    Raises:
        BadValue: no picture, or a network that predicts colours alone.
    """
    colorizer = load_colorizer(replace(settings, field="mean", vividness=0), device)
    rows, found = [], []
    for picture, segments in zip(pictures, things or [None] * len(pictures), strict=True):
        canvas = on_one(colorizer.canvas(picture), belief)
        if isinstance(canvas.belief, GaussianBelief):
            raise BadValue(
                f"{colorizer.trained.name} predicts colours alone: a Potts field needs a "
                "distribution, as lite-unet's or zhang2016's."
            )
        painted = {}
        for way in WAYS:
            ab = canvas.decided_by(create_field(way)).solve()
            painted[way] = Painted(ab, render(ab, canvas.lightness))
        shown = [canvas.paint(strength=0.0), *(painted[way].rgb for way in WAYS)]
        told = ["grey", *(caption(create_field(way), way, canvas.belief) for way in WAYS)]
        rows.append(row_of(picture, told, shown))
        found.append(_measured(picture, canvas.lightness, painted, segments))
    return stacked(rows), _means(found)


def as_markdown(figures: Sequence[Figures]) -> str:
    toned = any(one.two_toned is not None for one in figures)
    return as_table(
        {
            "way": one.way,
            "colourfulness": f"{one.colourfulness:.1f}",
            "splotches": f"{one.splotches:.1f} %",
            "unevenness, ab²": f"{one.unevenness:.1f}",
            "from the mean": f"{one.from_mean:.2f}",
            "from the mode": f"{one.from_mode:.2f}",
            "CIEDE2000": "" if one.ciede2000 is None else f"{one.ciede2000:.2f}",
        }
        | ({"two-toned": _share(one.two_toned)} if toned else {})
        for one in figures
    )


def _share(percent: float | None) -> str:
    return "" if percent is None else f"{percent:.1f} %"


def _measured(
    picture: Picture,
    lightness: Float[Tensor, "1 1 H W"],
    painted: dict[str, Painted],
    segments: Int[Tensor, "H W"] | None,
) -> dict[str, Figures]:
    """Of one picture, each way's and the truth's where there is one."""
    true = None
    if is_color(picture)[0]:
        rgb = as_unit(three_channels(picture.pixels)).to(lightness)
        true = rgb_to_lab(rgb)
        grid = next(iter(painted.values())).ab.shape[2:]
        painted = painted | {TRUTH: Painted(resize(true[None, 1:], (grid[0], grid[1])), rgb)}
    return {way: _figures(way, painted, lightness, true, segments) for way in painted}


def _figures(
    way: str,
    all_painted: dict[str, Painted],
    lightness: Float[Tensor, "1 1 H W"],
    true: Float[Tensor, "3 H W"] | None,
    segments: Int[Tensor, "H W"] | None,
) -> Figures:
    painted = all_painted[way]
    coarse = resize(lightness, (painted.ab.shape[2], painted.ab.shape[3]))[0].cpu()
    ab = painted.ab[0].cpu()
    off = toned = None
    shown = rgb_to_lab(painted.rgb.double())
    if true is not None:
        off = float(ciede2000(true.double(), shown).mean())
    if segments is not None:
        toned = 100 * two_toned(shown[1:].cpu(), segments)
    return Figures(
        way,
        colourfulness((painted.rgb * 255).round().to(torch.uint8)),
        100 * splotches(coarse, ab),
        unevenness(ab, even_regions(coarse[0])),
        _apart(painted, all_painted["mean"]),
        _apart(painted, all_painted["mode"]),
        off,
        toned,
    )


def _apart(one: Painted, other: Painted) -> float:
    """How far two ways' colours are from each other."""
    return float((one.ab - other.ab).double().square().sum(1).sqrt().mean())


def _means(found: Sequence[dict[str, Figures]]) -> list[Figures]:
    """Over the pictures; the truth only where all have one."""
    ways = [way for way in (*WAYS, TRUTH) if all(way in one for one in found)]
    return [mean_of([one[way] for one in found]) for way in ways]
