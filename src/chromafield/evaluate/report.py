"""Tables of figures: datasets of true pictures, several colourings, the all-grey row first."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from ..canvas.upsample import render
from ..color import rgb_to_lab
from ..datasets.datasets import Photo
from ..metrics.frechet import Features, frechet
from ..metrics.hues import SECTORS, hues_kept
from ..metrics.metrics import Measures, measure, rebalanced_auc
from ..metrics.paired import by_dataset, interval
from ..metrics.splotches import splotches
from ..metrics.two_toned import Segments, two_toned
from ..resize import resize
from ..tables import as_table

# What a network is shown to colours on any grid no finer: (1, 2, h, w), CIELAB ab.
ColorMethod = Callable[[Float[Tensor, "1 1 H W"]], Float[Tensor, "1 2 h w"]]
# The same for what is given something of a picture's true Lab.
TruthMethod = Callable[[Float[Tensor, "1 3 H W"]], Float[Tensor, "1 2 h w"]]
# What a network is shown of a picture's lightness (H, W), by the picture's number.
Show = Callable[[Float[Tensor, "3 H W"], int], Float[Tensor, "H W"]]  # Lab and number: lightness


@dataclass(frozen=True)
class Row:
    """The means over one pack's pictures."""

    pack: str
    method: str
    pictures: int
    psnr: float  # dB
    ab_mse: float  # of ab in [0, 1]
    ciede2000: float
    ciede2000_margin: float | None  # half of its 95 % interval; None: of one picture
    colourfulness: float  # absolute
    colourfulness_signed: float
    colourfulness_ratio: float  # absolute, of truth's
    auc: float  # percent
    auc_rebalanced: float  # percent
    splotches: float  # percent, on the grid where the colours were decided
    splotches_truth: float  # percent, of the truth averaged to that grid
    seconds: float  # a picture
    colourfulness_quarter: float  # the lower quartile over pictures, so that a few do not hide many
    hues: dict[str, float]  # percent of the pixels of each true hue that keep it
    frechet: float | None  # on Lite0's features, where these are wanted
    two_toned: float | None  # percent over the truth's, where segments were given


def all_grey(lightness: Float[Tensor, "1 1 H W"]) -> Float[Tensor, "1 2 H W"]:
    """The row every other must beat."""
    return torch.zeros_like(lightness).expand(-1, 2, -1, -1)


def show_clean(lab: Float[Tensor, "3 H W"], number: int) -> Float[Tensor, "H W"]:
    """The picture as it is."""
    return lab[0]


def evaluate(
    photos: Sequence[Photo],
    methods: dict[str, ColorMethod],
    progress: Callable[[], None] = lambda: None,
    show: Show = show_clean,
    from_truth: dict[str, TruthMethod] | None = None,
    features: Features | None = None,
    segments: Segments | None = None,
) -> list[Row]:
    """One row a pack and method, the all-grey row first in each pack.

    Args:
        photos: true pictures in colour; their pack's name says which table rows they belong to.
        methods: by name, what turns lightness into colours.
        progress: called after each picture.
        show: what the methods see; their colours are judged on the true lightness.
        from_truth: what is given something of the truth, as a reference; rows of their own.
        features: of a picture, for the Frechet distance.
        segments: of a photograph, for two-tonedness.

    Raises:
        DataError: a picture cannot be read.
    """
    rows = []
    methods = {"all-grey": all_grey, **methods}
    from_truth = from_truth or {}
    for pack, pictures in by_dataset(photos, progress):
        found: dict[str, list[Result]] = {name: [] for name in (*methods, *from_truth)}
        for picture in pictures:
            lab = picture.lab
            shown = show(lab[0], picture.number)[None, None]
            true = Truth(picture.rgb, lab, features, segments and segments(picture.photo))
            for name, method in methods.items():
                found[name].append(_timed(true, functools.partial(method, shown)))
            for name, other in from_truth.items():
                found[name].append(_timed(true, functools.partial(other, lab)))
        rows += [_row(pack, name, results) for name, results in found.items()]
    return rows


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a table, each gain measured against the pack's all-grey row."""
    lines = []
    grey: Row | None = None
    for row in rows:
        if grey is None or row.pack != grey.pack:
            grey = row
        below = 100 * (1 - row.ciede2000 / grey.ciede2000) if grey.ciede2000 else 0.0
        excess = row.splotches - row.splotches_truth
        lines.append(
            {
                "pack": row.pack,
                "method": row.method,
                "pictures": str(row.pictures),
                "RGB PSNR, dB": f"{row.psnr:.2f} ({row.psnr - grey.psnr:+.2f})",
                "ab MSE": f"{row.ab_mse:.5f}",
                "CIEDE2000": f"{row.ciede2000:.2f}",
                "below grey by": f"{below:.1f} %",
                "colourfulness (absolute)": f"{row.colourfulness:.1f}",
                "of truth's": f"{100 * row.colourfulness_ratio:.0f} %",
                "(signed)": f"{row.colourfulness_signed:.1f}",
                "AuC": f"{row.auc:.1f}",
                "AuC rebalanced": f"{row.auc_rebalanced:.1f}",
                "splotches (excess)": f"{row.splotches:.1f} % ({excess:+.1f})",
                "s": f"{row.seconds:.3f}",
            }
        )
    return as_table(lines)


