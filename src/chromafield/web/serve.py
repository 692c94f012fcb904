"""The studio's server: pages and JSON on the loopback address, behind a token.

Every answer but the page's own files needs the token that the address on the terminal carries, and
a Host header that names this machine, so that no other page and no other machine can ask.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from ..errors import BadValue, ChromafieldError, MissingExtra
from ..pipeline.colorizer import Settings

try:
    import uvicorn
    from fastapi import Body, Depends, FastAPI, Header, HTTPException, Query, Request, Response
    from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
    from fastapi.staticfiles import StaticFiles
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from .work import Changed, Studio, swatch
except ImportError as error:
    raise MissingExtra("The studio", "studio") from error

HOST = "127.0.0.1"
LARGEST = 512 * 1024 * 1024  # bytes of an uploaded file
MOST_SAMPLES = 64  # of one seed
BINARY = "application/octet-stream"
Told = Annotated[dict[str, Any], Body()]


def create_app(studio: Studio, token: str) -> FastAPI:
    """The server's answers.

    Args:
        token: what a request must carry, as the header X-Token or in the query.
    """
    page = resources.files("chromafield.web") / "page"

    def allowed(
        x_token: Annotated[str, Header()] = "", token_: Annotated[str, Query(alias="token")] = ""
    ) -> None:
        if not secrets.compare_digest(x_token or token_, token):
            raise HTTPException(403, "This address needs the token that the terminal printed.")

    app = FastAPI(title="Chromafield studio", docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost", "testserver"])
    app.mount("/page", StaticFiles(directory=str(page)))

    @app.exception_handler(ChromafieldError)
    def sentence(request: Request, error: ChromafieldError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 409 if isinstance(error, Changed) else 400)

    @app.get("/", response_class=HTMLResponse)
    def index() -> str:
        return (page / "index.html").read_text("utf-8")

    guarded = [Depends(allowed)]

    @app.get("/api/pictures", dependencies=guarded)
    def pictures() -> list[dict[str, Any]]:
        """All open pictures."""
        return [{"id": number} | one.status() for number, one in list(studio.opened.items())]

    @app.post("/api/pictures", dependencies=guarded)
    async def upload(name: str, request: Request) -> dict[str, str]:
        """Open the picture in the request's body."""
        return {"id": studio.upload(name, await _body(request))}

    @app.get("/api/pictures/{number}", dependencies=guarded)
    def status(number: str) -> dict[str, Any]:
        """How far it is; asking begins the work."""
        opened = studio[number]
        if opened.step == "waiting":
            opened.step = "starting"
            threading.Thread(target=studio.prepare, args=(opened,), daemon=True).start()
        return opened.status()

    @app.get("/api/pictures/{number}/lightness", dependencies=guarded)
    def lightness(
        number: str, left: float = 0.0, top: float = 0.0, right: float = 1.0, bottom: float = 1.0
    ) -> Response:
        """A part's lightness at a size that can be shown, a byte a pixel, 255 for 100."""
        found = studio.lightness(studio[number], (left, top, right, bottom))
        shape = {"X-Height": str(found.shape[0]), "X-Width": str(found.shape[1])}
        return Response(found.tobytes(), media_type=BINARY, headers=shape)

    @app.get("/api/pictures/{number}/hints", dependencies=guarded)
    def hints(number: str) -> dict[str, Any]:
        """The hints as they were last saved, and their revision."""
        opened = studio[number]
        return {"hints": opened.hints, "revision": opened.revision}

    @app.put("/api/pictures/{number}/hints", dependencies=guarded)
    def save(number: str, told: Told, revision: int) -> dict[str, int]:
        """Keep the hints beside the picture."""
        return {"revision": studio.save(studio[number], told, revision)}

    @app.post("/api/pictures/{number}/planes", dependencies=guarded)
    def planes(number: str, told: Told) -> Response:
        """ab, slope and lightness on the field's grid, five planes of 4-byte floats."""
        began = time.perf_counter()
        found = studio.planes(studio[number], told)
        spent = f"{1000 * (time.perf_counter() - began):.1f}"
        shape = {"X-Height": str(found.shape[1]), "X-Width": str(found.shape[2])}
        shape["X-Milliseconds"] = spent
        return Response(found.numpy().tobytes(), media_type=BINARY, headers=shape)

    @app.get("/api/pictures/{number}/suggest", dependencies=guarded)
    def suggest(number: str, x: float, y: float) -> list[dict[str, Any]]:
        """The network's leading colours of a place."""
        return swatch(studio.suggest(studio[number], x, y))

    @app.get("/api/pictures/{number}/samples/{seed}/{which}", dependencies=guarded)
    def thumbnail(number: str, seed: int, which: int) -> Response:
        """A small picture of one of the samples that a seed gives, counted from 1."""
        if seed < 0 or not 1 <= which <= MOST_SAMPLES:
            raise BadValue(f"Samples have a seed from 0 and a number from 1 to {MOST_SAMPLES}.")
        told = studio.thumbnail(studio[number], seed, which)
        return Response(told, media_type="image/png")

    @app.get("/api/pictures/{number}/doubt", dependencies=guarded)
    def doubt(number: str) -> Response:
        """How unsure the network is, a byte a cell of its grid."""
        found = studio.doubt(studio[number])
        shape = {"X-Height": str(found.shape[0]), "X-Width": str(found.shape[1])}
        return Response(found.tobytes(), media_type=BINARY, headers=shape)

    @app.post("/api/pictures/{number}/unsure", dependencies=guarded)
    def unsure(number: str, told: Told) -> dict[str, float]:
        """Where the next click helps most."""
        x, y = studio.unsure(studio[number], told)
        return {"x": x, "y": y}

    @app.post("/api/pictures/{number}/export", dependencies=guarded)
    def export(number: str, told: Told, suffix: str = "", layer: bool = False) -> FileResponse:
        """The picture in colour at full size."""
        if suffix not in ("", ".jpg", ".png", ".tif", ".webp"):
            raise BadValue(f"The studio writes .jpg, .png, .tif or .webp, not {suffix}.")
        path = studio.export(studio[number], told, suffix, layer)
        return FileResponse(path, filename=path.name)

    return app


