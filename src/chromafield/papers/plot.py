"""Plots: whether one can be drawn and written, an empty one, and its file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MissingExtra, OutputError
from ..evaluate.files import check_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS = 110  # an inch


def check_plot(path: Path) -> None:
    """Refuse, before any work is done, a place where no plot can be put.

    Raises:
        MissingExtra: Matplotlib is not installed.
        OutputError: the file cannot be written, or its ending names no format.
    """
    known = new_figure(1.0, 1.0).canvas.get_supported_filetypes()
    if path.suffix.lower().lstrip(".") not in known:
        raise OutputError(
            f"The plot {path} cannot be written as {path.suffix or 'a file without suffix'}. "
            "Choose one of .png, .svg, .pdf."
        )
    check_file(path)


def new_figure(width: float, height: float) -> Figure:
    """An empty figure; sides in inches.

    Raises:
        MissingExtra: Matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("Drawing plots", "plots") from error
    figure = Figure((width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def write_plot(figure: Figure, path: Path) -> None:
    """Write the plot; the file's ending says its format (.png, .svg, .pdf).

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        figure.savefig(path, dpi=DOTS)
    except (OSError, ValueError) as error:
        raise OutputError(f"The plot {path} cannot be written ({error}).") from error
