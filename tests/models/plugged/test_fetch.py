"""Fetching, against a server that misbehaves in every way that servers do."""

from __future__ import annotations

import hashlib
import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from chromafield.errors import OutputError, WeightsError
from chromafield.models.plugged import catalogue, fetch
from chromafield.models.plugged.catalogue import Offer

DATA = np.random.default_rng(0).bytes(300_000)


@dataclass
class Server:
    """What it does, and the ranges that it was asked for."""

    way: str = "whole"
    data: bytes = DATA
    asked: list[str | None] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

        def do_GET(self) -> None:
            told = self.headers.get("Range")
            state.asked.append(told)
            if state.way == "moved" and self.path != "/there":
                self.send_response(302)
                self.send_header("Location", "/there")
                self.end_headers()
                state.asked.pop()
                return
            if state.way == "404":
                self.send_error(404)
                return
            begin = int(told[6:-1]) if told and state.way != "no ranges" else 0
            if begin >= len(state.data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(state.data)}")
                self.end_headers()
                return
            body = state.data[begin:]
            self.send_response(206 if begin else 200)
            if state.way not in ("no length", "more"):
                self.send_header("Content-Length", "?" if state.way == "odd" else str(len(body)))
            if begin:
                first = begin + 1 if state.way == "elsewhere" else begin
                span = f"bytes {first}-{len(state.data) - 1}/{len(state.data)}"
                self.send_header("Content-Range", span)
            self.end_headers()
            self.write(body)

        def write(self, body: bytes) -> None:
            if state.way == "more":
                self.wfile.write(body + bytes(1 << 20))
            elif state.way == "cut":
                self.wfile.write(body[:100_000])
            elif state.way == "silent":
                self.wfile.write(body[:100_000])
                self.wfile.flush()
                time.sleep(1.0)
            elif state.way == "slow":
                for i in range(0, len(body), 60_000):
                    self.wfile.write(body[i : i + 60_000])
                    time.sleep(0.05)
            else:
                self.wfile.write(body)

    inner = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inner.handle_error = lambda *words: None  # type: ignore[method-assign]
    thread = threading.Thread(target=inner.serve_forever, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{inner.server_port}/net.onnx"
    yield state
    inner.shutdown()
    inner.server_close()
    thread.join()


def offer(server: Server, **changes: object) -> Offer:
    digest = hashlib.sha256(DATA).hexdigest()
    return replace(Offer("net", "a net", server.address, "MIT", len(DATA), digest), **changes)


@pytest.mark.parametrize("way", ["whole", "slow", "no ranges", "no length", "odd", "moved"])
def test_a_whole_file_comes_with_its_hash(way: str, server: Server, room: Path) -> None:
    server.way = way
    told: list[tuple[int, int]] = []
    path, digest = fetch.fetch(offer(server), lambda *numbers: told.append(numbers))
    assert path.read_bytes() == DATA and digest == hashlib.sha256(DATA).hexdigest()
    assert path.parent == room / fetch.FREE_SPACE
    assert told[-1] == (len(DATA), len(DATA)) and told == sorted(told)
    assert fetch.fetch(offer(server))[0] == path and len(server.asked) == 1  # it is there


def test_a_cut_download_is_gone_on_with(server: Server) -> None:
    server.way = "cut"
    for have in (100_000, 200_000):
        with pytest.raises(WeightsError, match=f"stopped after {have:,} of 300,000 bytes. They"):
            fetch.fetch(offer(server))
    path, _ = fetch.fetch(offer(server))
    assert path.read_bytes() == DATA
    assert server.asked == [None, "bytes=100000-", "bytes=200000-"]


def test_a_server_without_ranges_begins_anew(server: Server) -> None:
    server.way = "cut"
    with pytest.raises(WeightsError, match="stopped after"):
        fetch.fetch(offer(server))
    server.way = "no ranges"
    assert fetch.fetch(offer(server))[0].read_bytes() == DATA


def test_a_server_that_falls_silent_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "PATIENCE", 0.2)
    server.way = "silent"
    with pytest.raises(WeightsError, match="stopped .timed out.. What came is kept"):
        fetch.fetch(offer(server))
    server.way = "whole"
    assert fetch.fetch(offer(server))[0].read_bytes() == DATA
    assert server.asked[-1] is not None


def test_more_than_was_offered_is_not_waited_for(server: Server, room: Path) -> None:
    server.way = "more"
    with pytest.raises(WeightsError, match="gives more than the 300,000 bytes"):
        fetch.fetch(offer(server))
    assert list((room / fetch.FREE_SPACE).iterdir()) == []


def test_a_part_from_elsewhere_is_not_taken(server: Server, room: Path) -> None:
    server.way = "cut"
    with pytest.raises(WeightsError, match="stopped after"):
        fetch.fetch(offer(server))
    server.way = "elsewhere"
    with pytest.raises(WeightsError, match="asked for bytes from 100000 on, given 'bytes 100001-"):
        fetch.fetch(offer(server))
    server.way = "whole"
    assert fetch.fetch(offer(server))[0].read_bytes() == DATA


def test_another_file_of_the_same_size_is_deleted(server: Server, room: Path) -> None:
    server.data = bytes(len(DATA))
    with pytest.raises(WeightsError, match="not what was expected: its SHA-256 .* It was deleted"):
        fetch.fetch(offer(server))
    assert list((room / fetch.FREE_SPACE).iterdir()) == []


def test_another_size_than_expected_is_not_fetched(server: Server, room: Path) -> None:
    with pytest.raises(WeightsError, match="offers 300,000 bytes where 5 are expected"):
        fetch.fetch(offer(server, size=5))
    assert list((room / fetch.FREE_SPACE).iterdir()) == []


def test_a_missing_file_and_a_missing_server_are_named(server: Server) -> None:
    server.way = "404"
    with pytest.raises(WeightsError, match=r"cannot be fetched: it answers 404 \(Not Found\)"):
        fetch.fetch(offer(server))
    with pytest.raises(WeightsError, match="stopped .*refused"):
        fetch.fetch(offer(server, address="http://127.0.0.1:9/net.onnx"))


def test_what_is_there_of_another_file_is_fetched_anew(server: Server, room: Path) -> None:
    unknown = offer(server, size=0, sha256="")
    path, digest = fetch.fetch(unknown)
    assert digest == hashlib.sha256(DATA).hexdigest()
    assert fetch.fetch(unknown)[0].read_bytes() == DATA  # whole, as the server says
    assert server.asked == [None, "bytes=300000-"]
    path.write_bytes(DATA + b"more")
    assert fetch.fetch(unknown)[0].read_bytes() == DATA
    assert server.asked[2:] == ["bytes=300004-", None]


def test_a_folder_that_cannot_be_written_into_is_named(server: Server, room: Path) -> None:
    room.write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        fetch.fetch(offer(server))


def test_the_offers_are_whole() -> None:
    names = [one.name for one in catalogue.OFFERS]
    assert len(set(names)) == len(names) and {"zhang2016", "zhang2017", "ddcolor"} <= set(names)
    for one in catalogue.OFFERS:
        assert one.address.startswith("https://") and one.licence and one.what
        assert one.file.endswith((".onnx", ".pth"))
        assert one.sha256 == "" or (len(one.sha256) == 64 and one.size > 1e8)
    zhang = {one.name: one for one in catalogue.OFFERS if one.file.endswith(".pth")}
    for one in zhang.values():  # the name tells the hash's beginning
        assert one.file.endswith(f"-{one.sha256[:8]}.pth")
