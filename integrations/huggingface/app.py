"""A page and the service on one port: a photograph in, the same in colour beside it.

Nothing that is sent is kept. The page asks the service as any program would, with a token that is
made at the start and stands in the page.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("index.html")
PORT = 7860


def make_app(token: str, place: Any = None) -> Any:
    """The service with the page at its root."""
    from fastapi.responses import HTMLResponse

    from chromafield.settings import Settings
    from chromafield.web.serve import make_studio
    from chromafield.web.service import Place, make_service

    page = PAGE.read_text("utf-8").replace("{{token}}", token)
    app = make_service(make_studio(Settings(), "auto", ()), token, place or Place("0.0.0.0", PORT))

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def index() -> str:
        return page

    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(
        make_app(secrets.token_urlsafe()), host=os.environ.get("HOST", "127.0.0.1"), port=PORT
    )
