"""Pictures in, pictures in colour out."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from ...hints.document import Hints
from ...hints.file import to_json
from ...models import list_ready
from ...settings import Scope, schema
from ..bounds import described_options
from ..limits import as_limits
from ..opened import OpenPicture
from ..store import plain_name, write_atomically
from ..studio import Studio
from ._parts import (
    A_PICTURE,
    IN_QUEUE,
    OF_BYTES,
    AStudio,
    Layer,
    Opened,
    Suffix,
    Told,
    body,
    exported,
)
from ._query import settings_query

route = APIRouter(prefix="/api", tags=["pictures"])


@route.post("/colorize", openapi_extra=OF_BYTES, dependencies=IN_QUEUE, **A_PICTURE)
async def colorize(
    request: Request,
    studio: AStudio,
    name: str = "picture.png",
    suffix: Suffix = "",
    layer: Layer = False,
    settings: dict[str, Any] = Depends(settings_query),  # noqa: B008
) -> Response:
    """Colour the picture in the body, with the command line's settings; nothing is kept."""
    data = await body(request)
    return await run_in_threadpool(_colorize, studio, name, data, settings, suffix, layer)


@route.get("/settings")
def settings(studio: AStudio) -> dict[str, Any]:
    """The settings that a colouring may have: kind, range, default, what they mean; among
    `options` the same of each field's own, at `model` the networks that have weights."""
    found: dict[str, Any] = schema(Scope.HTTP)["properties"]
    found["model"] |= {"default": studio.network, "examples": list_ready()}
    found["options"]["properties"] = described_options()
    return found


@route.get("/limits")
def limits(request: Request) -> dict[str, int]:
    """How large, how many and how often: what the server takes before it refuses."""
    return as_limits(request.app.state.queue)


@route.get("/pictures")
def pictures(studio: AStudio) -> list[dict[str, Any]]:
    """All open pictures."""
    return [{"id": number} | one.status() for number, one in list(studio.store.opened.items())]


@route.post("/pictures", openapi_extra=OF_BYTES)
async def upload(name: str, request: Request, studio: AStudio) -> dict[str, str]:
    """Open the picture in the body; a copy is kept until it is closed."""
    return {"id": studio.store.upload(name, await body(request))}


@route.get("/pictures/{number}")
def status(
    opened: Opened, studio: AStudio, wait: bool = False, again: bool = False, force: bool = False
) -> dict[str, Any]:
    """How far it is: `step` ends with `ready`, or there is an `error`. Asking begins the work;
    `wait` answers when it is done, `again` tries once more what went wrong, and
    `force` with it replaces the colours of a picture that has some."""
    if again:
        studio.again(opened, force)
    if wait:
        studio.prepare(opened)
    elif opened.step == "waiting":
        opened.step = "starting"
        # Python must not end while the network is at work in a thread.
        threading.Thread(target=studio.prepare, args=(opened,), daemon=False).start()
    return opened.status() | {"command": studio.command(opened)}


@route.delete("/pictures/{number}")
def close(number: str, studio: AStudio) -> dict[str, str]:
    """Close it. Of one that was uploaded, the copy and its hints are removed."""
    studio.store.close(number)
    return {"closed": number}


@route.post("/pictures/{number}/export", dependencies=IN_QUEUE, **A_PICTURE)
def export(
    opened: Opened, studio: AStudio, hints: Told, suffix: Suffix = "", layer: Layer = False
) -> FileResponse:
    """The picture in colour by these hints, at full size with its metadata."""
    return exported(studio, opened, hints, suffix, layer)


@route.post("/pictures/{number}/save", dependencies=IN_QUEUE)
def save(opened: Opened, studio: AStudio, hints: Told) -> dict[str, str]:
    """Save the picture in colour by these hints in the folder `coloured` beside it, under its own
    name; where it lies."""
    return {"saved": str(studio.save(opened, hints))}


def _colorize(
    studio: Studio, name: str, data: bytes, settings: dict[str, Any], suffix: str, layer: bool
) -> FileResponse:
    with tempfile.TemporaryDirectory(prefix="chromafield-") as folder:
        path = Path(folder) / plain_name(name)
        write_atomically(path, data)
        hints = to_json(Hints()) | {"settings": settings}
        return exported(studio, OpenPicture(path, path.parent), hints, suffix, layer)
