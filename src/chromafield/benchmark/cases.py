"""The cases: a network pass against Zhang et al. 2016, single pictures, a folder."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from ..colorizer.files import OutputOptions, colorize_file
from ..colorizer.loading import load_colorizer
from ..data.synthetic import scene
from ..defaults import MODEL
from ..jobs.jobs import Job
from ..models import create_model, load_model, to_device
from ..settings import Settings
from .potts import fields
from .solvers import solvers
from .timing import Timing, in_turn, process, repeat

MEGAPIXEL = (866, 1155)  # height and width of a picture of one megapixel
TWELVE = (3000, 4000)
FOLDER = 200  # pictures in the folder's case
NETWORK_SIDE = 256


def network(runs: int) -> Iterator[Timing]:
    """One pass of the default network at 256 x 256, and of Zhang's, in turn."""
    ours = load_model(MODEL).model
    theirs = to_device(create_model("zhang2016").eval(), "cpu")
    seen = (100 * torch.rand(1, 1, NETWORK_SIDE, NETWORK_SIDE)).to(
        memory_format=torch.channels_last
    )
    with torch.inference_mode():
        a, b = in_turn(lambda: ours(seen), lambda: theirs(seen), runs)
    fast, slow = Timing(f"{MODEL}, 256 x 256", a), Timing("Zhang et al. 2016, 256 x 256", b)
    yield replace(fast, note=f"{slow.median / fast.median:.1f} times as fast")
    yield slow


def picture(runs: int) -> Iterator[Timing]:
    """A one-megapixel JPEG to JPEG, everything loaded."""
    colorizer = load_colorizer(Settings())
    with _photograph(MEGAPIXEL) as source:
        job = Job(source, source.with_name("coloured.jpg"))
        seconds = repeat(lambda: colorize_file(job, colorizer, OutputOptions()), runs)
    yield Timing("1 megapixel, JPEG to JPEG, after start-up", seconds)


def single(runs: int) -> Iterator[Timing]:
    """Whole processes: one megapixel, and twelve."""
    for name, size in (("1 megapixel", MEGAPIXEL), ("12 megapixels", TWELVE)):
        with _photograph(size) as source:
            target = str(source.with_name("coloured.jpg"))
            ran = [process(["colorize", str(source), "-o", target]) for _ in range(runs)]
        peaks = [peak for _, peak in ran if peak is not None]
        seconds = tuple(second for second, _ in ran)
        yield Timing(f"{name}, whole process", seconds, max(peaks, default=None))


def folder(runs: int) -> Iterator[Timing]:
    """Folders of one-megapixel JPEGs: a quarter of them, then all; memory should stay flat."""
    for count in (FOLDER // 4, FOLDER):
        with _photograph(MEGAPIXEL) as source, tempfile.TemporaryDirectory() as folder:
            scans = Path(folder) / "scans"
            scans.mkdir()
            for i in range(count):
                (scans / f"{i:04}.jpg").write_bytes(source.read_bytes())
            seconds, peak = process(["colorize", str(scans), "-o", str(Path(folder) / "coloured")])
        rate = f"{count / seconds:.2f} pictures a second"
        yield Timing(f"folder of {count}, whole process", (seconds,), peak, rate)


@contextlib.contextmanager
def _photograph(size: tuple[int, int]) -> Iterator[Path]:
    """A generated grey photograph of (height, width) as a JPEG in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photograph.jpg"
        grey = cv2.cvtColor(scene(np.random.default_rng(0), *size), cv2.COLOR_RGB2GRAY)
        cv2.imwrite(str(path), grey, [cv2.IMWRITE_JPEG_QUALITY, 92])
        yield path


CASES: dict[str, Callable[[int], Iterator[Timing]]] = {
    "network": network,
    "picture": picture,
    "process": single,
    "folder": folder,
    "fields": fields,
    "solvers": solvers,
}
