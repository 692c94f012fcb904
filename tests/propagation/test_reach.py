"""What a mark reaches: its thing, no more; under the brush alone where that is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import chromafield
from chromafield.canvas.given import GivenColors
from chromafield.color import rgb_to_lab
from chromafield.defaults import MODEL
from chromafield.hints.document import Hints, Mark, disc
from chromafield.hints.file import write_hints
from chromafield.hints.raster import draw_marks
from chromafield.models import load_model
from chromafield.propagation.network import EncodedPicture, encode_for_hints
from chromafield.propagation.reach import GivenMark, contain, encode_reach, split_marks

RED, BLUE = "#c02020", "#2030c0"


def mark(color: tuple[float, float], uniform: bool = True) -> GivenMark:
    share = torch.zeros(4, 4)
    share[0, 0] = 1.0
    return GivenMark(share, torch.tensor(color), uniform)


AUTOMATIC = torch.zeros(1, 2, 4, 4)
CHANGED = torch.full((1, 2, 4, 4), 40.0)
SURE, UNSURE = torch.full((1, 1, 4, 4), 0.04), torch.full((1, 1, 4, 4), 1e-6)


def halves(left: float, right: float) -> torch.Tensor:
    return torch.tensor([left, left, right, right]).expand(4, 4)[None]


def test_an_unlikely_colour_stays_on_its_thing_and_is_the_persons_there() -> None:
    found = contain(AUTOMATIC, CHANGED, SURE, [mark((60.0, 0.0))], halves(1.0, 0.0))
    assert torch.allclose(found[0, 0, :, :2], torch.tensor(60.0), atol=0.5)
    assert torch.allclose(found[0, 1, :, :2], torch.tensor(0.0), atol=0.5)
    assert found[..., 2:].abs().max() < 0.1


def test_a_likely_colour_informs_the_rest_of_the_picture() -> None:
    found = contain(AUTOMATIC, CHANGED, UNSURE, [mark((8.0, 0.0))], halves(1.0, 0.0))
    assert found.min() > 37  # as the network has it, 40


def test_a_mark_of_several_colours_takes_them_from_the_network() -> None:
    found = contain(AUTOMATIC, CHANGED, SURE, [mark((60.0, 0.0), uniform=False)], halves(1.0, 0.0))
    assert torch.allclose(found[..., :2], torch.tensor(40.0))


def test_of_two_marks_each_keeps_its_own_thing() -> None:
    one, other = mark((60.0, 0.0)), mark((-60.0, 0.0))
    maps = torch.cat([halves(0.9, 0.1), halves(0.1, 0.9)])
    found = contain(AUTOMATIC, AUTOMATIC, SURE, [one, other], maps)
    assert found[0, 0, :, :2].min() > 40 and found[0, 0, :, 2:].max() < -40
    grey = contain(AUTOMATIC, AUTOMATIC, SURE, [one, mark((0.0, 0.0))], maps)
    assert grey[0, 0, :, 2:].max() < 5  # a grey mark ends the reach of a coloured one


def test_marks_are_split_by_their_numbers_and_layers_into_their_parts() -> None:
    known = torch.zeros(8, 8, dtype=torch.bool)
    known[0, 0] = known[7, 7] = known[0, 7] = True
    ab = torch.zeros(2, 8, 8).half()
    ab[:, 7, 7] = 20.0
    numbers = np.zeros((8, 8), np.uint16)
    numbers[0, 0] = numbers[7, 7] = 2
    numbers[0, 7] = 1
    one = split_marks(GivenColors(ab, known, numbers), (4, 4), [0.2, 0.9])
    assert [m.reach for m in one] == [0.2, 0.9] and [m.uniform for m in one] == [True, False]
    assert one[1].share[0, 0] == one[1].share[3, 3] == 0.25 and one[1].share.sum() == 0.5
    parts = split_marks(GivenColors(ab, known, numbers, (2,)), (4, 4), [0.2, 0.9])
    assert [m.reach for m in parts] == [0.2, 0.9, 0.9] and all(m.uniform for m in parts)
    assert [m.color.tolist() for m in parts[1:]] == [[0.0, 0.0], [20.0, 20.0]]
    assert split_marks(GivenColors(ab, torch.zeros(8, 8, dtype=torch.bool)), (4, 4)) == []


def shapes() -> NDArray[np.uint8]:
    """A light square and a light disc on a dark, slightly uneven ground."""
    y, x = np.mgrid[:256, :256]
    grey = 60 + 3 * np.sin(x / 19) + 3 * np.cos(y / 23)
    grey[60:130, 40:110] = 180
    grey[np.hypot(y - 170, x - 180) < 40] = 180
    return grey.astype(np.uint8)


def lightness(grey: NDArray[np.uint8]) -> torch.Tensor:
    rgb = torch.from_numpy(grey).float().expand(3, *grey.shape) / 255
    return rgb_to_lab(rgb)[None, :1]


def test_the_map_of_a_mark_on_an_even_shape_is_the_shape() -> None:
    grey = shapes()
    seen = encode_reach(lightness(grey))
    assert seen is not None
    given = draw_marks(Hints((disc(75 / 256, 95 / 256, 0.02, RED),)), grey.shape)
    (found,) = seen.maps(split_marks(given, seen.grid))
    square = torch.zeros(256, 256, dtype=torch.bool)
    square[60:130, 40:110] = True
    inside = square.view(64, 4, 64, 4).float().mean((1, 3))
    assert found[inside == 1].mean() > 0.85
    assert found[inside == 0].mean() < 0.05  # the disc is as light, and another thing


def test_the_maps_of_the_hint_network_are_used_again() -> None:
    seen = lightness(shapes())
    encoded = encode_for_hints(seen, load_model(MODEL))
    assert isinstance(encoded, EncodedPicture)
    alone, beside = encode_reach(seen), encode_reach(seen, encoded)
    assert alone is not None and beside is not None
    assert torch.equal(alone.features.vectors, beside.features.vectors)
    blank = replace(encoded.seen, maps=[torch.zeros_like(map) for map in encoded.seen.maps])
    other = encode_reach(seen, replace(encoded, seen=blank))
    assert other is not None and not torch.equal(alone.features.vectors, other.features.vectors)


def test_a_map_grows_with_the_reach_and_is_kept() -> None:
    grey = shapes()
    seen = encode_reach(lightness(grey))
    assert seen is not None
    given = draw_marks(Hints((disc(75 / 256, 95 / 256, 0.02, RED),)), grey.shape)
    (whole,) = split_marks(given, seen.grid)
    sizes = [seen.maps([replace(whole, reach=r)]).sum() for r in (0.1, 0.3, 0.5, 0.75, 1.0)]
    assert sizes == sorted(sizes) and sizes[0] < 0.9 * sizes[2]
    assert len(seen.kept) == 1


def coloured(grey: NDArray[np.uint8], *marks: Mark, folder: Path) -> NDArray[np.uint8]:
    path = folder / "x.hints.json"
    write_hints(path, Hints(marks))
    found: NDArray[np.uint8] = chromafield.colorize(grey, hints=str(path))[..., :3]
    return found


@pytest.mark.parametrize("field", ["mean", "levin"])
def test_nothing_moves_outside_of_a_mark_that_reaches_only_its_own_pixels(
    tmp_path: Path, field: str
) -> None:
    grey = shapes()
    region = Mark("polygon", ((0.2, 0.3), (0.4, 0.3), (0.4, 0.5)), color=RED, reach=0.0)
    path = tmp_path / "x.hints.json"
    write_hints(path, Hints((region,)))
    before = chromafield.colorize(grey, field=field)[..., :3]
    after = chromafield.colorize(grey, field=field, hints=str(path))[..., :3]
    drawn = draw_marks(Hints((region,)), grey.shape).known.numpy()
    moved = (before != after).any(2)
    assert not moved[~drawn].any() and moved[drawn].mean() > 0.9


def test_a_click_colours_its_thing_and_two_keep_their_own_colours(tmp_path: Path) -> None:
    grey = shapes()
    square, circle = (75 / 256, 95 / 256), (180 / 256, 170 / 256)
    plain = coloured(grey, folder=tmp_path)
    one = coloured(grey, disc(*square, 0.02, RED), folder=tmp_path)
    both = coloured(grey, disc(*square, 0.02, RED), disc(*circle, 0.02, BLUE), folder=tmp_path)
    red = one.astype(int)[60:130, 40:110]
    assert (red[..., 0] - red[..., 2]).mean() > 60
    ground = np.abs(one.astype(int) - plain)[200:, :120]
    assert ground.max() < 12
    blue = both.astype(int)[155:185, 165:195]
    assert (blue[..., 2] - blue[..., 0]).mean() > 30
    still = both.astype(int)[70:120, 50:100]
    assert (still[..., 0] - still[..., 2]).mean() > 60


def test_a_click_on_a_thing_of_a_few_pixels_colours_that_thing_alone(tmp_path: Path) -> None:
    grey = np.full((600, 800), 150, np.uint8)
    y, x = np.mgrid[:600, :800]
    dot = np.hypot(y - 300, x - 400) < 4
    grey[dot] = 60
    click = disc(400.5 / 800, 300.5 / 600, 0.001, RED)
    plain, new = coloured(grey, folder=tmp_path), coloured(grey, click, folder=tmp_path)
    moved = np.abs(new.astype(int) - plain).max(2)
    assert (moved[dot] > 20).all() and not moved[~dot].any()


def test_a_click_on_the_even_ground_is_no_speck(tmp_path: Path) -> None:
    grey = np.full((600, 800), 150, np.uint8)
    click = disc(0.5, 0.5, 0.001, RED)
    plain, new = coloured(grey, folder=tmp_path), coloured(grey, click, folder=tmp_path)
    assert (np.abs(new.astype(int) - plain).max(2) > 10).mean() > 0.3
