from __future__ import annotations

import math

import pytest
import torch

from chromafield.beliefs import LabelBelief
from chromafield.canvas.canvas import Canvas
from chromafield.canvas.uncertainty import entropy, entropy_map, leading_colours, swatches
from chromafield.color import rgb_to_lab
from chromafield.color.palette import gamut_cells
from chromafield.errors import BadValue
from chromafield.fields import create_field


def canvas() -> Canvas:
    """40 x 60 pixels on a grid of 2 x 3: a sure cell, a two-minded one beside it, else clueless."""
    p = torch.full((1, 261, 2, 3), 1 / 261)
    p[0, :, 0, 0] = 0
    p[0, 7, 0, 0] = 1
    p[0, :, 0, 1] = 0
    p[0, [100, 130], 0, 1] = torch.tensor([0.75, 0.25])
    lightness = torch.full((1, 1, 40, 60), 55.0)
    return Canvas(lightness, LabelBelief(-p.log(), gamut_cells()), create_field("mean"), None)


def test_the_leading_colours_are_those_of_the_places_cell() -> None:
    sure = leading_colours(canvas(), 19, 19)
    assert sure[0].probability == pytest.approx(1)
    assert (sure[0].a, sure[0].b) == tuple(gamut_cells()[7].tolist())
    first, second, third = leading_colours(canvas(), 20, 19, most=3)
    assert (first.a, first.b) == tuple(gamut_cells()[100].tolist())
    assert [g.probability for g in (first, second, third)] == pytest.approx([0.75, 0.25, 0])


def test_a_colour_is_shown_at_the_places_own_lightness() -> None:
    for guess in leading_colours(canvas(), 30, 39):
        rgb = torch.tensor(guess.rgb).view(3, 1, 1).double() / 255
        assert rgb_to_lab(rgb)[0].item() == pytest.approx(55, abs=0.5)
    assert all(len(s) == 7 and s[0] == "#" for s in swatches(leading_colours(canvas(), 0, 0)))


def test_entropy_is_in_bits() -> None:
    bits = entropy(canvas())
    assert bits[0, 0].item() == pytest.approx(0, abs=1e-4)
    assert bits[0, 1].item() == pytest.approx(2 - 0.75 * math.log2(3), abs=1e-4)
    assert bits[1, 2].item() == pytest.approx(math.log2(261), abs=1e-4)


def test_the_map_has_the_pictures_size_and_is_brighter_where_unsure() -> None:
    levels = entropy_map(canvas())
    assert levels.shape == (40, 60, 3)
    assert levels[0, 0].sum() < levels[0, 30].sum() < levels[39, 59].sum()


@pytest.mark.parametrize(("x", "y"), [(60, 0), (0, 40), (-1, 0)])
def test_a_place_outside_is_named_with_the_pictures_size(x: int, y: int) -> None:
    with pytest.raises(BadValue, match=f"{x},{y} lies outside the picture, which is 60 x 40"):
        leading_colours(canvas(), x, y)


def test_fewer_than_one_colour_is_refused() -> None:
    with pytest.raises(BadValue, match="The number of colours is 0"):
        leading_colours(canvas(), 0, 0, most=0)
