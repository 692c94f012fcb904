"""Pictures that are in colour are not coloured unasked."""

from __future__ import annotations

from ..errors import AlreadyColour
from .coloured_parts import coloured_parts, refused_sentence
from .detect import is_colour
from .picture import Picture


def refuse_colour(picture: Picture, name: str) -> None:
    """Raises: AlreadyColour: the picture, which an error calls `name`, has colours."""
    if is_colour(picture)[0]:
        parts = coloured_parts(picture.pixels)
        raise AlreadyColour(name, refused_sentence(parts) if parts else None)
