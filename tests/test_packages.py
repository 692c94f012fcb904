"""A package has one job, and about a thousand lines at most."""

from __future__ import annotations

from pathlib import Path

import chromafield

SRC = Path(chromafield.__file__).parent
MOST = 1000  # lines of a package's own files
LARGE = {"image", "fields", "models", "film", "train", "web", "cli"}  # a file a kind, or a command


def lines_of(folder: Path) -> int:
    return sum(len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.py"))


def test_packages_are_small_but_for_those_that_are_named() -> None:
    folders = {file.parent for file in SRC.glob("*/**/*.py")}
    lines = {folder.relative_to(SRC): lines_of(folder) for folder in folders}
    assert len(lines) > 30
    large = {path.parts[0] for path, count in lines.items() if count > MOST}
    assert large == LARGE
