"""The second paper's Table 3: how near a picture comes when a few of its own colours are revealed.

n patches of 7 x 7 pixels are placed at random; each is told its mean true colour. Two laws of
place: `normal` (Zhang et al.'s: around the middle, a quarter of the side wide) and `uniform`. The
same patches for every method, so that differences are paired.

References:
    Messaoud, Forsyth and Schwing, 2018, Table 3; Zhang et al., Real-time user-guided image
    colorization, 2017, for the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ...canvas.upsample import render
from ...color import lab_to_rgb, rgb_to_lab
from ...data.datasets import Photo
from ...data.repaint import repaint
from ...data.reveal import LAWS, Revealed, check_law, reveal, reveal_at
from ...evaluate.metrics import psnr
from ...evaluate.report import paint_grey
from ...resize import resize
from .sample_table import Difference, interval

COUNTS = (0, 10, 50, 100)


# A picture's lightness and what is revealed of it, to its colours on any grid; the truth's ab is
# for the row of what is possible.
Fill = Callable[[Float[Tensor, "1 3 H W"], Revealed], Float[Tensor, "1 2 h w"]]


@dataclass(frozen=True)
class Curve:
    """One method's figures on one pack by one law: PSNR in dB a picture at each count."""

    pack: str
    law: str
    method: str
    psnr: dict[int, tuple[float, ...]]

    def mean(self, count: int) -> float:
        return sum(self.psnr[count]) / len(self.psnr[count])

    def above(self, other: Curve, count: int) -> Difference:
        """Paired over pictures, with its 95 % interval."""
        pairs = zip(self.psnr[count], other.psnr[count], strict=True)
        return interval([a - b for a, b in pairs])


def evaluate_points(
    photos: Sequence[Photo],
    methods: dict[str, Fill],
    counts: Sequence[int] = COUNTS,
    laws: Sequence[str] = LAWS,
    seed: int = 0,
    tell: Callable[[], None] = lambda: None,
    repainted: bool = False,
) -> list[Curve]:
    """Every method at every count; where a method needs points and has none it answers grey.

    Args:
        repainted: one thing in each picture gets a colour that it never had, and the first point;
            pictures in which none is found are passed over. See `data.repaint`.

    Raises:
        BadValue: no such law.
        DataError: a picture cannot be read.
    """
    for law in laws:
        check_law(law)
    out = []
    for pack in sorted({photo.pack for photo in photos}):
        found: dict[tuple[str, str, int], list[float]] = {}
        for number, photo in enumerate(p for p in photos if p.pack == pack):
            truth = torch.from_numpy(photo.read_rgb().copy()).movedim(-1, 0)
            lab = rgb_to_lab(truth.float() / 255)[None]
            painted = repaint(lab[0], np.random.default_rng([seed, number])) if repainted else None
            if painted is not None:
                lab = torch.cat([lab[:, :1], painted[0][None]], dim=1)
                truth = (lab_to_rgb(lab)[0].clamp(0, 1) * 255).round().to(torch.uint8)
            elif repainted:
                tell()
                continue
            for law in laws:
                for count in counts:
                    random = np.random.default_rng([seed, number, LAWS.index(law), count])
                    first = 1 if painted and count else 0
                    shown = reveal(lab[:, 1:], count - first, law, random)
                    if painted and first:
                        reveal_at(shown, lab[:, 1:], painted[1])
                    for name, fill in methods.items():
                        rgb = render(fill(lab, shown), lab[:, :1])
                        db = psnr(truth, (rgb * 255).round().to(torch.uint8))
                        found.setdefault((law, name, count), []).append(db)
            tell()
        out += [
            Curve(pack, law, name, {n: tuple(found[law, name, n]) for n in counts})
            for law in laws
            for name in methods
        ]
    return out


def fill_grey(lab: Float[Tensor, "1 3 H W"], shown: Revealed) -> Float[Tensor, "1 2 H W"]:
    """The row every other must beat; it does not look at the points."""
    return paint_grey(lab[:, :1])


def ceiling(grid: tuple[int, int]) -> Fill:
    """What a grid can hold: the truth averaged to it, which is lifted again."""

    def fill(lab: Float[Tensor, "1 3 H W"], shown: Revealed) -> Float[Tensor, "1 2 h w"]:
        return resize(lab[:, 1:], grid)

    return fill


def markdown(curves: Sequence[Curve], against: str) -> str:
    """PSNR by count; behind each the gain over the method `against`, with its 95 % interval."""
    counts = sorted(curves[0].psnr)
    lines = [
        f"RGB PSNR in dB; in brackets the paired gain over {against} with its 95 % interval.\n",
        f"| pack | place | method | {' | '.join(f'{n} points' for n in counts)} |",
        "|---" * (len(counts) + 3) + "|",
    ]
    base = {(c.pack, c.law): c for c in curves if c.method == against}
    for curve in curves:
        other = base.get((curve.pack, curve.law))
        cells = []
        for n in counts:
            told = f"{curve.mean(n):.2f}"
            if other is not None and other is not curve:
                d = curve.above(other, n)
                told += f" ({d.mean:+.2f}, {d.low:+.2f} to {d.high:+.2f})"
            cells.append(told)
        lines.append(f"| {curve.pack} | {curve.law} | {curve.method} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