def markdown_of_looks(rows: Iterable[Row]) -> str:
    """What people see, as a second table; a dash where a figure is not wanted or not there."""
    return as_table(
        {
            "pack": row.pack,
            "method": row.method,
            "colourfulness, lower quartile": f"{row.colourfulness_quarter:.1f}",
            "Frechet, Lite0": "-" if row.frechet is None else f"{row.frechet:.2f}",
            "two-toned, excess": "-" if row.two_toned is None else f"{row.two_toned:+.1f} %",
        }
        | {
            f"{name} kept": f"{row.hues[name]:.0f} %" if name in row.hues else "-"
            for name in SECTORS
        }
        for row in rows
    )


def as_dicts(rows: Iterable[Row]) -> list[dict[str, object]]:
    """The rows for JSON."""
    return [asdict(row) for row in rows]


@dataclass(frozen=True)
class Truth:
    """A true picture, and what results are compared by."""

    rgb: UInt8[Tensor, "3 H W"]
    lab: Float[Tensor, "1 3 H W"]
    features: Features | None
    segments: Int[Tensor, "H W"] | None

    @functools.cached_property
    def described(self) -> Float[Tensor, " d"] | None:
        return self.features and self.features(self.rgb)

    @functools.cached_property
    def two_toned(self) -> float:
        return 0.0 if self.segments is None else two_toned(self.lab[0, 1:], self.segments)


@dataclass(frozen=True, slots=True)
class Result:
    """One picture by one method."""

    measures: Measures
    splotches: float  # 0 to 1
    splotches_truth: float  # 0 to 1
    seconds: float
    hues: tuple[Int[Tensor, " 7"], Int[Tensor, " 7"]]  # pixels of each, and those that keep it
    described: tuple[Float[Tensor, " d"], Float[Tensor, " d"]] | None  # the truth and the result
    two_toned: float | None  # over the truth's, of 1


def _timed(true: Truth, work: Callable[[], Float[Tensor, "1 2 h w"]]) -> Result:
    began = time.perf_counter()
    ab = work()
    rgb = render(ab, true.lab[:, :1])
    seconds = time.perf_counter() - began
    coarse = resize(true.lab, (ab.shape[2], ab.shape[3]))[0]
    guess = (rgb * 255).round().to(torch.uint8)
    guess_ab = rgb_to_lab(guess.float() / 255)[1:]
    described = None
    if true.features is not None and true.described is not None:
        described = true.described, true.features(guess)
    return Result(
        measure(true.rgb, guess),
        splotches(coarse[:1], ab[0]),
        splotches(coarse[:1], coarse[1:]),
        seconds,
        hues_kept(true.lab[0, 1:], guess_ab),
        described,
        None if true.segments is None else two_toned(guess_ab, true.segments) - true.two_toned,
    )


def _row(pack: str, method: str, results: Sequence[Result]) -> Row:
    def mean(name: str) -> float:
        return sum(float(getattr(r.measures, name)) for r in results) / len(results)

    def own(name: str) -> float:
        return sum(float(getattr(r, name)) for r in results) / len(results)

    sums = torch.stack([r.measures.auc_sums for r in results]).sum(0)
    counts = torch.stack([r.measures.auc_counts for r in results]).sum(0)
    truth = mean("truth_colourfulness")
    return Row(
        pack=pack,
        method=method,
        pictures=len(results),
        psnr=mean("psnr"),
        ab_mse=mean("ab_mse"),
        ciede2000=mean("ciede2000"),
        ciede2000_margin=_margin([float(r.measures.ciede2000) for r in results]),
        colourfulness=mean("colourfulness"),
        colourfulness_signed=mean("colourfulness_signed"),
        colourfulness_ratio=mean("colourfulness") / truth if truth else 0.0,
        auc=100 * mean("auc"),
        auc_rebalanced=100 * rebalanced_auc(sums, counts),
        splotches=100 * own("splotches"),
        splotches_truth=100 * own("splotches_truth"),
        seconds=own("seconds"),
        colourfulness_quarter=float(np.quantile([r.measures.colourfulness for r in results], 0.25)),
        hues=_hues([r.hues for r in results]),
        frechet=_frechet([r.described for r in results if r.described is not None]),
        two_toned=_excess([r.two_toned for r in results if r.two_toned is not None]),
    )


def _margin(values: Sequence[float]) -> float | None:
    own = interval(values)
    return None if len(values) < 2 else own.high - own.mean


def _hues(counts: Sequence[tuple[Tensor, Tensor]]) -> dict[str, float]:
    """Percent of each hue's pixels; hues that the pictures do not have are left out."""
    there, kept = (torch.stack(one).sum(0).tolist() for one in zip(*counts, strict=True))
    return {name: 100 * k / n for name, n, k in zip(SECTORS, there, kept, strict=True) if n}


def _frechet(described: Sequence[tuple[Tensor, Tensor]]) -> float | None:
    if len(described) < 2:
        return None
    truth, result = (torch.stack(one) for one in zip(*described, strict=True))
    return frechet(result, truth)


def _excess(two_toned: Sequence[float]) -> float | None:
    return 100 * sum(two_toned) / len(two_toned) if two_toned else None
