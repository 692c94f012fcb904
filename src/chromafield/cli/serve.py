"""`chromafield serve`: a service for programs."""

from __future__ import annotations

import click

from ..defaults import MODEL
from ._completion import COMPLETERS
from ._shared import device_option, errors_as_one_line

PORT = 8715


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="0.0.0.0: all of this machine."
)
@click.option("--port", default=PORT, show_default=True, help="0 takes one that is free.")
@click.option(
    "--token", help="What a request must carry.  [default: one that is kept, and printed]"
)
@click.option(
    "--at-once", type=click.IntRange(1), default=2, show_default=True, help="Pictures in work."
)
@click.option(
    "--waiting", type=click.IntRange(0), default=6, show_default=True, help="Pictures that wait."
)
@click.option(
    "--model",
    default=MODEL,
    show_default=True,
    shell_complete=COMPLETERS["model"],
    help="See `chromafield models`.",
)
@device_option
def serve(
    host: str, port: int, token: str | None, at_once: int, waiting: int, model: str, device: str
) -> None:
    """Answer programs over HTTP: a picture in, a picture in colour out; no page.

    \b
    chromafield serve
    CHROMAFIELD_TOKEN=secret chromafield serve --host 0.0.0.0
    curl -H "X-Token: secret" --data-binary @old.png localhost:8715/api/colorize -o new.png

    /api/health needs no token; /openapi.json says what else can be asked, /metrics has figures
    for Prometheus. Of more pictures than are taken, the rest is refused with 429 and when to come
    again. Ctrl-C, or a stopped container, finishes the pictures in hand.
    """
    with errors_as_one_line():
        from ..settings import Settings
        from ..web.serve import make_studio
        from ..web.service import Place, serve_api

        studio = make_studio(Settings(model=model), device, ())
        own = token or studio.store.token()

        def tell(address: str) -> None:
            click.echo(address)
            if token is None:
                click.echo(f"The token is {own}", err=True)

        serve_api(studio, own, Place(host, port, at_once, waiting), tell)
