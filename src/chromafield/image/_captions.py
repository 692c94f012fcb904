"""Captions and credits from the place that one format has to the place that another has.

What the target cannot hold as it stands becomes XMP, which every format written here can hold;
a property that XMP states already stays as it is stated.

References:
    IPTC-NAA Information Interchange Model 4.2; IPTC Photo Metadata Standard 2025.1, its table of
    equal properties; Adobe's Photoshop file format, image resources.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.sax.saxutils import escape, unescape

from ._tags import readable
from ._xmp import DC, EXIF, PHOTOSHOP, XMP, text_of, value_of, with_properties, without
from .picture import Tags

CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
PREFIXES = {
    DC: "dc",
    EXIF: "exif",
    PHOTOSHOP: "photoshop",
    XMP: "xmp",
    CORE: "Iptc4xmpCore",
    RIGHTS: "xmpRights",
}
PLAIN, ALT, BAG, SEQ = "plain", "Alt", "Bag", "Seq"
ITEM = re.compile(r"<rdf:li\b[^>]*>(.*?)</rdf:li\s*>", re.DOTALL)
IPTC_BLOCKS = {  # of record 2
    5: (DC, "title", ALT),
    10: (PHOTOSHOP, "Urgency", PLAIN),
    15: (PHOTOSHOP, "Category", PLAIN),
    20: (PHOTOSHOP, "SupplementalCategories", BAG),
    25: (DC, "subject", BAG),
    40: (PHOTOSHOP, "Instructions", PLAIN),
    55: (PHOTOSHOP, "DateCreated", PLAIN),
    80: (DC, "creator", SEQ),
    85: (PHOTOSHOP, "AuthorsPosition", PLAIN),
    90: (PHOTOSHOP, "City", PLAIN),
    92: (CORE, "Location", PLAIN),
    95: (PHOTOSHOP, "State", PLAIN),
    100: (CORE, "CountryCode", PLAIN),
    101: (PHOTOSHOP, "Country", PLAIN),
    103: (PHOTOSHOP, "TransmissionReference", PLAIN),
    105: (PHOTOSHOP, "Headline", PLAIN),
    110: (PHOTOSHOP, "Credit", PLAIN),
    115: (PHOTOSHOP, "Source", PLAIN),
    116: (DC, "rights", ALT),
    120: (DC, "description", ALT),
    122: (PHOTOSHOP, "CaptionWriter", PLAIN),
}
TEXT_BLOCKS = {
    "title": (DC, "title", ALT),
    "author": (DC, "creator", SEQ),
    "description": (DC, "description", ALT),
    "copyright": (DC, "rights", ALT),
    "comment": (EXIF, "UserComment", ALT),
    "source": (DC, "source", PLAIN),
    "creation time": (XMP, "CreateDate", PLAIN),
}
COMMENT = "Comment"
OF_THE_FILE = ("date:create", "date:modify", "date:timestamp")  # ImageMagick's, of the old file
FLAG, ADDRESS = 0x040A, 0x040B  # Photoshop's resources on rights
HOLDS_IPTC = ("JPEG", "TIFF")


@dataclass(frozen=True)
class Caption:
    """One property for XMP."""

    place: tuple[str, str, str]  # namespace, name, kind
    values: tuple[str, ...]


def fitted(tags: Tags, format: str) -> tuple[Tags, tuple[str, ...]]:
    """The tags as a file of `format` holds them, and the names of what it cannot hold."""
    captions: list[Caption] = []
    lost: list[str] = []
    if format not in HOLDS_IPTC:
        captions += [*_of_iptc(tags.iptc or b""), *_of_blocks(dict(tags.blocks))]
        lost += _without_place(tags.iptc or b"")
        tags = replace(tags, iptc=None, blocks=())
    if format != "PNG":
        staying = []
        for keyword, text in tags.text:
            if format == "JPEG" and keyword == COMMENT:
                staying.append((keyword, text))
            elif (one := _of_text(keyword, text)) is not None:
                captions.append(one)
            elif keyword not in OF_THE_FILE:
                lost.append(keyword)
        tags = replace(tags, text=tuple(staying))
    return replace(tags, xmp=_with(tags.xmp, captions)), tuple(lost)


def _with(xmp: bytes | None, captions: list[Caption]) -> bytes | None:
    """The packet with those that it does not state; keywords are added to those that it has."""
    packet = text_of(xmp)
    merged: dict[tuple[str, str, str], list[str]] = {}
    for one in captions:
        stated = value_of(packet, *one.place[:2])
        if stated is None or one.place[2] == BAG:
            before = [unescape(item) for item in ITEM.findall(stated or "")]
            merged.setdefault(one.place, before).extend(one.values)
    replaced = [place[:2] for place in merged if value_of(packet, *place[:2]) is not None]
    if not merged:
        return xmp
    if replaced:
        xmp = without(packet, replaced).encode()
    spaces = {PREFIXES[space]: space for space, _, _ in merged}
    return with_properties(xmp, "".join(map(_element, merged, merged.values())), spaces)


def _element(place: tuple[str, str, str], values: list[str]) -> str:
    space, name, kind = place
    tag = f"{PREFIXES[space]}:{name}"
    texts = [escape(_allowed(value)) for value in dict.fromkeys(values)]
    if kind == PLAIN:
        return f"\n  <{tag}>{texts[0]}</{tag}>"
    if kind == ALT:
        items = '<rdf:li xml:lang="x-default">' + "\n".join(texts) + "</rdf:li>"
    else:
        items = "".join(f"<rdf:li>{text}</rdf:li>" for text in texts)
    return f"\n  <{tag}><rdf:{kind}>{items}</rdf:{kind}></{tag}>"


def _allowed(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))


def _of_iptc(iptc: bytes) -> Iterator[Caption]:
    records = list(_records(iptc))
    is_utf8 = any(where == (1, 90) and value == b"\x1b%G" for where, value in records)
    for (record, dataset), value in records:
        if record == 2 and dataset in IPTC_BLOCKS:
            text = value.decode("utf-8", "replace") if is_utf8 else readable(value)
            if dataset == 55 and len(text) == 8 and text.isdigit():
                text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
            yield Caption(IPTC_BLOCKS[dataset], (text.strip("\0"),))


def _without_place(iptc: bytes) -> list[str]:
    """The records on the picture for which XMP has no property here."""
    numbers = sorted({dataset for (record, dataset), _ in _records(iptc) if record == 2})
    return [f"IPTC's 2:{one}" for one in numbers if one and one not in IPTC_BLOCKS]


def _records(iptc: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    place = 0
    while place + 5 <= len(iptc) and iptc[place] == 0x1C:
        record, dataset, length = struct.unpack_from(">BBH", iptc, place + 1)
        place += 5
        if length & 0x8000:  # its own length follows
            count = length & 0x7FFF
            length = int.from_bytes(iptc[place : place + count])
            place += count
        yield (record, dataset), iptc[place : place + length]
        place += length


def _of_blocks(blocks: dict[int, bytes]) -> Iterator[Caption]:
    if FLAG in blocks:
        marked = "True" if any(blocks[FLAG]) else "False"
        yield Caption((RIGHTS, "Marked", PLAIN), (marked,))
    if ADDRESS in blocks:
        yield Caption((RIGHTS, "WebStatement", PLAIN), (readable(blocks[ADDRESS]).strip("\0"),))


def _of_text(keyword: str, text: str) -> Caption | None:
    place = TEXT_BLOCKS.get(keyword.strip().lower())
    if place is None:
        return None
    if place[1] == "CreateDate":
        date = _iso_date(text)
        return None if date is None else Caption(place, (date,))
    return Caption(place, (text,))


def _iso_date(text: str) -> str | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(text.strip()).isoformat()
        except (ValueError, TypeError, IndexError):
            continue
    return text.strip() if text.strip().isdigit() and len(text.strip()) == 4 else None