async def _body(request: Request) -> bytes:
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


def serve(
    studio: Studio, port: int, show: bool, tell: Callable[[str], None], token: str | None = None
) -> None:
    """Serve until interrupted.

    Args:
        port: 0 takes a free one.
        show: open the page in the browser.
        tell: is told the page's address.

    Raises:
        BadValue: the port is in use.
    """
    token = token or secrets.token_urlsafe(16)
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise BadValue(
            f"The port {port} cannot be used ({error.strerror}). Choose another with --port, or 0 "
            "for any that is free."
        ) from error
    address = f"http://{HOST}:{listener.getsockname()[1]}/?token={token}"

    @contextlib.asynccontextmanager
    async def started(app: FastAPI) -> AsyncIterator[None]:
        tell(address)
        if show:
            webbrowser.open(address)
        yield

    app = create_app(studio, token)
    app.router.lifespan_context = started
    config = uvicorn.Config(app, log_level="warning")
    with contextlib.closing(listener), contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def make_studio(settings: Settings, device: str, paths: Sequence[Path]) -> Studio:
    """A studio with what was named on the command line open.

    Raises:
        BadValue: a path that is not there.
    """
    studio = Studio(settings, device)
    open_all(studio, paths)
    return studio


def open_all(studio: Studio, paths: Sequence[Path]) -> None:
    """Open pictures and folders.

    Raises:
        BadValue: a path that is not there.
    """
    for path in paths:
        if not path.exists():
            raise BadValue(f"There is no {path}.")
        studio.open(path)
