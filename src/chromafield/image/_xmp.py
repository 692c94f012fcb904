"""XMP read and mended as text: what is not touched stays as it stood.

A property stands as an attribute of a description or as an element in one; both are found by the
prefix that the packet binds to the property's namespace.

References:
    ISO 16684-1 (XMP), sections 7.4 to 7.9; Adobe's XMP specification, part 3, section 1.1.3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import md5
from xml.sax.saxutils import escape

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TIFF = "http://ns.adobe.com/tiff/1.0/"
EXIF = "http://ns.adobe.com/exif/1.0/"
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
XMP = "http://ns.adobe.com/xap/1.0/"
XMP_NOTE = "http://ns.adobe.com/xmp/note/"
DC = "http://purl.org/dc/elements/1.1/"
HDR = "http://ns.adobe.com/hdr-gain-map/1.0/"
CONTAINER = "http://ns.google.com/photos/1.0/container/"
CAMERA = "http://ns.google.com/photos/1.0/camera/"
DEPTH_IMAGE = "http://ns.google.com/photos/1.0/image/"  # the picture before, beside a depth map
APPLE = ("http://ns.apple.com/pixeldatainfo/1.0/", "http://ns.apple.com/HDRGainMap/1.0/")
RAW = "http://ns.adobe.com/camera-raw-settings/1.0/"
ALL = r"\w+"
STORED = (  # what describes the pixels of the file that was read
    *((TIFF, name) for name in ("Orientation", "ImageWidth", "ImageLength", "BitsPerSample")),
    *((TIFF, name) for name in ("SamplesPerPixel", "PhotometricInterpretation", "Compression")),
    *((TIFF, name) for name in ("PlanarConfiguration", "YCbCrSubSampling", "YCbCrPositioning")),
    *((EXIF, name) for name in ("PixelXDimension", "PixelYDimension", "ColorSpace")),
    *((PHOTOSHOP, name) for name in ("ColorMode", "ICCProfile")),
    *((DEPTH_IMAGE, ALL), (RAW, "ConvertToGrayscale"), (RAW, "Treatment"), (RAW, r"GrayMixer\w*")),
    *((XMP, "Thumbnails"), (XMP_NOTE, "HasExtendedXMP"), (DC, "format")),
)
SECOND_PICTURE = (  # gain maps and motion photos, which are not carried
    *((APPLE[0], "AuxiliaryImageType"), (APPLE[1], ALL)),
    *((HDR, ALL), (CONTAINER, "Directory"), (CONTAINER, "Version")),
    *((CAMERA, r"MotionPhoto\w*"), (CAMERA, r"MicroVideo\w*")),
)
OPENING = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
CLOSING = '\n<?xpacket end="w"?>'
WRAPPED = re.compile(r"<(?:\w+:)?RDF\b[^>]*>(.*)</(?:\w+:)?RDF\s*>", re.DOTALL)
RDF_END = re.compile(r"</(?:\w+:)?RDF\s*>")
ABOUT = re.compile(r"rdf:about\s*=\s*([\"'])(.*?)\1", re.DOTALL)
EMPTY_DESCRIPTION = re.compile(
    r"<(\w+):Description\b(?:\s+(?:xmlns:\w+|\w+:about)\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*"
    r"(?:/>|>\s*</\1:Description\s*>)\s*"
)


def text_of(xmp: bytes | None) -> str:
    """The packet as text; nothing where it is none."""
    for encoding in ("utf-8-sig", "utf-16"):
        try:
            return (xmp or b"").decode(encoding).strip("\0")
        except UnicodeDecodeError:
            continue
    return ""


def value_of(packet: str, namespace: str, name: str) -> str | None:
    """A simple property's text."""
    match = _pattern(packet, namespace, name).search(packet)
    if match is None:
        return None
    found = match["inner"] if match["quote"] is None else match["attribute"]
    return (found or "").strip()


def without(packet: str, properties: Iterable[tuple[str, str]]) -> str:
    """The packet without these properties; a name may be a pattern."""
    for namespace, name in properties:
        packet = _pattern(packet, namespace, name).sub("", packet)
    return packet


def _pattern(packet: str, namespace: str, name: str) -> re.Pattern[str]:
    bound = set(re.findall(rf"xmlns:([\w.-]+)\s*=\s*[\"']{re.escape(namespace)}[\"']", packet))
    prefix = "|".join(map(re.escape, sorted(bound))) or "(?!)"
    return re.compile(
        rf"\s+(?:{prefix}):{name}\s*=\s*(?P<quote>[\"'])(?P<attribute>.*?)(?P=quote)"
        rf"|\s*<(?P<element>(?:{prefix}):{name})\b(?:\s[^>]*)?"
        r"(?:/>|(?<!/)>(?P<inner>.*?)</(?P=element)\s*>)",
        re.DOTALL,
    )


