"""Broken inputs: flips, cuts, splices and wrong numbers in files of many kinds.

    python benchmarks/fuzz.py --count 10000 --state fuzz.jsonl
    python benchmarks/fuzz.py --only 4711 --keep found

Each is coloured as the command does it, small, and the result is read again. A file must be
coloured, or refused in one sentence without the words of a library; what ImageMagick (where it is
installed as /usr/bin/convert) and FFmpeg both read without a warning, as the same picture, must not
be called damaged. Each takes at most 20 seconds of a core and 600 MB, says nothing on the error
stream and leaves nothing half-written; a result has the size, the depth and, where it is lossless,
the alpha of what was read. A file is given by the seed and its number. With --state, finished ones
are kept there and not done again. The exit code is 1 where one fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # a fork has none of its parent's threads

import av
import numpy as np
from fuzz_files import broken, inputs

from chromafield.colorizer.colorizer import Colorizer
from chromafield.colorizer.files import OutputOptions, colorize_file
from chromafield.colorizer.loading import load_colorizer
from chromafield.errors import ChromafieldError, InternalError
from chromafield.image import at_depth, read_picture
from chromafield.jobs.jobs import Job
from chromafield.settings import Settings

LONGEST = 20.0  # seconds of processor time
HUNG = 300.0  # seconds of the clock, on a machine that does other work too
MOST_MEMORY = 600  # MB above what the process has before
MOST_PIXELS = 3_000_000  # of an input; larger ones are refused by a sentence
LARGEST_COLORED = 100_000  # pixels; larger ones are only read
SUFFIXES = (".png", ".tif", ".jpg", ".webp", ".avif")
LOSSLESS = (".png", ".tif")
FOREIGN = re.compile(
    r"Base\.|COMPRESSION|NoneType|numpy|ndarray|dtype|buffer of|out of range|object at 0x|\bb'"
    r"|Pillow|\bPIL\b|OpenCV|cv2|lib(tiff|jpe?g|png|webp|heif|avif)|zlib|struct|decoder|Traceback"
    r"|u?int(8|16|32|64)|float(16|32|64)|driver|plugin",
)
DAMAGED = "damaged or cut-off"
SAME_PICTURE = 16  # levels by which two readers may differ anywhere
REFEREE = Path("/usr/bin/convert")
REFEREE_LIMITS = ("-limit", "memory", "256MiB", "-limit", "disk", "64MiB", "-limit", "time", "20")


@dataclass(frozen=True)
class Outcome:
    """What became of an input."""

    kind: str  # coloured, read, refused
    fault: str | None = None


def colored(path: Path, colorizer: Colorizer, chance: random.Random) -> Outcome:
    """Read, colour, write and read again."""
    out = path.parent / "out"
    try:
        picture = read_picture(path, MOST_PIXELS)
        if picture.size[0] * picture.size[1] > LARGEST_COLORED:
            return Outcome("read")
        target = out / f"again{chance.choice(SUFFIXES[: 2 if picture.alpha is not None else 5])}"
        colorize_file(Job(path, target), colorizer, OutputOptions(max_pixels=MOST_PIXELS))
        if [one.name for one in out.iterdir()] != [target.name]:
            return Outcome("coloured", "something half-written is left")
        again = read_picture(target)
        if again.size != picture.size:
            return Outcome("coloured", f"{picture.size} became {again.size}")
        if target.suffix in LOSSLESS:
            if again.depth != picture.depth:
                return Outcome("coloured", f"{picture.depth} bits became {again.depth}")
            before = None if picture.alpha is None else at_depth(picture.alpha, picture.depth)
            if picture.alpha is not None and not np.array_equal(before, again.alpha):
                return Outcome("coloured", "another alpha")
        return Outcome("coloured")
    except InternalError as error:
        return Outcome("refused", f"a fault of ours: {error}")
    except ChromafieldError as error:
        fault = f"words of a library: {error}" if FOREIGN.search(str(error)) else None
        if out.exists() and any(out.iterdir()):
            fault = "something half-written is left"
        elif DAMAGED in str(error) and (seen := by_referees(path)):
            fault = f"{seen}, but: {error}"
        return Outcome("refused", fault)
    except Exception as error:
        return Outcome("refused", f"{type(error).__name__}: {error}")


def by_referees(path: Path) -> str | None:
    """That ImageMagick and FFmpeg read the file without a warning, and as the same picture.

    One alone does not count: each passes over damage of some kinds in silence. None where they do
    not, or are not here.
    """
    if not REFEREE.exists():
        return None
    words = [str(REFEREE), *REFEREE_LIMITS, f"{path}[0]", "-alpha", "off", "-depth", "8", "rgb:-"]
    try:
        done = subprocess.run(words, capture_output=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode or done.stderr.strip():
        return None
    with suppress(av.error.FFmpegError, ValueError, LookupError), av.open(str(path)) as file:
        file.streams.video[0].codec_context.options = {"err_detect": "explode"}
        levels = np.frombuffer(done.stdout, np.uint8)
        for frame in file.decode(video=0):
            shown = frame.to_ndarray(format="rgb24").ravel()
            if shown.size != levels.size:
                return None
            apart = np.abs(levels.astype(int) - shown).max()
            return "ImageMagick and FFmpeg read it" if apart <= SAME_PICTURE else None
    return None


def serve(asked: Connection) -> None:
    """The process that does the work: one input after the other."""
    colorizer = load_colorizer(Settings(size=64, views=1, force=True), "cpu")
    with tempfile.TemporaryFile() as shown:
        os.dup2(shown.fileno(), 2)
        while (told := asked.recv()) is not None:
            path, number = told
            shown.truncate(0)
            shown.seek(0)
            before = _memory()
            began = time.process_time()
            outcome = colored(Path(path), colorizer, random.Random(number))
            took, grown = time.process_time() - began, _memory() - before
            sys.stderr.flush()
            shown.seek(0)
            fault = outcome.fault
            if text := shown.read().decode("utf-8", "replace").strip():
                fault = f"on the error stream: {text[:200]}"
            elif took > LONGEST:
                fault = f"{took:.0f} seconds"
            elif grown > MOST_MEMORY:
                fault = f"{grown:.0f} MB"
            asked.send(Outcome(outcome.kind, fault))


def _memory() -> float:
    """The most memory that this process had since the last call, MB; Linux alone tells."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
        Path("/proc/self/clear_refs").write_text("5")
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


