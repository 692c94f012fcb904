"""A series: what was marked in one photograph is found again in another, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage import data
from torch import Tensor

from chromafield.color import rgb_to_lab
from chromafield.defaults import MODEL
from chromafield.errors import BadValue, DataError
from chromafield.hints.document import GREY, Hints, Mark, disc
from chromafield.models import LoadedModel, load_model
from chromafield.propagation.reach import encode_reach
from chromafield.propagation.series import MarkedPhotograph, mark_photograph, transfer

SUIT = (0.20, 0.88)  # a place on the astronaut's orange suit
ORANGE = "#d06020"


@pytest.fixture(scope="module")
def shipped() -> LoadedModel:
    return load_model(MODEL)


def lightness(rgb: NDArray[np.uint8]) -> Tensor:
    lab = rgb_to_lab(torch.from_numpy(rgb[..., :3].copy()).permute(2, 0, 1).float() / 255)
    return lab[None, :1]


def marked(seen: Tensor, shipped: LoadedModel, *marks: Mark) -> MarkedPhotograph:
    return mark_photograph(seen, Hints(marks), shipped.model, encode_reach(seen))


def test_a_thing_is_found_again_in_a_shifted_and_enlarged_crop(shipped: LoadedModel) -> None:
    seen = lightness(data.astronaut())  # (512, 512)
    other = seen[..., 40:, :440]
    one = marked(seen, shipped, disc(*SUIT, 0.01, ORANGE))
    found = transfer([one], other, shipped.model)
    assert found.picture == (440, 472) and found.marks
    orange = data.astronaut()[40:, :440].astype(int)
    for mark in found.marks:
        (x, y) = mark.positions[0]
        red, green, blue = orange[int(y * 472), int(x * 440)]
        assert red > green + 30 and green > blue - 5, "on the suit, which is orange in truth"
        assert mark.color == ORANGE


def test_an_unrelated_photograph_gets_no_marks(shipped: LoadedModel) -> None:
    one = marked(lightness(data.astronaut()), shipped, disc(*SUIT, 0.01, ORANGE))
    assert transfer([one], lightness(data.coffee()), shipped.model).marks == ()


def test_things_of_two_colours_keep_apart_and_a_bounded_mark_is_a_things_mark(
    shipped: LoadedModel,
) -> None:
    seen = lightness(data.astronaut())
    face = Mark("at", ((0.43, 0.22),), 0.01, color=GREY, reach=0.0)
    one = marked(seen, shipped, disc(*SUIT, 0.01, ORANGE), face)
    assert set(one.reached) == {(ORANGE, 0.5), (GREY, 0.5)}
    places = {
        c: [m.positions[0] for m in transfer([one], seen, shipped.model).marks if m.color == c]
        for c in (ORANGE, GREY)
    }
    assert all(y > 0.4 for _, y in places[ORANGE])
    assert all(y < 0.4 for _, y in places[GREY])


def test_hints_without_a_colour_of_a_thing_are_refused(shipped: LoadedModel) -> None:
    seen = torch.full((1, 1, 64, 64), 50.0)
    for hints in (Hints(), Hints((Mark("layer", source="x.png"),))):
        with pytest.raises(DataError, match="give no colour"):
            mark_photograph(seen, hints, shipped.model, None)


def test_a_network_without_features_is_refused() -> None:
    seen = torch.full((1, 1, 64, 64), 50.0)
    hints = Hints((disc(0.5, 0.5, 0.01, ORANGE),))
    with pytest.raises(BadValue, match="cannot compare"):
        mark_photograph(seen, hints, torch.nn.Identity(), None)
