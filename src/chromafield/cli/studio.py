"""`chromafield studio`: colour by hand in the browser, on this machine alone."""

from __future__ import annotations

from pathlib import Path

import click

from ..defaults import MODEL
from ._shared import PATH, device_option, errors_as_one_line

PORT = 8714


@click.command()
@click.argument("paths", nargs=-1, type=PATH)
@click.option("--port", default=PORT, show_default=True, help="0 takes one that is free.")
@click.option("--no-browser", is_flag=True, help="Print the address, open nothing.")
@click.option("--model", default=MODEL, show_default=True, help="See `chromafield models`.")
@click.option("--force", is_flag=True, help="Replace the colours of pictures that have some.")
@device_option
def studio(
    paths: tuple[Path, ...], port: int, no_browser: bool, model: str, force: bool, device: str
) -> None:
    """Open a page for colouring pictures by hand: PATHS, or what is dropped on the page.

    \b
    chromafield studio grandmother.jpg
    chromafield studio scans/ --port 0 --no-browser

    The page is on 127.0.0.1 and uses no other machine: no account, no cloud. It ends with Ctrl-C.
    What you give a picture is kept beside it, in NAME.hints.json.
    """
    with errors_as_one_line():
        from ..settings import Settings
        from ..web.serve import make_studio, serve

        workplace = make_studio(Settings(model=model, force=force), device, paths)

        def show(address: str) -> None:
            click.echo(address)
            click.echo("Open this address in a browser of this machine. Ctrl-C ends.", err=True)

        serve(workplace, port, not no_browser, show)
