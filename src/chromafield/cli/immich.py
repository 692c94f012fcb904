"""`chromafield immich`: the black-and-white photographs of an Immich server."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ..settings import Scope
from ._colorizing import photo_settings
from ._options import settings_options
from ._shared import device_option, errors_as_one_line

if TYPE_CHECKING:
    from ..immich.run import Ended, Wanted
    from ..immich.server import Server


@click.command()
@click.option(
    "--server", envvar="IMMICH_INSTANCE_URL", required=True, help="Its address, http://HOST:2283."
)
@click.option(
    "--key", envvar="IMMICH_API_KEY", required=True, help="An API key; better in IMMICH_API_KEY."
)
@click.option("--album", "albums", multiple=True, help="Only of this album: its name or id.")
@click.option("--person", "persons", multiple=True, help="Only with this person: the name.")
@click.option("--dry-run", is_flag=True, help="Name what would be coloured; change nothing.")
@click.option(
    "--show-color", is_flag=True, help="Show the result in the timeline, not the original."
)
@settings_options(Scope.PHOTO)
@device_option
@click.option("--quality", default=95, show_default=True, help="Of JPEG, WebP and AVIF results.")
def immich(server: str, key: str, **options: Any) -> None:
    """Colour the black-and-white photographs of an Immich server, each stacked with its result.

    \b
    export IMMICH_INSTANCE_URL=http://photos.local:2283 IMMICH_API_KEY=...
    chromafield immich --dry-run
    chromafield immich --album Grandparents
    chromafield immich --person "Anna Weber" --vividness 1.2

    A result is a picture of its own, NAME-color; nothing is replaced or deleted. A second run does
    only what is left. The key needs asset.read, asset.view, asset.download, asset.upload,
    stack.read and stack.create; album.read for --album, person.read for --person. Exit code 1: a
    photograph failed, or the server refused; each is named.
    """
    with errors_as_one_line():
        from ..batch.batch import Batch
        from ..colorizer.files import OutputOptions
        from ..immich.connection import Connection
        from ..immich.run import Wanted
        from ..immich.server import Server

        extras = OutputOptions(quality=options["quality"])
        batch = Batch(photo_settings(options), extras, options["device"])
        wanted = Wanted(batch, options["show_color"], options["dry_run"])
        failed = _run(Server(Connection(server, key)), wanted, options)
    if failed:
        sys.exit(1)


def _run(server: Server, wanted: Wanted, options: dict[str, Any]) -> int:
    """Colour what is asked for; how many failed."""
    from ..immich.run import End, color_pictures
    from ..immich.server import LOOK, WRITE

    asked = {"album.read": options["albums"], "person.read": options["persons"]}
    server.check(
        (*LOOK, *(() if wanted.dry else WRITE), *(name for name, one in asked.items() if one))
    )
    only = {
        "albumIds": [server.album(one) for one in options["albums"]],
        "personIds": [server.person(one) for one in options["persons"]],
    }
    found = server.pictures(**{name: ids for name, ids in only.items() if ids})
    assets = list({one.id: one for one in found}.values())  # before anything is added to them
    ends: Counter[End] = Counter()
    try:
        for ended in _shown(color_pictures(server, assets, wanted), len(assets)):
            ends[ended.end] += 1
    finally:
        counts = ", ".join(f"{ends[end]} {end.value}" for end in End if ends[end])
        click.echo(f"{ends.total()} of {len(assets)} pictures: {counts or 'none'}.", err=True)
    return ends[End.FAILED]


def _shown(ended: Iterator[Ended], count: int) -> Iterator[Ended]:
    """Print each as it comes: what is coloured, or would be, and what failed."""
    from tqdm import tqdm

    from ..immich.run import End

    with tqdm(total=count, unit="picture", disable=not sys.stderr.isatty()) as bar:
        for one in ended:
            bar.update()
            if one.end in (End.COLORED, End.STACKED, End.FOUND):
                tqdm.write(f"{one.asset.name}: {one.end.value}", file=sys.stdout)
            for note in one.notes:
                tqdm.write(f"Note: {note}", file=sys.stderr)
            if one.error:
                tqdm.write(f"Error: {one.error}", file=sys.stderr)
            yield one
