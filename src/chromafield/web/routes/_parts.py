"""What the routes take and give: the studio, a picture by its number, files, planes."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import Annotated, Any

import numpy as np
from fastapi import Body, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from numpy.typing import NDArray
from starlette.background import BackgroundTask

from ...errors import BadValue
from ..limits import LARGEST, arriving
from ..opened import OpenPicture
from ..studio import Studio

SUFFIXES = ("", ".jpg", ".png", ".tif", ".webp")
BINARY = "application/octet-stream"
A_PICTURE: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"image/*": {}}, "description": "The picture's file."}},
}
OF_BYTES = {"requestBody": {"content": {"image/*": {}}, "description": "The picture's file."}}


async def _studio(request: Request) -> Studio:
    found: Studio = request.app.state.studio
    return found


async def _in_queue(request: Request) -> AsyncIterator[None]:
    async with request.app.state.queue.place():
        yield


AStudio = Annotated[Studio, Depends(_studio)]
IN_QUEUE = [Depends(_in_queue)]  # of work that takes much memory


async def _opened(number: str, studio: AStudio) -> OpenPicture:
    return studio.store[number]


Opened = Annotated[OpenPicture, Depends(_opened)]
Told = Annotated[dict[str, Any], Body(description="Hints, as in a hint file.")]
Share = Annotated[float, Query(ge=0, le=1, description="A share of the picture's side, 0 to 1.")]
Suffix = Annotated[str, Query(description="Another format: .jpg, .png, .tif or .webp.")]
Layer = Annotated[bool, Query(description="The colours alone, as a transparent PNG.")]


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


def plane(values: NDArray[Any]) -> Response:
    """An array (..., h, w) as its bytes, its size in headers."""
    height, width = values.shape[-2:]
    size = {"X-Height": str(height), "X-Width": str(width)}
    return Response(np.ascontiguousarray(values).tobytes(), media_type=BINARY, headers=size)


async def body(request: Request) -> bytes:
    """The request's body.

    Raises:
        BadValue: it is larger than a picture may be.
        HTTPException: 408, where it does not come.
    """
    parts, size = [], 0
    async for part in arriving(request.stream()):
        size += len(part)
        if size > LARGEST:
            raise BadValue(f"The file is larger than {LARGEST // 2**20} MB. Open it by its path.")
        parts.append(part)
    return b"".join(parts)
