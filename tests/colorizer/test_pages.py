"""Pages and panoramas: each part is seen at its own size, and what lies around keeps its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data

from chromafield.beliefs import GaussianBelief
from chromafield.canvas.upsample import levels_of
from chromafield.colorizer.colorizer import Colorizer
from chromafield.colorizer.files import OutputOptions, colorize_file
from chromafield.colorizer.loading import load_colorizer
from chromafield.errors import AlreadyColour
from chromafield.image import Picture, read_picture, write_picture
from chromafield.jobs.jobs import Job
from chromafield.settings import Settings
from chromafield.views.patches import see_prints, see_tiles, tiles


@pytest.fixture(scope="module")
def colorizer(tiny_weights: Path) -> Colorizer:
    return load_colorizer(Settings(model=str(tiny_weights), field="mean", size=64), "cpu")


def page(colour: tuple[int, int, int] = (92, 75, 59)) -> Picture:
    pixels = np.full((300, 420, 3), colour, np.uint8)
    for left, photo in ((30, data.camera()), (230, data.astronaut()[..., 1])):
        pixels[60:220, left : left + 160] = photo[::3, ::3, None][:160, :160]
    return Picture(pixels)


def test_an_ordinary_photograph_comes_out_in_the_same_bytes_as_a_whole(colorizer):
    picture = Picture(data.camera())
    whole = levels_of(colorizer.canvas(picture).strips(), picture)
    assert np.array_equal(colorizer.colour(picture), whole)


def test_the_card_keeps_its_levels_and_the_prints_get_colours(colorizer):
    picture = page()
    done = colorizer.color_with_findings(picture)
    assert done.page is not None and len(done.page.prints) == 2
    outside = np.ones(picture.size, bool)
    outside[57:223, 27:393] = False
    assert np.array_equal(done.levels[outside], picture.pixels[outside])
    inside = done.levels[70:210, 40:180].astype(int)
    assert (inside[..., 0] != inside[..., 1]).mean() > 0.5


def test_each_print_is_given_to_the_network_alone():
    seen = []

    def see(lightness: torch.Tensor) -> GaussianBelief:
        seen.append(lightness)
        mean = torch.full((1, 2, 8, 8), float(lightness.mean()))
        return GaussianBelief(mean, torch.ones(1, 1, 8, 8))

    plane = torch.zeros(1, 1, 100, 200)
    plane[..., 10:90, 10:90], plane[..., 10:90, 110:190] = 20.0, 60.0
    boxes = [np.array([(x, 10), (x + 80, 10), (x + 80, 90), (x, 90)], float) for x in (10, 110)]
    belief = see_prints(plane, boxes, see)
    assert [float(one.mean()) for one in seen] == [20.0, 60.0]
    assert belief.mean.shape[2:] == (10, 20)  # a cell is ten pixels, as in each print
    assert torch.equal(belief.mean[0, 0, 1:9, 1:9], torch.full((8, 8), 20.0))
    assert torch.equal(belief.mean[0, 0, 1:9, 11:19], torch.full((8, 8), 60.0))


@pytest.mark.parametrize("height, width", [(100, 650), (650, 100), (64, 129), (40, 4000)])
def test_tiles_cover_a_long_picture_and_overlap(height, width):
    boxes = np.array([(*one.corners[0], *one.corners[2]) for one in tiles(height, width)])
    long = 0 if width > height else 1
    starts, ends = boxes[:, long], boxes[:, long + 2]
    assert starts[0] == 0 and ends[-1] == max(height, width)
    assert (starts[1:] < ends[:-1]).all() and len(boxes) > 1
    assert (boxes[:, 1 - long] == 0).all() and (boxes[:, 3 - long] == min(height, width)).all()


@pytest.mark.parametrize("height, width", [(100, 200), (200, 100), (10, 500), (1, 1)])
def test_what_is_not_long_is_one_tile(height, width):
    (one,) = tiles(height, width)
    assert one.corners[2].tolist() == [width, height]


@pytest.mark.parametrize("tall", [False, True])
def test_what_all_tiles_believe_is_believed_of_the_whole(tall):
    plane = torch.linspace(0, 100, 600)[None, None, None].expand(1, 1, 100, 600)
    plane = plane.transpose(2, 3) if tall else plane

    def see(lightness: torch.Tensor) -> GaussianBelief:
        mean = torch.nn.functional.adaptive_avg_pool2d(
            lightness, [n // 5 for n in lightness.shape[2:]]
        )
        return GaussianBelief(mean.expand(-1, 2, -1, -1).clone(), torch.ones_like(mean))

    belief = see_tiles(plane, see)
    wanted = see(plane).mean
    assert belief.mean.shape == wanted.shape
    assert (belief.mean - wanted).abs().max() < 1.0  # a cell is 0.8


def test_whole_switches_it_off(colorizer):
    told = replace(colorizer, settings=replace(colorizer.settings, whole=True))
    done = told.color_with_findings(page((60, 60, 60)))
    assert done.page is None
    assert (done.levels[:20, :20, 0] != done.levels[:20, :20, 2]).any()


def test_a_page_of_colour_photographs_is_refused_and_one_of_both_keeps_them(colorizer):
    both = page()
    both.pixels[60:220, 230:390] = data.astronaut()[::3, ::3][:160, :160]
    done = colorizer.color_with_findings(both)
    assert done.page is not None and len(done.page.prints) == 1
    assert np.array_equal(done.levels[70:210, 240:380], both.pixels[70:210, 240:380])
    both.pixels[60:220, 30:190] = data.chelsea()[::2, ::2][:150, :160][:160].repeat(2, 0)[:160]
    with pytest.raises(AlreadyColour):
        colorizer.colour(both)


def test_the_report_says_where_the_photographs_lie(colorizer, tmp_path):
    source = tmp_path / "page.png"
    write_picture(source, page().pixels, page())
    report = colorize_file(Job(source, tmp_path / "out.png"), colorizer, OutputOptions())
    told = report.as_dict()["photographs"]
    assert len(told) == 2
    assert np.abs(np.array(told[0]) - [(30, 60), (190, 60), (190, 220), (30, 220)]).max() < 5
    assert any("2 photographs" in note for note in report.notes)
    assert read_picture(tmp_path / "out.png").size == (300, 420)
