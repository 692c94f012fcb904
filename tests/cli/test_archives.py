"""Lists, shards, addresses and manifests of many parts, on the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from click.testing import CliRunner, Result

from chromafield.batch.manifest import MANIFEST, only_run
from chromafield.cli.main import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def small(tiny_weights: Path) -> tuple[object, ...]:
    return ("--model", tiny_weights, "--size", 32, "--views", 1)


@pytest.fixture
def scans(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six pictures and a list of them, in a folder that is the current one."""
    folder = tmp_path / "scans"
    folder.mkdir()
    names = [f"scans/{number}.png" for number in range(6)]
    for name in names:
        shutil.copy(photo, tmp_path / name)
    (tmp_path / "list.csv").write_text("path\n" + "\n".join(names) + "\n")
    monkeypatch.chdir(tmp_path)
    return folder


def test_shards_of_a_list_do_each_picture_once(scans: Path, small: tuple[object, ...]) -> None:
    one = ("colorize", "--from-list", "list.csv", "-o", "out", *small)
    (scans / "3.png").write_bytes(b"no picture")
    shown = [run(*one, "--shard", f"{index}/3") for index in range(3)]
    counts = [int(done.stderr.partition(": ")[2].partition(" of 6")[0]) for done in shown]
    assert sum(counts) == 6 and sorted(done.exit_code for done in shown) == [0, 0, 1]
    out = Path("out")
    assert sorted(path.name for path in out.rglob("*.png")) == [f"{k}.png" for k in (0, 1, 2, 4, 5)]
    assert not (out / MANIFEST).exists()
    status = run("manifest", "status", "out")
    assert "5 coloured, 1 failed, 0 left out, in " in status.stdout and status.exit_code == 1
    assert "scans/3.png" in status.stderr

    merged = run("manifest", "merge", "out")
    assert merged.stdout == f"{out / MANIFEST}: 6 lines.\n"
    assert [path.name for path in out.glob("*.jsonl")] == [MANIFEST]
    shutil.copy(scans / "0.png", scans / "3.png")
    again = run(*one, "--retry-failed")
    assert again.exit_code == 0, again.output
    assert run("manifest", "status", "out").stdout.startswith("6 coloured, 0 failed")
    assert "6 done before" in run(*one, "--resume").stderr


def test_a_folder_has_the_same_shards_wherever_it_lies(
    scans: Path, small: tuple[object, ...], tmp_path: Path
) -> None:
    run("colorize", "scans", "-o", "out", "--shard", "0/2", *small)
    run("colorize", scans, "-o", tmp_path / "again", "--shard", "0/2", *small)
    first = sorted(path.name for path in Path("out").glob("*.png"))
    assert first == sorted(path.name for path in Path("again").glob("*.png"))
    assert 0 < len(first) < 6


def test_results_that_changed_since_are_named(scans: Path, small: tuple[object, ...]) -> None:
    run("colorize", "scans", "-o", "out", *small)
    assert run("manifest", "verify", "out").stdout == "All results are as they were written.\n"
    Path("out/1.png").write_bytes(b"x")
    Path("out/2.png").unlink()
    done = run("manifest", "verify", "out")
    assert done.exit_code == 1
    assert "1.png is not what was written" in done.stderr and "2.png is not there" in done.stderr


@pytest.fixture
def store(photo: Path) -> Iterator[fsspec.AbstractFileSystem]:
    """A store of objects that counts what it is asked for."""
    system = fsspec.filesystem("memory")
    for name in ("a", "b"):
        system.pipe_file(f"/scans/{name}.png", photo.read_bytes())
    yield system
    system.store.clear()


def test_addresses_are_read_and_written_once(
    scans: Path,
    store: fsspec.AbstractFileSystem,
    small: tuple[object, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    kind, read = type(store), type(store).cat_file

    def counted(self: object, path: str, **more: object) -> bytes:
        asked.append(path)
        data: bytes = read(self, path, **more)
        return data

    monkeypatch.setattr(kind, "cat_file", counted)
    names = ("memory://scans/a.png", "memory://scans/b.png", "memory://scans/none.png")
    Path("remote.txt").write_text("\n".join(names))
    one = ("colorize", "--from-list", "remote.txt", "-o", "memory://out/x", *small)
    refused = run(*one)
    assert refused.exit_code == 2 and "Name a folder with --manifest" in refused.stderr
    done = run(*one, "--manifest", "kept", "--compare")
    assert done.exit_code == 1 and "2 coloured, 0 done before, 1 failed" in done.stderr
    assert "There is nothing at memory://scans/none.png" in done.stderr
    assert store.exists("/out/x/scans/a.png") and store.exists("/out/x/scans/a-compare.jpg")
    lines = [json.loads(line) for line in Path("kept", MANIFEST).read_text().splitlines()]
    assert [line["input"] for line in lines] == list(names)
    assert lines[0]["output"] == "memory://out/x/scans/a.png"
    asked.clear()
    assert "2 done before" in run(*one, "--manifest", "kept", "--compare", "--resume").stderr
    assert asked == ["/scans/none.png"]
    store.pipe_file("/out/x/scans/a.png", b"of somebody else")
    kept = run(*one, "--manifest", "kept")
    assert "memory://out/x/scans/a.png is there already and was kept" in kept.stderr
    local = run("colorize", "--from-list", "remote.txt", "-o", "out", *small)
    assert "2 coloured" in local.stderr and Path("out/scans/a.png").exists()


def test_two_runs_on_one_manifest_are_one_and_a_sentence(
    scans: Path, small: tuple[object, ...]
) -> None:
    Path("out").mkdir()
    one = ("colorize", "scans", "-o", "out", *small)
    with only_run(Path("out", MANIFEST)):
        second = run(*one)
        joined = run("manifest", "merge", "out")
    for refused in (second, joined):
        assert refused.exit_code == 1 and "Another run adds to the manifest out" in refused.stderr
    assert not list(Path("out").glob("*"))  # an empty manifest goes
    assert run(*one).exit_code == 0 and run("manifest", "merge", "out").exit_code == 0


def test_a_list_that_would_write_over_its_own_pictures_is_told(
    scans: Path, store: fsspec.AbstractFileSystem, small: tuple[object, ...]
) -> None:
    before = (scans / "0.png").read_bytes()
    Path("mixed.txt").write_text("scans/0.png\nmemory://scans/a.png\n")
    done = run("colorize", "--from-list", "mixed.txt", "-o", ".", "--overwrite", *small)
    assert "scans/0.png would write over scans/0.png" in done.stderr
    assert (scans / "0.png").read_bytes() == before and "1 coloured" in done.stderr


def test_what_cannot_be_meant_is_one_sentence(
    scans: Path, small: tuple[object, ...], tmp_path: Path
) -> None:
    Path("far.txt").write_text("s4://bucket/a.png")
    cases = {
        ("colorize",): (2, "Name the pictures or folders to be coloured, or --from-list"),
        ("colorize", "a.png", "--from-list", "list.csv"): (2, "Name no others beside it"),
        ("colorize", "scans", "-o", "memory://out"): (2, "goes with --from-list"),
        ("colorize", "scans", "-o", "out", "--shard", "2/2"): (1, "There is no shard 2 of 2"),
        ("colorize", "a.png", "--retry-failed"): (2, "--retry-failed needs the manifest"),
        ("colorize", "--from-list", "far.txt", "-o", "out", *small): (1, "pip install '.[remote]'"),
        ("manifest", "status", "scans"): (1, "There is no manifest in scans"),
    }
    for words, (code, sentence) in cases.items():
        done = run(*words)
        assert done.exit_code == code and sentence in done.stderr, done.output
