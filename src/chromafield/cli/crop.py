"""`chromafield crop`: the photographs of a page as files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ._shared import PATH


@click.command()
@click.argument("pages", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", type=PATH, help="A folder.  [default: beside each page]")
@click.option("--overwrite", is_flag=True, help="Write over files that are there.")
def crop(pages: tuple[Path, ...], output: Path | None, overwrite: bool) -> None:
    """Write the photographs on PAGES as files of their own: NAME-photo-1, NAME-photo-2 ...

    \b
    chromafield crop album-page.jpg
    chromafield crop scans/*.tif -o photographs

    Each is turned upright and keeps the page's depth and metadata. Exit code 1: a page on which no
    photograph was found, or that cannot be read.
    """
    from ..colorizer.crops import crop_page
    from ..errors import ChromafieldError

    failed = False
    for page in pages:
        try:
            for path in crop_page(page, output or page.parent, overwrite):
                click.echo(path)
        except ChromafieldError as error:
            click.echo(f"Error: {error}", err=True)
            failed = True
    if failed:
        sys.exit(1)
