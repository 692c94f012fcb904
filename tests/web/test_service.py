"""The service: what it answers without a page, what it refuses, its figures, and its end."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import signal
import subprocess
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from fastapi.testclient import TestClient

from chromafield.settings import Settings
from chromafield.web.service import Place, make_service
from chromafield.web.studio import Studio

TOKEN = {"X-Token": "secret"}


@pytest.fixture(scope="module")
def studio(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(
        Settings(str(tiny_weights), size=32, views=1), "cpu", tmp_path_factory.mktemp("d")
    )


def asking(studio: Studio, place: Place, host: str = "127.0.0.1") -> TestClient:
    return TestClient(make_service(studio, "secret", place), f"http://{host}")


def test_it_colours_with_the_token_and_has_no_page(studio: Studio, photo: Path) -> None:
    client = asking(studio, Place())
    done = client.post("/api/colorize", content=photo.read_bytes(), headers=TOKEN)
    assert done.status_code == 200 and done.content.startswith(b"\x89PNG")
    assert client.post("/api/colorize", content=photo.read_bytes()).status_code == 403
    assert client.get("/api/health").json()["status"] == "ok"
    assert client.get("/").status_code == 404 and client.get("/page/index.html").status_code == 404
    assert client.get("/api/limits", headers=TOKEN).json()["waiting"] == 6


def test_names_of_other_hosts_are_taken_where_it_serves_others(studio: Studio) -> None:
    assert asking(studio, Place(), "archive.example").get("/api/health").status_code == 400
    beyond = asking(studio, Place("0.0.0.0"), "archive.example")
    assert beyond.get("/api/health").status_code == 200


class Metric:
    """As much of a Prometheus metric as the service uses."""

    def __init__(self, name: str, *_: Any, **__: Any) -> None:
        self.name, self.seen, self.value = name, [], lambda: None
        KEPT[name] = self

    def labels(self, *labels: str) -> Metric:
        self.last = labels
        return self

    def inc(self) -> None:
        self.seen.append(self.last)

    def observe(self, value: float) -> None:
        self.seen.append((*self.last, value))

    def set_function(self, value: Any) -> None:
        self.value = value


KEPT: dict[str, Metric] = {}


def test_requests_are_counted_by_route_and_status(
    studio: Studio, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = types.ModuleType("prometheus_client")
    stub.CollectorRegistry = object  # type: ignore[attr-defined]
    stub.Counter = stub.Histogram = stub.Gauge = Metric  # type: ignore[attr-defined]
    stub.CONTENT_TYPE_LATEST = "text/plain"  # type: ignore[attr-defined]
    stub.generate_latest = lambda _: b"figures"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "prometheus_client", stub)
    client = asking(studio, Place())
    client.post("/api/colorize", content=b"no picture", headers=TOKEN)
    client.get("/api/health")
    assert client.get("/metrics").content == b"figures"
    seen = KEPT["chromafield_requests"].seen
    assert ("/api/colorize", "400") in seen and ("/api/health", "200") in seen
    assert KEPT["chromafield_pictures_in_hand"].value() == 0


def test_without_the_package_the_figures_are_one_sentence(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    done = asking(studio, Place()).get("/metrics")
    assert done.status_code == 404 and "pip install '.[serve]'" in done.json()["error"]


def test_the_real_package_writes_what_prometheus_reads(studio: Studio) -> None:
    pytest.importorskip("prometheus_client")
    client = asking(studio, Place())
    client.get("/api/health")
    text = client.get("/metrics").text
    assert 'chromafield_requests_total{route="/api/health",status="200"} 1.0' in text
    assert "chromafield_pictures_in_hand 0.0" in text


def status_of(address: str, data: bytes) -> int:
    """Of an answer to a picture."""
    try:
        with urlopen(Request(address, data, TOKEN), timeout=200) as answer:
            assert answer.read().startswith(b"\x89PNG")
            return int(answer.status)
    except HTTPError as refused:
        assert refused.headers["Retry-After"] and "Ask again" in json.load(refused)["error"]
        return refused.code


def test_fifty_clients_are_served_or_told_to_come_again_and_it_ends_when_told(
    tiny_weights: Path, tmp_path: Path, photo: Path
) -> None:
    command = [sys.executable, "-m", "chromafield", "serve", "--port", "0"]
    own = os.environ | {"CHROMAFIELD_TOKEN": "secret", "XDG_DATA_HOME": str(tmp_path)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    more = ["--model", str(tiny_weights)]
    with (
        subprocess.Popen([*command, *more], env=own, text=True, **pipes) as process,  # type: ignore[call-overload]
        contextlib.ExitStack() as held,
    ):
        held.callback(process.kill)  # leaving the block waits for it
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/api", address), process.stderr.read()
        with urlopen(f"{address}/health", timeout=200) as answer:
            assert answer.status == 200
        ask = functools.partial(status_of, f"{address}/colorize?size=32&views=1")
        with ThreadPoolExecutor(50) as clients:
            answers = list(clients.map(ask, [photo.read_bytes()] * 50))
        assert set(answers) <= {200, 429} and answers.count(200) >= 8  # two in work, six waiting
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=200)
    assert process.returncode in (0, -signal.SIGTERM) and "Traceback" not in errors
    assert "secret" not in errors
