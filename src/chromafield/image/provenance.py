"""A note inside the picture file: these colours are guesses, and whose.

It is XMP, which every format written here can hold and every archive tool can read.

References:
    ISO 16684-1 (XMP), sections 7.3 and 7.4; IPTC Digital Source Type, news codes.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

NAMESPACE = "urn:chromafield:colours#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
SENTENCE = (
    "The colours of this picture are guesses made by a computer from its lightness; "
    "they are not a record of the colours that were there."
)
OPENING = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
OUR_DESCRIPTION = re.compile(
    rf"<(?:\w+:)?Description\b[^>]*{re.escape(NAMESPACE)}[^>]*/>\s*", re.DOTALL
)
RDF_END = re.compile(r"</(?:\w+:)?RDF\s*>")
ABOUT = re.compile(r"rdf:about\s*=\s*([\"'])(.*?)\1", re.DOTALL)


def guess_note(model: str, digest: str, seed: int | None, version: str) -> bytes:
    """An XMP packet that says in plain words that the colours are guesses.

    Args:
        model: its name.
        digest: of its weight file, so that the guess can be made again.
        seed: of the random choice among guesses; None where there was none.
        version: of this program.
    """
    says = {
        "Note": SENTENCE,
        "Model": model,
        "Weights": digest,
        "Version": version,
        **({} if seed is None else {"Seed": str(seed)}),
    }
    properties = "".join(f"\n  chromafield:{key}={quoteattr(text)}" for key, text in says.items())
    packet = (
        f'{OPENING}<x:xmpmeta xmlns:x="adobe:ns:meta/">\n<rdf:RDF xmlns:rdf="{RDF}">\n'
        f'<rdf:Description xmlns:rdf="{RDF}" rdf:about=""\n  xmlns:chromafield="{NAMESPACE}"\n'
        f'  xmlns:Iptc4xmpExt="{IPTC_EXTENSION}"\n'
        f'  Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"{properties}/>\n'
        '</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
    )
    return packet.encode()


def merge_note(xmp: bytes | None, note: bytes) -> bytes:
    """The packet `xmp` with the note in it, in place of an earlier note.

    A packet that is none (no text, or no end of its RDF) is replaced by the note alone.
    """
    packet = _text_of(xmp) if xmp else ""
    packet = OUR_DESCRIPTION.sub("", packet)
    ends = list(RDF_END.finditer(packet))
    described = OUR_DESCRIPTION.search(note.decode())
    if not ends or described is None:
        return note
    description = described.group()
    if "DigitalSourceType" in packet:  # a property may be stated once only
        description = re.sub(r"\s+Iptc4xmpExt:DigitalSourceType=\S+?\"(?=[\s/])", "", description)
    if about := ABOUT.search(packet):  # all descriptions are about the same thing
        description = description.replace(
            'rdf:about=""', f"rdf:about={about[1]}{about[2]}{about[1]}"
        )
    end = ends[-1].start()
    return (packet[:end] + description.rstrip() + "\n" + packet[end:]).encode()


def _text_of(xmp: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16"):
        try:
            return xmp.decode(encoding).strip("\0")
        except UnicodeDecodeError:
            continue
    return ""
