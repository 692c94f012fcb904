"""Files that cannot be written are refused before the work, and nothing is lost by looking."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chromafield.errors import MissingExtra, OutputError
from chromafield.evaluate.files import check_file, write_file
from chromafield.papers.points.plot import check_plot


def nowhere(tmp_path: Path) -> list[Path]:
    """A folder, a file in no folder, a file behind a file, and one in a folder nobody writes to."""
    (tmp_path / "file").write_text("kept")
    places = [tmp_path, tmp_path / "none" / "x", tmp_path / "file" / "x"]
    return [*places, Path("/proc/x")] if Path("/proc/self").exists() else places


def test_places_where_nothing_can_be_put_are_refused(tmp_path: Path) -> None:
    for place in nowhere(tmp_path):
        with pytest.raises(OutputError, match=r"cannot be written \(.+\). Name a file in a folder"):
            check_file(place)
        with pytest.raises(OutputError, match="cannot be written"):
            write_file(place, "text")
    assert (tmp_path / "file").read_text() == "kept"


def test_looking_changes_nothing(tmp_path: Path) -> None:
    check_file(tmp_path / "new.md")
    (tmp_path / "link").symlink_to(tmp_path / "later")
    check_file(tmp_path / "link")
    assert [p.name for p in tmp_path.iterdir()] == ["link"]
    (tmp_path / "old.md").write_text("kept")
    check_file(tmp_path / "old.md")
    assert (tmp_path / "old.md").read_text() == "kept"
    write_file(tmp_path / "old.md", "new")
    assert (tmp_path / "old.md").read_text() == "new"
    check_file(None)
    write_file(None, "text")


def test_plots_are_refused_by_their_ending_and_without_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_plot(tmp_path / "plot.SVG")
    for name in ("plot", "plot.txt"):
        with pytest.raises(OutputError, match="Choose one of .png, .svg, .pdf"):
            check_plot(tmp_path / name)
    for place in nowhere(tmp_path)[1:]:
        with pytest.raises(OutputError, match="Name a file in a folder"):
            check_plot(place.with_suffix(".png"))
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[plots\]'"):
        check_plot(tmp_path / "plot.png")