def orientation_in(xmp: bytes | None) -> int | None:
    """1 to 8; None where the packet says nothing sensible."""
    value = value_of(text_of(xmp), TIFF, "Orientation")
    return int(value) if value is not None and re.fullmatch("[1-8]", value) else None


def settled_xmp(xmp: bytes | None) -> bytes | None:
    """The packet without what no longer holds of the upright picture in colour."""
    packet = text_of(xmp)
    mended = without(packet, (*STORED, *SECOND_PICTURE))
    return xmp if mended == packet else mended.encode()


def names_second_picture(xmp: bytes | None) -> bool:
    packet = text_of(xmp)
    return without(packet, SECOND_PICTURE) != packet


def joined(xmp: bytes | None, extended: bytes) -> bytes | None:
    """The packet with the descriptions of its extended part in it."""
    packet, more = text_of(xmp), WRAPPED.search(text_of(extended))
    ends = list(RDF_END.finditer(packet))
    if not ends or more is None:
        return xmp
    packet = without(packet, [(XMP_NOTE, "HasExtendedXMP")])
    packet = EMPTY_DESCRIPTION.sub("", packet)
    end = list(RDF_END.finditer(packet))[-1].start()
    return (packet[:end] + more[1].strip() + "\n" + packet[end:]).encode()


def extended_name(xmp: bytes | None) -> str | None:
    """The name of the extended part that the packet asks for."""
    return value_of(text_of(xmp), XMP_NOTE, "HasExtendedXMP")


def split(xmp: bytes, most: int) -> tuple[bytes, bytes]:
    """A packet for one JPEG segment, and the extended part; the second is empty where it fits."""
    if len(xmp) <= most:
        return xmp, b""
    match = WRAPPED.search(text_of(xmp))
    if match is None:
        raise ValueError("its XMP is too long and no RDF")
    extended = (f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{_rdf_of(text_of(xmp))}</x:xmpmeta>').encode()
    name = md5(extended, usedforsecurity=False).hexdigest().upper()
    pointer = f'xmlns:xmpNote="{XMP_NOTE}" xmpNote:HasExtendedXMP="{name}"'
    return wrapped(f'<rdf:Description rdf:about="" {pointer}/>'), extended


def is_rdf(xmp: bytes) -> bool:
    """Whether the packet has what XMP consists of; one without cannot be split."""
    return WRAPPED.search(text_of(xmp)) is not None


def _rdf_of(packet: str) -> str:
    match = re.search(r"<(?:\w+:)?RDF\b.*</(?:\w+:)?RDF\s*>", packet, re.DOTALL)
    assert match is not None  # `split` found it
    # The wrapper may bind prefixes that the RDF uses.
    outer = re.findall(r"xmlns:([\w.-]+)\s*=\s*([\"'].*?[\"'])", packet[: match.start()])
    rdf = match.group()
    opening = rdf[: rdf.index(">")]
    missing = "".join(
        f" xmlns:{prefix}={offset}" for prefix, offset in outer if f"xmlns:{prefix}=" not in opening
    )
    return opening + missing + rdf[len(opening) :]


def wrapped(descriptions: str) -> bytes:
    """A packet of these descriptions."""
    return (
        f'{OPENING}<x:xmpmeta xmlns:x="adobe:ns:meta/">\n<rdf:RDF xmlns:rdf="{RDF}">\n'
        f"{descriptions}\n</rdf:RDF>\n</x:xmpmeta>{CLOSING}"
    ).encode()


def with_properties(xmp: bytes | None, properties: str, namespaces: dict[str, str]) -> bytes:
    """The packet with one more description of these elements."""
    packet = text_of(xmp)
    ends = list(RDF_END.finditer(packet))
    about = ABOUT.search(packet) if ends else None
    subject = escape(about[2], {'"': "&quot;"}) if about else ""
    bound = " ".join(f'xmlns:{prefix}="{offset}"' for prefix, offset in namespaces.items())
    description = (
        f'<rdf:Description xmlns:rdf="{RDF}" rdf:about="{subject}" {bound}>{properties}\n'
        "</rdf:Description>"
    )
    if not ends:
        return wrapped(description)
    end = ends[-1].start()
    return (packet[:end] + description + "\n" + packet[end:]).encode()
