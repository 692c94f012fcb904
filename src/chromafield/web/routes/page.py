"""What the page alone asks for, in no form that others would like."""

from __future__ import annotations

import time

from fastapi import APIRouter, Response

from ..shown import next_position, part_of, reference_of, unsure
from ._parts import AStudio, Opened, Share, Told, plane

route = APIRouter(prefix="/api/pictures/{number}", include_in_schema=False)


@route.get("/lightness")
def lightness(
    opened: Opened, left: Share = 0.0, top: Share = 0.0, right: Share = 1.0, bottom: Share = 1.0
) -> Response:
    """A part's lightness at a size that can be shown, a byte a pixel, 255 for 100."""
    return plane(part_of(opened, (left, top, right, bottom)))


@route.post("/planes")
def planes(opened: Opened, studio: AStudio, hints: Told) -> Response:
    """ab, slope and lightness on a small grid, five planes of 4-byte floats."""
    began = time.perf_counter()
    answer = plane(studio.planes(opened, hints).numpy())
    answer.headers["X-Milliseconds"] = f"{1000 * (time.perf_counter() - began):.1f}"
    return answer


@route.get("/references")
def reference(opened: Opened, name: str) -> Response:
    """A picture that hints name as their reference, small."""
    return Response(reference_of(opened, name), media_type="image/png")


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
