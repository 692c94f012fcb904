"""Pictures that are in colour are not coloured unasked.

A black-and-white picture with coloured things on it, a stamp, a pen's mark, is none: the things
keep their colours.
"""

from __future__ import annotations

from ..errors import AlreadyColour
from .colored_parts import colored_parts, is_grey_beside, refused_sentence
from .detect import has_color, is_color
from .pages import Corners, Page, small_upright
from .picture import Picture
from .provenance import NAMESPACE


def refuse_color(picture: Picture, name: str, page: Page | None = None) -> None:
    """Refuse a picture that has colours.

    Args:
        name: what an error calls it.
        page: where its photographs lie, when it is a page: then they alone decide.

    Raises:
        AlreadyColour: it has colours, of Chromafield's too; of a page, all its photographs have.
    """
    if colored_before(picture):
        raise AlreadyColour(name, "Chromafield coloured it before.")
    if page is not None and page.prints and black_and_white(page, picture):
        return
    if is_color(picture)[0]:
        parts = colored_parts(picture.pixels)
        if parts and is_grey_beside(picture.pixels, parts):
            return
        raise AlreadyColour(name, refused_sentence(parts) if parts else None)


def colored_before(picture: Picture) -> bool:
    """Whether it is a result, by its note, and has colours, however faint."""
    return NAMESPACE.encode() in (picture.tags.xmp or b"") and has_color(picture)


def black_and_white(page: Page, picture: Picture) -> tuple[Corners, ...]:
    """The photographs of a page that are not in colour."""
    if picture.is_grey:
        return page.prints
    own = [(one, small_upright(picture.pixels, one)) for one in page.prints]
    return tuple(one for one, pixels in own if not is_color(Picture(pixels))[0])
