"""What the server answers: for programs, as /api tells them, and for the page alone.

Pictures go over the line as they lie in files, hints as in a hint file, and a refusal as
`{"error": "a sentence"}` with a status of 400, 403, 409, 413, 422 or 429.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from ..canvas.uncertainty import swatches
from ..errors import BadValue
from ..hints.document import MOST_SAMPLES, MOST_SEED, Hints
from ..hints.file import to_json
from ..hints.raster import conflict
from ..settings import Scope, schema
from ._query import settings_query
from .limits import LARGEST, Queue, as_limits
from .store import OpenPicture, plain_name, write_atomically
from .studio import Studio

SUFFIXES = ("", ".jpg", ".png", ".tif", ".webp")
BINARY = "application/octet-stream"
Told = Annotated[dict[str, Any], Body(description="Hints, as in a hint file.")]
Share = Annotated[float, Query(ge=0, le=1, description="A share of the picture's side, 0 to 1.")]
Revision = Annotated[int, Query(ge=0, le=2**53)]
Suffix = Annotated[str, Query(description="Another format: .jpg, .png, .tif or .webp.")]
Layer = Annotated[bool, Query(description="The colours alone, as a transparent PNG.")]
A_PICTURE: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"image/*": {}}, "description": "The picture's file."}},
}
OF_BYTES = {"requestBody": {"content": {"image/*": {}}, "description": "The picture's file."}}


def public_routes(studio: Studio, queue: Queue) -> APIRouter:
    """Pictures in, pictures in colour out."""
    route = APIRouter(prefix="/api", tags=["pictures"])
    store = studio.store

    @route.post("/colorize", openapi_extra=OF_BYTES, dependencies=[Depends(queue)], **A_PICTURE)
    async def colorize(
        request: Request,
        name: str = "picture.png",
        suffix: Suffix = "",
        layer: Layer = False,
        settings: dict[str, Any] = Depends(settings_query),  # noqa: B008
    ) -> Response:
        """Colour the picture in the body, with the command line's settings; nothing is kept."""
        data = await body(request)
        return await run_in_threadpool(_colorize, studio, name, data, settings, suffix, layer)

    @route.get("/settings")
    def settings() -> dict[str, Any]:
        """The settings that a colouring may have: kind, range, default, what they mean."""
        found: dict[str, Any] = schema(Scope.HTTP)["properties"]
        return found

    @route.get("/limits")
    def limits() -> dict[str, int]:
        """How large, how many and how often: what the server takes before it refuses."""
        return as_limits(queue)

    @route.get("/pictures")
    def pictures() -> list[dict[str, Any]]:
        """All open pictures."""
        return [{"id": number} | one.status() for number, one in list(store.opened.items())]

    @route.post("/pictures", openapi_extra=OF_BYTES)
    async def upload(name: str, request: Request) -> dict[str, str]:
        """Open the picture in the body; a copy is kept until it is closed."""
        return {"id": store.upload(name, await body(request))}

    @route.get("/pictures/{number}")
    def status(
        number: str, wait: bool = False, again: bool = False, force: bool = False
    ) -> dict[str, Any]:
        """How far it is: `step` ends with `ready`, or there is an `error`. Asking begins the work;
        `wait` answers when it is done, `again` tries once more what went wrong, and
        `force` with it replaces the colours of a picture that has some."""
        opened = store[number]
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
    def close(number: str) -> dict[str, str]:
        """Close it. Of one that was uploaded, the copy and its hints are removed."""
        store.close(number)
        return {"closed": number}

    @route.post("/pictures/{number}/export", dependencies=[Depends(queue)], **A_PICTURE)
    def export(number: str, hints: Told, suffix: Suffix = "", layer: Layer = False) -> FileResponse:
        """The picture in colour by these hints, at full size with its metadata."""
        return exported(studio, store[number], hints, suffix, layer)

    return route


