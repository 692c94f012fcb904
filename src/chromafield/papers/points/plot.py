"""The points plot: PSNR against revealed points, a line a method, a panel a pack and law."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..plot import new_figure, write_plot
from .points import Curve

INCHES = (5.0, 3.6)  # a panel


def plot_points(curves: Sequence[Curve], path: Path) -> None:
    """Write the plot; the file's ending says its format (.png, .svg, .pdf).

    Raises:
        MissingExtra: Matplotlib is not installed.
        OutputError: the file cannot be written.
    """
    panels = sorted({(c.pack, c.distribution) for c in curves})
    figure = new_figure(INCHES[0] * len(panels), INCHES[1])
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (pack, distribution) in zip(row, panels, strict=True):
        for curve in (c for c in curves if (c.pack, c.distribution) == (pack, distribution)):
            counts = sorted(curve.psnr)
            means = [curve.mean(n) for n in counts]
            half = [1.96 * _error(curve.psnr[n]) for n in counts]
            axes.errorbar(counts, means, half, label=curve.method, capsize=2, linewidth=1.2)
        axes.set_xscale("symlog", linthresh=1)
        counts = sorted(curves[0].psnr)
        axes.set_xticks(counts, [str(n) for n in counts])
        axes.minorticks_off()
        axes.set_xlabel("revealed points")
        axes.set_ylabel("RGB PSNR, dB")
        axes.set_title(f"{pack}, {distribution}")
        axes.grid(alpha=0.3)
    figure.axes[0].legend(fontsize=8)
    write_plot(figure, path)


def _error(values: Sequence[float]) -> float:
    """The standard error of the mean; 0 for one value."""
    n = len(values)
    mean = sum(values) / n
    if n < 2:
        return 0.0
    return float((sum((v - mean) ** 2 for v in values) / (n - 1) / n) ** 0.5)
