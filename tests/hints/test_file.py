"""Hint files: round trips, the schema, each refusal's sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chromafield.errors import BadValue, DataError
from chromafield.hints.document import Hints, Mark, Region, disc
from chromafield.hints.file import (
    digest_of,
    parse_hints,
    read_hints,
    to_json,
    write_hints,
)

ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "hints.schema.json").read_text()))

shares = st.floats(0, 1, allow_nan=False)
positions = st.tuples(shares, shares)
radii = st.floats(1e-4, 0.5)
colors = st.just("grey") | st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")
corners = st.lists(positions, min_size=3, max_size=5).map(tuple)
reaches = st.sampled_from([0.0, 0.25, 0.5, 1.0])
marks = st.one_of(
    st.tuples(positions, radii, colors).map(lambda m: Mark("at", (m[0],), m[1], color=m[2])),
    st.tuples(st.lists(positions, min_size=1, max_size=4), radii, colors).map(
        lambda m: Mark("path", tuple(m[0]), m[1], color=m[2])
    ),
    st.tuples(corners, colors, reaches).map(
        lambda m: Mark("polygon", m[0], color=m[1], reach=m[2])
    ),
    corners.map(lambda c: Mark("polygon", c, sample=(3, 2))),
    colors.map(lambda c: Mark("mask", source="masks/coat.png", color=c)),
    st.tuples(st.sampled_from(["layer", "scribbles"]), reaches).map(
        lambda m: Mark(m[0], source="painted.png", reach=m[1])
    ),
)
wholes = st.sampled_from([(), (Mark("colored", source="from-a-service.jpg"),)])
regions = corners.map(Region) | st.tuples(positions, radii).map(lambda r: Region((r[0],), r[1]))
settings = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["lite-unet", "own.safetensors"]),
        "seed": st.integers(0, 99),
        "sample": st.tuples(st.integers(0, 9), st.integers(1, 9)),
        "strength": st.floats(0, 1),
        "options": st.sampled_from([(), (("weight", 2.5), ("masks", (1, 2)))]),
    },
)


# Signatures are checked by samples, for which beartype draws its own random numbers.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
@given(
    marks=st.lists(marks, max_size=4),
    whole=wholes,
    same=st.lists(st.tuples(regions, regions), max_size=2),
    settings=settings,
    size=st.none() | st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
    aside=st.lists(marks, max_size=2),
)
def test_what_is_written_is_read(
    marks: list[Mark],
    whole: tuple[Mark, ...],
    same: list[tuple[Region, Region]],
    settings: dict[str, Any],
    size: tuple[int, int] | None,
    aside: list[Mark],
) -> None:
    hidden = tuple((2 * i, mark) for i, mark in enumerate(aside) if 2 * i <= len(marks) + i)
    hints = Hints((*marks, *whole), tuple(same), tuple(settings.items()), size, hidden)
    text = json.dumps(to_json(hints))
    SCHEMA.validate(json.loads(text))
    assert parse_hints(json.loads(text), "hints", Path()) == hints


def test_bounded_says_a_reach_of_0() -> None:
    told = two(bounded=True)
    SCHEMA.validate(told)
    assert parse_hints(told, "hints", Path()).marks[0].reach == 0
    assert to_json(parse_hints(told, "hints", Path()))["marks"][0]["reach"] == 0  # type: ignore[index]
    usual = two(bounded=False, reach=0.5)
    assert to_json(parse_hints(usual, "hints", Path())) == to_json(
        parse_hints(one(), "hints", Path())
    )


def test_a_hidden_mark_is_kept_in_its_place_and_counts_for_nothing() -> None:
    shown, aside = one()["marks"][0], one(at=[0.2, 0.2])["marks"][0] | {"hidden": True}
    told = GOOD | {"version": 3, "marks": [aside, shown | {"hidden": False}, aside]}
    SCHEMA.validate(told)
    hints = parse_hints(told, "hints", Path())
    assert hints.marks == parse_hints(one(), "hints", Path()).marks
    written = json.loads(json.dumps(to_json(hints)))
    assert written == GOOD | {
        "version": 3,
        "marks": [aside, shown, aside],
        "same": [],
        "settings": {},
    }
    assert digest_of(hints) == digest_of(parse_hints(one(), "hints", Path()))


def test_files_are_written_and_read(tmp_path: Path) -> None:
    hints = Hints((disc(0.5, 0.25, 0.1, "#a03020"),), settings=(("seed", 3),))
    write_hints(tmp_path / "a.hints.json", hints)
    read = read_hints(tmp_path / "a.hints.json")
    assert read == hints and read.folder == tmp_path and digest_of(read) == digest_of(hints)


def test_pictures_that_settings_name_lie_in_the_files_folder(tmp_path: Path) -> None:
    told_ = {"palette": "autumn.jpg", "reference": "summer.jpg"}
    placed = Hints(settings=tuple(told_.items()), folder=tmp_path).resolved_settings()
    assert placed == {name: str(tmp_path / value) for name, value in told_.items()}
    plain = Hints(settings=(("palette", "#a03020,#248"),), folder=tmp_path)
    assert plain.resolved_settings() == {"palette": "#a03020,#248"}


GOOD = {"chromafield": "hints", "version": 1}
POINT = {"at": [0.5, 0.5], "radius": 0.1, "color": "#a03020"}


def one(**changes: Any) -> dict[str, Any]:
    mark = {k: v for k, v in (POINT | changes).items() if v is not None}
    return GOOD | {"marks": [mark]}


def two(**mark: Any) -> dict[str, Any]:
    return one(**mark) | {"version": 2}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"version": 1}, 'does not say "chromafield": "hints"'),
        ([], 'does not say "chromafield": "hints"'),
        (GOOD | {"version": 4}, "of version 4; this program reads versions 1, 2 and 3"),
        (GOOD | {"version": True}, "of version True"),
        (one(hidden=True), r"marks\[0\]: hidden is unknown"),
        (two(hidden=True), r"marks\[0\]: hidden is unknown"),
        (one(hidden=1) | {"version": 3}, "hidden is 1; say true or false"),
        (one(reach=0.5), r"marks\[0\]: reach is unknown"),
        (GOOD | {"marks": [{"colored": "a.png"}]}, r"marks\[0\]: colored is unknown"),
        (GOOD | {"version": 2, "marks": [{"colored": "a.png"}] * 2}, "two are of the kind colored"),
        (GOOD | {"version": 2, "marks": [{"colored": "a.png", "reach": 1}]}, "reach is of no use"),
        (two(reach=1.5), "its reach is 1.5; say a number from 0"),
        (two(reach=True), "its reach is True"),
        (two(bounded=1), "bounded is 1; say true or false"),
        (two(bounded=True, reach=0.3), "it is bounded and has a reach of 0.3"),
        (GOOD | {"lines": []}, "the file: lines is unknown"),
        (GOOD | {"marks": {}}, "marks: it is {}, not a list"),
        (GOOD | {"marks": [3]}, r"marks\[0\]: it is 3, not an object"),
        (one(size=1), r"marks\[0\]: size is unknown"),
        (one(path=[[0, 0]]), "it must have one of at, path, polygon"),
        (one(color="red"), "its color is 'red'"),
        (one(color=None), "a color is missing"),
        (one(radius=None), "a radius is missing"),
        (one(at=None, mask="m.png"), "a radius is of no use"),
        (one(at=None, radius=None, layer="m.png"), "a color is of no use"),
        (one(at=None, radius=None, mask="../m.png"), "no picture's name"),
        (one(at=None, radius=None, mask="/m.png"), "no picture's name"),
        (one(at=None, radius=None, mask=""), "no picture's name"),
        (one(at=[0.5, 1.5]), r"the place \[0.5, 1.5\] must be"),
        (one(at=[0.5, True]), r"the place \[0.5, True\] must be"),
        (one(radius=0), "its radius is 0"),
        (one(at=None, path=[]), "its path is a list of at least 1 places"),
        (one(at=None, radius=None, polygon=[[0, 0]]), "its polygon is a list of at least 3"),
        (GOOD | {"same": [[{"at": [0.1, 0.1], "radius": 0.1}]]}, "a list of two regions"),
        (GOOD | {"same": [[{"polygon": [[0, 0]]}, {}]]}, "at least 3 places"),
        (GOOD | {"same": [[{"at": [0, 0]}, {}]]}, "a region is a polygon, or a disc"),
        (one(sample=[1, 1]), "a sample is for a polygon"),
        (one(at=None, radius=None, color=None, polygon=[[0, 0]] * 3, sample=[1, 0]), "the sample"),
        (GOOD | {"settings": {"sample": [0, 0]}}, "settings: the sample is"),
        (GOOD | {"settings": {"sed": 3}}, "settings: sed is unknown"),
        (GOOD | {"settings": {"seed": "3"}}, "seed is '3'"),
        (GOOD | {"settings": {"palette": "/etc/x.gpl"}}, "no picture's name"),
        (GOOD | {"picture": [0, 3]}, r"picture: it is \[0, 3\]"),
    ],
)
def test_what_is_no_hint_is_refused_by_name(told: Any, sentence: str) -> None:
    if "no picture's name" not in sentence or '""' in json.dumps(told):
        assert not SCHEMA.is_valid(told)  # where names lead is no matter of a schema
    with pytest.raises((BadValue, DataError), match=sentence):
        parse_hints(told, "bad.hints.json", Path())


def test_a_file_that_is_not_there_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_hints(tmp_path / "none.json")
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        read_hints(tmp_path / "x.json")


def test_the_examples_in_the_docs_are_hints() -> None:
    text = (ROOT / "docs" / "hints.md").read_text("utf-8")
    blocks = re.findall(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        SCHEMA.validate(json.loads(block))
        parse_hints(json.loads(block), "hints.md", Path())
