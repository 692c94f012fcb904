"""Killed at random moments, again and again: does what goes on end as what was never stopped?

    python benchmarks/kills.py folder --kills 100 --seed 0
    python benchmarks/kills.py film --kills 100
    python benchmarks/kills.py training --kills 100

A folder of 200 pictures, a film of 160 frames and a training run of 60 steps, all small. Each is
done once unbroken. Then it is started again and again, with --resume, and gets a SIGKILL after a
random time, counted from the first thing that it writes, or in one start of four from its start,
until as many kills have hit; what ends before is begun anew in another place. Results must be
those of the unbroken run to the byte (weights to the bit), and nothing half-written may be left.
Each start is a fork of a process that has imported all, so that kills fall into the work.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

os.environ["OMP_NUM_THREADS"] = "1"  # a fork has none of its parent's threads

import av
import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

import chromafield.batch.batch
import chromafield.film.run
import chromafield.train.run
from chromafield.cli.main import main as chromafield
from chromafield.color import lab_to_rgb, rgb_to_lab
from chromafield.data.crops import CropConfig
from chromafield.data.synthetic import scene, write_pack
from chromafield.errors import ChromafieldError
from chromafield.train.config import RunConfig
from chromafield.train.run import train

LONGEST = 1800.0  # seconds of one start, after which it hangs
LATER = 2.0  # a kill falls within this many times an even share of the work
FAILED = "exit code"
AT_ONCE = 4  # one start of so many is killed before it does anything


class Campaign(Protocol):
    def prepare(self, folder: Path) -> None:
        """Make what it works on."""

    def work(self, folder: Path, out: Path) -> None:
        """Begin, or go on."""

    def results(self, out: Path) -> dict[str, str]:
        """A digest of each result by its name."""


def grey(random_: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A scene without its colours, uint8."""
    lab = rgb_to_lab(torch.from_numpy(scene(random_, height, width)).permute(2, 0, 1) / 255)
    lab[1:] = 0
    return (255 * lab_to_rgb(lab)[0]).round().byte().numpy()


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of all files, hidden ones too, but for the manifest."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.suffix != ".jsonl"
    }


def command(*words: str | Path) -> None:
    chromafield.main([str(word) for word in words])


@dataclass(frozen=True)
class Folder:
    count: int

    def prepare(self, folder: Path) -> None:
        (folder / "in").mkdir()
        for number in range(self.count):
            level = grey(np.random.default_rng(number), 48, 64)
            Image.fromarray(level).save(folder / "in" / f"{number:03}.png")

    def work(self, folder: Path, out: Path) -> None:
        words = ("--resume", "--size", "64", "--views", "1")
        command("colorize", folder / "in", "-o", out, *words)

    def results(self, out: Path) -> dict[str, str]:
        return digests(out)


@dataclass(frozen=True)
class Film:
    frames: int
    shot: int = 20  # frames

    def prepare(self, folder: Path) -> None:
        with av.open(str(folder / "in.mp4"), "w") as out:
            stream = out.add_stream("h264", 25)
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            for number in range(self.frames):
                shot, moment = divmod(number, self.shot)
                wide = grey(np.random.default_rng(shot), 64, 96 + self.shot)
                level = np.ascontiguousarray(wide[:, moment : moment + 96])
                frame = av.VideoFrame.from_ndarray(np.dstack([level] * 3), "rgb24")
                out.mux(stream.encode(frame))
            out.mux(stream.encode())

    def work(self, folder: Path, out: Path) -> None:
        target = out.with_name(f"{out.name}.mp4")
        if target.exists():
            return
        begun = (out.with_name(f"{out.name}.mp4.parts") / "plan.json").exists()
        words = ("film", folder / "in.mp4", "-o", target, "--size", "64")
        command(*words, *(("--resume",) if begun else ()))

    def results(self, out: Path) -> dict[str, str]:
        target = out.with_name(f"{out.name}.mp4")
        left = {path.name: "left behind" for path in out.parent.glob(f".*{target.name}*")}
        left |= {path.name: "left behind" for path in out.parent.glob(f"{target.name}?*")}
        return left | {"film": hashlib.sha256(target.read_bytes()).hexdigest()}


