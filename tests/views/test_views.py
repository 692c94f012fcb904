from __future__ import annotations

import pytest
import torch
from torch import nn

from chromafield.beliefs import GaussianBelief, as_gaussian
from chromafield.errors import BadValue
from chromafield.views.views import field_size, input_size, predict


class Lopsided(nn.Module):
    """Says of each cell its column's number, whatever it sees; remembers what it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Tensor] = []

    def forward(self, lightness: torch.Tensor) -> GaussianBelief:
        self.seen.append(lightness)
        h, w = (-(-side // 4) for side in lightness.shape[2:])
        column = torch.arange(float(w)) / max(w - 1, 1)
        mean = column.expand(1, 2, h, w)
        return GaussianBelief(mean, torch.ones_like(mean[:, :1]))


def test_a_mirrored_view_is_turned_back_before_it_is_averaged() -> None:
    model = Lopsided()
    lightness = 100 * torch.rand(1, 1, 40, 80)
    got = as_gaussian(predict(model, lightness, 40, 2))
    torch.testing.assert_close(got.mean, torch.full_like(got.mean, 0.5))
    assert torch.equal(model.seen[1], model.seen[0].flip(-1))


def test_other_sizes_come_on_the_first_ones_grid() -> None:
    model = Lopsided()
    one = as_gaussian(predict(model, 100 * torch.rand(1, 1, 320, 640), 320, 1)).mean
    four = as_gaussian(predict(model, 100 * torch.rand(1, 1, 320, 640), 320, 4)).mean
    assert one.shape == four.shape
    sizes = [tuple(seen.shape[2:]) for seen in model.seen[1:]]
    assert sizes[0] == sizes[1] and sizes[2] == sizes[3]
    assert sizes[2][0] / sizes[0][0] == pytest.approx(0.8, rel=0.1)


@pytest.mark.parametrize("views", [0, 5])
def test_too_few_or_too_many_views_are_refused(views: int) -> None:
    with pytest.raises(BadValue, match="it goes from 1 to 4"):
        predict(Lopsided(), torch.ones(1, 1, 8, 8), 8, views)


def test_the_network_sees_about_the_pictures_aspect_in_whole_multiples() -> None:
    """166 x 222 would be the aspect's own; both sides go to the nearest multiple of 32."""
    assert input_size(3000, 4000, 192) == (160, 224)
    assert input_size(1, 1, 192) == (192, 192)
    assert input_size(500, 500, 20) == (32, 32)
    assert input_size(2, 30000, 192) == (32, 32 * 192)
    with pytest.raises(BadValue, match="The size is 0; it goes from 1 to 2048"):
        input_size(5, 5, 0)


def test_a_long_picture_gives_the_field_no_more_cells_than_others() -> None:
    for height, width in ((1, 3000), (3000, 1), (8, 3000), (2, 30000)):
        found = field_size(height, width, 256)
        assert sorted(found) == [32, 2048]
        assert (found[0] > found[1]) is (height > width)
    for height, width in ((500, 500), (3, 4), (20, 1000), (1, 1)):
        assert field_size(height, width, 256) == input_size(height, width, 256)
    assert field_size(500, 500, 20) == (32, 32)