def hint_routes(studio: Studio, queue: Queue) -> APIRouter:
    """Hints, and what helps to give them."""
    route = APIRouter(prefix="/api/pictures/{number}", tags=["hints and samples"])
    store = studio.store

    @route.get("/hints")
    def hints(number: str) -> dict[str, Any]:
        """The hints as they were last saved, and their revision."""
        opened = store[number]
        return {"hints": opened.hints, "revision": opened.revision}

    @route.put("/hints")
    def save(number: str, hints: Told, revision: Revision) -> dict[str, Any]:
        """Keep the hints. `revision` is the one they were read with; `note` says which marks
        clash, `command` how to make the same picture on the command line."""
        opened = store[number]
        now = store.save(opened, hints, revision)
        note = conflict(opened.parse(hints))
        return {"revision": now, "note": note, "command": studio.command(opened)}

    @route.post("/references", openapi_extra=OF_BYTES)
    async def reference(number: str, name: str, request: Request) -> dict[str, str]:
        """Keep the colour picture in the body beside the hints, so that their setting `reference`
        can name it; the name it has there."""
        data = await body(request)
        kept = await run_in_threadpool(store.keep_reference, store[number], name, data)
        return {"reference": kept}

    @route.get("/suggest")
    def suggest(number: str, x: Share, y: Share) -> list[dict[str, Any]]:
        """The network's leading colours of a place, x and y from 0 to 1."""
        guesses = studio.suggest(store[number], x, y)
        shares = [guess.probability for guess in guesses]
        pairs = zip(swatches(guesses), shares, strict=True)
        return [{"color": color, "probability": share} for color, share in pairs]

    @route.get("/samples/{seed}/{which}", dependencies=[Depends(queue)], **A_PICTURE)
    def sample(
        number: str, seed: int, which: int, full: bool = False, suffix: Suffix = ""
    ) -> Response:
        """One of the colourings that a seed gives, counted from 1: small, or `full` in size."""
        if not (0 <= seed <= MOST_SEED and 1 <= which <= MOST_SAMPLES):
            raise BadValue(
                f"The sample is {seed}/{which}; a seed goes from 0 to 2^63 - 1, its samples from 1 "
                f"to {MOST_SAMPLES}."
            )
        if full:
            whole = to_json(Hints(settings=(("sample", (seed, which)),)))
            return exported(studio, store[number], whole, suffix)
        return Response(studio.thumbnail(store[number], seed, which), media_type="image/png")

    return route


def page_routes(studio: Studio) -> APIRouter:
    """What the page alone asks for, in no form that others would like."""
    route = APIRouter(prefix="/api/pictures/{number}", include_in_schema=False)
    store = studio.store

    @route.get("/lightness")
    def lightness(
        number: str, left: Share = 0.0, top: Share = 0.0, right: Share = 1.0, bottom: Share = 1.0
    ) -> Response:
        """A part's lightness at a size that can be shown, a byte a pixel, 255 for 100."""
        found = studio.lightness(store[number], (left, top, right, bottom))
        return _plane(found.tobytes(), found.shape)

    @route.post("/planes")
    def planes(number: str, hints: Told) -> Response:
        """ab, slope and lightness on a small grid, five planes of 4-byte floats."""
        began = time.perf_counter()
        found = studio.planes(store[number], hints)
        answer = _plane(found.numpy().tobytes(), tuple(found.shape[1:]))
        answer.headers["X-Milliseconds"] = f"{1000 * (time.perf_counter() - began):.1f}"
        return answer

    @route.get("/references")
    def reference(number: str, name: str) -> Response:
        """A picture that hints name as their reference, small."""
        return Response(studio.reference(store[number], name), media_type="image/png")

    @route.get("/doubt")
    def uncertainty(number: str) -> Response:
        """How unsure the network is, a byte a cell of its grid."""
        found = studio.uncertainty(store[number])
        return _plane(found.tobytes(), found.shape)

    @route.post("/reach")
    def reach(number: str, hints: Told) -> Response:
        """What these marks reach together, a byte a cell: 0 nothing, 255 all of it."""
        found = studio.reach(store[number], hints)
        return _plane(found.tobytes(), found.shape)

    @route.post("/unsure")
    def next_position(number: str, hints: Told) -> dict[str, float]:
        """Where the next click helps most."""
        x, y = studio.next_position(store[number], hints)
        return {"x": x, "y": y}

    return route


def exported(
    studio: Studio, opened: OpenPicture, hints: dict[str, Any], suffix: str, layer: bool = False
) -> FileResponse:
    """The exported file, which goes away once it is sent.

    Raises:
        ChromafieldError: as `Studio.export`.
    """
    if suffix not in SUFFIXES:
        raise BadValue(f"The studio writes .jpg, .png, .tif or .webp, not {suffix}.")
    path = studio.export(opened, hints, suffix, layer)
    gone = BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True)
    return FileResponse(path, filename=path.name, background=gone)


def _colorize(
    studio: Studio, name: str, data: bytes, settings: dict[str, Any], suffix: str, layer: bool
) -> FileResponse:
    with tempfile.TemporaryDirectory(prefix="chromafield-") as folder:
        path = Path(folder) / plain_name(name)
        write_atomically(path, data)
        hints = to_json(Hints()) | {"settings": settings}
        return exported(studio, OpenPicture(path, path.parent), hints, suffix, layer)


def _plane(data: bytes, shape: tuple[int, ...]) -> Response:
    size = {"X-Height": str(shape[0]), "X-Width": str(shape[1])}
    return Response(data, media_type=BINARY, headers=size)


async def body(request: Request) -> bytes:
    """The request's body.

    Raises:
        BadValue: it is larger than a picture may be.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise BadValue(f"The file is larger than {LARGEST // 2**20} MB. Open it by its path.")
        parts.append(part)
    return b"".join(parts)
