"""A stub of Immich's documented API, on a port of its own: version 3.2.2, of what is asked here."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

KEY = "a-key-of-the-stub"
PERMISSIONS = ("asset.read", "asset.view", "asset.download", "asset.upload", "stack.read")
PERMISSIONS += ("stack.create", "album.read", "person.read")
PAGE = 2  # pictures of a page at most, so that a few fill several


class Immich(ThreadingHTTPServer):
    """The server's state; a test reads and changes it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.assets: dict[str, dict] = {}
        self.files: dict[str, bytes] = {}
        self.stacks: list[list[str]] = []
        self.albums: dict[str, list[str]] = {}
        self.persons: dict[str, list[str]] = {}
        self.permissions: list[str] = list(PERMISSIONS)
        self.major = 3
        self.asked: list[str] = []  # METHOD /path
        self.answers: dict[str, list[int]] = {}  # METHOD /path: statuses that come first
        self.dies_at: str | None = None  # the request at which the server goes away
        self.sent: dict[str, bytes] = {}  # an asset's bytes as they go over the wire, if others

    def add(self, name: str, data: bytes, created: str = "1931-05-01T12:00:00.000Z") -> str:
        """An asset; its id."""
        sha1 = base64.b64encode(hashlib.sha1(data).digest()).decode()
        for known, asset in self.assets.items():
            if asset["checksum"] == sha1:
                return known
        number = f"00000000-0000-4000-8000-{len(self.assets):012d}"
        self.assets[number] = {
            "id": number,
            "type": "IMAGE",
            "originalFileName": name,
            "checksum": sha1,
            "fileCreatedAt": created,
            "fileModifiedAt": created,
            "libraryId": None,
        }
        self.files[number] = data
        return number

    def named(self, name: str) -> list[str]:
        """The ids of the assets of that name."""
        return [key for key, one in self.assets.items() if one["originalFileName"] == name]

    def wrote(self) -> list[str]:
        """The requests that change something."""
        return [one for one in self.asked if one in ("POST /assets", "POST /stacks")]


class _Answer(BaseHTTPRequestHandler):
    server: Immich

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def _do(self) -> None:
        at, stub = urlsplit(self.path), self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = at.path.removeprefix("/api")
        asked = f"{self.command} {path}"
        stub.asked.append(asked)
        if stub.dies_at == asked:
            stub.socket.close()  # nobody gets through any more
            self.close_connection = True
            return
        if first := stub.answers.get(asked):
            self._say(first.pop(0), {"message": "as the test asked"})
        elif self.headers.get("x-api-key") != KEY:
            self._say(401, {"message": "Invalid API key"})
        elif asked == "GET /server/version":
            self._say(200, {"major": stub.major, "minor": 2, "patch": 2})
        elif asked == "GET /api-keys/me":
            self._say(200, {"name": "test", "permissions": stub.permissions})
        elif asked == "GET /albums":
            self._say(200, [{"id": f"id-{name}", "albumName": name} for name in stub.albums])
        elif asked == "GET /search/person":
            name = parse_qs(at.query)["name"][0]
            found = [one for one in stub.persons if name.lower() in one.lower()]
            self._say(200, [{"id": f"id-{one}", "name": one} for one in found])
        elif asked == "POST /search/metadata":
            self._search(json.loads(body))
        elif asked == "GET /stacks":
            rows = [[stub.assets[one] for one in stack] for stack in stub.stacks]
            self._say(200, [{"id": "s", "primaryAssetId": r[0]["id"], "assets": r} for r in rows])
        elif asked == "POST /stacks":
            self._stack(json.loads(body)["assetIds"])
        elif asked == "POST /assets":
            self._upload(body)
        else:
            self._picture(path, parse_qs(at.query))

    def _search(self, body: dict) -> None:
        stub = self.server
        assert body["type"] == "IMAGE"
        meant = set(stub.assets)
        for key, known in (("albumIds", stub.albums), ("personIds", stub.persons)):
            for wanted in body.get(key, ()):
                meant &= set(known[wanted.removeprefix("id-")])
        name = body.get("originalFileName", "").lower()
        found = [one for one in stub.assets.values() if one["id"] in meant]
        found = [one for one in found if name in one["originalFileName"].lower()]
        size, page = min(PAGE, body["size"]), body["page"]
        items = found[(page - 1) * size : page * size]
        following = str(page + 1) if page * size < len(found) else None
        self._say(200, {"assets": {"items": items, "nextPage": following}, "albums": {}})

    def _stack(self, ids: list[str]) -> None:
        stub = self.server
        if len(ids) < 2 or not all(one in stub.assets for one in ids):
            self._say(400, {"message": ["assetIds must be at least two assets"]})
            return
        touched = [stack for stack in stub.stacks if set(stack) & set(ids)]
        rest = [one for stack in touched for one in stack if one not in ids]
        stub.stacks = [one for one in stub.stacks if one not in touched] + [[*ids, *rest]]
        self._say(201, {"id": "s", "primaryAssetId": ids[0]})

    def _upload(self, body: bytes) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        parts = {p.get_param("name", header="content-disposition"): p for p in form.iter_parts()}
        data = parts["assetData"].get_payload(decode=True)
        assert self.headers["x-immich-checksum"] == hashlib.sha1(data).hexdigest()
        text = {
            k: p.get_payload(decode=True).decode() for k, p in parts.items() if k != "assetData"
        }
        there = len(self.server.assets)
        number = self.server.add(text["filename"], data, text["fileCreatedAt"])
        new = len(self.server.assets) > there
        status = "created" if new else "duplicate"
        self._say(201 if new else 200, {"id": number, "status": status})

    def _picture(self, path: str, query: dict) -> None:
        _, _, number, kind = path.split("/")
        data = self.server.files.get(number)
        if data is None:
            self._say(404, {"message": "Not found"})
        elif kind == "original":
            self._send(200, self.server.sent.get(number, data))
        else:
            assert kind == "thumbnail" and query == {"size": ["preview"]}
            small = io.BytesIO()
            Image.open(io.BytesIO(data)).convert("RGB").save(small, "JPEG")
            self._send(200, small.getvalue())

    def _say(self, status: int, answer: object) -> None:
        self._send(status, json.dumps(answer).encode())

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if status == 302:
            self.send_header("Location", "https://elsewhere.example")
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def immich() -> Iterator[Immich]:
    """A server without pictures."""
    stub = Immich()
    thread = threading.Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stub
    stub.shutdown()
    stub.server_close()
    thread.join()
