"""The studio's server: pages and JSON on the loopback address, behind a token.

Every answer but the page's own files and `/api/health` needs the token that the address on the
terminal carries, a Host header that names this machine, and an Origin, where there is one, that is
the server's own: so no other page and no other machine can ask.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated

from .. import __version__
from ..errors import BadValue, ChromafieldError, MissingExtra
from ..settings import Settings

try:
    import uvicorn
    from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import HTMLResponse, JSONResponse
    from fastapi.staticfiles import StaticFiles
    from starlette.exceptions import HTTPException as AnyHTTPException
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.requests import ClientDisconnect

    from .limits import Guard, Queue
    from .routes import examples, hints, page, pictures
    from .store import Changed
    from .studio import Studio
except ImportError as error:
    raise MissingExtra("The studio", "studio") from error

HOST = "127.0.0.1"


def create_app(studio: Studio, token: str) -> FastAPI:
    """The studio's answers: its page, and what programs ask.

    Args:
        token: what a request must carry, as the header X-Token, as a bearer's, or in the query.
    """
    files = resources.files("chromafield.web") / "page"
    app = create_service(studio, token, [HOST, "localhost"], Queue())
    app.mount("/page", StaticFiles(directory=str(files)))

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def index() -> str:
        return (files / "index.html").read_text("utf-8")

    @app.get("/api", response_class=HTMLResponse, include_in_schema=False)
    def reference() -> str:
        return (files / "api.html").read_text("utf-8")

    for part in (page, examples):
        app.include_router(part.route, dependencies=[Depends(holder(token))])
    return app


def holder(token: str) -> Callable[..., Awaitable[None]]:
    """What refuses a request without the token."""

    async def allowed(
        x_token: Annotated[str, Header()] = "",
        authorization: Annotated[str, Header()] = "",
        token_: Annotated[str, Query(alias="token")] = "",
    ) -> None:
        given = (x_token or authorization.removeprefix("Bearer ") or token_).encode()
        if not secrets.compare_digest(given, token.encode()):
            raise HTTPException(403, "This address needs the token that the terminal printed.")

    return allowed


def create_service(studio: Studio, token: str, hosts: Sequence[str], queue: Queue) -> FastAPI:
    """What programs ask, without the page.

    Args:
        token: as of `create_app`.
        hosts: the names that a request may call this machine by.
        queue: how many pictures are coloured at once, and how many wait.
    """
    app = FastAPI(title="Chromafield", version=__version__, docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.add_middleware(Guard)
    _refuse_in_sentences(app)

    @app.get("/api/health", tags=["pictures"])
    def health() -> dict[str, str]:
        """Whether the server answers; the one question that needs no token."""
        return {"status": "ok", "version": __version__}

    app.state.studio, app.state.queue = studio, queue
    for part in (pictures, hints):
        app.include_router(part.route, dependencies=[Depends(holder(token))])
    return app


def _refuse_in_sentences(app: FastAPI) -> None:
    """Every refusal is `{"error": sentence}`."""

    @app.exception_handler(ChromafieldError)
    def ours(request: Request, error: ChromafieldError) -> JSONResponse:
        return _refusal(str(error), 409 if isinstance(error, Changed) else 400)

    @app.exception_handler(AnyHTTPException)
    def others(request: Request, error: AnyHTTPException) -> JSONResponse:
        return _refusal(error.detail, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    def unfit(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _refusal(f"{where}: {first['msg']}.", 422)

    @app.exception_handler(ClientDisconnect)
    def gone(request: Request, error: ClientDisconnect) -> JSONResponse:
        return _refusal("The upload broke off; nothing was kept.", 400)


def _refusal(sentence: str, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A sentence may quote what was sent, half a character of it too."""
    whole = sentence.encode("utf-8", "backslashreplace").decode()
    return JSONResponse({"error": whole}, status, headers)


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
    token = token or studio.store.token()
    listener = listen(HOST, port)
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


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes requests.

    Raises:
        BadValue: the port is in use, or the host is not this machine's.
    """
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise BadValue(
            f"The port {port} cannot be used ({error.strerror}). Choose another with "
            "--port, or 0 for any that is free."
        ) from error


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
        studio.store.open(path)
