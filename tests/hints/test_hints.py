"""What hints say of pixels and of a grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from chromafield.beliefs import GaussianBelief
from chromafield.canvas.given import MIN_COUNTED, PRECISION
from chromafield.canvas.upsample import color_strips, render
from chromafield.color import rgb_to_lab
from chromafield.errors import DataError
from chromafield.hints.document import Hints, Mark, Region, disc, stroke
from chromafield.hints.file import digest_of
from chromafield.hints.raster import conflict, draw_equal_means, draw_marks


def test_a_disc_tells_its_pixels_its_colour_and_its_cells_their_share() -> None:
    given = draw_marks(Hints((disc(0.25, 0.5, 0.1, "#c03020"),)), (200, 400))
    expected = rgb_to_lab(torch.tensor([192, 48, 32]).view(3, 1, 1) / 255)[1:, 0, 0]
    torch.testing.assert_close(given.ab[:, 100, 100].float(), expected, atol=0.05, rtol=0)
    assert float(given.known.sum()) == pytest.approx(3.14159 * 40**2, rel=0.03)
    belief = given.belief((20, 40))
    torch.testing.assert_close(belief.mean[0, :, 10, 10], expected, atol=0.05, rtol=0)
    assert belief.precision[0, 0, 10, 10] == PRECISION and belief.precision[0, 0, 10, 20] == 0
    rows = (belief.precision[0, 0] > 0).any(1).nonzero()[:, 0]
    columns = (belief.precision[0, 0] > 0).any(0).nonzero()[:, 0]
    assert rows.min() in (5, 6) and rows.max() in (13, 14)
    assert columns.min() in (5, 6) and columns.max() in (13, 14)


def test_a_mark_smaller_than_a_pixel_is_there() -> None:
    for position in ((0.0, 0.0), (1.0, 1.0), (0.51, 0.51)):
        given = draw_marks(Hints((disc(*position, 1e-6, "#00ff00"),)), (3000, 3000))
        belief = given.belief((8, 8))
        assert int((belief.precision > 0).sum()) == 1
        assert float(belief.precision.max()) == pytest.approx(MIN_COUNTED * PRECISION)


# The least mark is a disc of half a pixel's radius. It reaches its pixel's middle and, as OpenCV
# rounds, one neighbour each way at most: never both, as a disc of a whole pixel would.
def test_the_least_mark_is_a_pixel_wide() -> None:
    point = draw_marks(Hints((disc(4.5 / 9, 2.5 / 9, 1e-6, "#00ff00"),)), (9, 9)).known
    assert point[2, 4]
    assert point.any(1).sum() <= 2 and point.any(0).sum() <= 2
    hair = stroke([(1.5 / 9, 3.5 / 9), (7.5 / 9, 3.5 / 9)], 1e-6, "#00ff00")
    line = draw_marks(Hints((hair,)), (9, 9)).known
    assert line[3, 1:8].all() and line[:, 3:6].sum() == 3


# A person's colour is sure to one unit of ab, the network's to ten: densities multiply, so that a
# cell under a mark is theirs but for one part in 101. A mark that hardly touches its cell counts a
# tenth of that, still ten to one.
def test_a_mark_outweighs_a_network_a_hundred_to_one_and_a_point_ten_to_one() -> None:
    network = GaussianBelief(torch.zeros(1, 2, 4, 4), torch.full((1, 1, 4, 4), 1 / 10**2))
    red = rgb_to_lab(torch.tensor([200, 30, 30]).view(3, 1, 1) / 255)[1:, 0, 0]
    whole = draw_marks(Hints((disc(0.5, 0.5, 0.9, "#c81e1e"),)), (400, 400)).belief((4, 4))
    joined = (whole * network).mean[0, :, 1, 1]
    torch.testing.assert_close(joined, red * 100 / 101, atol=0.05, rtol=0)
    point = draw_marks(Hints((disc(0.4, 0.4, 1e-6, "#c81e1e"),)), (400, 400)).belief((4, 4))
    joined = (point * network).mean[0, :, 1, 1]
    torch.testing.assert_close(joined, red * 10 / 11, atol=0.05, rtol=0)


def test_of_two_marks_on_a_place_the_later_counts() -> None:
    both = [disc(0.5, 0.5, 0.2, color) for color in ("#ff0000", "#0000ff")]
    one = draw_marks(Hints(tuple(both)), (64, 64))
    torch.testing.assert_close(one.ab, draw_marks(Hints((both[1],)), (64, 64)).ab)


def test_marks_that_clash_are_said_and_others_are_not() -> None:
    red, blue = disc(0.3, 0.3, 0.05, "#ff0000"), disc(0.33, 0.3, 0.05, "#0000ff")
    assert conflict(Hints((red, blue))) == (
        "Marks 1 and 2 give a place different colours: the later counts."
    )
    assert "so does one more pair:" in conflict(Hints((red, blue, red)))
    for apart in ((red, red), (red, disc(0.8, 0.8, 0.05, "#0000ff")), ()):
        assert conflict(Hints(apart)) == ""
    edge = (disc(0.0, 0.0, 0.5, "#ff0000"), stroke([(1.0, 1.0), (0.1, 0.1)], 1e-4, "#00ff00"))
    assert "Marks 1 and 2" in conflict(Hints(edge, picture=(4000, 10)))


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

    def given(*marks: Mark) -> str:
        return conflict(Hints(marks, picture=(40, 30), folder=tmp_path))

    assert "Marks 1 and 2" in given(mask, red) and "Marks 1 and 2" in given(mask, painted)
    assert given(mask, blue) == given(painted, blue) == ""
    assert "Marks 1 and 2" in given(painted, disc(0.8, 0.5, 0.05, "#0000ff"))
    assert given(painted, disc(0.8, 0.5, 0.05, "#ff0000")) == ""


def test_hints_are_refused_by_a_picture_of_another_aspect() -> None:
    hints = Hints((disc(0.5, 0.5, 0.1, "grey"),), picture=(3000, 2000))
    assert draw_marks(hints, (200, 300)).known.any()
    with pytest.raises(DataError, match="3000 x 2000 pixels, of another aspect .* 300 x 204"):
        draw_marks(hints, (204, 300))


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
    given = draw_marks(Hints((disc(0.4, 0.4, 0.0015, "#a05040"),)), (600, 900))
    assert 1 <= int(given.known.sum()) <= 9  # a point of three pixels
    ab = torch.zeros(1, 2, 8, 12)
    strips = color_strips(ab, lightness, given=given)
    rgb = torch.cat([strip for _, strip in strips], dim=1)
    got = rgb_to_lab(rgb)[1:, given.known]
    assert (got - given.ab[:, given.known].float()).abs().max() < 1
    torch.testing.assert_close(rgb[:, ~given.known], render(ab, lightness)[:, ~given.known])


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
    given = draw_marks(Hints(named, folder=tmp_path), (80, 120))  # twice as large
    assert given.known[:40].all() and given.known[62:, :60].all()
    assert not given.known[42:58].any() and not given.known[62:, 62:].any()
    blue, green = given.ab[:, 24, 104], given.ab[:, 4, 4]
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
    (pair,) = draw_equal_means(Hints(same=((square, Region(((0.75, 0.75),), 0.25)),)), (8, 8))
    assert pair.one[:4, :4].mean() > 0.97 and pair.one[5:].sum() == 0
    assert float(pair.other.sum()) == pytest.approx(3.14159 * 2**2, rel=0.08)
