"""Docs that run: code blocks of the pages, versions that agree, links that lead somewhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import chromafield

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


@pytest.mark.parametrize("page", [p for p in PAGES if BLOCK.search(p.read_text("utf-8"))], ids=str)
def test_every_python_block_of_a_page_runs_in_order(
    page: Path, tmp_path: Path, grey_picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("grandmother.jpg", "scan.tif"):
        Image.fromarray(grey_picture).save(name)
    names: dict[str, object] = {}
    for block in BLOCK.findall(page.read_text("utf-8")):
        exec(compile(block, str(page), "exec"), names)


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=str)
def test_every_example_runs(
    example: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(example), run_name="__main__")
    assert str(tmp_path) in capsys.readouterr().out
    assert list(tmp_path.rglob("*.png"))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_to_files(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


def test_the_changelogs_top_version_is_the_packages() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    top = re.search(r"^## (\d\S*)", changelog, re.MULTILINE)
    assert top is not None and top[1] == chromafield.__version__
