"""The reach network's contract: any size, any marks, each picture's own, weights of its base."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from chromafield.defaults import MODEL
from chromafield.errors import WeightsError
from chromafield.models import load_model
from chromafield.models.hint_network.reach import Config, ReachNetwork
from chromafield.models.hint_network.reach_loading import (
    create_reach_network,
    load_reach_predictor,
)
from chromafield.models.weights import write_weights

SMALL = Config(maps=(4, 6, 8), heads=2, dimensions=3, widths=(4, 4, 6, 8))


def maps(height: int, width: int, pictures: int = 1) -> tuple[list[Tensor], Tensor]:
    """Maps of pictures of a grid, and their lightness there."""
    sizes = [(-(-height // 2), -(-width // 2)), (-(-height // 4), -(-width // 4)), (height, width)]
    found = [torch.randn(pictures, c, *s) for c, s in zip(SMALL.maps, sizes, strict=True)]
    return found, 100 * torch.rand(pictures, 1, height, width)


def marks(height: int, width: int, *cells: tuple[int, int]) -> Tensor:
    planes = torch.zeros(len(cells), 1, height, width)
    for plane, (y, x) in zip(planes, cells, strict=True):
        plane[0, y, x] = 0.5
    return planes


@pytest.mark.parametrize("size", [(16, 24), (13, 17), (1, 1), (8, 9)])
def test_logits_lie_on_the_marks_grid(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    network = ReachNetwork(SMALL).eval()
    seen, lightness = maps(*size)
    if size != (16, 24):  # maps of the network itself are of sides that fit
        height, width = (-(-side // 8) * 8 for side in size)
        coarse, _ = maps(height, width)
        seen[:2] = coarse[:2]
    own = marks(*size, (0, 0), (size[0] - 1, size[1] - 1))
    logits = network.predict(network.encode(seen, lightness), own)
    assert logits.shape == (2, 2, *size) and logits.isfinite().all()


def test_marks_on_several_pictures_get_what_each_would_alone() -> None:
    torch.manual_seed(0)
    network = ReachNetwork(SMALL).eval()
    seen, lightness = maps(16, 24, pictures=2)
    own = marks(16, 24, (3, 4), (9, 20), (12, 2))
    which = torch.tensor([1, 0, 1])
    together = network(seen, lightness, own, which)
    for mark, picture, found in zip(own, which, together, strict=True):
        part = [one[picture : picture + 1] for one in seen]
        alone = network.predict(network.encode(part, lightness[picture : picture + 1]), mark[None])
        assert torch.allclose(alone[0], found, atol=1e-4)


def test_what_looks_alike_does_not_depend_on_distance() -> None:
    torch.manual_seed(0)
    network = ReachNetwork(SMALL).eval()
    seen = [torch.ones(1, c, h, w) for c, h, w in ((4, 8, 12), (6, 4, 6), (8, 16, 24))]
    lightness = torch.full((1, 1, 16, 24), 50.0)
    own = marks(16, 24, (3, 4))
    thing, alike = network.predict(network.encode(seen, lightness), own)[0]
    assert thing.std() > 0 and alike.std() < 1e-5


def test_the_shipped_weights_belong_to_the_shipped_network() -> None:
    assert load_reach_predictor(load_model(MODEL)) is not None


def test_weights_of_another_base_are_not_used_and_others_are_refused(
    tmp_path: Path, tiny_weights: Path
) -> None:
    path = tmp_path / "reach.safetensors"
    write_weights(path, "reach", create_reach_network(base="0" * 64))
    assert load_reach_predictor(load_model(MODEL), path) is None
    assert load_reach_predictor(load_model(MODEL), tmp_path / "none.safetensors") is None
    with pytest.raises(WeightsError, match="not of reach"):
        load_reach_predictor(load_model(MODEL), tiny_weights)
