"""What is asked of an Immich server: its pictures, and a place for results.

Source: Immich's API, version 3.2.2 (https://api.immich.app).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode

from ..errors import PictureError, ServerError, UnknownName
from .connection import Connection

OLDEST = 3  # the major version that this was written for
PAGE = 250  # pictures of a page
LOOK = ("asset.read", "asset.view", "stack.read")  # permissions of a key
WRITE = ("asset.download", "asset.upload", "stack.create")


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture on the server."""

    id: str
    name: str  # its file's
    created: str  # ISO 8601
    modified: str
    sha1: str | None  # base64; None of an external library's, whose checksum is of its path

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Asset:
        """From the server's own words."""
        return cls(
            str(answer["id"]),
            str(answer["originalFileName"]),
            str(answer["fileCreatedAt"]),
            str(answer["fileModifiedAt"]),
            None if answer.get("libraryId") else str(answer["checksum"]),
        )


@dataclass(frozen=True, slots=True)
class Stack:
    """Pictures that the timeline shows as one: the first of them."""

    first: str
    assets: tuple[Asset, ...]


class Server:
    """An Immich server.

    Every method raises:
        ServerError: the server is gone, refuses the key, or answers as no Immich does.
        PictureError: it refuses this one request.
    """

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def check(self, permissions: tuple[str, ...]) -> None:
        """Whether it is an Immich of this kind, and the key may do what will be asked of it."""
        try:
            version = self._at.ask("GET", "/server/version")
            major = int(version["major"])
        except (PictureError, KeyError, TypeError, ValueError) as error:
            raise ServerError(
                f"{self._at.address} does not answer as an Immich server does. Check the address."
            ) from error
        if major < OLDEST:
            raise ServerError(
                f"{self._at.address} is Immich {major}; this command was made for version "
                f"{OLDEST}. Bring the server up to date first."
            )
        granted = self._at.ask("GET", "/api-keys/me").get("permissions", [])
        missing = [one for one in permissions if one not in granted]
        if missing and "all" not in granted:
            raise ServerError(
                f"The API key lacks {', '.join(missing)}. Give it that in Immich's account "
                "settings; it needs nothing that deletes."
            )

    def album(self, named: str) -> str:
        """The id of the album of that name or id."""
        return _known(named, "album", self._at.ask("GET", "/albums"), "albumName")

    def person(self, named: str) -> str:
        """The id of the person of that name."""
        found = self._at.ask("GET", f"/search/person?{urlencode({'name': named})}")
        return _known(named, "person", found, "name")

    def pictures(self, **wanted: object) -> Iterator[Asset]:
        """The pictures of the timeline that a search finds, the oldest first.

        Args:
            wanted: what Immich's search by metadata takes: `albumIds`, `personIds`, ...
        """
        page: int | None = 1
        while page is not None:
            body = {"type": "IMAGE", "order": "asc", "size": PAGE, "page": page, **wanted}
            try:
                found = self._at.ask("POST", "/search/metadata", body)["assets"]
                yield from map(Asset.of, found["items"])
                page = int(found["nextPage"]) if found.get("nextPage") else None
            except (KeyError, TypeError, ValueError) as error:
                raise self._strange("a search") from error

    def stacks(self) -> list[Stack]:
        """All stacks of the key's owner."""
        try:
            return [
                Stack(str(one["primaryAssetId"]), tuple(map(Asset.of, one["assets"])))
                for one in self._at.ask("GET", "/stacks")
            ]
        except (KeyError, TypeError) as error:
            raise self._strange("the question for its stacks") from error

    def preview(self, asset: Asset) -> bytes:
        """A small picture of it, as a file."""
        return self._at.send("GET", f"/assets/{quote(asset.id)}/thumbnail?size=preview")

    def original(self, asset: Asset) -> bytes:
        """Its file."""
        data = self._at.send("GET", f"/assets/{quote(asset.id)}/original")
        sha1 = base64.b64encode(hashlib.sha1(data).digest()).decode()
        if asset.sha1 not in (None, sha1):
            raise PictureError("what the server sends is not the file that it names")
        return data

    def uploaded(self, stem: str, of: Asset, stacked: Container[str]) -> str | None:
        """The id of a result that an earlier run uploaded: of that name, of the same time, and in
        no stack."""
        for one in self.pictures(originalFileName=stem):
            is_it = PurePosixPath(one.name).stem == stem and one.created == of.created
            if is_it and one.id not in stacked:
                return one.id
        return None

    def upload(self, name: str, data: bytes, of: Asset) -> str:
        """Upload a result with its original's times; its id."""
        fields = {"fileCreatedAt": of.created, "fileModifiedAt": of.modified, "filename": name}
        try:
            sha1 = hashlib.sha1(data).hexdigest()
            return str(self._at.upload(fields, name, data, sha1)["id"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange("an upload") from error

    def stack(self, assets: list[str]) -> None:
        """Stack pictures; the first is the one that the timeline shows."""
        self._at.ask("POST", "/stacks", {"assetIds": assets})

    def _strange(self, question: str) -> ServerError:
        return ServerError(
            f"{self._at.address} does not answer {question} as Immich {OLDEST} does. Is its "
            "version newer than this command?"
        )


def _known(named: str, kind: str, found: list[dict[str, Any]], key: str) -> str:
    for one in found:
        if named in (one.get("id"), one.get(key)):
            return str(one["id"])
    raise UnknownName(kind, named, [str(one.get(key)) for one in found] or ["none"])
