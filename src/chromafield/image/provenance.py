"""A note inside the picture file: these colours are guesses, and whose.

It is XMP, which every format written here can hold and every archive tool can read.

References:
    ISO 16684-1 (XMP), sections 7.3 and 7.4; IPTC Digital Source Type, news codes.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr, unescape

from ._xmp import ABOUT, OPENING, RDF, RDF_END, text_of, value_of, without

NAMESPACE = "urn:chromafield:colours#"
IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
AI_SYSTEM = "Chromafield"
SENTENCE = (
    "The colours of this picture are guesses made by a computer from its lightness; "
    "they are not a record of the colours that were there."
)
OUR_DESCRIPTION = re.compile(
    rf"<(?:\w+:)?Description\b[^>]*{re.escape(NAMESPACE)}[^>]*/>\s*", re.DOTALL
)
QUOTES = {"&quot;": '"', "&apos;": "'"}
REPLACED = ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed")


def guess_note(
    model: str, digest: str, seed: int | None, version: str, was: str | None = None
) -> bytes:
    """An XMP packet that says in plain words that the colours are guesses.

    Args:
        model: its name.
        digest: of its weight file, so that the guess can be made again.
        seed: of the random choice among guesses; None where there was none.
        version: of this program.
        was: the source type that was stated before, kept beside the new one.
    """
    statement = {
        "Note": SENTENCE,
        "Model": model,
        "Weights": digest,
        "Version": version,
        **({} if seed is None else {"Seed": str(seed)}),
        **({} if was is None else {"SourceTypeBefore": was}),
    }
    properties = "".join(
        f"\n  chromafield:{key}={quoteattr(text)}" for key, text in statement.items()
    )
    packet = (
        f'{OPENING}<x:xmpmeta xmlns:x="adobe:ns:meta/">\n<rdf:RDF xmlns:rdf="{RDF}">\n'
        f'<rdf:Description xmlns:rdf="{RDF}" rdf:about=""\n  xmlns:chromafield="{NAMESPACE}"\n'
        f'  xmlns:Iptc4xmpExt="{IPTC_EXTENSION}"\n'
        f'  Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"\n'
        f'  Iptc4xmpExt:AISystemUsed="{AI_SYSTEM}"\n'
        f"  Iptc4xmpExt:AISystemVersionUsed={quoteattr(version)}{properties}/>\n"
        '</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
    )
    return packet.encode()


def stated_source_type(xmp: bytes | None) -> str | None:
    """The source type that the packet states, as it was before any note of ours."""
    packet = text_of(xmp)
    if earlier := value_of(packet, NAMESPACE, "SourceTypeBefore"):
        return unescape(earlier, QUOTES)
    stated = value_of(OUR_DESCRIPTION.sub("", packet), IPTC_EXTENSION, "DigitalSourceType")
    return unescape(stated, QUOTES) if stated else None


def merge_note(xmp: bytes | None, note: bytes) -> bytes:
    """The packet `xmp` with the note in it, in place of an earlier note and of what it replaces.

    A packet that is none (no text, or no end of its RDF) is replaced by the note alone.
    """
    packet = OUR_DESCRIPTION.sub("", text_of(xmp))
    packet = without(packet, [(IPTC_EXTENSION, name) for name in REPLACED])
    ends = list(RDF_END.finditer(packet))
    described = OUR_DESCRIPTION.search(note.decode())
    if not ends or described is None:
        return note
    description = described.group()
    if about := ABOUT.search(packet):  # all descriptions are about the same thing
        description = description.replace(
            'rdf:about=""', f"rdf:about={about[1]}{about[2]}{about[1]}"
        )
    end = ends[-1].start()
    return (packet[:end] + description.rstrip() + "\n" + packet[end:]).encode()
