"""A studio with a small network, and a client that may ask it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from chromafield.settings import Settings
from chromafield.web.serve import create_app
from chromafield.web.studio import Studio

from .ask import TOKEN, wait


@pytest.fixture
def studio(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    room = tmp_path_factory.mktemp("room")
    return Studio(Settings(model=str(tiny_weights), size=64), "cpu", room)


@pytest.fixture
def client(studio: Studio, photo: Path) -> TestClient:
    """A client that has the token and an open picture, ready."""
    studio.shelf.open(photo)
    client = TestClient(create_app(studio, TOKEN), headers={"X-Token": TOKEN})
    wait(client)
    return client
