"""Pictures that are in colour are not coloured unasked."""

from __future__ import annotations

from ..errors import AlreadyColour
from .colored_parts import colored_parts, refused_sentence
from .detect import is_color
from .picture import Picture


def refuse_color(picture: Picture, name: str) -> None:
    """Raises: AlreadyColour: the picture, which an error calls `name`, has colours."""
    if is_color(picture)[0]:
        parts = colored_parts(picture.pixels)
        raise AlreadyColour(name, refused_sentence(parts) if parts else None)
