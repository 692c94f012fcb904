"""A list by processes and by Ray: how fast, how busy the workers, how much memory the driver.

    python benchmarks/archive.py --count 200 --side 256
    python benchmarks/archive.py --count 200000 --side 16 --engine ray --workers 2 \
      -- --model paper-cnn --size 32 --views 1

A row an engine and a number of workers: seconds from the first picture's line in the manifest to
the last's, pictures a minute, and the share of the workers' time that colours (the lines' seconds
over workers x time). Then the memory, at a tenth of the list and at its end: that of the driver,
and that of all processes, where what several share counts once. What stands behind -- goes to
`chromafield archive run`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from chromafield.batch.manifest import MANIFEST, lines_of


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--side", type=int, default=256, help="pixels of a picture's side")
    parser.add_argument("--engine", choices=["processes", "ray"], action="append")
    parser.add_argument("--workers", type=int, action="append")
    parser.add_argument("more", nargs="*", help="of chromafield archive run")
    given = parser.parse_args()
    print("| engine | workers | s | pictures a minute | busy | driver, MB | all, MB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        listed = pictures(Path(folder), given.count, given.side)
        for engine in given.engine or ["processes", "ray"]:
            for workers in given.workers or [1, 2]:
                print(row(listed, engine, workers, given.count, given.more), flush=True)


def pictures(folder: Path, count: int, side: int) -> Path:
    """A list of so many grey pictures of noise on a slope."""
    random = np.random.default_rng(0)
    slope = np.linspace(40, 200, side)[None].repeat(side, 0)
    names = []
    for number in range(count):
        path = folder / f"in/{number // 1000}/{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = random.normal(0, 12, (side, side))
        Image.fromarray((slope + noise).clip(0, 255).astype(np.uint8)).save(path)
        names.append(str(path))
    listed = folder / "list.txt"
    listed.write_text("\n".join(names))
    return listed


def row(listed: Path, engine: str, workers: int, count: int, more: list[str]) -> str:
    """Run one and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder, MANIFEST)
        command = [sys.executable, "-m", "chromafield", "archive", "run", str(listed)]
        command += ["--to", folder, "--engine", engine, "--workers", str(workers), *more]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            while not manifest.exists() or not manifest.stat().st_size:
                if process.poll() is not None:
                    sys.exit(f"{engine} ended with {process.returncode} before the first picture.")
                time.sleep(0.05)
            began = time.monotonic()
            taken = sampled(process, manifest, count)
        took = time.monotonic() - began
        lines = [line for line in lines_of(manifest) if "output" in line]
        assert len(lines) == count, f"{len(lines)} of {count} were coloured"
        assert len({line["output"] for line in lines}) == count, "one was coloured twice"
        busy = sum(float(str(line["seconds"])) for line in lines) / (workers * took)
        memory = [f"{first:.0f} to {last:.0f}" for first, last in zip(*taken, strict=True)]
        return f"| {engine} | {workers} | {took:.0f} | {60 * count / took:.0f} | {busy:.0%} | " + (
            " | ".join(memory) + " |"
        )


def sampled(
    process: subprocess.Popen[bytes], manifest: Path, count: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Memory of the driver and of all, in MB: at a tenth of the list, and last before the end."""
    size, first, last = 0, (0.0, 0.0), (0.0, 0.0)
    with manifest.open("rb") as told:
        while process.poll() is None:
            size += sum(block.count(b"\n") for block in iter(lambda: told.read(1 << 20), b""))
            if size < count:  # later it ends its workers
                last = memory([process.pid]), memory(family(process.pid))
            if size <= count / 10:
                first = last
            time.sleep(1)
    return first, last


def family(root: int) -> list[int]:
    """A process and all that come from it."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")")[-1].split()[1])
        except OSError:  # it ended
            continue
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def memory(processes: list[int]) -> float:
    """MB of processes: each page is shared among those that have it."""
    kilobytes = 0
    for process in processes:
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


if __name__ == "__main__":
    main()
