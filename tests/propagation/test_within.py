"""A colorizer that takes hints itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from chromafield.beliefs import GaussianBelief
from chromafield.canvas.canvas import make_canvas
from chromafield.fields import create_field
from chromafield.hints.document import Hints, disc
from chromafield.models import LoadedModel, create_model, load_model
from chromafield.models.weights import write_weights
from chromafield.propagation.network import encode_for_hints
from chromafield.propagation.propagate import make_propagator
from chromafield.propagation.within import EncodedWithin, encode_within
from chromafield.resize import shrink


@pytest.fixture(scope="module")
def zhang(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("zhang") / "zhang2017.safetensors"
    write_weights(path, "zhang2017", create_model("zhang2017", width=4))
    return load_model(str(path))


def picture() -> Tensor:
    return 100 * torch.rand(1, 1, 64, 96, generator=torch.Generator().manual_seed(0))


def test_it_hears_what_the_network_makes_of_told_cells(zhang: LoadedModel) -> None:
    within = encode_within(picture(), zhang.model, size=64)
    assert within.grid == (within.seen.shape[2] // 4, within.seen.shape[3] // 4)
    mean, precision = torch.zeros(1, 2, *within.grid), torch.zeros(1, 1, *within.grid)
    mean[..., 5, 6], precision[..., 5, 6] = torch.tensor([40.0, -20.0]), 0.3
    automatic = torch.full_like(mean, 7.0)
    got = within.predict(automatic, GaussianBelief(mean, precision))

    ab, mask = torch.zeros(1, 2, *within.seen.shape[2:]), torch.zeros_like(within.seen)
    ab[..., 20:24, 24:28], mask[..., 20:24, 24:28] = torch.tensor([40.0, -20.0])[:, None, None], 1
    with_hints = zhang.model(within.seen, GaussianBelief(ab, mask)).mean
    without = zhang.model(within.seen).mean
    expected = 7.0 + shrink(with_hints - without, within.grid)
    torch.testing.assert_close(got, expected, atol=1e-3, rtol=0)
    assert (got - automatic).abs().max() > 0.1


def test_nothing_told_changes_nothing(zhang: LoadedModel) -> None:
    within = encode_within(picture(), zhang.model, size=64)
    nothing = GaussianBelief(torch.zeros(1, 2, *within.grid), torch.zeros(1, 1, *within.grid))
    automatic = torch.randn(1, 2, *within.grid)
    torch.testing.assert_close(within.predict(automatic, nothing), automatic, atol=1e-4, rtol=0)


def test_hints_go_through_it_to_the_picture(zhang: LoadedModel) -> None:
    canvas = make_canvas(picture(), zhang.model, create_field("mean"), size=64)
    encoded = encode_for_hints(canvas.lightness, zhang)
    assert isinstance(encoded, EncodedWithin)
    propagator = make_propagator(canvas, encoded=encoded)
    plain = canvas.paint()
    hints = Hints((disc(0.25, 0.5, 0.06, "#00a000"),))
    painted = torch.cat([rgb for _, rgb in propagator.strips(hints)], dim=1)
    assert painted[1, 32, 24] > painted[0, 32, 24] + 0.1
    assert (painted - plain).abs().max() > 0.1


def test_other_networks_have_no_ear_of_their_own(trained: LoadedModel) -> None:
    assert not isinstance(encode_for_hints(picture(), trained), EncodedWithin)


def test_the_path_of_its_weights_is_no_matter(zhang: LoadedModel, tmp_path: Path) -> None:
    path = tmp_path / "again.pth"
    torch.save(zhang.model.state_dict(), path)
    again = load_model(str(path))
    seen = picture()
    torch.testing.assert_close(again.model(seen).mean, zhang.model(seen).mean)