class Worker:
    """A process that is ended where it hangs, and begun anew where it crashed."""

    def __init__(self) -> None:
        self.child = 0

    def run(self, path: Path, number: int) -> Outcome:
        if not self.child:
            self._begin()
        self.connection.send((str(path), number))
        if not self.connection.poll(HUNG):
            self.end()
            return Outcome("hung", f"no answer within {HUNG:.0f} seconds")
        try:
            outcome: Outcome = self.connection.recv()
        except EOFError:
            _, status = os.waitpid(self.child, 0)
            self.child = 0
            return Outcome("crashed", f"ended with {os.waitstatus_to_exitcode(status)}")
        return outcome

    def _begin(self) -> None:
        self.connection, theirs = Pipe()
        if not (child := os.fork()):
            self.connection.close()
            try:
                serve(theirs)
            finally:  # nothing of the parent's is put in order here
                os._exit(0)
        theirs.close()
        self.child = child

    def end(self) -> None:
        if self.child:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
            self.child = 0


def input_of(number: int, seed: int, kinds: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """The name and the bytes of an input."""
    chance = random.Random(f"{seed} {number}")
    name, data = chance.choice(kinds)
    return name, broken(data, [other for _, other in kinds], chance)


def finished(state: Path | None) -> dict[int, dict[str, str | None]]:
    """What an earlier run has done, by number."""
    if state is None or not state.exists():
        return {}
    rows = (json.loads(line) for line in state.read_text("utf-8").splitlines())
    return {row["number"]: row for row in rows}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the input of this number alone")
    parser.add_argument("--keep", type=Path, help="a folder for the inputs that fail")
    parser.add_argument("--more", type=Path, help="a folder of further files to break")
    parser.add_argument("--state", type=Path, help="a file of what is done; a later run goes on")
    given = parser.parse_args()
    kinds = list(inputs(given.more))
    done = finished(given.state)
    numbers = range(given.count) if given.only is None else (given.only,)
    worker = Worker()
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            if number in done:
                continue
            name, data = input_of(number, given.seed, kinds)
            place = Path(folder) / str(number)
            place.mkdir()
            path = place / name.replace(";", "-")
            path.write_bytes(data)
            outcome = worker.run(path, number)
            done[number] = {"name": name, "kind": outcome.kind, "fault": outcome.fault}
            if outcome.fault and given.keep is not None:
                given.keep.mkdir(parents=True, exist_ok=True)
                (given.keep / f"{number}-{path.name}").write_bytes(data)
            if given.state is not None:
                with given.state.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"number": number} | done[number]) + "\n")
            shutil.rmtree(place)
        worker.end()
    return report([done[number] for number in numbers], len(kinds))


def report(rows: list[dict[str, str | None]], kinds: int) -> int:
    """Print what was found; the exit code."""
    faults = Counter(f"{row['name']}: {row['fault']}" for row in rows if row["fault"])
    for what, times in faults.most_common():
        print(f"{times:5}  {what}")
    for kind, times in Counter(row["kind"] for row in rows).most_common():
        print(f"{times:5} {kind}")
    if not REFEREE.exists():
        print("Nothing was compared: ImageMagick is not installed (/usr/bin/convert).")
    right = len(rows) - faults.total()
    print(f"{right} of {len(rows)} inputs of {kinds} kinds were coloured or refused as they should")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
