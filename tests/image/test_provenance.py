from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromafield.image._xmp import XMP
from chromafield.image.history import EVENT, MEDIA, with_history
from chromafield.image.provenance import NAMESPACE, RDF, guess_note, merge_note

ARCHIVE = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<r:Description r:about="uuid:7" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="box 12"/>
</r:RDF></x:xmpmeta>   <?xpacket end="w"?>"""
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


def descriptions(packet: bytes) -> list[dict[str, str]]:
    """The attributes of every description, read by an XML parser."""
    body = re.sub(rb"<\?xpacket.*?\?>", b"", packet).strip()
    return [item.attrib for item in ElementTree.fromstring(body).iter(f"{{{RDF}}}Description")]


@given(model=TEXT, digest=TEXT, seed=st.one_of(st.none(), st.integers()), version=TEXT)
def test_the_note_is_xml_that_says_everything(model, digest, seed, version):
    (said,) = descriptions(guess_note(model, digest, seed, version))
    assert "guesses" in said[f"{{{NAMESPACE}}}Note"]
    assert said[f"{{{NAMESPACE}}}Model"] == model
    assert said[f"{{{NAMESPACE}}}Weights"] == digest
    assert said[f"{{{NAMESPACE}}}Version"] == version
    assert said.get(f"{{{NAMESPACE}}}Seed") == (None if seed is None else str(seed))


def test_it_joins_an_archives_packet_and_keeps_what_was_there():
    merged = merge_note(ARCHIVE, guess_note("lite", "abc", 1, "1.0"))
    first, second = descriptions(merged)
    assert first["{http://purl.org/dc/elements/1.1/}source"] == "box 12"
    assert second[f"{{{NAMESPACE}}}Model"] == "lite"
    assert merged.endswith(b'<?xpacket end="w"?>')


def test_a_second_note_replaces_the_first():
    once = merge_note(ARCHIVE, guess_note("lite", "a > b", 1, "1.0"))
    twice = merge_note(once, guess_note("other", "def", None, "1.1"))
    assert [d.get(f"{{{NAMESPACE}}}Model") for d in descriptions(twice)] == [None, "other"]


def test_a_stated_source_type_is_not_stated_again():
    stated = ARCHIVE.replace(
        b'dc:source="box 12"',
        b'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        b'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/print"',
    )
    merged = merge_note(stated, guess_note("lite", "abc", 1, "1.0"))
    assert merged.count(b"DigitalSourceType=") == 1
    assert len(descriptions(merged)) == 2


STEPS = f"{{{RDF}}}Seq/{{{RDF}}}li"
HISTORY = ARCHIVE.replace(
    b"</r:RDF>",
    b"""<r:Description r:about="uuid:7" xmlns:mm="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="A scanner">
<mm:History><r:Seq><r:li r:parseType="Resource"/></r:Seq></mm:History></r:Description></r:RDF>""",
)


@pytest.mark.parametrize(("packet", "steps"), [(None, 1), (ARCHIVE, 1), (HISTORY, 2), (b"", 1)])
def test_a_step_joins_the_history_that_there_is(packet, steps):
    noted = with_history(packet, 'Chromafield "1.0"', "coloured by <lite>")
    body = ElementTree.fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", noted).strip())
    (history,) = body.iter(f"{{{MEDIA}}}History")
    found = history.findall(STEPS)
    assert len(found) == steps
    assert found[-1].attrib[f"{{{EVENT}}}softwareAgent"] == 'Chromafield "1.0"'
    assert found[-1].attrib[f"{{{EVENT}}}parameters"] == "coloured by <lite>"
    tool = [one.text for one in body.iter(f"{{{XMP}}}CreatorTool")]
    stated = [
        d[f"{{{XMP}}}CreatorTool"] for d in descriptions(noted) if f"{{{XMP}}}CreatorTool" in d
    ]
    assert tool + stated == (["A scanner"] if steps == 2 else ['Chromafield "1.0"'])
    if packet:
        assert descriptions(noted)[0]["{http://purl.org/dc/elements/1.1/}source"] == "box 12"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_packets_in_other_encodings(encoding):
    text = '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></r:RDF>'
    merged = merge_note(text.encode(encoding), guess_note("lite", "abc", 1, "1.0"))
    assert len(descriptions(merged)) == 1


@pytest.mark.parametrize("packet", [None, b"", b"junk", b"\xff\xfe\xff"])
def test_no_packet_or_a_broken_one_is_replaced(packet):
    note = guess_note("lite", "abc", 1, "1.0")
    assert merge_note(packet, note) == note
