"""Which of a TIFF's pages is the picture: never a preview, nor what a raw file shows instead.

Pages are chained, and each may name further ones (SubIFDs). A page says by its kind whether it is
the picture, a smaller preview of it, or a mask.

References:
    TIFF 6.0 (1992), tags 254 and 255; Adobe's technical note 1 on PageMaker 6.0 (SubIFDs);
    Adobe DNG 1.7, chapter 4.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import PurePath

from PIL.ExifTags import Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ..errors import PictureError
from ._ifd import read_entries, whole_numbers

REDUCED, MASK, DEPTH_MAP = 1, 4, 8  # bits of NewSubfileType
OLD_KIND, OLD_REDUCED = 255, 2
SUBIFDS, DNG_VERSION = 330, 50706
MASK_PHOTOMETRIC = 4
RAW_PHOTOMETRICS = (32803, 34892)  # sensor values, and a raw file's linear picture
RAW_PACKINGS = (32767, 32769, 32770, 32772, 34713, 65000, 65535)  # of Sony, Samsung, Nikon, ...
RAW_NAMES = (
    "3fr arw cap cr2 cr3 crw dcr dng erf fff iiq k25 kdc mdc mef mos mrw nef nrw orf pef raf raw "
    "rw2 rwl sr2 srf srw x3f"
)
RAW_ENDINGS = frozenset("." + name for name in RAW_NAMES.split(" "))
PAGE_LIMIT = 10_000
CLASSIC_LEAD = 8  # bytes; BigTIFF has 16


@dataclass(frozen=True)
class Page:
    """One directory."""

    tags: ImageFileDirectory_v2
    offset: int  # of its directory in the file
    chained: bool  # whether it stands among the pages, not inside one

    @property
    def is_picture(self) -> bool:
        """Whether it is neither a preview nor a mask."""
        kind = _number(self.tags.get(Base.NewSubfileType))
        if kind is None:
            reduced = _number(self.tags.get(OLD_KIND)) == OLD_REDUCED
        else:
            reduced = bool(kind & (REDUCED | MASK | DEPTH_MAP))
        return not reduced and self.photometric != MASK_PHOTOMETRIC

    @property
    def photometric(self) -> int | None:
        return _number(self.tags.get(Base.PhotometricInterpretation))

    @property
    def pixels(self) -> int:
        width, height = (
            _number(self.tags.get(tag)) or 0 for tag in (Base.ImageWidth, Base.ImageLength)
        )
        return width * height


def pages_of(data: bytearray, lead: bytes) -> list[Page]:
    """All pages in their order, each followed by those inside it."""
    file, order = io.BytesIO(data), "<" if lead[:2] == b"II" else ">"
    start = _directory(lead).next
    waiting, seen = [(start, True)], set()
    pages: list[Page] = []
    while waiting and len(pages) < PAGE_LIMIT:
        offset, chained = waiting.pop(0)
        if not offset or offset in seen:
            continue
        seen.add(offset)
        tags = _directory(lead)
        file.seek(offset)
        tags.load(file)
        pages.append(Page(tags, offset, chained))
        for entry in read_entries(data, order, offset, big=len(lead) > CLASSIC_LEAD):
            if entry.tag == SUBIFDS:
                waiting[:0] = [(one, False) for one in whole_numbers(entry)]
        if chained:
            waiting.append((tags.next, True))
    return pages


def _directory(lead: bytes) -> ImageFileDirectory_v2:
    """An empty one of this file's order and kind; Pillow looks for BigTIFF's in one order alone."""
    kind = b"+\0" if len(lead) > CLASSIC_LEAD else b"*\0"
    return ImageFileDirectory_v2(b"II" + kind + lead[4:], prefix=lead[:2])


def picture_among(pages: list[Page], name: str) -> tuple[Page, int]:
    """The page that is the picture, and how many pictures are chained.

    Raises:
        PictureError: it is a raw file, or holds previews alone.
    """
    if is_raw(pages, name):
        raise PictureError(raw_sentence(name))
    pictures = [page for page in pages if page.is_picture]
    if not pictures:
        raise PictureError(
            f"{name}: only a preview lies in this file, not the picture itself. "
            "Copy the full picture from its source, or save it anew as a TIFF."
        )
    largest = max(pictures, key=lambda page: page.pixels)
    return largest, sum(page.chained for page in pictures)


def is_raw(pages: list[Page], name: str) -> bool:
    """Whether it is a camera's or a scanner's raw file, by what it holds or by its ending."""
    return (
        PurePath(name).suffix.lower() in RAW_ENDINGS
        or any(DNG_VERSION in page.tags for page in pages[:1])
        or any(page.photometric in RAW_PHOTOMETRICS for page in pages)
        or any(_number(page.tags.get(Base.Compression)) in RAW_PACKINGS for page in pages)
    )


def raw_sentence(name: str) -> str:
    return (
        f"{name} is a camera's or scanner's raw file, of which only a preview can be read. "
        "Develop it to TIFF first, in its maker's or any raw program."
    )


def _number(value: object) -> int | None:
    if isinstance(value, tuple):
        value = value[0] if value else None
    return value if isinstance(value, int) else None
