"""Results that cannot be put where the command says are refused before the work."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chromafield.cli.main import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.mark.parametrize(
    "command",
    [
        ("evaluate", "--json"),
        ("evaluate", "--markdown"),
        ("points", "--markdown"),
        ("points", "--plot"),
        ("diversity", "--markdown"),
    ],
)
@pytest.mark.parametrize("place", ["none/table.png", "file/table.png"])
def test_a_file_that_cannot_be_written_is_refused_first(
    command: tuple[str, str], place: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    result = run(command[0], tmp_path / "none.zip", command[1], tmp_path / place)
    assert result.exit_code == 1, result.output
    assert "table.png cannot be written" in result.stderr and "none.zip" not in result.stderr


def test_a_comparison_behind_a_file_is_refused(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    brief = ("--steps", 1, "--threads", 1, "--check", pack)
    for place in (tmp_path / "file", tmp_path / "file" / "x"):
        result = run("compare", "loss", pack, "-o", place, *brief)
        assert result.exit_code == 1, result.output
        assert "cannot be made or written into" in result.stderr


def test_no_run_of_a_case_is_wrong_usage() -> None:
    result = run("benchmark", "network", "--runs", 0)
    assert result.exit_code == 2 and "0 is not in the range x>=1" in result.stderr
