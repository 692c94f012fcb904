"""A piece's frames into its file, told by the thread that encodes."""

from __future__ import annotations

from typing import Any

from .clock import Clock
from .segment import Segment
from .survey import Piece
from .work import Film
from .work_folder import Done


class PieceWriter:
    """Takes the frames of one piece in order; then it is finished, or abandoned."""

    def __init__(self, film: Film, piece: Piece) -> None:
        self.film, self.piece, self.clock = film, piece, Clock()
        self.path = film.work.in_making(piece)
        self.segment = Segment(self.path, film.video_format)
        self.open = True

    def add(self, number: int, frame: Any) -> None:
        """Encode the frame of this number in the part."""
        frame.pts = self.film.timing.times[number]
        frame.time_base = self.film.video_format.time_base
        with self.clock.runs("encode"):
            self.segment.add(frame)

    def finish(self, kept: int, seconds: dict[str, float]) -> None:
        """Close the file and note that the piece is whole.

        Args:
            kept: frames that had colours and kept them.
            seconds: where the time of colouring went.
        """
        with self.clock.runs("encode"):  # where most of an encoder's work is done
            ahead = self.segment.close()
        self.open = False
        spent = seconds | {k: float(v) for k, v in self.clock.seconds.items()}
        self.film.work.finish(self.piece, self.path, Done(kept, ahead, spent))

    def abandon(self) -> None:
        """Take away what is not finished."""
        if self.open:
            self.segment.abandon()
            self.path.unlink(missing_ok=True)