@dataclass(frozen=True)
class Training:
    steps: int

    def prepare(self, folder: Path) -> None:
        write_pack(folder / "in.zip", 24)

    def work(self, folder: Path, out: Path) -> None:
        config = RunConfig(
            model="lite-unet",
            paths=(str(folder / "in.zip"),),
            steps=self.steps,
            start="scratch",
            sides=(32,),
            held_out=0.2,
            evaluated=2,
            log_every=1,
            save_every=3,
            crops=CropConfig(batch=2),
        )
        train(out, config, lambda line: None, (out / "config.json").exists())

    def results(self, out: Path) -> dict[str, str]:
        tensors = load_file(next(out.rglob("*.safetensors")))
        parts = {path.name: "left behind" for path in out.rglob("*.part*")}
        return parts | {
            name: hashlib.sha256(tensor.numpy().tobytes()).hexdigest()
            for name, tensor in tensors.items()
        }


def campaigns(share: float = 1.0) -> dict[str, Campaign]:
    """All three, of this share of their usual work."""
    return {
        "folder": Folder(round(200 * share)),
        "film": Film(round(160 * share)),
        "training": Training(round(60 * share)),
    }


def written(out: Path) -> dict[str, int]:
    """The files and their times of change."""
    found = {}
    for top in (out, out.with_name(f"{out.name}.mp4.parts")):
        for folder, _, names in os.walk(top):
            for name in names:
                with contextlib.suppress(OSError):  # gone since
                    found[name] = Path(folder, name).stat().st_mtime_ns
    return found


def started(
    campaign: Campaign, folder: Path, out: Path, log: Path, after: float, at_once: bool = True
) -> int | None:
    """The exit code of a start in a process of its own; None where the kill came first.

    Args:
        after: seconds, from the start or from the first file that it writes.
    """
    before = written(out)
    if not (child := os.fork()):
        code = 1
        try:
            told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(told, 1)
            os.dup2(told, 2)
            campaign.work(folder, out)
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        except ChromafieldError as error:
            print(f"Error: {error}", file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    ends = time.monotonic() + (after if at_once else LONGEST)
    while time.monotonic() < ends:
        if not at_once and written(out) != before:
            at_once, ends = True, time.monotonic() + after
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


def finish(campaign: Campaign, folder: Path, out: Path, log: Path) -> dict[str, str]:
    """The results once all is done, without a kill."""
    code = started(campaign, folder, out, log, LONGEST)
    if code != 0:
        last = log.read_text("utf-8", "replace").splitlines()[-3:]
        return {FAILED: f"{code}: {' '.join(last)}"}
    return campaign.results(out)


def unbroken(campaign: Campaign, folder: Path) -> dict[str, str]:
    """The results of a run that nothing disturbs."""
    found = finish(campaign, folder, folder / "whole", folder / "log.txt")
    if FAILED in found:
        raise SystemExit(f"The undisturbed run failed, exit code {found[FAILED]}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=campaigns())
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0, help="less work: 0.1 is a tenth")
    told = parser.parse_args()
    campaign, chance = campaigns(told.share)[told.name], random.Random(told.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "log.txt"
        campaign.prepare(folder)
        began = time.monotonic()
        whole = unbroken(campaign, folder)
        share = (time.monotonic() - began) / told.kills
        kills, wrong, rounds = 0, 0, 0
        while kills < told.kills:
            out, hits, code = folder / f"broken-{rounds}", 0, None
            rounds += 1
            while code is None and kills + hits < told.kills:
                after, at_once = chance.uniform(0, LATER * share), not chance.randrange(AT_ONCE)
                code = started(campaign, folder, out, log, after, at_once)
                hits += code is None
            found = finish(campaign, folder, out, log)
            kills += hits
            names = whole.keys() | found.keys()
            differing = sorted(name for name in names if whole.get(name) != found.get(name))
            wrong += hits if differing else 0
            state = f"differs: {differing[:3]} {found.get(FAILED, '')}" if differing else "equal"
            print(f"round {rounds}: {hits} kills, {len(found)} results, {state}", flush=True)
    print(f"{told.name}: {told.kills - wrong} of {told.kills} kills ended as the unbroken run")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
