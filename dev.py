"""Set up and run: `python3 dev.py demo` colours photographs, `python3 dev.py test` checks all.

Standard library only. Makes `.venv` beside this file on first use and again when pyproject.toml
changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
DEMO = frozenset({"demo"})  # the extras that colouring a few photographs needs
TEST = frozenset({"dev", "train"})
CHECKS = (
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["mypy"]),
    ("imports", ["lint-imports", "--no-cache"]),
    ("docs", ["cog", "--check", "docs/commands.md"]),
    ("schemas", ["python", "docs/schemas.py", "--check"]),
)
TESTS = ["pytest", "-n", "3", "--dist", "worksteal"]  # a page's test waits, so 3 for two cores


def main() -> int:
    tasks = {"demo": (demo, DEMO), "test": (test, TEST), "setup": (lambda: 0, TEST)}
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in tasks:
        print(f"usage: python3 dev.py {{{'|'.join(tasks)}}}", file=sys.stderr)
        return 2
    task, extras = tasks[name]
    set_up(extras)
    return task()


def set_up(extras: frozenset[str]) -> None:
    """Make the environment with these extras, once per content of pyproject.toml."""
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit("Chromafield needs Python 3.11 or later; this is " + sys.version.split()[0] + ".")
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    known, *there = STAMP.read_text().split() if STAMP.exists() else [""]
    if known != digest:
        there = []
    if known == digest and extras <= set(there):
        return
    print("Setting up .venv (a few minutes the first time) ...", flush=True)
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        sys.exit("This Python has no venv. On Debian or Ubuntu: sudo apt install python3-venv")
    if not VENV.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(BIN / "python"), "-m", "pip", "--disable-pip-version-check"]
    wanted = sorted(extras.union(there))
    subprocess.run([*pip, "install", "-qq", "-e", f"{ROOT}[{','.join(wanted)}]"], check=True)
    STAMP.write_text(" ".join([digest, *wanted]))


def run(
    command: list[str], output: int | None = None, **extra: str
) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment."""
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", **extra}
    program = shutil.which(command[0], path=str(BIN)) or command[0]
    return subprocess.run(
        [program, *command[1:]],
        cwd=ROOT,
        env=environment,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        text=True,
    )


def demo() -> int:
    """Colour photographs that a dependency ships, and say where the results lie."""
    return run(["python", "examples/demo.py"]).returncode


def test() -> int:
    """Everything a change must pass; stops at the first failure. All but the tests run two at a
    time, and what each says is printed whole."""
    with ThreadPoolExecutor(2) as pool:
        runs = [(name, pool.submit(run, command, subprocess.PIPE)) for name, command in CHECKS]
        for name, started in runs:
            done = started.result()
            print(f"== {name}\n{done.stdout}", end="", flush=True)
            if done.returncode:
                pool.shutdown(cancel_futures=True)
                print(f"{name} failed", file=sys.stderr)
                return done.returncode
    print("== tests", flush=True)
    return run(TESTS, OMP_NUM_THREADS="1").returncode


if __name__ == "__main__":
    sys.exit(main())
