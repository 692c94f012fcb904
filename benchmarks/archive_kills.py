"""A list on Ray whose workers and whose driver are killed: is every picture there, once and equal?

    python benchmarks/archive_kills.py --kills 20 --seed 0

A list of small grey pictures is coloured once by `chromafield colorize`. Then by Ray with two
actors, where after a random time an actor gets a SIGKILL, or all of the driver's group, in turns;
a driver that is gone is begun again with --resume. When as many kills have hit, the run is left
alone until it ends. A list that ends before is begun anew in another folder. Each picture must have
one line in the manifest with its result, and the bytes of the undisturbed run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from archive import family, pictures

from chromafield.batch.manifest import MANIFEST, lines_of

SEEN = ("--model", "paper-cnn", "--size", "32", "--views", "1")
LONGEST = 600.0  # seconds without a new picture, after which it hangs


def main() -> int:
    """Kill, go on, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--count", type=int, default=1000, help="pictures")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listed = pictures(folder, given.count, 32)
        whole = ("colorize", "--from-list", str(listed), "-o", str(folder / "whole"), *SEEN)
        run = [sys.executable, "-m", "chromafield", *whole]
        subprocess.run(run, check=True, stderr=subprocess.DEVNULL)
        hits, rounds, wrong = 0, 0, 0
        while hits < given.kills:
            out = folder / f"broken-{rounds}"
            here = killed(listed, out, chance, given.kills - hits, given.count)
            differing = compared(folder / "whole", out, given.count)
            print(f"round {rounds}: {here} kills, {differing or 'equal'}", flush=True)
            hits, rounds, wrong = hits + here, rounds + 1, wrong + here * bool(differing)
    print(f"{hits - wrong} of {hits} kills ended as the undisturbed run")
    return 1 if wrong else 0


def killed(listed: Path, out: Path, chance: random.Random, kills: int, count: int) -> int:
    """Colour the list in spite of so many kills; how many hit before it ended."""
    hits, driver = 0, begun(listed, out)
    manifest = out / MANIFEST
    try:
        while hits < kills and driver.poll() is None:
            seen, until = coloured(manifest), time.monotonic() + LONGEST
            while driver.poll() is None and coloured(manifest) == seen:
                assert time.monotonic() < until, f"{LONGEST:g} s without a picture"
                time.sleep(0.05)
            time.sleep(chance.uniform(0, 3))
            if coloured(manifest) == count or driver.poll() is not None:
                break
            if hits % 2:
                ended(driver)
                driver = begun(listed, out)
                hits += 1
            elif actors := [one for one in family(driver.pid) if is_actor(one)]:
                os.kill(chance.choice(actors), signal.SIGKILL)
                hits += 1
        driver.wait(LONGEST)
    finally:
        ended(driver)
    return hits


def begun(listed: Path, out: Path) -> subprocess.Popen[bytes]:
    """A run on Ray, in a process group of its own."""
    words = ["archive", "run", str(listed), "--to", str(out), "--engine", "ray", "--workers", "2"]
    return subprocess.Popen(
        [sys.executable, "-m", "chromafield", *words, "--resume", *SEEN],
        stderr=out.with_suffix(".log").open("ab"),
        process_group=0,
    )


def ended(driver: subprocess.Popen[bytes]) -> None:
    """The driver and what is in its group, killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(driver.pid, signal.SIGKILL)
    driver.wait()


def is_actor(process: int) -> bool:
    """Whether it is one of Ray's that colours."""
    with contextlib.suppress(OSError):
        return b"ray::MapWorker" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def coloured(manifest: Path) -> int:
    """Lines with a result so far."""
    return sum("output" in line for line in lines_of(manifest)) if manifest.exists() else 0


def compared(whole: Path, out: Path, count: int) -> str:
    """What differs from the undisturbed run; empty where nothing does."""
    named = [str(line["input"]) for line in lines_of(out / MANIFEST) if "output" in line]
    if len(named) != count or len(set(named)) != count:
        told = out.with_suffix(".log").read_text("utf-8", "replace").splitlines()
        return f"{len(named)} lines for {len(set(named))} of {count} pictures: {told[-1:]}"
    expected = {path.relative_to(whole): path.read_bytes() for path in whole.rglob("*.png")}
    found = {path.relative_to(out): path.read_bytes() for path in out.rglob("*.png")}
    left = [path.name for path in out.rglob(".*")]
    differing = [str(name) for name in expected if found.get(name) != expected[name]]
    return f"differing: {differing[:3]}, left: {left[:3]}" if differing or left else ""


if __name__ == "__main__":
    raise SystemExit(main())
