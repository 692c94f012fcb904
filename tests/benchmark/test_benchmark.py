"""No figure is tested, only that the yardsticks are what they say."""

from __future__ import annotations

from chromafield.benchmark.cases import CASES as WORK
from chromafield.benchmark.timing import HEAD, Timing, in_turn, machine, repeat
from chromafield.cli.benchmark import CASES


def test_the_command_offers_every_case() -> None:
    assert tuple(WORK) == CASES


def test_runs_are_counted_after_the_warm_up() -> None:
    calls: list[str] = []
    assert len(repeat(lambda: calls.append("a"), 3)) == 3
    assert len(calls) == 4
    calls.clear()
    ours, theirs = in_turn(lambda: calls.append("a"), lambda: calls.append("b"), 2)
    assert calls == ["a", "b", "a", "b", "a", "b"]
    assert len(ours) == len(theirs) == 2


def test_a_line_tells_median_and_spread() -> None:
    line = Timing("thing", (3.0, 1.0, 2.0), 12.3, "note").line()
    assert line == "| thing | 2.000 s | 1.000 to 3.000 | 3 | 12 MB | note |"
    assert all(row.count("|") == line.count("|") for row in HEAD.splitlines())
    assert "torch" in machine()
