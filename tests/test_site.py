"""The documentation as a site: it builds without a warning, and every page can be found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(folder)]
    told = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=told)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_the_menu(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    menu = (ROOT / "mkdocs.yml").read_text("utf-8").partition("nav:")[2]
    named = {
        line.rpartition(": ")[2].removesuffix(".md") for line in menu.splitlines() if ".md" in line
    }
    assert pages <= named
    assert all((site / f"{name}.html").is_file() for name in named)


def test_links_of_the_readme_lead_to_pages(site: Path) -> None:
    index = (site / "index.html").read_text("utf-8")
    for page in ("files.html", "studio.html", "changes.html", "contributing.html", "cards.html"):
        assert f'href="{page}' in index, page
    assert 'href="docs/' not in index and 'src="images/before-after.webp' in index


def test_the_reference_has_every_public_name(site: Path) -> None:
    import chromafield

    text = (site / "reference.html").read_text("utf-8")
    for name in chromafield.__all__:
        assert name == "__version__" or f'.{name}"' in text, name
