"""What the server takes before it refuses: bytes, requests at once, and pages that may ask."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TypeVar

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..hints.document import MOST_SAMPLES

T = TypeVar("T")

LARGEST = 512 * 1024 * 1024  # bytes of a picture's file
LARGEST_DOCUMENT = 8 * 1024 * 1024  # bytes of hints
STALLED = 20.0  # seconds without a byte after which an upload is given up: it holds a place
AT_ONCE = 2  # pictures that are coloured at full size
WAITING = 6  # that wait for it
MOST_REFERENCES = 8  # of one picture: each costs a pass of the network
PICTURES = ("/colorize", "/pictures", "/references", "/use")  # paths whose body is a picture


class Queue:
    """Work that takes much memory: some at once, some that wait, the others come again later."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self.at_once, self.waiting = at_once, waiting
        self._slots = asyncio.Semaphore(at_once)
        self._here = 0

    @property
    def in_hand(self) -> int:
        """Pictures that are being coloured, or wait for it."""
        return self._here

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A request's place, from its start to its answer.

        Raises:
            HTTPException: 429, where as many wait as may.
        """
        if self._here >= self.at_once + self.waiting:
            raise HTTPException(
                429,
                f"{self._here} pictures are being coloured or wait for it. Ask again in a moment.",
                {"Retry-After": "2"},
            )
        self._here += 1
        try:
            async with self._slots:
                yield
        finally:
            self._here -= 1


def as_limits(queue: Queue) -> dict[str, int]:
    """The limits by name, for programs."""
    return {
        "picture_bytes": LARGEST,
        "hints_bytes": LARGEST_DOCUMENT,
        "samples_of_a_seed": MOST_SAMPLES,
        "references": MOST_REFERENCES,
        "at_once": queue.at_once,
        "waiting": queue.waiting,
    }


async def arriving(parts: AsyncIterator[T]) -> AsyncIterator[T]:
    """The parts of an upload as they come.

    Raises:
        HTTPException: 408, where none came for long.
    """
    while True:
        try:
            part = await asyncio.wait_for(anext(parts), STALLED)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            sentence = (
                f"The upload stopped for {STALLED:g} seconds; nothing was kept. Send it again."
            )
            raise HTTPException(408, sentence) from error
        yield part


class Guard:
    """Refuses what other pages ask, and documents that are too large to be hints."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            sentence = f"The page {origin[:200]!r} may not ask the studio; the studio's own may."
            await JSONResponse({"error": sentence}, 403)(scope, receive, send)
            return
        if scope["method"] == "POST" and scope["path"].endswith(PICTURES):
            await self.app(scope, receive, send)
            return
        try:
            body = await _whole(receive)
        except HTTPException as refused:
            answer = JSONResponse({"error": refused.detail}, refused.status_code)
            await answer(scope, receive, send)
            return
        await self.app(scope, _again(body, receive), send)


async def _whole(receive: Receive) -> bytes:
    """A request's body.

    Raises:
        HTTPException: 413, where it is too large; 408, where it does not come.
    """
    parts, size = [], 0
    async for part in arriving(_parts(receive)):
        size += len(part)
        if size > LARGEST_DOCUMENT:
            raise HTTPException(413, f"The hints are larger than {LARGEST_DOCUMENT // 2**20} MB.")
        parts.append(part)
    return b"".join(parts)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":  # the asker has gone
            return
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _again(body: bytes, receive: Receive) -> Receive:
    """A receiver that gives the body that was read, and then what comes after it."""
    given = False

    async def from_memory() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return from_memory
