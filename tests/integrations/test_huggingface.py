"""The page for a Space: it stands beside the service, asks it with its token, and loads nothing."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chromafield.settings import Settings
from chromafield.web.studio import Studio

FOLDER = Path(__file__).parents[2] / "integrations" / "huggingface"


@pytest.fixture
def app(tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("space", FOLDER / "app.py")
    assert spec is not None and spec.loader is not None
    space = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(space)
    small = Studio(Settings(str(tiny_weights), size=32, views=1), "cpu", tmp_path)
    monkeypatch.setattr("chromafield.web.serve.make_studio", lambda *_: small)
    return space.make_app("a-token")


def test_the_page_asks_the_service_beside_it(app: Any, photo: Path) -> None:
    client = TestClient(app, "http://space.example")
    page = client.get("/")
    assert page.status_code == 200 and '"X-Token": "a-token"' in page.text
    assert not re.search(r"(src|href)=\"https?:", page.text)  # nothing from elsewhere
    (path,) = re.findall(r'fetch\("([^"?]+)', page.text)
    token = {"X-Token": "a-token"}
    done = client.post(
        f"/{path}?vividness=1&suffix=.png", content=photo.read_bytes(), headers=token
    )
    assert done.status_code == 200 and done.content.startswith(b"\x89PNG")
    assert client.post(f"/{path}", content=photo.read_bytes()).status_code == 403


def test_a_space_reads_its_head(app: Any) -> None:
    text = (FOLDER / "README.md").read_text("utf-8")
    head = text.split("---")[1]
    assert "sdk: docker" in head and "app_port: 7860" in head
    assert "EXPOSE 7860" in (FOLDER / "Dockerfile").read_text("utf-8")
