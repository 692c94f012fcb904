"""Installing: every extra that a sentence names is there, and a demo installs little."""

from __future__ import annotations

import re
import runpy
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
SOURCES = list((ROOT / "src").rglob("*.py"))
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
NAMED = r"""pip install '\.\[([\w,]+)\]'|MissingExtra\([^)]*"(\w+)"\)"""
NOT_OF_COMMANDS = {"all", "dev", "objects", "demo", "docs"}


def test_every_extra_that_a_sentence_or_a_page_names_is_there() -> None:
    named = {
        extra
        for path in [*SOURCES, *PAGES]
        for group in re.findall(
            r"""pip install '\.\[([\w,]+)\]'|MissingExtra\([^)]*"(\w+)"\)""",
            path.read_text("utf-8"),
        )
        for extra in "".join(group).split(",")
    }
    assert len(named) > 5 and named - set(EXTRAS) == set()


def test_all_has_every_extra_of_a_command() -> None:
    (line,) = EXTRAS["all"]
    inside = set(re.fullmatch(r"chromafield\[(.*)\]", line)[1].split(","))  # type: ignore[index]
    assert inside == set(EXTRAS) - NOT_OF_COMMANDS


def test_the_archive_of_sources_holds_what_dev_py_needs() -> None:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = set(whole["tool"]["hatch"]["build"]["targets"]["sdist"]["include"])
    assert included >= {"src", "tests", "docs", "examples", "dev.py", "CONTRIBUTING.md"}
    assert all((ROOT / name).exists() for name in included)


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], list[list[str]]]:
    """dev.py with an environment of its own, and what it would run."""
    ran: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: ran.append(command))
    names = runpy.run_path(str(ROOT / "dev.py"))
    (tmp_path / "venv").mkdir()
    names["set_up"].__globals__.update(VENV=tmp_path / "venv", STAMP=tmp_path / "stamp")
    return names, ran


def test_a_demo_installs_what_it_needs_and_tests_the_rest(
    dev: tuple[dict[str, Any], list[list[str]]],
) -> None:
    names, ran = dev
    names["set_up"](names["DEMO"])
    names["set_up"](names["DEMO"])
    assert [command[-1] for command in ran] == [f"{ROOT}[demo]"]
    names["set_up"](names["TEST"])
    names["set_up"](names["DEMO"])
    assert [command[-1] for command in ran][1:] == [f"{ROOT}[demo,dev,train]"]
