"""A list on Ray: with the real one where it is installed, and its sentences where it is not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import types
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chromafield.batch.manifest import MANIFEST, lines_of
from chromafield.cli.main import main

COUNT = 24


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def scans(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of pictures, one of them damaged, in a folder that is the current one."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(COUNT):
        shutil.copy(photo, folder / f"{number}.png")
    (folder / "3.png").write_bytes(b"no picture")
    Path(tmp_path, "list.txt").write_text("\n".join(f"scans/{k}.png" for k in range(COUNT)))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def small(tiny_weights: Path) -> list[str]:
    return ["--model", str(tiny_weights), "--size", "32", "--views", "1"]


def test_processes_do_a_list_as_colorize_does(scans: Path, small: list[str]) -> None:
    done = run("archive", "run", "list.txt", "--to", "out", "--workers", 1, *small)
    assert done.exit_code == 1 and f"{COUNT - 1} coloured, 0 done before, 1 failed" in done.stderr
    one = ("colorize", "--from-list", "list.txt", *small)
    run(*one, "-o", "again")
    for path in Path("again").rglob("*.png"):
        assert path.read_bytes() == Path("out", path.relative_to("again")).read_bytes()
    gone_on = run(*one, "-o", "out", "--resume")
    assert f"0 coloured, {COUNT - 1} done before, 1 failed" in gone_on.stderr


def test_without_ray_the_engine_is_one_sentence(
    scans: Path, small: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    done = run("archive", "run", "list.txt", "--to", "out", "--engine", "ray", *small)
    assert done.exit_code == 1 and done.stderr.endswith("pip install '.[ray]'\n")
    wrong = run("archive", "run", "list.txt", "--to", "s3://out", "--engine", "ray", *small)
    assert wrong.exit_code == 2 and "Name a folder with --manifest" in wrong.stderr


def begun(small: Sequence[str], *more: str) -> subprocess.Popen[str]:
    """A run on Ray, in a process group of its own."""
    command = [sys.executable, "-m", "chromafield", "archive", "run", "list.txt", "--to", "out"]
    command += ["--engine", "ray", "--workers", "2", "--batch", "2", *small, *more]
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
    )


def lines() -> list[dict[str, object]]:
    return list(lines_of(Path("out", MANIFEST)))


def wait_for(count: int) -> None:
    """Until so many pictures are coloured."""
    until = time.monotonic() + 120
    while len(lines()) < count and time.monotonic() < until:
        time.sleep(0.05)
    assert len(lines()) >= count


def actors_of(driver: int) -> list[int]:
    """The processes of Ray's actors that stand under a driver's."""
    told = subprocess.run(
        ["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, timeout=30
    )
    rows = [line.split(None, 2) for line in told.stdout.splitlines()[1:]]
    parents = {int(pid): int(parent) for pid, parent, *_ in rows}

    def stands_under(pid: int) -> bool:
        return pid == driver or (pid in parents and stands_under(parents[pid]))

    actors = [int(row[0]) for row in rows if "ray::MapWorker" in row[-1]]
    return [pid for pid in actors if stands_under(pid)]


@pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("ps") is None, reason="looks for processes by ps"
)
def test_a_lost_worker_and_a_lost_driver_cost_their_batch(scans: Path, small: list[str]) -> None:
    pytest.importorskip("ray")
    alone = run("colorize", "--from-list", "list.txt", "-o", "alone", *small)
    assert f"{COUNT - 1} coloured" in alone.stderr
    driver = begun(small)
    try:
        wait_for(2)
        os.killpg(driver.pid, signal.SIGKILL)
    finally:
        driver.communicate(timeout=60)
    before = len(lines())
    assert 0 < before < COUNT
    second = begun(small, "--resume", "--json")
    try:
        wait_for(before + 2)
        (first, *_) = actors_of(second.pid)
        os.kill(first, signal.SIGKILL)
        told, errors = second.communicate(timeout=200)
    finally:
        second.kill()
    assert "1 failed" in errors and "Traceback" not in errors, errors
    assert all("input" in json.loads(line) for line in told.splitlines()), told  # none is Ray's
    finished = [str(line["input"]) for line in lines() if "output" in line]
    assert sorted(finished) == sorted(f"scans/{k}.png" for k in range(COUNT) if k != 3)
    for path in Path("alone").rglob("*.png"):
        assert path.read_bytes() == Path("out", path.relative_to("alone")).read_bytes()


class SlowRay(types.ModuleType):
    """A Ray whose node does not start in time, and says so as it does."""

    def init(self, **_: object) -> None:
        raise Exception("The current node timed out during startup.")


def test_a_node_that_does_not_start_is_one_sentence(
    scans: Path, small: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowRay("ray")
    slow._private = types.SimpleNamespace(worker=types.SimpleNamespace())  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ray", slow)
    monkeypatch.setitem(sys.modules, "ray.data", types.ModuleType("ray.data"))
    done = run("archive", "run", "list.txt", "--to", "out", "--engine", "ray", *small)
    assert done.exit_code == 1 and "Ray did not start on this machine (The current" in done.stderr
    away = run(
        "archive", "run", "list.txt", "--to", "o", "--engine", "ray", "--address", "x:1", *small
    )
    assert "Ray's cluster x:1 cannot be reached" in away.stderr
