"""What the page alone asks for, in no form that others would like."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from ..dropped import use_of
from ..shown import PREVIEW, SCREEN, next_position, part_of, small_copy, small_photograph, unsure
from ._parts import IN_QUEUE, AStudio, Opened, Share, Told, body, plane

Pixels = Annotated[int, Query(ge=1, le=SCREEN, description="It is shrunk to so many at most.")]

route = APIRouter(prefix="/api/pictures/{number}", include_in_schema=False)


@route.get("/lightness")
def lightness(
    opened: Opened,
    left: Share = 0.0,
    top: Share = 0.0,
    right: Share = 1.0,
    bottom: Share = 1.0,
    pixels: Pixels = PREVIEW,
) -> Response:
    """A part's lightness at a size that can be shown, a byte a pixel, 255 for 100."""
    return plane(part_of(opened, (left, top, right, bottom), pixels))


@route.get("/small", dependencies=IN_QUEUE)
def small(opened: Opened) -> Response:
    """The photograph as it is now, small."""
    return Response(small_photograph(opened), media_type="image/png")


@route.post("/planes")
def planes(opened: Opened, studio: AStudio, hints: Told) -> Response:
    """ab, slope and lightness on a small grid, five planes of 4-byte floats."""
    began = time.perf_counter()
    answer = plane(studio.planes(opened, hints).numpy())
    answer.headers["X-Milliseconds"] = f"{1000 * (time.perf_counter() - began):.1f}"
    return answer


@route.post("/use", dependencies=IN_QUEUE)
async def use(opened: Opened, name: str, request: Request) -> dict[str, Any]:
    """What the picture in the body may be for the open one; nothing is kept."""
    data = await body(request)
    return asdict(await run_in_threadpool(use_of, opened, name, data))


@route.get("/references")
def reference(opened: Opened, name: str) -> Response:
    """A picture that hints name as their reference, small."""
    return Response(small_copy(opened.named_picture(name)), media_type="image/png")


@route.get("/references/names")
def names_of_references(opened: Opened, name: str) -> list[str]:
    """The names of a reference, or of all in a folder of them."""
    return [path.relative_to(opened.home).as_posix() for path in opened.named_pictures(name)]


@route.post("/trust", dependencies=IN_QUEUE)
def trust(opened: Opened, studio: AStudio, hints: Told) -> Response:
    """Where a coloured version's colours are taken, a byte a cell."""
    return plane(studio.trust(opened, hints))


@route.post("/matches", dependencies=IN_QUEUE)
def matches(opened: Opened, studio: AStudio, hints: Told) -> Response:
    """The references' places like the picture's own, four planes of 4-byte floats."""
    return plane(studio.matches(opened, hints))


@route.get("/doubt")
def uncertainty(opened: Opened, studio: AStudio) -> Response:
    """How unsure the network is, a byte a cell of its grid."""
    return plane(unsure(studio.automatic(opened).canvas))


@route.post("/reach")
def reach(opened: Opened, studio: AStudio, hints: Told) -> Response:
    """What these marks reach together, a byte a cell: 0 nothing, 255 all of it."""
    return plane(studio.reach(opened, hints))


@route.post("/unsure")
def place_to_look(opened: Opened, studio: AStudio, hints: Told) -> dict[str, float]:
    """Where the next click helps most."""
    x, y = next_position(studio.automatic(opened).canvas, opened.parse(hints))
    return {"x": x, "y": y}
