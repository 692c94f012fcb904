"""What the tests of the studio's server ask, and in which words."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from fastapi.testclient import TestClient

from chromafield.web.serve import create_app
from chromafield.web.studio import Studio

TOKEN = "secret"
RED = {"at": [0.3, 0.5], "radius": 0.05, "color": "#c03020"}


def document(*marks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"chromafield": "hints", "version": 1, "marks": list(marks), **more}


def wait(client: TestClient, number: str = "0") -> dict[str, Any]:
    """What the server says once the picture is ready, or cannot be; for as long as that takes."""
    while True:
        status: dict[str, Any] = client.get(f"/api/pictures/{number}").json()
        if status["step"] == "ready" or status["error"]:
            return status
        time.sleep(0.05)


def planes(client: TestClient, told: dict[str, Any]) -> np.ndarray:
    answer = client.post("/api/pictures/0/planes", json=told)
    assert answer.status_code == 200, answer.text
    shape = (5, int(answer.headers["X-Height"]), int(answer.headers["X-Width"]))
    return np.frombuffer(answer.content, np.float32).reshape(shape)


def asking(studio: Studio, token: str = TOKEN) -> TestClient:
    """A program on this machine; one that has the token, where none is given."""
    headers = {"X-Token": token} if token else {}
    return TestClient(create_app(studio, TOKEN), "http://127.0.0.1", headers=headers)
