"""`chromafield export`, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from chromafield.beliefs import as_gaussian
from chromafield.models import load_model


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "chromafield", "export", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("hints", [False, True])
def test_the_default_network_is_written_and_answers_alike(hints: bool, tmp_path: Path) -> None:
    path = tmp_path / "own.onnx"
    done = run("lite-unet", "-o", path, *(["--hints"] if hints else []))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{path}: {'22' if hints else '16'}.") and done.stderr == ""
    seen = 100 * torch.rand(1, 1, 96, 64)
    planes = torch.cat([seen, torch.zeros(1, 3, 96, 64)], dim=1) if hints else seen
    session = onnxruntime.InferenceSession(str(path))
    (got,) = session.run(None, {session.get_inputs()[0].name: planes.numpy()})
    with torch.inference_mode():
        expected = as_gaussian(load_model("lite-unet").model(seen)).mean
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    done = run("paper-cnn", "--hints", "-o", tmp_path / "own.onnx")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("Error: The listener in ") and len(done.stderr.splitlines()) == 1
