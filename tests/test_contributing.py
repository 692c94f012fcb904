"""The worked example of CONTRIBUTING.md, carried out in a copy of the package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import chromafield
from chromafield.data.synthetic import write_pack

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BLOCK = re.compile(r"^```(py|diff)\n# src/(\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILES = [
    "chromafield/settings.py",
    "chromafield/colorizer/colorizer.py",
    "chromafield/models/flat.py",
    "chromafield/fields/halved.py",
    "chromafield/train/tasks/tint.py",
]

# Run in the copy: each thing is known wherever such things are, and works.
SCRIPT = """
import json, sys
from pathlib import Path
import torch
from click.testing import CliRunner
import numpy as np
from PIL import Image
import chromafield
from chromafield.cli.main import main
from chromafield.colorizer.loading import load_colorizer
from chromafield.settings import Scope, Settings, schema

torch.set_num_threads(1)
folder = Path(sys.argv[1])
assert Path(chromafield.__file__).is_relative_to(folder), chromafield.__file__

def run(*words):
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output

def chroma(path):
    rgb = np.asarray(Image.open(path)).astype(int)
    return int((rgb.max(2) - rgb.min(2)).max())

brief = ("--steps", 2, "--sides", 32, "--batch", 2, "--single", "--device", "cpu")
found = {}
for name in ("flat", "tint"):  # the model by the common task, and the task
    run("train", name, folder / "scenes.zip", "-o", folder / name, *brief, "--option", "begin=30")
    found[name] = (folder / name / "weights" / f"{name}.md").read_text()
weights = folder / "flat" / "weights" / "flat.safetensors"
again = run("train", "tint", "-o", folder / "tint", "--resume", "--steps", 3)
assert again.strip().endswith("tint.safetensors")

grey = folder / "grey.png"
Image.fromarray(np.full((40, 60), 120, np.uint8)).save(grey)
hints = folder / "hints.json"
hints.write_text(json.dumps({"chromafield": "hints", "version": 1, "settings": {"fade": 1.0}}))
for name, words in {
    "plain": [],
    "halved": ["--field", "halved"],
    "faded": ["--fade", 1],
    "hinted": ["--hints", hints],
}.items():
    run("colorize", grey, "-o", folder / f"{name}.png", "--model", weights, *words)
    found[name] = chroma(folder / f"{name}.png")

found["help"] = run("colorize", "--help")
found["models"] = run("models") + run("models", "tint")
found["fields"] = run("fields")
found["schemas"] = ["fade" in schema(scope)["properties"] for scope in (Scope.HINTS, Scope.HTTP)]
level = np.full((40, 60), 120, np.uint8)
result = np.asarray(chromafield.colorize(level, model=str(weights), fade=1.0))
found["python"] = int(np.ptp(result, axis=2).max())
prints = [load_colorizer(Settings(str(weights), fade=x), "cpu").fingerprint() for x in (0.0, 0.5)]
found["fingerprints"] = prints[0] != prints[1]
print("FOUND" + json.dumps(found))
"""


def carried_out(package: Path) -> None:
    """Add what the page says, file by file."""
    for kind, name, body in BLOCK.findall(TEXT):
        path = package / name
        if kind == "py":
            assert not path.exists()
            path.write_text(body)
            continue
        lines = body.splitlines()
        before, after = (
            "\n".join(line[1:] for line in lines if not line.startswith(sign)) for sign in "+-"
        )
        text = path.read_text("utf-8")
        assert text.count(before) == 1, (name, before)
        path.write_text(text.replace(before, after), "utf-8")


def test_the_page_names_the_files_that_it_adds_to() -> None:
    assert [name for _, name, _ in BLOCK.findall(TEXT)] == FILES
    assert len(re.findall("^```", TEXT, re.MULTILINE)) == 2 * len(FILES)


@pytest.mark.usefixtures("unchecked")
def test_a_setting_a_model_a_field_and_a_task_are_the_files_that_the_page_names(
    tmp_path: Path,
) -> None:
    source = Path(chromafield.__file__).parent
    shutil.copytree(source, tmp_path / "chromafield", ignore=shutil.ignore_patterns("__pycache__"))
    carried_out(tmp_path)
    write_pack(tmp_path / "scenes.zip", 24, seed=1, size=(40, 48))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.partition("FOUND")[2])
    assert "# flat" in found["flat"] and "| rmse, tint |" in found["tint"]
    assert "chromafield train tint scenes.zip --steps 2 --option begin=30" in found["tint"]
    assert found["plain"] > 0.5 * found["halved"] > 0
    assert found["halved"] < found["plain"]
    assert found["faded"] == found["hinted"] == found["python"] == 0
    assert "--fade FLOAT" in found["help"]
    assert "flat: one colour for all pixels" in found["models"]
    assert "begin=0.0" in found["models"]  # the task's own option
    assert "halved: half of the expected colour." in found["fields"]
    assert found["schemas"] == [True, True] and found["fingerprints"]
