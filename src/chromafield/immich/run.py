"""A run over the pictures of an Immich server: what is black-and-white gets a result beside it.

The server itself says what is done: a picture whose stack holds its result. A result that was
uploaded and not stacked, because the run was cut off, is found by its name and time.
"""

from __future__ import annotations

import enum
import functools
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..batch.batch import Batch, colorize_many
from ..colorizer.colorizer import Colorizer
from ..colorizer.loading import load_colorizer
from ..errors import ChromafieldError, PictureError, ServerError
from ..image import read_picture
from ..image.detect import is_color
from ..image.write import suffix_for
from ..jobs.jobs import MARK, RESULT, Job
from .server import Asset, Server, Stack


class End(enum.Enum):
    """How it ended with a picture."""

    COLORED = "coloured"
    FOUND = "to be coloured"  # of a dry run
    STACKED = "stacked with a result of an earlier run"
    DONE = "done before"
    RESULT = "results"
    IN_COLOR = "in colour"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Ended:
    """A picture and how it ended, with a sentence where it failed."""

    asset: Asset
    end: End
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What a run does.

    `show_color` has the timeline show the result in place of its original; `dry` changes nothing.
    """

    batch: Batch
    show_color: bool = False
    dry: bool = False


def color_pictures(server: Server, assets: Sequence[Asset], wanted: Wanted) -> Iterator[Ended]:
    """Colour what is black-and-white of the pictures, and stack each with its result.

    Yields:
        How it ended with each, in their order.

    Raises:
        ServerError: the server is gone, or refuses the key.
        UnknownName, WeightsError: the model or the field cannot be loaded.
    """
    stacks = {one.id: stack for stack in server.stacks() for one in stack.assets}

    @functools.cache
    def colorizer() -> Colorizer:  # loaded when the first picture needs it
        return load_colorizer(wanted.batch.settings, wanted.batch.device)

    for asset in assets:
        try:
            yield _color(server, asset, stacks, wanted, colorizer)
        except ServerError:
            raise
        except ChromafieldError as error:
            yield Ended(asset, End.FAILED, f"{asset.name}: {str(error).removesuffix('.')}.")


def _color(
    server: Server,
    asset: Asset,
    stacks: Mapping[str, Stack],
    wanted: Wanted,
    colorizer: Callable[[], Colorizer],
) -> Ended:
    name, stack = PurePosixPath(asset.name), stacks.get(asset.id)
    if RESULT.fullmatch(name.stem):
        return Ended(asset, End.RESULT)
    stem = f"{name.stem}{MARK}"
    if stack is not None and any(PurePosixPath(one.name).stem == stem for one in stack.assets):
        return Ended(asset, End.DONE)
    if not _is_grey(server, asset):
        return Ended(asset, End.IN_COLOR)
    if wanted.dry:
        return Ended(asset, End.FOUND)
    notes: tuple[str, ...] = ()
    result = server.uploaded(stem, asset, stacks)
    end = End.STACKED if result else End.COLORED
    if result is None:
        suffix, data, notes = _colored(server.original(asset), asset, wanted.batch, colorizer())
        result = server.upload(f"{stem}{suffix}", data, asset)
    shown = [stack.first] if stack is not None else []
    order = [result, *shown, asset.id] if wanted.show_color else [*shown, asset.id, result]
    try:
        server.stack(list(dict.fromkeys(order)))
    except PictureError as error:
        raise PictureError(f"its result {stem} is uploaded, but stands alone: {error}") from error
    return Ended(asset, end, notes=notes)


def _is_grey(server: Server, asset: Asset) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "preview"
        path.write_bytes(server.preview(asset))
        return not is_color(read_picture(path))[0]


def _colored(
    data: bytes, asset: Asset, batch: Batch, colorizer: Colorizer
) -> tuple[str, bytes, tuple[str, ...]]:
    """The result's suffix, its file, and the notes on it."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"picture{PurePosixPath(asset.name).suffix}"
        source.write_bytes(data)
        target = Path(folder) / f"result{suffix_for(source)}"
        (outcome,) = colorize_many([Job(source, target)], batch, colorizer)
        if outcome.report is None:
            said = outcome.error or ""
            raise PictureError(said.replace(f"{source}: ", "").replace(str(source), "its file"))
        notes = (note.replace(source.name, asset.name) for note in outcome.report.notes)
        return target.suffix, target.read_bytes(), tuple(notes)
