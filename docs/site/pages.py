"""Pages of the site that are not files of `docs`: the README, the cards, the Python reference."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = Path("src/chromafield/weights")
OWN = {"README.md": "index.md", "CHANGELOG.md": "changes.md", "CONTRIBUTING.md": "contributing.md"}
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages; their links lead to pages, and what is none keeps its words alone."""
    for source, page in OWN.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, page, content=LINK.sub(_led, text)))
    files.append(File.generated(config, "cards.md", content=_cards()))
    files.append(File.generated(config, "reference.md", content=_reference()))
    return files


def _led(found: re.Match[str]) -> str:
    """A link of a file at the top as one of a page."""
    target, place = found[1], found[2] or ""
    if target in OWN:
        return f"]({OWN[target]}{place})"
    if target.startswith("docs/"):
        return f"]({target.removeprefix('docs/')}{place})"
    if Path(target).parent == WEIGHTS:
        return f"](cards.md#{Path(target).stem.replace('_', '-')})"
    return found[0] if "://" in target else "](index.md)"


def _cards() -> str:
    """The cards of all weights on one page, each a section."""
    texts = [path.read_text("utf-8") for path in sorted((ROOT / WEIGHTS).glob("*.md"))]
    lower = [re.sub(r"^#", "##", text, flags=re.MULTILINE) for text in texts]
    return "\n".join(["# Cards of the weights\n", *lower])


def _reference() -> str:
    """Every public name with its docstring."""
    sys.path.insert(0, str(ROOT / "src"))
    try:
        import chromafield
    finally:
        sys.path.pop(0)
    names = [f"::: chromafield.{home}.{name}" for name, home in sorted(chromafield._HOMES.items())]
    return "\n\n".join(["# Python, name by name", *names]) + "\n"
