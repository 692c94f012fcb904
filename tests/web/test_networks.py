"""The networks that the studio offers: its own, those of the package, and those that were added."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from chromafield.models.plugged.loading import add, describe_file

from ..models.plugged import tiny
from .ask import document, planes


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMAFIELD_MODELS", str(tmp_path / "models"))


def test_an_added_network_is_offered_and_colours(client: TestClient, tmp_path: Path) -> None:
    before = client.get("/api/settings").json()["model"]
    assert before["default"] == "tiny.safetensors"  # as the studio was started
    assert "lite-unet" in before["examples"] and "mine" not in before["examples"]
    assert "zhang2016" not in before["examples"]  # it has no weights
    path = tiny.ddcolor(tmp_path / "mine.onnx")
    add(path, describe_file(path), [])
    assert "mine" in client.get("/api/settings").json()["model"]["examples"]
    own, others = (
        planes(client, document(settings=settings))[:2].mean((1, 2))
        for settings in ({}, {"model": "mine"})
    )
    assert np.abs(own - others).max() > 1
