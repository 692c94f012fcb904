"""The listener's contract: silence changes nothing, hints reach what is like them, sizes any."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from chromafield.beliefs import GaussianBelief
from chromafield.errors import BadValue, WeightsError
from chromafield.models import LoadedModel
from chromafield.models._layers import ConvNorm
from chromafield.models.hint_network.listener import Recall
from chromafield.models.hint_network.loading import (
    HintPredictor,
    create_hint_network,
    describe,
    is_trained_on,
    load_base,
    load_hint_predictor,
)
from chromafield.models.weights import write_weights


def told_at(grid: tuple[int, int], *cells: tuple[int, int]) -> GaussianBelief:
    mean, share = torch.zeros(1, 2, *grid), torch.zeros(1, 1, *grid)
    for y, x in cells:
        mean[0, :, y, x], share[0, 0, y, x] = torch.tensor([30.0, -20.0]), 1.0
    return GaussianBelief(mean, share)


@pytest.mark.parametrize("size", [(64, 96), (45, 70), (1, 1), (33, 32)])
def test_without_hints_the_answer_is_the_automatic_one_to_the_bit(
    predictor: HintPredictor, size: tuple[int, int]
) -> None:
    with torch.inference_mode():
        seen = predictor.encode(100 * torch.rand(2, 1, *size))
        grid = (-(-size[0] // 4), -(-size[1] // 4))
        nothing = GaussianBelief(torch.zeros(2, 2, *grid), torch.zeros(2, 1, *grid))
        assert torch.equal(predictor.predict(seen, seen.mean, nothing), seen.mean)
        everything = GaussianBelief(seen.mean + 9, torch.ones(2, 1, *grid))
        assert not torch.equal(predictor.predict(seen, seen.mean, everything), seen.mean)


def test_a_silent_picture_of_a_batch_stays_what_it_is(predictor: HintPredictor) -> None:
    with torch.inference_mode():
        seen = predictor.encode(100 * torch.rand(2, 1, 32, 32))
        given = told_at((8, 8), (3, 4))
        mean = torch.cat([given.mean, torch.zeros_like(given.mean)])
        share = torch.cat([given.precision, torch.zeros_like(given.precision)])
        out = predictor.predict(seen, seen.mean, GaussianBelief(mean, share))
    assert torch.equal(out[1], seen.mean[1]) and not torch.equal(out[0], seen.mean[0])


def test_recall_is_the_softmax_over_told_cells_written_out() -> None:
    torch.manual_seed(0)
    recall = Recall(5, heads=2, dimensions=3)
    seen, values = torch.randn(1, 5, 3, 4), torch.randn(1, 2, 3, 4)
    share = torch.zeros(1, 1, 3, 4)
    share[0, 0, 0, 1], share[0, 0, 2, 3] = 1.0, 0.5
    found = recall(recall.encode(seen), values, share)

    def projected(layer: torch.nn.Conv2d, head: int, n: int) -> Tensor:
        flat = layer(seen)[0].flatten(1)
        return flat[n * head : n * (head + 1)]

    places = torch.stack(torch.meshgrid(torch.arange(3.0), torch.arange(4.0), indexing="ij"))
    place = places.flatten(1) / 4
    for head in range(2):
        q, k = projected(recall.query, head, 3), projected(recall.key, head, 3)
        none = projected(recall.none, head, 1)[0]
        for cell in (0, 7):
            weight = {
                j: torch.exp(
                    q[:, cell] @ k[:, j] / 3**0.5
                    - recall.nearness.exp()[head] * (place[:, cell] - place[:, j]).square().sum()
                )
                * share.flatten()[j]
                for j in (1, 11)
            }
            total = sum(weight.values()) + none[cell].exp()
            right = sum(w * values[0].flatten(1)[:, j] for j, w in weight.items()) / total
            row = found[0].flatten(1)[3 * head : 3 * head + 3, cell]
            torch.testing.assert_close(row[:2], right, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(row[2], sum(weight.values()) / total, atol=1e-5, rtol=1e-4)


def test_it_names_the_network_it_was_trained_on(
    predictor: HintPredictor, trained: LoadedModel, tiny_weights: Path, tmp_path: Path
) -> None:
    assert predictor.network.config.base == trained.digest and predictor.base is trained.model
    path = tmp_path / "listener.safetensors"
    write_weights(path, "listener", create_hint_network(base="0" * 64))
    with pytest.raises(WeightsError, match=r"was trained on other weights \(000000000000"):
        load_hint_predictor(trained, path)
    with pytest.raises(WeightsError, match="holds weights of lite-unet, not of listener"):
        load_hint_predictor(trained, tiny_weights)
    assert not is_trained_on(trained)
    with pytest.raises(BadValue, match="stands on the model lite-unet, not on paper-cnn"):
        load_base("paper-cnn")


def test_maps_and_mean_are_of_one_pass(predictor: HintPredictor) -> None:
    lightness = 100 * torch.rand(1, 1, 64, 32)
    with torch.inference_mode():
        maps, mean = describe(predictor.base, lightness)
        torch.testing.assert_close(mean, predictor.base(lightness).gaussian.mean)
    assert [tuple(m.shape[1:]) for m in maps] == [(40, 8, 4), (112, 4, 2), (8, 16, 8)]


def test_a_convolution_in_parts_is_the_whole() -> None:
    torch.manual_seed(0)
    layer, x = ConvNorm(7, 4, 2).eval(), torch.randn(2, 7, 9, 6)
    parts = [layer.part(x[:, :3], 0), layer.part(x[:, 3:5], 3), layer.part(x[:, 5:], 5)]
    torch.testing.assert_close(layer.sum(*parts), layer(x))
