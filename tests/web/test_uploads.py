"""Uploads that are slow, broken off or larger than they look."""

from __future__ import annotations

import io
import socket
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from .ask import document, wait
from .page.person import Studio


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, tiny_weights: Path) -> Iterator[Studio]:
    """A studio on a port of its own."""
    studio = Studio(tmp_path_factory.mktemp("served"), tiny_weights)
    yield studio
    studio.stop()


def begin(studio: Studio, path: str, length: int, sent: bytes, method: str) -> socket.socket:
    """A request whose body is longer than what was sent of it."""
    token = studio.address.partition("token=")[2]
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\nX-Token: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    line = socket.create_connection(("127.0.0.1", studio.port), timeout=200)
    line.sendall(head.encode() + sent)
    return line


PATHS = [
    ("POST", "/api/pictures?name=half.png"),
    ("POST", "/api/colorize?name=half.png"),
    ("POST", "/api/pictures/0/use?name=half.png"),
    ("POST", "/api/pictures/0/references?name=half.png"),
    ("POST", "/api/pictures/0/planes"),
    ("PUT", "/api/pictures/0/hints?revision=0"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_an_upload_that_stops_is_given_up_and_others_are_answered(
    served: Studio, method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chromafield.web.limits.STALLED", 0.3)
    with begin(served, path, 1000, b"half", method) as line:
        base = served.address.partition("?")[0]
        assert httpx.get(f"{base}api/health").json()["status"] == "ok"
        received = b""
        while not received.endswith(b"}") and (part := line.recv(4000)):
            received += part
    answer = received.decode()
    assert " 408 " in answer.partition("\r\n")[0] and "nothing was kept" in answer
    assert [one.path.name for one in served.workplace.store.opened.values()] == ["photo.png"]
    assert not list(served.photo.parent.rglob("*half*"))


def test_of_an_upload_that_breaks_off_nothing_is_kept(served: Studio) -> None:
    for method, path in PATHS:
        begin(served, path, 1000, b"half", method).close()
    base = served.address.partition("?")[0]
    assert httpx.get(f"{base}api/health").status_code == 200
    assert [one.path.name for one in served.workplace.store.opened.values()] == ["photo.png"]
    assert not list(served.photo.parent.rglob("*half*"))


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    file = io.BytesIO(b"\x89PNG\r\n\x1a\n")
    file.seek(0, io.SEEK_END)
    file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)))
    file.write(chunk(b"IDAT", zlib.compress(bytes(1 << 20), 9)) + chunk(b"IEND", b""))
    return file.getvalue()


def test_pictures_that_are_larger_than_they_look_are_refused_unread(client: TestClient) -> None:
    data = bomb(100_000, 100_000)
    assert len(data) < 5000
    for path in ("/api/colorize", "/api/pictures/0/use", "/api/pictures/0/references"):
        answer = client.post(f"{path}?name=bomb.png", content=data)
        assert answer.status_code == 400 and "pixels" in answer.json()["error"], path
    number = client.post("/api/pictures?name=bomb.png", content=data).json()["id"]
    assert "pixels" in wait(client, number)["error"]
    told = client.post(f"/api/pictures/{number}/planes", json=document())
    assert told.status_code == 400 and "pixels" in told.json()["error"]
