"""The study's server: a page, pictures without names, votes. On this machine alone by default.

It keeps what `votes` says and no more: no addresses, no cookies, no log.
"""

from __future__ import annotations

import contextlib
import json
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

from ..errors import BadValue
from .pairs import Study
from .votes import Vote, VoteFile, deal, open_votes

HOST = "127.0.0.1"
HERE = (HOST, "localhost")
LARGEST = 2000  # bytes of a vote
KINDS = {".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; script-src 'self'; " + (
    "connect-src 'self'"
)


@dataclass(frozen=True)
class Booth:
    """What the pages of a study ask for."""

    study: Study
    votes: VoteFile
    each: int  # pairs of a voter

    def session(self) -> dict[str, Any]:
        """A new voter: the question, and pictures without names in the order they are shown."""
        shown = deal(self.study, self.votes.votes, self.each, random.SystemRandom())
        pairs = []
        for one in shown:
            left, right = self.study.pairs[one.pair].files
            files = (right, left) if one.turned else (left, right)
            pairs.append({"pair": one.pair, "turned": one.turned, "files": files})
        return {"voter": secrets.token_hex(8), "question": self.study.question, "pairs": pairs}

    def keep(self, body: bytes) -> None:
        """Keep the vote that a page sent.

        Raises:
            BadValue: it is none.
        """
        try:
            sent = json.loads(body)
            vote = Vote(
                str(sent["voter"]),
                int(sent["pair"]),
                bool(sent["turned"]),
                str(sent["choice"]),
                round(float(sent["seconds"]), 3),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BadValue("That is no vote.") from error
        self.votes.add(vote)


class Handler(BaseHTTPRequestHandler):
    """One request; the server has the booth."""

    server: Server

    def do_GET(self) -> None:
        """Answer with the page, its script, a new voter's pairs, or a picture."""
        if not self._is_here():
            return
        booth, path = self.server.booth, self.path.partition("?")[0]
        page = resources.files("chromafield.study") / "page"
        name = path.removeprefix("/pictures/")
        if path == "/":
            self._send((page / "index.html").read_bytes(), "text/html; charset=utf-8")
        elif path == "/study.js":
            self._send((page / "study.js").read_bytes(), "text/javascript; charset=utf-8")
        elif path == "/session":
            self._send(json.dumps(booth.session()).encode(), "application/json")
        elif any(name in pair.files for pair in booth.study.pairs):
            kind = KINDS["." + name.rpartition(".")[2]]
            self._send((booth.study.pictures / name).read_bytes(), kind)
        else:
            self._send(b"There is nothing here.", "text/plain", HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Keep a vote."""
        length = self.headers.get("Content-Length", "")
        origin = self.headers.get("Origin")
        if not self._is_here():
            return
        if origin is not None and origin.partition("://")[2] != self.headers.get("Host"):
            self._send(b"Another page may not vote.", "text/plain", HTTPStatus.FORBIDDEN)
        elif self.path != "/vote" or not length.isdigit() or int(length) > LARGEST:
            self._send(b"That is no vote.", "text/plain", HTTPStatus.BAD_REQUEST)
        else:
            try:
                self.server.booth.keep(self.rfile.read(int(length)))
            except BadValue as error:
                self._send(str(error).encode(), "text/plain", HTTPStatus.BAD_REQUEST)
                return
            self._send(b"{}", "application/json")

    def log_message(self, format: str, *values: Any) -> None:
        """Keep no log: it would hold addresses."""

    def _is_here(self) -> bool:
        """Whether a server for this machine alone is called by its own name; else refuse."""
        host = self.headers.get("Host", "").rpartition(":")[0]
        if self.server.server_address[0] != HOST or host in HERE:
            return True
        self._send(b"This server is for this machine alone.", "text/plain", HTTPStatus.FORBIDDEN)
        return False

    def _send(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, booth: Booth, host: str, port: int) -> None:
        self.booth = booth
        super().__init__((host, port), Handler)


def make_server(study: Study, host: str = HOST, port: int = 0, each: int = 40) -> Server:
    """A server that is ready to serve.

    Args:
        host: `0.0.0.0` for other machines too.
        port: 0 takes a free one.
        each: pairs of a voter.

    Raises:
        DataError: the votes that are there are not the study's, or were edited.
        BadValue: the address cannot be used, or a voter would see no pair.
    """
    if each < 1:
        raise BadValue(f"A voter sees {each} pairs; give at least 1.")
    booth = Booth(study, open_votes(study), each)
    try:
        return Server(booth, host, port)
    except OSError as error:
        raise BadValue(
            f"The address {host}, port {port}, cannot be used ({error.strerror}). Choose another "
            "with --host and --port; port 0 is any that is free."
        ) from error


def serve(server: Server, tell: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        tell: is given the page's address.
    """
    host, port = server.server_address[:2]
    tell(f"http://{host!s}:{port}/")
    with contextlib.closing(server.socket), contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
