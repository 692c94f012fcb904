from __future__ import annotations

from pathlib import Path

import pytest

from chromafield.storage import atomically, write_atomically


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.txt", "größer")
    write_atomically(tmp_path / "b", b"\x00")
    assert (tmp_path / "a.txt").read_bytes() == "größer".encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b"]


def test_the_old_file_stands_until_the_new_one_is_whole_and_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with atomically(path) as part:
        part.write_text("ne")
        assert path.read_text() == "old"
    assert path.read_text() == "ne"
    with pytest.raises(ValueError, match="stopped"), atomically(path) as part:
        part.write_text("half")
        raise ValueError("stopped")
    assert path.read_text() == "ne" and list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "other" / "real")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "other" / "real").read_text() == "new"


def test_it_is_on_the_disk_before_it_takes_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "a", []
    monkeypatch.setattr("os.fsync", lambda number: seen.append(path.exists()))
    write_atomically(path, b"1")
    assert seen == [False]
