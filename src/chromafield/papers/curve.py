"""What trainings gained: held-out figures against the crops seen, several runs joined in a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import DataError
from ..train.folder import RunFolder
from .logs import logged
from .plot import new_figure, write_plot

INCHES = (7.0, 3.6)
FIGURES = {"ciede2000": "CIEDE2000", "colourfulness_ratio": "colourfulness of the truth's"}


def held_out(run: Path) -> tuple[list[dict[str, float]], int]:
    """Each evaluation on held-out pictures in a run's log, with its `crops`; and all crops seen.

    Raises:
        DataError: it is no run's folder, or the run was never evaluated.
    """
    folder = RunFolder(run)
    if not folder.config.exists():
        raise DataError(f"{run} holds no run. Name folders that `chromafield train` wrote.")
    batch, lines = folder.read_config().crops.batch, logged(run)
    found = [
        line["held_out"] | {"crops": batch * line["step"]}
        for line in lines
        if FIGURES.keys() <= line.get("held_out", {}).keys()
    ]
    if not found:
        raise DataError(f"{run} was never evaluated on held-out pictures, so it has no curve.")
    return found, batch * max(line["step"] for line in lines)


def plot_curve(runs: Sequence[Path], path: Path) -> None:
    """Draw both figures over all runs, each beginning where the one before it ended.

    Raises:
        MissingExtra: Matplotlib is not installed.
        DataError: as `held_out`.
        OutputError: the file cannot be written.
    """
    figure = new_figure(*INCHES)
    axes = figure.subplots()
    other = axes.twinx()
    before = 0
    for run in runs:
        rows, crops = held_out(run)
        at = [(before + row["crops"]) / 1000 for row in rows]
        for (name, label), each, color in zip(
            FIGURES.items(), (axes, other), ("tab:blue", "tab:orange"), strict=True
        ):
            each.plot(at, [row[name] for row in rows], "o-", color=color, markersize=3)
            each.set_ylabel(label, color=color)
        before += crops
        axes.axvline(before / 1000, color="0.8", linewidth=0.8)
    axes.set_xlabel("thousand crops")
    write_plot(figure, path)
