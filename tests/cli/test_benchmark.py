"""`chromafield benchmark`: rows as soon as they are measured, and none of a solve that failed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from chromafield.benchmark import cases, solvers
from chromafield.benchmark.timing import HEAD, Timing
from chromafield.cli.main import main
from chromafield.errors import SolveError
from chromafield.models.sampler.loading import Diverse


@pytest.fixture
def small(networks: Diverse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The solvers' case on small grids."""
    monkeypatch.setattr(solvers, "load_diverse", lambda: networks)
    monkeypatch.setattr(solvers, "SIDES", (8,))
    monkeypatch.setattr(solvers, "DENSE_SIDE", 8)
    monkeypatch.setattr(solvers, "WHOLE", 128)
    monkeypatch.setattr(solvers, "_growth", lambda side, name: 1.0)


def test_rows_are_printed_before_a_later_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(runs: int) -> Iterator[Timing]:
        yield Timing("the first", (1.0,) * runs)
        raise SolveError("The field stopped.")

    monkeypatch.setitem(cases.CASES, "solvers", failing)
    result = CliRunner().invoke(main, ["benchmark", "solvers", "--runs", "2"])
    assert result.exit_code == 1 and "Error: The field stopped." in result.stderr
    first, empty, *table = result.stdout.splitlines()
    assert "torch" in first and not empty
    assert table == [*HEAD.splitlines(), "| the first | 1.000 s | 1.000 to 1.000 | 2 |  |  |"]


@pytest.mark.usefixtures("small")
def test_a_whole_picture_is_prepared_once_and_coloured_again() -> None:
    *_, once, again = solvers.solvers(1)
    assert once.name == "1 megapixel by the 64 x 64 field: prepare"
    assert again.name == "1 megapixel by the 64 x 64 field: one more colouring"
    told = float(again.note.removesuffix(" s of it the upsampling along edges"))
    assert told >= 0 and len(once.seconds) == len(again.seconds) == 1


@pytest.mark.usefixtures("small")
def test_a_solve_that_did_not_converge_is_no_timing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solvers, "CASES", {"hasty": {"solver": "cg", "steps": 1}})
    with pytest.raises(SolveError, match="stopped at its step limit"):
        list(solvers.solvers(1))
