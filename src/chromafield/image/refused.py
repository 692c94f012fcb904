"""Pictures that are in colour are not coloured unasked."""

from __future__ import annotations

from ..errors import AlreadyColour
from .colored_parts import colored_parts, refused_sentence
from .detect import is_color
from .pages import Corners, Page, small_upright
from .picture import Picture


def refuse_color(picture: Picture, name: str, page: Page | None = None) -> None:
    """Refuse a picture that has colours.

    Args:
        name: what an error calls it.
        page: where its photographs lie, when it is a page: then they alone decide.

    Raises:
        AlreadyColour: it has colours; of a page, all its photographs have.
    """
    if page is not None and page.prints and black_and_white(page, picture):
        return
    if is_color(picture)[0]:
        parts = colored_parts(picture.pixels)
        raise AlreadyColour(name, refused_sentence(parts) if parts else None)


def black_and_white(page: Page, picture: Picture) -> tuple[Corners, ...]:
    """The photographs of a page that are not in colour."""
    if picture.is_grey:
        return page.prints
    own = [(one, small_upright(picture.pixels, one)) for one in page.prints]
    return tuple(one for one, pixels in own if not is_color(Picture(pixels))[0])
