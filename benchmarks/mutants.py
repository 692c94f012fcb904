"""Change one constant that makes the papers at a time: does a test fail?

    python benchmarks/mutants.py
    python benchmarks/mutants.py potts vae

Each mutant is a copy of the package with one text replaced; the tests that stand near it run on the
copy until one fails. A mutant that survives is named at the end, and the exit code is 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST = 600  # seconds of a mutant's tests


@dataclass(frozen=True)
class Mutant:
    file: str  # in src/chromafield
    before: str
    after: str
    tests: str  # in tests, with spaces between

    @property
    def name(self) -> str:
        return f"{self.file}: {self.before} -> {self.after or 'nothing'}"


STRUCTURE, TRAIN = "models/sampler/structure.py", "train/tasks/structure.py"
LEARNT = "train/test_constants.py models/test_sampler.py train/tasks/test_sampler.py"
MUTANTS = (
    Mutant(
        "fields/potts.py",
        "sigma: float = 1e-4",
        "sigma: float = 2e-4",
        "fields/test_constants.py fields/test_potts.py",
    ),
    Mutant(
        "fields/potts.py",
        "p.sqrt_()",
        "p.pow_(0.7)",
        "fields/test_constants.py fields/test_potts.py",
    ),
    Mutant(
        "fields/potts.py",
        "tolerance: float = 1e-4",
        "tolerance: float = 1e-2",
        "fields/test_constants.py fields/test_potts.py",
    ),
    Mutant("fields/annealed.py", "float = 0.38", "float = 0.45", "fields/test_constants.py fields"),
    Mutant(
        "fields/levin.py",
        "tau: float = 100.0",
        "tau: float = 3.0",
        "fields/test_constants.py fields",
    ),
    Mutant(
        "fields/mixture.py",
        "temperature: float = 0.1",
        "temperature: float = 0.5",
        "fields/test_constants.py fields",
    ),
    Mutant(
        "fields/mixture.py",
        "strength: float = 5.0",
        "strength: float = 1.0",
        "fields/test_constants.py fields",
    ),
    Mutant("fields/gcrf.py", "SPARSE = 0.05", "SPARSE = 0.0", "fields/test_constants.py fields"),
    Mutant("fields/_equal_mean.py", "FAINTEST = 1e-4", "FAINTEST = 0.5", "fields hints"),
    Mutant(STRUCTURE, "(1.0, 0.75, 0.5, 0.25, 0.1, 0.1, 0.1)", "(1.0,) * 7", LEARNT),
    Mutant(STRUCTURE, "edits: float = 0.4", "edits: float = 0.5", LEARNT),
    Mutant(TRAIN, "structure.top.load_state_dict(vae.top.state_dict())", "pass", LEARNT),
    Mutant(TRAIN, "RIDGE = 1e-3", "RIDGE = 1e-1", LEARNT),
    Mutant("train/tasks/vae.py", "NORM = (2 * 64 * 64) ** 0.5", "NORM = 1.0", LEARNT),
    Mutant("models/sampler/vae.py", "divergence: float = 0.01", "divergence: float = 0.1", LEARNT),
    Mutant("models/sampler/mdn.py", "sigma: float = 0.1", "sigma: float = 0.3", LEARNT),
    Mutant("metrics/sample_metrics.py", "RANGE = 2.0", "RANGE = 1.0", "metrics papers"),
    Mutant("color/palette.py", "STEP = 10 ", "STEP = 5 ", "color"),
    Mutant("color/palette.py", "SOFT_SIGMA = 5.0", "SOFT_SIGMA = 6.0", "color"),
    Mutant("canvas/upsample.py", "NOISE = 1.0", "NOISE = 5.0", "canvas"),
    Mutant("canvas/given.py", "PRECISION = 1.0", "PRECISION = 0.1", "canvas hints"),
    Mutant(
        "hints/raster.py",
        "radius = max(mark.radius * max(height, width), 0.5)",
        "radius = max(mark.radius * max(height, width), 1.0)",
        "hints",
    ),
)


def survives(mutant: Mutant) -> bool:
    """Whether all tests near it pass in spite of it."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "src")
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        path = source / "chromafield" / mutant.file
        text = path.read_text()
        assert text.count(mutant.before) == 1, f"{mutant.name}: {text.count(mutant.before)} places"
        path.write_text(text.replace(mutant.before, mutant.after))
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *(f"tests/{name}" for name in mutant.tests.split())],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(source)},
            capture_output=True,
            text=True,
            timeout=LONGEST,
        )
    last = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    print(f"{mutant.name}: {last[0][:100] if last else done.stdout.splitlines()[-1]}", flush=True)
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]
    return done.returncode == 0


def main() -> int:
    chosen = [
        one for one in MUTANTS if not sys.argv[1:] or any(n in one.file for n in sys.argv[1:])
    ]
    alive = [mutant.name for mutant in chosen if survives(mutant)]
    print(f"{len(chosen) - len(alive)} of {len(chosen)} are caught", *alive, sep="\n  ")
    return 1 if alive else 0


if __name__ == "__main__":
    raise SystemExit(main())
