"""A full disk, a quota, a read-only place, a folder that vanishes, a clock that jumps, two at once.

    python benchmarks/troubles.py [folder] [film] [training]

Each befalls a small folder of pictures, a film and a training run, as `kills.py` has them. What is
wanted: exit code 1 and one sentence (or the work done, where it can be), and when the trouble is
over, the same command gives what an undisturbed run gives, to the byte. Run as root, on Linux: full
and read-only disks are file systems in memory (without that they are left out, and said to be), and
the quota is refused by the kernel.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import errno
import os
import platform
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from kills import LONGEST, Campaign, Film, Folder, Training, finish, started, unbroken, written

CAMPAIGNS: dict[str, Campaign] = {
    "folder": Folder(12),
    "film": Film(40),
    "training": Training(12),
}
LEFT_FREE = 0.4  # of what the results need, on a full disk
Disk = Callable[[str], None]


@contextlib.contextmanager
def disk(place: Path, size: int) -> Iterator[Disk]:
    """A file system of its own at a folder, and what mounts it anew with other options."""

    def mount(options: str) -> None:
        words = ["mount", "-t", "tmpfs", "-o", f"size={size},{options}", "tmpfs", str(place)]
        subprocess.run(words, check=True, capture_output=True)

    place.mkdir()
    mount("mode=755")
    try:
        yield lambda options: mount(f"remount,{options}")
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def full(campaign: Campaign, folder: Path, log: Path, needs: int) -> Iterator[Path]:
    """The disk is full, and then no more."""
    with disk(folder / "disk", 4 * needs + 2**20) as _:
        ballast = folder / "disk" / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        os.truncate(ballast, max(ballast.stat().st_size - int(LEFT_FREE * needs), 0))
        yield folder / "disk" / "out"
        ballast.unlink()
        yield folder / "disk" / "out"


def read_only(campaign: Campaign, folder: Path, log: Path, needs: int) -> Iterator[Path]:
    """The disk takes nothing, and then does."""
    with disk(folder / "disk", 4 * needs + 2**20) as remount:
        remount("ro")
        yield folder / "disk" / "out"
        remount("rw")
        yield folder / "disk" / "out"


def quota(campaign: Campaign, folder: Path, log: Path, needs: int) -> Iterator[Path]:
    """The person may soon make no more files, and then may: see `Limited`."""
    yield folder / "out"
    yield folder / "out"


@dataclass(frozen=True)
class Limited:
    """A campaign in a process that the system lets make no more files once it has made one.

    It is refused in the system call itself, so for every library.
    """

    campaign: Campaign

    def prepare(self, folder: Path) -> None:
        self.campaign.prepare(folder)

    def work(self, folder: Path, out: Path) -> None:
        threading.Thread(target=self._watch, args=(out, written(out)), daemon=True).start()
        self.campaign.work(folder, out)

    def results(self, out: Path) -> dict[str, str]:
        return self.campaign.results(out)

    def _watch(self, out: Path, before: dict[str, int]) -> None:
        while written(out) == before:
            time.sleep(0.001)
        refuse_new_files()


class Rule(ctypes.Structure):
    _fields_: ClassVar = [
        ("code", ctypes.c_ushort),
        ("if_so", ctypes.c_ubyte),
        ("if_not", ctypes.c_ubyte),
        ("value", ctypes.c_uint),
    ]


class Rules(ctypes.Structure):
    _fields_: ClassVar = [("count", ctypes.c_ushort), ("first", ctypes.POINTER(Rule))]


def refuse_new_files() -> None:
    """Let no thread of this process open a file to be made (seccomp): "Disk quota exceeded"."""
    load, equal, has, answer = 0x20, 0x15, 0x45, 0x06
    number, flags = 0, 16 + 2 * 8  # where the call's number and openat's flags lie
    openat = 257 if platform.machine() == "x86_64" else 56
    rules = (Rule * 6)(
        Rule(load, 0, 0, number),
        Rule(equal, 0, 3, openat),
        Rule(load, 0, 0, flags),
        Rule(has, 0, 1, os.O_CREAT),
        Rule(answer, 0, 0, 0x0005_0000 | errno.EDQUOT),
        Rule(answer, 0, 0, 0x7FFF_0000),  # all else is allowed
    )
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges, which a filter asks for
    seccomp, set_filter, all_threads = 317 if openat == 257 else 277, 1, 1
    if libc.syscall(seccomp, set_filter, all_threads, ctypes.byref(Rules(len(rules), rules))):
        raise OSError(ctypes.get_errno(), "seccomp")


def vanished(campaign: Campaign, folder: Path, log: Path, needs: int) -> Iterator[Path]:
    """The folder of the results is taken away while the work goes on."""
    out = folder / "out"
    if not os.fork():
        before, ends = written(out), time.monotonic() + LONGEST
        while written(out) == before and time.monotonic() < ends:
            time.sleep(0.01)
        for one in out.parent.glob(f"{out.name}*"):
            shutil.rmtree(one, ignore_errors=True)
        os._exit(0)
    yield out
    os.wait()
    yield out


def clock(campaign: Campaign, folder: Path, log: Path, needs: int) -> Iterator[Path]:
    """The time of day goes back a day, forward a year and back again, at each reading."""
    real, jumps = time.time, [0]

    def jumping() -> float:
        jumps[0] += 1
        return real() + (0, -86_400, 365 * 86_400)[jumps[0] % 3]

    time.time = jumping
    yield folder / "out"
    time.time = real
    yield folder / "out"


def two(campaign: Campaign, folder: Path, log: Path, needs: int) -> Iterator[Path]:
    """Another run of the same work writes to the same place at the same time."""
    out = folder / "out"
    other = os.fork()
    if not other:
        code = started(campaign, folder, out, folder / "other.txt", LONGEST)
        os._exit(code or 0)
    yield out
    os.waitpid(other, 0)
    yield out


TROUBLES = (full, quota, read_only, vanished, clock, two)
ON_A_DISK = (full, read_only)


def can_mount() -> bool:
    with (
        tempfile.TemporaryDirectory() as name,
        contextlib.suppress(OSError, subprocess.CalledProcessError),
        disk(Path(name) / "try", 2**20),
    ):
        return True
    return False


def sentence_of(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    said = [line for line in lines if line.strip()]
    return next((line for line in said if line.startswith("Error")), " ".join(said[-1:]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="|".join(CAMPAIGNS))
    wrong, mounts = 0, can_mount()
    for name in parser.parse_args().names or CAMPAIGNS:
        campaign = CAMPAIGNS[name]
        with tempfile.TemporaryDirectory() as made:
            base = Path(made)
            campaign.prepare(base)
            whole = unbroken(campaign, base)
            needs = sum(
                one.stat().st_size
                for path in base.glob("whole*")
                for one in (path, *path.rglob("*"))
            )
            for trouble in TROUBLES:
                if trouble in ON_A_DISK and not mounts:
                    print(f"{name}, {trouble.__name__}: left out, nothing can be mounted here")
                    continue
                place, log = base / trouble.__name__, base / f"{trouble.__name__}.txt"
                place.mkdir()
                for one in base.glob("in*"):
                    (place / one.name).symlink_to(one)
                steps = trouble(campaign, place, log, needs)
                worker = Limited(campaign) if trouble is quota else campaign
                code = started(worker, place, next(steps), log, LONGEST)
                said = sentence_of(log)
                found = finish(campaign, place, next(steps), place / "again.txt")
                next(steps, None)
                equal = found == whole
                wrong += not equal or "Traceback" in log.read_text("utf-8", "replace")
                told = f"{said}" if code else "done"
                print(f"{name}, {trouble.__name__}: {told} | then {'equal' if equal else found}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
