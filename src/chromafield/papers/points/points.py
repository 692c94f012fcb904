"""The second paper's Table 3: how near a picture comes when a few of its own colours are revealed.

n patches of 7 x 7 pixels are placed at random; each has its mean true colour. Their positions have
one of two distributions: `normal` (Zhang et al.'s: around the middle, a quarter of the side wide)
and `uniform`. The patches are the same for every method, so that differences are paired.

References:
    Messaoud, Forsyth and Schwing, 2018, Table 3; Zhang et al., Real-time user-guided image
    colorization, 2017, for the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ...canvas.upsample import render
from ...color import lab_to_rgb
from ...data.repaint import repaint
from ...data.reveal import DISTRIBUTIONS, Revealed, check_distribution, reveal, reveal_at
from ...datasets.datasets import Photo
from ...evaluate.report import all_grey
from ...metrics.metrics import psnr
from ...metrics.paired import Difference, TruePicture, by_dataset, interval
from ...tables import as_table

COUNTS = (0, 10, 50, 100)


@dataclass(frozen=True)
class Curve:
    """One method's figures on one pack by one law: PSNR in dB a picture at each count."""

    pack: str
    distribution: str
    method: str
    psnr: dict[int, tuple[float, ...]]

    def mean(self, count: int) -> float:
        return sum(self.psnr[count]) / len(self.psnr[count])

    def above(self, other: Curve, count: int) -> Difference:
        """Paired over pictures, with its 95 % interval."""
        pairs = zip(self.psnr[count], other.psnr[count], strict=True)
        return interval([a - b for a, b in pairs])


# A picture's lightness and what is revealed of it, to its colours on any grid; the truth's ab is
# for the row of what is possible.
PointMethod = Callable[[Float[Tensor, "1 3 H W"], Revealed], Float[Tensor, "1 2 h w"]]


@dataclass(frozen=True)
class Protocol:
    """How points are revealed."""

    counts: Sequence[int] = COUNTS
    distributions: Sequence[str] = DISTRIBUTIONS
    seed: int = 0
    # One thing in each picture gets a colour that it never had, and the first point; pictures in
    # which none is found are passed over. See `data.repaint`.
    repainted: bool = False

    def __post_init__(self) -> None:
        for one in self.distributions:
            check_distribution(one)


def evaluate_points(
    photos: Sequence[Photo],
    methods: dict[str, PointMethod],
    protocol: Protocol = Protocol(),
    progress: Callable[[], None] = lambda: None,
) -> list[Curve]:
    """Every method at every count; a method that needs points and has none gives grey.

    Raises:
        DataError: a picture cannot be read.
    """
    out = []
    for pack, pictures in by_dataset(photos, progress):
        found: dict[tuple[str, str, int], list[float]] = {}
        for true in pictures:
            for distribution, count, rgb, lab, shown in _revealed(true, protocol):
                for name, method in methods.items():
                    guess = render(method(lab, shown), lab[:, :1])
                    db = psnr(rgb, (guess * 255).round().to(torch.uint8))
                    found.setdefault((distribution, name, count), []).append(db)
        out += [
            Curve(
                pack,
                distribution,
                name,
                {n: tuple(found[distribution, name, n]) for n in protocol.counts},
            )
            for distribution in protocol.distributions
            for name in methods
        ]
    return out


Case = tuple[str, int, UInt8[Tensor, "3 H W"], Float[Tensor, "1 3 H W"], Revealed]


def _revealed(true: TruePicture, protocol: Protocol) -> Iterator[Case]:
    """By distribution and count: the picture to come near to, and what is revealed of it."""
    rgb, lab, painted = true.rgb, true.lab, None
    if protocol.repainted:
        painted = repaint(lab[0], np.random.default_rng([protocol.seed, true.number]))
        if painted is None:
            return
        lab = torch.cat([lab[:, :1], painted[0][None]], dim=1)
        rgb = (lab_to_rgb(lab)[0].clamp(0, 1) * 255).round().to(torch.uint8)
    for distribution in protocol.distributions:
        for count in protocol.counts:
            random = np.random.default_rng(
                [protocol.seed, true.number, DISTRIBUTIONS.index(distribution), count]
            )
            first = 1 if painted and count else 0
            shown = reveal(lab[:, 1:], count - first, distribution, random)
            if painted and first:
                reveal_at(shown, lab[:, 1:], painted[1])
            yield distribution, count, rgb, lab, shown


def grey(lab: Float[Tensor, "1 3 H W"], shown: Revealed) -> Float[Tensor, "1 2 H W"]:
    """The row every other must beat; the points change nothing."""
    return all_grey(lab[:, :1])


def markdown(curves: Sequence[Curve], baseline: str) -> str:
    """PSNR by count; behind each the gain over the method `baseline`, with its 95 % interval."""
    counts = sorted(curves[0].psnr)
    lines = []
    base = {(c.pack, c.distribution): c for c in curves if c.method == baseline}
    for curve in curves:
        other = base.get((curve.pack, curve.distribution))
        cells = {"pack": curve.pack, "place": curve.distribution, "method": curve.method}
        for n in counts:
            text = f"{curve.mean(n):.2f}"
            if other is not None and other is not curve:
                text += f" ({curve.above(other, n).text(2)})"
            cells[f"{n} points"] = text
        lines.append(cells)
    head = f"RGB PSNR in dB; in brackets the paired gain over {baseline} with its 95 % interval."
    return f"{head}\n\n{as_table(lines)}"
