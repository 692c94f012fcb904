"""Requests to an Immich server; each of its refusals is a sentence."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from typing import Any

from .. import __version__
from ..errors import BadValue, PictureError, ServerError

PATIENCE = 60.0  # seconds without a byte
TRIES = 4  # of a request that a busy server puts off, or that is cut off
LONGEST_PAUSE = 30.0  # seconds between two of them
BUSY = (429, 500, 502, 503, 504)


class _Here(urllib.request.HTTPRedirectHandler):
    """Follows no other address: the key would go along."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Connection:
    """A server's address with a key.

    Args:
        address: `http://HOST:2283`, with `/api` or without.
        key: an API key.
        pause: seconds before the second try of a request; twice that before the third.

    Raises:
        BadValue: the address is none of the web, or the key cannot be one.
    """

    def __init__(self, address: str, key: str, pause: float = 1.0) -> None:
        if not address.lower().startswith(("http://", "https://")):
            raise BadValue(
                f"The address {address!r} is none of a server. Give one like http://HOST:2283."
            )
        if not (key.isascii() and key.isprintable() and key.strip()):
            raise BadValue("The API key is empty or has signs that no key has. Copy it anew.")
        self.address = address.rstrip("/").removesuffix("/api").rstrip("/")
        self._key, self._pause = key.strip(), pause
        self._opener = urllib.request.build_opener(_Here)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What the server answers to a request with a JSON body, read as JSON.

        Raises:
            ServerError, PictureError: see `send`.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        answer = self.send(method, path, data, headers)
        try:
            return json.loads(answer)
        except ValueError as error:
            raise ServerError(
                f"{self.address} does not answer {path} as Immich does. Check the address."
            ) from error

    def upload(self, fields: Mapping[str, str], name: str, data: bytes, sha1: str) -> Any:
        """Send a file as an asset of its own; what the server answers, read as JSON.

        Raises:
            ServerError, PictureError: see `send`.
        """
        mark = uuid.uuid4().hex
        quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        parts = [_part(mark, f'name="{field}"', one.encode()) for field, one in fields.items()]
        parts.append(_part(mark, f'name="assetData"; filename="{quoted}"', data))
        headers = {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "x-immich-checksum": sha1,
        }
        body = b"".join([*parts, f"--{mark}--\r\n".encode()])
        return json.loads(self.send("POST", "/assets", body, headers))

    def send(
        self, method: str, path: str, data: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> bytes:
        """The bytes of an answer; a busy server is asked again.

        Raises:
            ServerError: it cannot be reached, or refuses this key; nothing else will go either.
            PictureError: it refuses this request.
        """
        own = {"x-api-key": self._key, "User-Agent": f"chromafield/{__version__}", **headers}
        request = urllib.request.Request(f"{self.address}/api{path}", data, own, method=method)
        for left in reversed(range(TRIES)):
            wait = self._pause * 2 ** (TRIES - 1 - left)
            try:
                with self._opener.open(request, timeout=PATIENCE) as response:
                    return bytes(response.read())
            except urllib.error.HTTPError as error:
                if error.code not in BUSY or not left:
                    raise self._refused(error, method, path) from error
                wait = _asked_for(error, wait)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if not left or isinstance(error, ValueError):
                    raise self._gone(error) from error
            time.sleep(min(wait, LONGEST_PAUSE))
        raise AssertionError  # the last try returned or raised

    def _gone(self, error: Exception) -> ServerError:
        inner = error.reason if isinstance(error, urllib.error.URLError) else error
        reason = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
        return ServerError(
            f"{self.address} cannot be reached ({reason}). What is done stays done; the same "
            "command goes on from there."
        )

    def _refused(self, error: urllib.error.HTTPError, method: str, path: str) -> Exception:
        code, said = error.code, _message(error)
        asked = f"{method} {path.partition('?')[0]}"
        if code == http.HTTPStatus.UNAUTHORIZED:
            return ServerError(
                f"{self.address} does not know the API key. Make one in its account settings, and "
                "give it in IMMICH_API_KEY."
            )
        if code == http.HTTPStatus.FORBIDDEN:
            return ServerError(
                f"{self.address} does not allow {asked} to this API key ({said}). Give the key "
                "that permission in Immich's account settings."
            )
        if code in BUSY:
            return ServerError(
                f"{self.address} answers {asked} with {code} ({said}), {TRIES} times. What is "
                "done stays done; the same command goes on from there, later."
            )
        if code in (301, 302, 303, 307, 308):
            there = error.headers.get("Location")
            return ServerError(f"{self.address} sends on to {there}. Give that address.")
        return PictureError(f"the server refuses {asked} with {code} ({said})")


def _part(mark: str, disposition: str, data: bytes) -> bytes:
    kind = "\r\nContent-Type: application/octet-stream" if "filename=" in disposition else ""
    head = f"--{mark}\r\nContent-Disposition: form-data; {disposition}{kind}\r\n\r\n"
    return b"".join([head.encode(), data, b"\r\n"])


def _asked_for(error: urllib.error.HTTPError, otherwise: float) -> float:
    """The seconds that a busy server asks to wait."""
    after = error.headers.get("Retry-After", "")
    return float(after) if after.isdecimal() else otherwise


def _message(error: urllib.error.HTTPError) -> str:
    """What the server says of its refusal."""
    try:
        said = json.loads(error.read())["message"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        said = error.reason
    return "; ".join(map(str, said)) if isinstance(said, list) else str(said)
