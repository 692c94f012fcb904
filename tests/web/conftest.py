"""A studio with a small network, and a client that may ask it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from chromafield.settings import Settings
from chromafield.web.studio import Studio

from .ask import asking, wait


@pytest.fixture
def studio(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    data_dir = tmp_path_factory.mktemp("data_dir")
    return Studio(Settings(model=str(tiny_weights), size=64), "cpu", data_dir)


@pytest.fixture
def client(studio: Studio, photo: Path) -> TestClient:
    """A client that has the token and an open picture, ready."""
    studio.store.open(photo)
    client = asking(studio)
    wait(client)
    return client


@pytest.fixture(scope="module")
def ready(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client that may ask, and a picture of few cells."""
    folder = tmp_path_factory.mktemp("pictures")
    Image.linear_gradient("L").resize((24, 18)).save(folder / "photo.png")
    studio = Studio(Settings(model=str(tiny_weights), size=32), "cpu", folder / "data")
    studio.store.open(folder / "photo.png")
    client = asking(studio)
    wait(client)
    return client
