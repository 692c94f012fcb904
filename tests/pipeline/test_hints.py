"""Hint files: what they say on a field's grid, round trips, and each refusal's sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.color import rgb_to_lab
from chromafield.errors import BadValue, DataError
from chromafield.pipeline.hints import (
    LEAST,
    PRECISION,
    Hints,
    Mark,
    Region,
    read_hints,
    write_hints,
)

shares = st.floats(0, 1, allow_nan=False)
places = st.tuples(shares, shares)
radii = st.floats(1e-4, 0.5)
colours = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")
points = st.builds(Mark, st.tuples(places), radii, colours)
strokes = st.builds(Mark, st.lists(places, min_size=2, max_size=4).map(tuple), radii, colours)
discs = st.builds(Region, places, radii)
polygons = st.lists(places, min_size=3, max_size=5).map(lambda p: Region(polygon=tuple(p)))
regions = discs | polygons
every_hint = st.builds(
    lambda p, s, same: Hints((*p, *s), tuple(same)),
    st.lists(points, max_size=3),
    st.lists(strokes, max_size=3),
    st.lists(st.tuples(regions, regions), max_size=2),
)


@given(hints=every_hint)
def test_what_is_written_is_read(hints: Hints, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("hints") / "a.hints.json"
    write_hints(path, hints)
    assert read_hints(path) == hints
    assert read_hints(path).digest == hints.digest


def test_a_mark_tells_its_cells_its_colour_by_the_share_it_covers() -> None:
    red = Mark(((0.25, 0.5),), 0.1, "#c03020")
    belief = Hints((red,)).belief((200, 400), (20, 40))
    expected = rgb_to_lab(torch.tensor([192, 48, 32]).view(3, 1, 1) / 255)[1:, 0, 0]
    torch.testing.assert_close(belief.mean[0, :, 10, 10], expected)
    assert belief.precision[0, 0, 10, 10] == PRECISION
    assert belief.precision[0, 0, 10, 20] == 0
    covered = float(belief.precision.sum()) * 100 / PRECISION  # pixels; a cell has 100
    assert covered == pytest.approx(3.14159 * 40**2, rel=0.03)
    rows = (belief.precision[0, 0] > 0).any(1).nonzero()[:, 0]
    columns = (belief.precision[0, 0] > 0).any(0).nonzero()[:, 0]
    assert rows.min() in (5, 6) and rows.max() in (13, 14)
    assert columns.min() in (5, 6) and columns.max() in (13, 14)


def test_a_mark_smaller_than_a_pixel_is_there() -> None:
    for place in ((0.0, 0.0), (1.0, 1.0), (0.51, 0.51)):
        belief = Hints((Mark((place,), 1e-6, "#00ff00"),)).belief((3000, 3000), (8, 8))
        assert int((belief.precision > 0).sum()) == 1
        assert float(belief.precision.max()) == pytest.approx(LEAST * PRECISION)


def test_of_two_marks_on_a_place_the_later_counts() -> None:
    marks = [Mark(((0.5, 0.5),), 0.2, c) for c in ("#ff0000", "#0000ff")]
    both = Hints(tuple(marks)).belief((64, 64), (8, 8))
    last = Hints((marks[1],)).belief((64, 64), (8, 8))
    torch.testing.assert_close(both.mean, last.mean)


def test_a_stroke_goes_from_place_to_place() -> None:
    stroke = Mark(((0.1, 0.5), (0.9, 0.5)), 0.02, "#204060")
    belief = Hints((stroke,)).belief((100, 100), (10, 10))
    assert (belief.precision[0, 0, 4:6, 1:9] > 0).any(0).all()
    assert not belief.precision[0, 0, :3].any()


def test_no_marks_are_no_opinion() -> None:
    assert not Hints().belief((10, 10), (4, 4)).precision.any()


def test_regions_cover_their_cells() -> None:
    square = Region(polygon=((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)))
    disc = Region((0.75, 0.75), 0.25)
    (tie,) = Hints(same=((square, disc),)).ties((8, 8))
    assert tie.one[:4, :4].mean() > 0.97 and tie.one[5:].sum() == 0
    assert float(tie.other.sum()) == pytest.approx(3.14159 * 2**2, rel=0.08)


GOOD = {"chromafield": "hints", "version": 1}
POINT = {"at": [0.5, 0.5], "radius": 0.1, "color": "#a03020"}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"version": 1}, 'does not say "chromafield": "hints"'),
        ([], 'does not say "chromafield": "hints"'),
        (GOOD | {"version": 2}, "of version 2; this program reads 1"),
        (GOOD | {"lines": []}, "the file: lines is unknown"),
        (GOOD | {"points": {}}, "points: it is {}, not a list"),
        (GOOD | {"points": [3]}, r"points\[0\]: it is 3, not an object"),
        (GOOD | {"points": [POINT | {"size": 1}]}, r"points\[0\]: size is unknown"),
        (GOOD | {"points": [POINT | {"color": "red"}]}, "its color is 'red'"),
        (GOOD | {"points": [POINT | {"at": [0.5, 1.5]}]}, r"the place \[0.5, 1.5\] must be"),
        (GOOD | {"points": [POINT | {"at": [0.5, True]}]}, r"the place \[0.5, True\] must be"),
        (GOOD | {"points": [POINT | {"radius": 0}]}, "its radius is 0"),
        (GOOD | {"strokes": [{"path": [], "radius": 0.1, "color": "#000000"}]}, "list of places"),
        (GOOD | {"same": [[{"at": [0.1, 0.1], "radius": 0.1}]]}, "a list of two regions"),
        (GOOD | {"same": [[{"polygon": [[0, 0]]}, {}]]}, "at least three places"),
    ],
)
def test_what_is_no_hint_is_refused_by_name(told: Any, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.hints.json"
    path.write_text(json.dumps(told))
    with pytest.raises((BadValue, DataError), match=sentence):
        read_hints(path)


def test_a_file_that_is_not_there_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_hints(tmp_path / "none.json")
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        read_hints(tmp_path / "x.json")
