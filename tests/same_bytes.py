"""Results that a change of structure must not change: SHA-256 of pictures, a film and weights.

    python tests/same_bytes.py > before.txt     # before
    python tests/same_bytes.py | diff before.txt -

It goes by the command line alone, so it runs on any layout of the package.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["OMP_NUM_THREADS"] = "1"

import av
import numpy as np
import torch
from click.testing import CliRunner
from PIL import Image

from chromafield.cli.main import main
from chromafield.data.synthetic import scene, write_pack

MARKS = [
    {"at": [0.3, 0.6], "radius": 0.05, "color": "#a03020"},
    {"path": [[0.1, 0.8], [0.4, 0.85]], "radius": 0.02, "color": "#306020"},
    {"polygon": [[0.7, 0.1], [0.9, 0.1], [0.9, 0.3]], "color": "grey"},
    {"mask": "mask.png", "color": "#405060"},
    {"layer": "layer.png"},
    {"scribbles": "scribbles.png"},
    {"polygon": [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9]], "sample": [3, 2]},
]
PAIR = [
    {"at": [0.2, 0.3], "radius": 0.05},
    {"polygon": [[0.7, 0.5], [0.9, 0.5], [0.9, 0.8]]},
]
FIELDS = ("mean", "mode", "annealed", "sample", "potts", "mixture", "gcrf", "levin")


def results() -> dict[str, list[str]]:
    """A name and the options of `colorize` that make it."""
    named = {f"field {name}": ["--field", name] for name in FIELDS}
    named |= {f"views {n}": ["--views", str(n)] for n in (1, 4)}
    named |= {f"hints {mark_name(m)}": ["--hints", f"{mark_name(m)}.json"] for m in MARKS}
    return named | {
        "hints pair": ["--hints", "pair.json"],
        "hints all": ["--hints", "all.json"],
        "hints levin": ["--hints", "all.json", "--field", "levin"],
        "hints settings": ["--hints", "settings.json"],
        "palette hex": ["--palette", "#a03020,#204060", "--field", "mixture"],
        "palette picture": ["--palette", "colour.png", "--palette-strength", "0.3"],
        "reference": ["--reference", "colour.png"],
        "strength": ["--strength", "0.5", "--layer", "--compare"],
        "samples": ["--samples", "3", "--seed", "3"],
        "options": ["--field", "potts", "--option", "sweeps=4"],
    }


def mark_name(mark: dict[str, object]) -> str:
    return "sampled" if "sample" in mark else next(iter(mark))


def make_inputs(folder: Path) -> None:
    random = np.random.default_rng(0)
    colour = scene(random, 120, 160)
    Image.fromarray(colour).save(folder / "colour.png")
    grey = scene(np.random.default_rng(3), 120, 160).mean(2).astype(np.uint8)
    Image.fromarray(grey).save(folder / "grey.png")
    mask = np.zeros((120, 160), np.uint8)
    mask[20:60, 30:80] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    Image.fromarray(np.dstack([colour, mask])).save(folder / "layer.png")
    Image.fromarray(np.dstack([colour, np.rot90(mask, 2)])).save(folder / "scribbles.png")
    files = {mark_name(mark): {"marks": [mark]} for mark in MARKS}
    files |= {"pair": {"same": [PAIR]}, "all": {"marks": MARKS, "same": [PAIR]}}
    files["settings"] = {
        "marks": MARKS[:1],
        "settings": {
            "field": "mixture",
            "palette": "colour.png",
            "palette_strength": 0.5,
            "seed": 3,
        },
    }
    for name, said in files.items():
        told = {"chromafield": "hints", "version": 1} | said
        (folder / f"{name}.json").write_text(json.dumps(told))
    write_pack(folder / "pack.zip", 60, seed=2, size=(32, 34), labels=("one", "other"))
    write_clip(folder / "clip.mkv")
    frames = [{"time": 0.2, "marks": MARKS[:1]}, {"time": 0.4, "settings": {"palette": "#a03020"}}]
    film = {"chromafield": "film hints", "version": 1, "frames": frames}
    (folder / "film.json").write_text(json.dumps(film))


def write_clip(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25, options={"slices": "4"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "gray"
        for i in range(12):
            grey = scene(np.random.default_rng(i // 6), 64, 104).mean(2).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(grey[:, i % 6 : i % 6 + 96].copy(), "gray")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def run(*words: object) -> None:
    done = CliRunner().invoke(main, [str(word) for word in words])
    if done.exit_code:
        sys.exit(f"{' '.join(map(str, words))}: {done.output}")


def pixels(path: Path) -> str:
    with Image.open(path) as picture:
        return hashlib.sha256(picture.tobytes()).hexdigest()


def frames_of(path: Path) -> str:
    digest = hashlib.sha256()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            digest.update(frame.to_ndarray().tobytes())
    return digest.hexdigest()


def coloured(folder: Path) -> Iterator[tuple[str, str]]:
    for name, options in results().items():
        own = [str(folder / o) if o.endswith((".json", ".png")) else o for o in options]
        out = folder / "out" / name.replace(" ", "-")
        run("colorize", folder / "grey.png", "-o", out / "result.png", "--device", "cpu", *own)
        for path in sorted(out.glob("*.png")):
            yield f"{name}: {path.name}", pixels(path)


def filmed(folder: Path) -> Iterator[tuple[str, str]]:
    for name, options in {
        "film": [],
        "film key frames": ["--hints", folder / "film.json"],
        "film potts": ["--field", "potts", "--steady", "off"],
    }.items():
        out = folder / f"{name.replace(' ', '-')}.mkv"
        run("film", folder / "clip.mkv", "-o", out, "--lossless", "--device", "cpu", *options)
        yield name, frames_of(out)


def trained(folder: Path) -> Iterator[tuple[str, str]]:
    brief = ["--steps", 2, "--sides", 32, "--batch", 2, "--threads", 1, "--single", "--seed", 1]
    small = {"vae": ["latent=6", "coarse=16", "widths=[12,8,8]", "encoder_widths=[8,8,8]"]}
    small |= {"structure": ["dimensions=5", "width=8"], "mdn": ["width=16"]}
    start: dict[str, Path] = {}
    for name in (
        *("lite-unet", "paper-cnn", "paper-channels", "two-stream", "classifier"),
        *("vae", "structure", "mdn", "listener"),
    ):
        own = [word for option in small.get(name, []) for word in ("--option", option)]
        if name in ("structure", "mdn"):
            own += ["--start", start["vae"]]
        elif name not in ("listener", "lite-unet", "vae"):
            own += ["--start", "scratch"]
        out = folder / "runs" / name
        run("train", name, folder / "pack.zip", "-o", out, *brief, *own)
        (start[name],) = (out / "weights").glob("*.safetensors")
        yield f"train {name}", hashlib.sha256(start[name].read_bytes()).hexdigest()


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        make_inputs(Path(name))
        for part in (coloured, filmed, trained):
            for line, digest in part(Path(name)):
                print(f"{digest}  {line}", flush=True)
