"""Hints, and what helps to give them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from ...canvas.uncertainty import leading_colours, swatches
from ...errors import BadValue
from ...hints.document import MOST_SAMPLES, MOST_SEED, Hints
from ...hints.file import read_hints, to_json
from ...hints.raster import conflict
from ..limits import MOST_REFERENCES
from ..shown import cell_of, thumbnail
from ._parts import (
    A_PICTURE,
    IN_QUEUE,
    OF_BYTES,
    AStudio,
    Opened,
    Share,
    Suffix,
    Told,
    body,
    exported,
)

route = APIRouter(prefix="/api/pictures/{number}", tags=["hints and samples"])
Names = Annotated[list[str], Body(embed=True, min_length=1, max_length=MOST_REFERENCES)]
Revision = Annotated[int, Query(ge=0, le=2**53)]


@route.get("/hints")
def hints(opened: Opened) -> dict[str, Any]:
    """The hints as they were last saved, and their revision."""
    return {"hints": opened.hints, "revision": opened.revision}


@route.put("/hints")
def save(opened: Opened, studio: AStudio, hints: Told, revision: Revision) -> dict[str, Any]:
    """Keep the hints. `revision` is the one they were read with; `note` says which marks
    clash, `command` how to make the same picture on the command line."""
    now = studio.store.save(opened, hints, revision)
    note = conflict(opened.parse(hints))
    return {"revision": now, "note": note, "command": studio.command(opened)}


@route.put("/settings")
def give_settings(
    opened: Opened, studio: AStudio, settings: Annotated[dict[str, Any], Body(embed=True)]
) -> dict[str, Any]:
    """Give its hints these settings in place of theirs; the colouring, the references and the model
    that were chosen for it stay. The picture need not be ready."""
    revision = studio.store.give_settings(opened, settings)
    return {"hints": opened.hints, "revision": revision}


@route.get("/draft")
def draft(opened: Opened) -> dict[str, Any]:
    """The marks that were carried to it from other photographs of a series, as a hint file."""
    return to_json(read_hints(opened.draft) if opened.draft.is_file() else Hints())


@route.delete("/draft")
def remove_draft(opened: Opened) -> dict[str, bool]:
    """Remove them: they were taken into the hints, or are not wanted."""
    opened.draft.unlink(missing_ok=True)
    return {"removed": True}


@route.post("/references", openapi_extra=OF_BYTES)
async def reference(opened: Opened, studio: AStudio, name: str, request: Request) -> dict[str, str]:
    """Keep the colour picture in the body beside the hints, so that their setting `reference`
    can name it, or a mark of the kind `colored`; the name it has there."""
    data = await body(request)
    kept = await run_in_threadpool(studio.store.keep_reference, opened, name, data)
    return {"reference": kept}


@route.put("/references")
def join(opened: Opened, studio: AStudio, names: Names) -> dict[str, str]:
    """Join references that are kept to one that the setting `reference` can name."""
    return {"reference": studio.store.join_references(opened, names)}


@route.get("/suggest")
def suggest(opened: Opened, studio: AStudio, x: Share, y: Share) -> list[dict[str, Any]]:
    """The network's leading colours of a place, x and y from 0 to 1."""
    canvas = studio.automatic(opened).canvas
    guesses = leading_colours(canvas, *cell_of(canvas, x, y))
    shares = [guess.probability for guess in guesses]
    pairs = zip(swatches(guesses), shares, strict=True)
    return [{"color": color, "probability": share} for color, share in pairs]


@route.get("/samples/{seed}/{which}", dependencies=IN_QUEUE, **A_PICTURE)
def sample(
    opened: Opened, studio: AStudio, seed: int, which: int, full: bool = False, suffix: Suffix = ""
) -> Response:
    """One of the colourings that a seed gives, counted from 1: small, or `full` in size."""
    if not (0 <= seed <= MOST_SEED and 1 <= which <= MOST_SAMPLES):
        raise BadValue(
            f"The sample is {seed}/{which}; a seed goes from 0 to 2^63 - 1, its samples from 1 "
            f"to {MOST_SAMPLES}."
        )
    if full:
        whole = to_json(Hints(settings=(("sample", (seed, which)),)))
        return exported(studio, opened, whole, suffix)
    small = thumbnail(studio.automatic(opened).propagator, seed, which)
    return Response(small, media_type="image/png")
