"""What was done to a picture, in its own history: XMP's list of the steps that made a file.

The entry has no time: the same picture and settings give the same bytes on any day.

References:
    ISO 16684-2 and Adobe's XMP specification, part 2: xmp:CreatorTool, xmpMM:History, stEvt.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from ._xmp import RDF, XMP, text_of, value_of, with_properties

MEDIA = "http://ns.adobe.com/xap/1.0/mm/"
EVENT = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
SEQUENCE_END = r"</\w+:Seq\s*>"


def with_history(xmp: bytes | None, tool: str, step: str) -> bytes:
    """The packet with one more step at the end of its history.

    Args:
        tool: the program, with its version. It is named as the one that made the picture where no
            other is.
        step: what it did, in a few words.
    """
    entry = (
        f'<rdf:li xmlns:rdf="{RDF}" xmlns:stEvt="{EVENT}" stEvt:action="edited" '
        f"stEvt:softwareAgent={quoteattr(tool)} stEvt:parameters={quoteattr(step)} "
        'stEvt:changed="/"/>'
    )
    packet = text_of(xmp)
    properties, namespaces = "", {}
    if value_of(packet, XMP, "CreatorTool") is None:
        properties += f"\n<xmp:CreatorTool>{escape(tool)}</xmp:CreatorTool>"
        namespaces["xmp"] = XMP
    if (end := _end_of_history(packet)) is not None:
        xmp = (packet[:end] + entry + packet[end:]).encode()
    else:
        properties += f"\n<xmpMM:History><rdf:Seq>{entry}</rdf:Seq></xmpMM:History>"
        namespaces["xmpMM"] = MEDIA
    return with_properties(xmp, properties, namespaces) if properties else xmp or b""


def _end_of_history(packet: str) -> int | None:
    """Where one more entry belongs in the history that there is."""
    for prefix in set(re.findall(rf"xmlns:([\w.-]+)\s*=\s*[\"']{re.escape(MEDIA)}[\"']", packet)):
        history = re.search(
            rf"<{re.escape(prefix)}:History\b[^>]*(?<!/)>.*?({SEQUENCE_END})", packet, re.DOTALL
        )
        if history:
            return history.start(1)
    return None
