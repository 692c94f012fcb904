"""Marks that were carried to a photograph from others of its series: told, and removed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chromafield.data.synthetic import scene
from chromafield.hints.document import Hints, disc
from chromafield.hints.file import DRAFT, write_hints
from chromafield.web.studio import Studio

from .ask import asking


@pytest.fixture
def scan(studio: Studio, tmp_path: Path) -> Path:
    """An open photograph."""
    path = tmp_path / "scan.png"
    Image.fromarray(scene(np.random.default_rng(3), 90, 120)).convert("L").save(path)
    studio.store.open(path)
    return path


def test_a_draft_is_told_and_removed(studio: Studio, scan: Path) -> None:
    client, draft = asking(studio), scan.with_name(scan.name + DRAFT)
    assert client.get("/api/pictures/0/draft").json()["marks"] == []
    write_hints(draft, Hints((disc(0.5, 0.25, 0.01, "#c03020"),)))
    (mark,) = client.get("/api/pictures/0/draft").json()["marks"]
    assert mark == {"at": [0.5, 0.25], "radius": 0.01, "color": "#c03020"}
    assert client.delete("/api/pictures/0/draft").json() == {"removed": True}
    assert not draft.exists() and client.delete("/api/pictures/0/draft").status_code == 200


def test_a_broken_draft_is_said(studio: Studio, scan: Path) -> None:
    scan.with_name(scan.name + DRAFT).write_text("{")
    answer = asking(studio).get("/api/pictures/0/draft")
    assert answer.status_code == 400 and "cannot be read" in answer.json()["error"]
