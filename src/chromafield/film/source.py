"""A film file: its streams, and what cannot be coloured said before any work is done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import MissingExtra, PictureError

try:
    import av
except ImportError as error:
    raise MissingExtra("Colouring film", "film") from error


@dataclass(frozen=True)
class Source:
    """An open file and its picture stream."""

    path: Path
    container: Any  # av.container.InputContainer
    video: Any  # av.VideoStream

    @property
    def frames(self) -> int | None:
        """How many, where the file tells or its length does."""
        if self.video.frames:
            return int(self.video.frames)
        if self.container.duration and self.video.average_rate:
            seconds = self.container.duration / av.time_base
            return round(float(seconds) * float(self.video.average_rate))
        return None


@contextlib.contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a film.

    Raises:
        PictureError: it is missing, no film, or has no pictures.
    """
    try:
        container = av.open(str(path))
    except FileNotFoundError as error:
        raise PictureError(f"There is no film {path}.") from error
    except (av.FFmpegError, OSError) as error:
        raise PictureError(
            f"{path} cannot be read as a film ({error}). Name a file that FFmpeg can play."
        ) from error
    with container:
        streams = [s for s in container.streams.video if not _is_cover(s)]
        if not streams:
            kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
            raise PictureError(f"{path} has no pictures; it holds {kinds}. Name a film.")
        streams[0].thread_type = "AUTO"
        yield Source(path, container, streams[0])


def _is_cover(stream: Any) -> bool:
    """Is the stream a still, as music files carry on their cover?"""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)
