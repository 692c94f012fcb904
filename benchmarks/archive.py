"""A list by processes and by Ray: how fast, how busy the workers, how much memory the driver.

    python benchmarks/archive.py --count 200 --side 256
    python benchmarks/archive.py --count 200000 --side 16 --engine ray --workers 2

A row an engine and a number of workers: seconds from the first picture's line in the manifest to
the last's, pictures a minute, the share of the workers' time that colours (the lines' seconds over
workers x time), and the most memory that the driver had.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from chromafield.colorizer.manifest import MANIFEST, lines_of


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--side", type=int, default=256, help="pixels of a picture's side")
    parser.add_argument("--engine", choices=["processes", "ray"], action="append")
    parser.add_argument("--workers", type=int, action="append")
    given = parser.parse_args()
    print("| engine | workers | s | pictures a minute | busy | driver, MB |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        listed = pictures(Path(folder), given.count, given.side)
        for engine in given.engine or ["processes", "ray"]:
            for workers in given.workers or [1, 2]:
                print(row(listed, engine, workers, given.count), flush=True)


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


def row(listed: Path, engine: str, workers: int, count: int) -> str:
    """Run one and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder, MANIFEST)
        command = [
            sys.executable,
            "-m",
            "chromafield",
            "archive",
            "run",
            str(listed),
            "--to",
            folder,
        ]
        command += ["--engine", engine, "--workers", str(workers)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            while not manifest.exists() or not manifest.stat().st_size:
                if process.poll() is not None:
                    sys.exit(f"{engine} ended with {process.returncode} before the first picture.")
                time.sleep(0.05)
            began = time.monotonic()
            process.wait()
        took = time.monotonic() - began
        lines = [line for line in lines_of(manifest) if "output" in line]
        assert len(lines) == count, f"{len(lines)} of {count} were coloured"
        busy = sum(float(str(line["seconds"])) for line in lines) / (workers * took)
        most = max(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, before) / 1024
        rate = 60 * count / took
        return f"| {engine} | {workers} | {took:.0f} | {rate:.0f} | {busy:.0%} | {most:.0f} |"


if __name__ == "__main__":
    main()
