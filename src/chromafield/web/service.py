"""A service for programs: the studio's answers without its page, with figures of its work.

One process and a queue: what is too much is refused with 429 and when to come again, so that many
clients make nothing fall over. More processes are more containers.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .limits import Queue
from .serve import HOST, create_service, listen
from .studio import Studio

LOOPBACK = (HOST, "localhost", "::1")
GRACE = 60  # seconds in which pictures in hand are finished when the service is stopped


@dataclass(frozen=True)
class Place:
    """Where the service is asked, and how much it takes."""

    host: str = HOST
    port: int = 8715
    at_once: int = 2
    waiting: int = 6

    @property
    def hosts(self) -> list[str]:
        """The names that a request may call it by: beyond this machine, the token alone guards."""
        return [*LOOPBACK] if self.host in LOOPBACK else ["*"]


def make_service(studio: Studio, token: str, place: Place) -> FastAPI:
    """The service's answers, `/metrics` too, where prometheus_client is installed."""
    queue = Queue(place.at_once, place.waiting)
    app = create_service(studio, token, place.hosts, queue)
    try:
        import prometheus_client
    except ImportError:
        _without_figures(app)
    else:
        _with_figures(app, queue, prometheus_client)
    return app


def serve_api(studio: Studio, token: str, place: Place, tell: Callable[[str], None]) -> None:
    """Serve until stopped; pictures in hand are finished first.

    Args:
        tell: is told the address.

    Raises:
        BadValue: the port is in use.
    """
    listener = listen(place.host, place.port)
    address = f"http://{place.host}:{listener.getsockname()[1]}/api"

    @contextlib.asynccontextmanager
    async def started(app: FastAPI) -> AsyncIterator[None]:
        tell(address)
        yield

    app = make_service(studio, token, place)
    app.router.lifespan_context = started
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GRACE)
    with contextlib.closing(listener), contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _without_figures(app: FastAPI) -> None:
    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        raise HTTPException(
            404, "Figures need an optional package. Install it with: pip install '.[serve]'"
        )


def _with_figures(app: FastAPI, queue: Queue, prometheus: Any) -> None:
    """Count requests and their seconds; they carry no names of pictures, and need no token."""
    registry = prometheus.CollectorRegistry()
    requests = prometheus.Counter(
        "chromafield_requests", "Requests answered.", ["route", "status"], registry=registry
    )
    seconds = prometheus.Histogram(
        "chromafield_request_seconds",
        "Seconds until a request was answered.",
        ["route"],
        registry=registry,
        buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    )
    in_hand = prometheus.Gauge(
        "chromafield_pictures_in_hand", "Pictures in work or waiting.", registry=registry
    )
    in_hand.set_function(lambda: queue.in_hand)

    def count(route: str, status: int, took: float) -> None:
        requests.labels(route, str(status)).inc()
        seconds.labels(route).observe(took)

    app.add_middleware(Counted, count=count)

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        text = prometheus.generate_latest(registry)
        return Response(text, media_type=prometheus.CONTENT_TYPE_LATEST)


class Counted:
    """Counts each request by the route that answered it."""

    def __init__(self, app: ASGIApp, count: Callable[[str, int, float], None]) -> None:
        self.app, self.count = app, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self.count(route, status, time.perf_counter() - began)
