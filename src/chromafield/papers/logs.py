"""What a run's log says of how fast it learnt, and its card of what that took."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

WINDOW = 10  # parts that a log is cut into: losses are means over one of them


def logged(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's log; none where there is no log."""
    log = run / "log.jsonl"
    return (
        [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
    )


def losses(run: Path) -> list[tuple[int, float]]:
    """Steps and the mean loss of the logged steps up to each, a tenth of the log at a time."""
    lines = logged(run)
    found = [(int(line["step"]), float(line["loss"])) for line in lines if "loss" in line]
    width = max(len(found) // WINDOW, 1)
    running = itertools.accumulate(loss for _, loss in found)
    totals = [0.0, *running]
    return [
        (found[i - 1][0], (totals[i] - totals[i - width]) / width)
        for i in range(width, len(found) + 1)
    ]


def steps_to_equal(run: Path, other: Path) -> str:
    """A sentence: after how many steps `run` had the loss that `other` ended with; "" without logs.

    Both must have one loss.
    """
    mine, theirs = losses(run), losses(other)
    if not mine or not theirs:
        return ""
    steps, last = theirs[-1]
    reached = next((step for step, loss in mine if loss <= last), None)
    after = f"after {reached:,}" if reached else "not"
    return (
        f"{run.name} had the loss that {other.name} ended with ({last:.4f} after {steps:,} steps) "
        f"{after} of its {mine[-1][0]:,} steps.\n"
    )


def spent_on(card: Path) -> tuple[int, float] | None:
    """The crops and the minutes of a training, as its card says; None where it says nothing."""
    line = r"^- done: .*?([0-9,]+) crops, ([0-9.]+) minutes$"
    found = card.exists() and re.search(line, card.read_text("utf-8"), re.M)
    return (int(found[1].replace(",", "")), float(found[2])) if found else None
