"""What all tests share: one thread, idle threads asleep, small pictures, a small model."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

from chromafield.data.synthetic import scene, write_pack
from chromafield.models import create_model
from chromafield.models._checkpoint import write_weights

torch.set_num_threads(1)

# A busy machine is no failure, and every run tries the same examples.
settings.register_profile("here", deadline=None, derandomize=True, database=None)
settings.load_profile("here")


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weight file of the default model with a narrow decoder and random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    write_weights(path, "lite-unet", create_model("lite-unet", coarse=16, widths=(8, 8, 8)))
    return path


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip archive of 24 small generated scenes."""
    path = tmp_path_factory.mktemp("packs") / "scenes.zip"
    write_pack(path, count=24, seed=1, size=(40, 48))
    return path


@pytest.fixture
def grey_picture() -> np.ndarray:
    """A generated scene's grey levels, (90, 120) uint8."""
    colours = scene(np.random.default_rng(3), 90, 120)
    return np.rint(colours @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
