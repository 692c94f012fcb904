"""Hint files: what they say of pixels and of a grid, round trips, each refusal's sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from PIL import Image

from chromafield.color import rgb_to_lab
from chromafield.errors import BadValue, DataError
from chromafield.pipeline.hint_file import (
    digest_of,
    parse_hints,
    read_hints,
    told,
    write_hints,
)
from chromafield.pipeline.hints import Hints, Mark, Region, disc, stroke
from chromafield.pipeline.lift import colour_strips, coloured
from chromafield.pipeline.marks import LEAST, PRECISION, clash, draw_marks, draw_ties

ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "hints.schema.json").read_text()))

shares = st.floats(0, 1, allow_nan=False)
places = st.tuples(shares, shares)
radii = st.floats(1e-4, 0.5)
colours = st.just("grey") | st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")
corners = st.lists(places, min_size=3, max_size=5).map(tuple)
marks = st.one_of(
    st.tuples(places, radii, colours).map(lambda m: Mark("at", (m[0],), m[1], color=m[2])),
    st.tuples(st.lists(places, min_size=1, max_size=4), radii, colours).map(
        lambda m: Mark("path", tuple(m[0]), m[1], color=m[2])
    ),
    st.tuples(corners, colours).map(lambda m: Mark("polygon", m[0], color=m[1])),
    corners.map(lambda c: Mark("polygon", c, sample=(3, 2))),
    colours.map(lambda c: Mark("mask", source="masks/coat.png", color=c)),
    st.sampled_from(["layer", "scribbles"]).map(lambda kind: Mark(kind, source="painted.png")),
)
regions = corners.map(Region) | st.tuples(places, radii).map(lambda r: Region((r[0],), r[1]))
settings = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["lite-unet", "own.safetensors"]),
        "seed": st.integers(0, 99),
        "sample": st.tuples(st.integers(0, 9), st.integers(1, 9)),
        "strength": st.floats(0, 1),
    },
)


@given(
    marks=st.lists(marks, max_size=4),
    same=st.lists(st.tuples(regions, regions), max_size=2),
    settings=settings,
    size=st.none() | st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
)
def test_what_is_written_is_read(
    marks: list[Mark],
    same: list[tuple[Region, Region]],
    settings: dict[str, Any],
    size: tuple[int, int] | None,
) -> None:
    hints = Hints(tuple(marks), tuple(same), tuple(settings.items()), size)
    text = json.dumps(told(hints))
    SCHEMA.validate(json.loads(text))
    assert parse_hints(json.loads(text), "hints", Path()) == hints


def test_files_are_written_and_read(tmp_path: Path) -> None:
    hints = Hints((disc(0.5, 0.25, 0.1, "#a03020"),), settings=(("seed", 3),))
    write_hints(tmp_path / "a.hints.json", hints)
    read = read_hints(tmp_path / "a.hints.json")
    assert read == hints and read.folder == tmp_path and digest_of(read) == digest_of(hints)


def test_a_disc_tells_its_pixels_its_colour_and_its_cells_their_share() -> None:
    drawn = draw_marks(Hints((disc(0.25, 0.5, 0.1, "#c03020"),)), (200, 400))
    expected = rgb_to_lab(torch.tensor([192, 48, 32]).view(3, 1, 1) / 255)[1:, 0, 0]
    torch.testing.assert_close(drawn.ab[:, 100, 100].float(), expected, atol=0.05, rtol=0)
    assert float(drawn.known.sum()) == pytest.approx(3.14159 * 40**2, rel=0.03)
    belief = drawn.belief((20, 40))
    torch.testing.assert_close(belief.mean[0, :, 10, 10], expected, atol=0.05, rtol=0)
    assert belief.precision[0, 0, 10, 10] == PRECISION and belief.precision[0, 0, 10, 20] == 0
    rows = (belief.precision[0, 0] > 0).any(1).nonzero()[:, 0]
    columns = (belief.precision[0, 0] > 0).any(0).nonzero()[:, 0]
    assert rows.min() in (5, 6) and rows.max() in (13, 14)
    assert columns.min() in (5, 6) and columns.max() in (13, 14)


def test_a_mark_smaller_than_a_pixel_is_there() -> None:
    for place in ((0.0, 0.0), (1.0, 1.0), (0.51, 0.51)):
        drawn = draw_marks(Hints((disc(*place, 1e-6, "#00ff00"),)), (3000, 3000))
        belief = drawn.belief((8, 8))
        assert int((belief.precision > 0).sum()) == 1
        assert float(belief.precision.max()) == pytest.approx(LEAST * PRECISION)


def test_of_two_marks_on_a_place_the_later_counts() -> None:
    both = [disc(0.5, 0.5, 0.2, color) for color in ("#ff0000", "#0000ff")]
    one = draw_marks(Hints(tuple(both)), (64, 64))
    torch.testing.assert_close(one.ab, draw_marks(Hints((both[1],)), (64, 64)).ab)


def test_marks_that_clash_are_said_and_others_are_not() -> None:
    red, blue = disc(0.3, 0.3, 0.05, "#ff0000"), disc(0.33, 0.3, 0.05, "#0000ff")
    assert clash(Hints((red, blue))) == (
        "Marks 1 and 2 give a place different colours: the later counts."
    )
    assert "1 more pairs" in clash(Hints((red, blue, red)))
    for apart in ((red, red), (red, disc(0.8, 0.8, 0.05, "#0000ff")), ()):
        assert clash(Hints(apart)) == ""
    edge = (disc(0.0, 0.0, 0.5, "#ff0000"), stroke([(1.0, 1.0), (0.1, 0.1)], 1e-4, "#00ff00"))
    assert "Marks 1 and 2" in clash(Hints(edge, picture=(4000, 10)))


def test_masks_and_layers_clash_too(tmp_path: Path) -> None:
    inside = np.zeros((30, 40), np.uint8)
    inside[:, :20] = 255
    Image.fromarray(inside).save(tmp_path / "mask.png")
    layer = np.zeros((30, 40, 4), np.uint8)
    layer[:, 15:] = (255, 0, 0, 255)
    Image.fromarray(layer).save(tmp_path / "layer.png")
    mask, painted = (
        Mark("mask", source="mask.png", color="#0000ff"),
        Mark("layer", source="layer.png"),
    )
    red, blue = disc(0.25, 0.5, 0.05, "#ff0000"), disc(0.25, 0.5, 0.05, "#0000ff")

    def told(*marks: Mark) -> str:
        return clash(Hints(marks, picture=(40, 30), folder=tmp_path))

    assert "Marks 1 and 2" in told(mask, red) and "Marks 1 and 2" in told(mask, painted)
    assert told(mask, blue) == told(painted, blue) == ""
    assert "Marks 1 and 2" in told(painted, disc(0.8, 0.5, 0.05, "#0000ff"))
    assert told(painted, disc(0.8, 0.5, 0.05, "#ff0000")) == ""


def test_hints_are_refused_by_a_picture_of_another_aspect() -> None:
    hints = Hints((disc(0.5, 0.5, 0.1, "grey"),), picture=(3000, 2000))
    assert draw_marks(hints, (200, 300)).known.any()
    with pytest.raises(DataError, match="3000 x 2000 pixels, of another aspect .* 300 x 204"):
        draw_marks(hints, (204, 300))


def test_pictures_that_settings_name_lie_in_the_files_folder(tmp_path: Path) -> None:
    told_ = {"palette": "autumn.jpg", "reference": "summer.jpg"}
    placed = Hints(settings=tuple(told_.items()), folder=tmp_path).placed_settings()
    assert placed == {name: str(tmp_path / value) for name, value in told_.items()}
    plain = Hints(settings=(("palette", "#a03020,#248"),), folder=tmp_path)
    assert plain.placed_settings() == {"palette": "#a03020,#248"}


def test_a_stroke_goes_from_place_to_place_and_a_polygon_is_filled() -> None:
    line = draw_marks(Hints((stroke([(0.1, 0.5), (0.9, 0.5)], 0.02, "#204060"),)), (100, 100))
    assert line.known[48:52, 12:88].all() and not line.known[:40].any()
    square = Mark("polygon", ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)), color="grey")
    filled = draw_marks(Hints((square,)), (80, 80))
    assert filled.known[:39, :39].all() and not filled.known[42:].any()
    assert not filled.ab.any()


def test_no_marks_are_no_opinion() -> None:
    assert not draw_marks(Hints(), (10, 10)).belief((4, 4)).precision.any()


def test_colours_stand_under_the_brush_at_full_size() -> None:
    lightness = torch.full((1, 1, 600, 900), 55.0)
    lightness += 20 * torch.rand(1, 1, 600, 900, generator=torch.Generator().manual_seed(0))
    drawn = draw_marks(Hints((disc(0.4, 0.4, 0.0015, "#a05040"),)), (600, 900))
    assert 1 <= int(drawn.known.sum()) <= 9  # a point of three pixels
    ab = torch.zeros(1, 2, 8, 12)
    strips = colour_strips(ab, lightness, drawn=drawn)
    rgb = torch.cat([strip for _, strip in strips], dim=1)
    got = rgb_to_lab(rgb)[1:, drawn.known]
    assert (got - drawn.ab[:, drawn.known].float()).abs().max() < 1
    torch.testing.assert_close(rgb[:, ~drawn.known], coloured(ab, lightness)[:, ~drawn.known])


def picture(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels).save(path)


def test_masks_layers_and_scribbled_copies_mark_their_pixels(tmp_path: Path) -> None:
    mask = np.zeros((40, 60), np.uint8)
    mask[:20] = 255
    picture(tmp_path / "mask.png", mask)
    layer = np.zeros((40, 60, 4), np.uint8)
    layer[30:, :30] = (160, 80, 64, 255)
    picture(tmp_path / "layer.png", layer)
    copy = np.full((40, 60, 3), 120, np.uint8)
    copy[10:14, 50:54] = (40, 60, 180)
    picture(tmp_path / "copy.png", copy)
    named = (
        Mark("mask", source="mask.png", color="#306020"),
        Mark("layer", source="layer.png"),
        Mark("scribbles", source="copy.png"),
    )
    drawn = draw_marks(Hints(named, folder=tmp_path), (80, 120))  # twice as large
    assert drawn.known[:40].all() and drawn.known[62:, :60].all()
    assert not drawn.known[42:58].any() and not drawn.known[62:, 62:].any()
    blue, green = drawn.ab[:, 24, 104], drawn.ab[:, 4, 4]
    assert blue[1] < -30 and green[0] < -10
    digest = digest_of(Hints(named, folder=tmp_path))
    picture(tmp_path / "mask.png", 255 - mask)
    assert digest_of(Hints(named, folder=tmp_path)) != digest


@pytest.mark.parametrize(
    ("kind", "pixels", "sentence"),
    [
        ("mask", np.zeros((40, 60), np.uint8), "marks no pixel"),
        ("mask", np.full((40, 40), 255, np.uint8), "of another aspect"),
        ("layer", np.full((40, 60, 3), 99, np.uint8), "A layer needs transparency"),
        ("scribbles", np.full((40, 60, 3), 99, np.uint8), "marks no pixel"),
    ],
)
def test_pictures_that_mark_nothing_are_refused(
    kind: str, pixels: np.ndarray, sentence: str, tmp_path: Path
) -> None:
    picture(tmp_path / "m.png", pixels)
    with pytest.raises(DataError, match=sentence):
        draw_marks(Hints((Mark(kind, source="m.png"),), folder=tmp_path), (80, 120))


def test_a_picture_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none.png cannot be read"):
        digest_of(Hints((Mark("mask", source="none.png"),), folder=tmp_path))


def test_regions_cover_their_cells() -> None:
    square = Region(((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)))
    (tie,) = draw_ties(Hints(same=((square, Region(((0.75, 0.75),), 0.25)),)), (8, 8))
    assert tie.one[:4, :4].mean() > 0.97 and tie.one[5:].sum() == 0
    assert float(tie.other.sum()) == pytest.approx(3.14159 * 2**2, rel=0.08)


GOOD = {"chromafield": "hints", "version": 1}
POINT = {"at": [0.5, 0.5], "radius": 0.1, "color": "#a03020"}


def one(**changes: Any) -> dict[str, Any]:
    mark = {k: v for k, v in (POINT | changes).items() if v is not None}
    return GOOD | {"marks": [mark]}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"version": 1}, 'does not say "chromafield": "hints"'),
        ([], 'does not say "chromafield": "hints"'),
        (GOOD | {"version": 2}, "of version 2; this program reads 1"),
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
