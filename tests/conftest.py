"""What all tests share: one thread, idle threads asleep, small pictures, a small model."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["CHROMAFIELD_CONFIG"] = os.devnull  # nobody's own settings count here

from pathlib import Path

import jaxtyping
from jaxtyping import install_import_hook

SOURCE = Path(__file__).parents[1] / "src"


def checked_modules() -> list[str]:
    """All of the package but files with compiled kernels, which cannot be wrapped, and `api`,
    which judges callers' values itself."""
    found = [f for f in SOURCE.glob("*/*/**/*.py") if f.parent.name != "api"]
    files = [f for f in found if "njit" not in f.read_text("utf-8")]
    # The name of a package would stand for all of its modules.
    plain = [file for file in files if file.stem != "__init__"]
    return [".".join(file.relative_to(SOURCE).with_suffix("").parts) for file in plain]


# The shapes in signatures are checked at run time. A new file is checked the day it is written.
sys.path.insert(0, str(Path(__file__).parent))  # for `shapes`
install_import_hook(checked_modules(), "shapes.check")

import numpy as np
import pytest
import torch
from hypothesis import settings
from PIL import Image
from remembered import ITSELF, remember

from chromafield.data.synthetic import scene, write_pack
from chromafield.fields import gcrf
from chromafield.models import LoadedModel, create_model, load_model
from chromafield.models.hint_network.loading import (
    HintPredictor,
    create_hint_network,
    load_hint_predictor,
)
from chromafield.models.sampler.loading import (
    Diverse,
    create_mdn,
    create_structure,
    create_vae,
    load_diverse,
)
from chromafield.models.weights import write_weights

torch.set_num_threads(1)
remember()


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for users, whose calls are not checked at run time."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered from test to test, as for users."""
    for name, function in ITSELF.items():
        monkeypatch.setattr(gcrf, name, function)


# A busy machine is no failure, and every run tries the same examples.
settings.register_profile("here", max_examples=50, deadline=None, derandomize=True, database=None)
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


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip archive of three, to judge networks by."""
    path = tmp_path_factory.mktemp("few") / "scenes.zip"
    write_pack(path, count=3, seed=1, size=(40, 48))
    return path


@pytest.fixture
def grey_picture() -> np.ndarray:
    """A generated scene's grey levels, (90, 120) uint8."""
    colours = scene(np.random.default_rng(3), 90, 120)
    return np.rint(colours @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)


@pytest.fixture
def photo(tmp_path: Path, grey_picture: np.ndarray) -> Path:
    """The same as a file."""
    path = tmp_path / "photo.png"
    Image.fromarray(grey_picture).save(path)
    return path


@pytest.fixture(scope="session")
def networks_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weight files of the second paper's three networks, narrow and random."""
    folder = tmp_path_factory.mktemp("networks")
    torch.manual_seed(0)
    vae = create_vae(latent=6, coarse=16, widths=(12, 8, 8), encoder_widths=(8, 8, 8))
    told = {"vae": write_weights(folder / "vae.safetensors", "vae", vae)}
    structure = create_structure(dimensions=5, width=8, inside=8, top=(16, 8, 6), **told)
    write_weights(folder / "structure.safetensors", "structure", structure)
    mdn = create_mdn(latent=6, inside=16, width=16, **told)
    write_weights(folder / "mdn.safetensors", "mdn", mdn)
    return folder


@pytest.fixture(scope="session")
def networks(networks_folder: Path) -> Diverse:
    """The same, loaded."""
    return load_diverse(networks_folder)


@pytest.fixture(scope="session")
def trained(tiny_weights: Path) -> LoadedModel:
    """The tiny default model, loaded."""
    return load_model(str(tiny_weights))


@pytest.fixture(scope="session")
def predictor(trained: LoadedModel, tmp_path_factory: pytest.TempPathFactory) -> HintPredictor:
    """A random network that listens beside it."""
    torch.manual_seed(1)
    listener = create_hint_network(maps=(40, 112, 8), widths=(8, 8, 8, 8), base=trained.digest)
    torch.nn.init.normal_(listener.change.weight, std=0.1)  # fresh, it changes nothing
    path = tmp_path_factory.mktemp("listener") / "listener.safetensors"
    write_weights(path, "listener", listener)
    return load_hint_predictor(trained, path)
