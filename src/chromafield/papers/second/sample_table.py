"""Tables of samples: several colourings a picture, by several methods, on the field's own grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ...canvas.upsample import render
from ...datasets.datasets import Photo
from ...metrics import sample_metrics as metrics
from ...metrics.metrics import colourfulness
from ...metrics.paired import Difference, by_dataset, interval
from ...resize import resize
from ...tables import as_table

# A picture's Lab to N samples of its ab; all but the rows of what is possible see L alone.
SampleMethod = Callable[[Float[Tensor, "1 3 H W"]], Float[Tensor, "n 2 h w"]]


@dataclass(frozen=True, slots=True)
class Figures:
    """One picture by one method."""

    best: tuple[float, ...]  # RMSE of the best of 1, 2 ... samples, of values in [-1, 1]
    best_mae: float  # of all samples
    best_mse: float
    variance: float
    similarity: float  # of ab, all pairs
    similarity_rgb: float
    colourfulness: float
    unevenness: float  # ab units squared
    far: float  # correlation of the colours of alike lightness far apart

    @property
    def best_rmse(self) -> float:
        """Of all samples."""
        return self.best[-1]

    @property
    def mean_rmse(self) -> float:
        """Of a sample, not the best."""
        return self.best[0]


@dataclass(frozen=True)
class Sampled:
    """The figures of one pack and method, a row a picture."""

    pack: str
    method: str
    figures: tuple[Figures, ...]

    def mean(self, name: str) -> float:
        return sum(float(getattr(f, name)) for f in self.figures) / len(self.figures)


def difference(one: Sampled, other: Sampled, name: str) -> Difference:
    """`one` less `other`, picture by picture; the interval is the normal one of the mean."""
    away = [
        getattr(a, name) - getattr(b, name) for a, b in zip(one.figures, other.figures, strict=True)
    ]
    return interval(away)


def evaluate_samples(
    photos: Sequence[Photo],
    methods: dict[str, SampleMethod],
    progress: Callable[[], None] = lambda: None,
) -> list[Sampled]:
    """Every method on every picture, all on one grid a picture: that of the first method.

    Raises:
        DataError: a picture cannot be read.
    """
    rows = []
    for pack, pictures in by_dataset(photos, progress):
        found = [
            {name: _figures(of(true.lab), true.lab) for name, of in methods.items()}
            for true in pictures
        ]
        rows += [Sampled(pack, name, tuple(one[name] for one in found)) for name in methods]
    return rows


def _figures(samples: Float[Tensor, "n 2 h w"], lab: Float[Tensor, "1 3 H W"]) -> Figures:
    true = resize(lab, (samples.shape[2], samples.shape[3]))
    lightness = true[:, :1]
    rmse, mae = metrics.errors(samples, true[0, 1:])
    rgb = [render(ab[None], lightness) for ab in samples]
    regions = metrics.even_regions(lightness[0, 0])
    count = len(samples)
    return Figures(
        best=tuple(metrics.best_of(rmse, n) for n in range(1, count + 1)),
        best_mae=metrics.best_of(mae, count),
        best_mse=metrics.best_of(rmse**2, count),
        variance=metrics.variance(samples),
        similarity=metrics.pairwise_similarity(samples),
        similarity_rgb=metrics.mean_over_pairs([2 * c.double() - 1 for c in rgb]),
        colourfulness=sum(colourfulness((c * 255).round().to(torch.uint8)) for c in rgb) / count,
        unevenness=sum(metrics.unevenness(ab, regions) for ab in samples) / count,
        far=sum(metrics.far_correlation(ab, lightness[0, 0]) for ab in samples) / count,
    )


HEADS = {
    "best_rmse": "error of the best, RMSE",
    "best_mae": "MAE",
    "best_mse": "MSE",
    "mean_rmse": "RMSE of any",
    "variance": "variance",
    "similarity": "SSIM of ab",
    "similarity_rgb": "SSIM of RGB",
    "colourfulness": "colourfulness",
    "unevenness": "unevenness, ab^2",
    "far": "correlation far apart",
}
DIGITS = {"best_mse": 5, "colourfulness": 2, "unevenness": 2, "far": 2}  # behind the point; else 4


def markdown(rows: Sequence[Sampled], count: int, minutes: Mapping[str, float]) -> str:
    """The table.

    Args:
        minutes: of training, by method; a method without some has a dash.
    """
    told = as_table(
        {
            "pack": row.pack,
            "method": row.method,
            "minutes": f"{minutes[row.method]:.0f}" if row.method in minutes else "-",
            "pictures": str(len(row.figures)),
        }
        | {head: f"{row.mean(name):.{DIGITS.get(name, 4)}f}" for name, head in HEADS.items()}
        for row in rows
    )
    head = f"{count} samples a picture; ab in [-1, 1] but for colourfulness and unevenness."
    return f"{head}\n\n{told}"


def best_markdown(rows: Sequence[Sampled]) -> str:
    """What each sample more is worth: the expected RMSE of the best of n, for all n."""
    lines = []
    for row in rows:
        cells = {"pack": row.pack, "method": row.method}
        for n, errors in enumerate(zip(*(f.best for f in row.figures), strict=True), start=1):
            cells[f"n = {n}"] = f"{sum(errors) / len(errors):.4f}"
        lines.append(cells)
    return f"RMSE of the best of n samples.\n\n{as_table(lines)}"


def paired(one: Sampled, other: Sampled) -> str:
    """A sentence on what separates two methods on one pack, with 95 % intervals."""
    parts = []
    for name in ("best_rmse", "unevenness"):
        d = difference(one, other, name)
        parts.append(f"{HEADS[name]} {d.text(4)}")
    ratio = [
        f"{name} {100 * one.mean(name) / other.mean(name):.0f} %" if other.mean(name) else name
        for name in ("variance", "colourfulness")
    ]
    return (
        f"{one.pack}: {one.method} less {other.method}, paired, 95 % intervals: "
        f"{'; '.join(parts)}. Of its {' and '.join(ratio)}.\n"
    )
