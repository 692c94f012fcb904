"""How fast a run learnt, by logs that are made here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chromafield.papers.logs import losses, steps_to_equal


def write(run: Path, values: list[float]) -> Path:
    run.mkdir()
    lines = [{"step": 20 * (i + 1), "loss": loss, "seconds": 1.0} for i, loss in enumerate(values)]
    held = {"step": 30, "held_out": {"ciede2000": 9.0}}
    text = "\n".join(json.dumps(line) for line in [*lines, held])
    (run / "log.jsonl").write_text(text)
    return run


def test_losses_are_means_over_a_tenth_of_the_log(tmp_path: Path) -> None:
    found = losses(write(tmp_path / "a", [float(i) for i in range(40)]))
    assert found[0] == (80, pytest.approx(1.5)) and found[-1] == (800, pytest.approx(37.5))


def test_a_faster_run_is_told_where_it_had_the_others_last_loss(tmp_path: Path) -> None:
    slow = write(tmp_path / "slow", [1 - i / 20 for i in range(20)])  # ends with 0.075
    fast = write(tmp_path / "fast", [1 - i / 10 for i in range(10)])
    text = steps_to_equal(slow, slow)
    assert "slow ended with (0.0750 after 400 steps) after 400 of its 400" in text
    assert "(0.0750 after 400 steps) not of its 200" in steps_to_equal(fast, slow)
    assert "slow had the loss that fast ended with (0.1000 after 200 steps) after 400" in (
        steps_to_equal(slow, fast)
    )
    assert steps_to_equal(slow, tmp_path / "none") == ""
