from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from chromafield.errors import UnknownName, WeightsError, WeightsMismatch
from chromafield.models import create_model, list_models, load_model, shipped_path, start_from
from chromafield.models.hint_network.loading import load_hint_predictor
from chromafield.models.sampler.loading import load_diverse
from chromafield.models.weights import hash_path, load_state, read_weights, write_weights


@pytest.fixture
def weights(tiny_weights: Path, tmp_path: Path) -> Path:
    """A copy of the tiny weights that a test may damage."""
    path = tmp_path / "copy.safetensors"
    shutil.copy(tiny_weights, path)
    shutil.copy(hash_path(tiny_weights), hash_path(path))
    return path


def test_weights_come_back_as_they_went_in_half_precision(tmp_path: Path) -> None:
    model = create_model("lite-unet", coarse=16, widths=(8, 8, 8)).eval()
    digest = write_weights(tmp_path / "w.safetensors", "lite-unet", model)
    trained = load_model(str(tmp_path / "w.safetensors"))
    assert (trained.name, trained.digest) == ("lite-unet", digest)
    assert trained.model.config == model.config
    for name, value in read_weights(tmp_path / "w.safetensors")[2].items():
        kept = model.state_dict()[name]
        torch.testing.assert_close(value, kept, atol=1e-3 if value.ndim > 1 else 0, rtol=1e-3)
    seen = 100 * torch.rand(1, 1, 32, 48)
    with torch.inference_mode():
        a, b = model(seen), trained.model(seen)
    torch.testing.assert_close(a.gaussian.mean, b.gaussian.mean, atol=0.5, rtol=0)


@pytest.mark.parametrize("place", [0, 9, 500, -1])
def test_one_flipped_byte_is_found(weights: Path, place: int) -> None:
    data = bytearray(weights.read_bytes())
    data[place] ^= 1
    weights.write_bytes(data)
    with pytest.raises(WeightsError, match=r"are damaged: their SHA-256 is .* Install the package"):
        load_model(str(weights))


@pytest.mark.parametrize("kept", ["weights", "hash"])
def test_a_missing_half_of_the_pair_is_named(weights: Path, kept: str) -> None:
    (hash_path(weights) if kept == "weights" else weights).unlink()
    with pytest.raises(WeightsError, match="cannot be read .* Weights come as a pair"):
        load_model(str(weights))


def test_weights_of_another_model_are_refused_with_the_names_that_differ(weights: Path) -> None:
    model = create_model("lite-unet", coarse=16, widths=(8, 8, 8))
    state = dict(model.state_dict())
    state["fusion.weight"] = state.pop("colour.bias")
    with pytest.raises(WeightsMismatch, match=r"missing colour\.bias; not known .*fusion\.weight"):
        load_state(model, state, weights)
    wide = create_model("lite-unet", coarse=24, widths=(8, 8, 8)).state_dict()
    with pytest.raises(WeightsError, match="bottom.weight is .* the model wants"):
        load_state(model, wide, weights)


def test_a_start_takes_what_is_shared_and_tells_what_stays_fresh(weights: Path) -> None:
    model = create_model("lite-unet", coarse=16, widths=(8, 8, 8), channels=True)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fresh = start_from(model, weights)
    assert fresh == ["channels.bias", "channels.weight"]
    told = read_weights(weights)[2]
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name] if name in fresh else told[name]), name


def test_a_start_of_another_shape_or_of_nothing_shared_is_refused(weights: Path) -> None:
    with pytest.raises(WeightsError, match="bottom.weight is .* the model wants"):
        start_from(create_model("lite-unet"), weights)
    with pytest.raises(WeightsMismatch, match="are of another model: missing bias, weight"):
        start_from(torch.nn.Linear(2, 2), weights)


def test_a_file_that_is_no_weights_is_refused(tmp_path: Path) -> None:
    import hashlib

    path = tmp_path / "text.safetensors"
    path.write_bytes(b"hello")
    hash_path(path).write_text(hashlib.sha256(b"hello").hexdigest())
    with pytest.raises(WeightsError, match="is not a safetensors file"):
        load_model(str(path))


def test_weights_of_a_network_that_colours_nothing_are_said_to_be_so() -> None:
    with pytest.raises(WeightsError, match=r"holds weights of vae, which is no colorizer. There"):
        load_model(str(shipped_path("vae")))


def test_a_model_whose_weights_do_not_ship_says_how_to_get_some() -> None:
    with pytest.raises(WeightsError, match="No weights of two-stream come with the package"):
        load_model("two-stream")


def test_an_unknown_model_lists_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"No model named 'alexnet'. There are: .*lite-unet"):
        load_model("alexnet")


BUDGET = {"lite-unet": 12e6, "paper-cnn": 2e6, "paper-channels": 2e6}  # bytes


@pytest.mark.parametrize("name", [n for n in list_models() if shipped_path(n).exists()])
def test_shipped_weights_load_fit_their_budget_and_have_a_card(name: str) -> None:
    path = shipped_path(name)
    assert path.stat().st_size <= BUDGET[name]
    trained = load_model(name)
    card = path.with_suffix(".md").read_text("utf-8")
    assert trained.digest in card and "What it cannot do" in card and "all-grey" in card


def test_shipped_weights_of_samples_and_hints_belong_together_and_fit_their_budgets() -> None:
    sizes = {n: shipped_path(n).stat().st_size for n in ("vae", "structure", "mdn", "listener")}
    assert sizes.pop("listener") <= 6e6 and sum(sizes.values()) <= 8e6
    load_diverse()
    load_hint_predictor(load_model("lite-unet"))
    for name in ("vae", "structure", "mdn", "listener"):
        card = shipped_path(name).with_suffix(".md").read_text("utf-8")
        assert read_weights(shipped_path(name))[3] in card and "What it cannot do" in card
