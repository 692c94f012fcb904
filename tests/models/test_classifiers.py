"""The classifiers: sizes, torchvision's names, batches, and the starts they lend and take."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from chromafield.errors import BadValue, UnknownName, WeightsError, WeightsMismatch
from chromafield.models import create_model, start_from
from chromafield.models.classifiers import create_classifier, list_classifiers
from chromafield.models.classifiers.resnet18 import Config, ResNet18
from chromafield.models.weights import load_state, write_weights

every_classifier = pytest.mark.parametrize("name", list_classifiers())


def torchvision_state() -> dict[str, Tensor]:
    """Names and shapes of torchvision's ResNet-18 with 1000 classes, random values."""
    random = torch.Generator().manual_seed(0)
    shapes: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 7, 7)}
    norms = {"bn1": 64}
    inside = 64
    for stage, width in enumerate((64, 128, 256, 512), start=1):
        for block in (0, 1):
            name = f"layer{stage}.{block}"
            shapes[f"{name}.conv1.weight"] = (width, inside, 3, 3)
            shapes[f"{name}.conv2.weight"] = (width, width, 3, 3)
            norms |= {f"{name}.bn1": width, f"{name}.bn2": width}
            if inside != width:
                shapes[f"{name}.downsample.0.weight"] = (width, inside, 1, 1)
                norms[f"{name}.downsample.1"] = width
            inside = width
    shapes |= {"fc.weight": (1000, 512), "fc.bias": (1000,)}
    state = {key: torch.randn(shape, generator=random) for key, shape in shapes.items()}
    for key, width in norms.items():
        for part in ("weight", "bias", "running_mean"):
            state[f"{key}.{part}"] = torch.randn(width, generator=random)
        state[f"{key}.running_var"] = torch.rand(width, generator=random) + 0.5
        state[f"{key}.num_batches_tracked"] = torch.tensor(7)
    return state


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "resnet18.pth"
    torch.save(torchvision_state(), path)
    return path


def test_a_torchvision_checkpoint_is_a_start_for_all_but_the_classes(checkpoint: Path) -> None:
    told = torchvision_state()
    model = ResNet18(Config(classes=3))
    assert start_from(model, checkpoint) == ["fc.bias", "fc.weight"]
    state = model.state_dict()
    assert sorted(state) == sorted(told)
    torch.testing.assert_close(state["conv1.weight"], told["conv1.weight"].sum(1, keepdim=True))
    for key in told.keys() - {"conv1.weight", "fc.weight", "fc.bias"}:
        assert torch.equal(state[key], told[key]), key


def test_with_its_classes_it_loads_strictly_and_comes_back() -> None:
    told = torchvision_state()
    model = ResNet18(Config(colour=True, classes=1000))
    load_state(model, told, Path("resnet18.pth"))
    assert all(torch.equal(value, told[key]) for key, value in model.state_dict().items())


# The oracle of the summed kernels: a grey picture in all three channels.
def test_the_summed_stem_sees_what_three_equal_channels_show(checkpoint: Path) -> None:
    grey, colour = ResNet18(Config(classes=3)).eval(), ResNet18(Config(True, 3)).eval()
    start_from(grey, checkpoint)
    start_from(colour, checkpoint)
    x = torch.rand(2, 1, 40, 56)
    with torch.no_grad():
        expected = colour.features(x.expand(-1, 3, -1, -1))
        # Random weights answer with millions, so errors are held against the largest.
        error = (grey.features(x) - expected).abs().max() / expected.abs().max()
        assert error < 1e-5


def test_the_papers_colorizer_starts_from_it_too(checkpoint: Path) -> None:
    fresh = start_from(create_model("paper-cnn"), checkpoint)
    assert fresh and all(name.startswith("decoder.") for name in fresh)


def test_what_is_no_resnet18_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vgg.pth"
    torch.save({"features.0.weight": torch.zeros(1)}, path)
    with pytest.raises(WeightsMismatch, match=r"missing conv1\.weight"):
        start_from(ResNet18(Config()), path)
    path.write_bytes(b"no checkpoint")
    with pytest.raises(WeightsError, match="vgg.pth cannot be read"):
        start_from(ResNet18(Config()), path)


@every_classifier
@pytest.mark.parametrize(("h", "w"), [(32, 32), (33, 50), (96, 64)])
def test_any_size_gets_a_score_a_class(name: str, h: int, w: int) -> None:
    model = create_classifier(name, colour=False, classes=7).eval()
    with torch.no_grad():
        together = model(torch.rand(3, 1, h, w, generator=torch.Generator().manual_seed(0)))
    assert together.shape == (3, 7) and together.isfinite().all()


@every_classifier
def test_a_batch_is_its_items_and_every_weight_learns(name: str) -> None:
    torch.manual_seed(0)
    model = create_classifier(name, colour=False, classes=5)
    x = torch.rand(3, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    (model.train()(x) * torch.randn(3, 5)).sum().backward()
    idle = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert idle == []
    model.eval()
    with torch.no_grad():
        together = model(x)
        for i in range(3):
            torch.testing.assert_close(model(x[i : i + 1])[0], together[i], rtol=0, atol=1e-4)


def test_resnet18_lends_its_first_half_to_the_papers_colorizer(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = ResNet18(Config(classes=3))
    write_weights(tmp_path / "c.safetensors", "classifier", model)
    colorizer = create_model("paper-cnn")
    fresh = start_from(colorizer, tmp_path / "c.safetensors")
    assert fresh and all(name.startswith("decoder.") for name in fresh)
    own = colorizer.state_dict()["layer2.1.conv2.weight"]
    torch.testing.assert_close(own, model.state_dict()["layer2.1.conv2.weight"], atol=1e-3, rtol=0)


def test_lite0_takes_a_colorizers_encoder(tiny_weights: Path) -> None:
    fresh = start_from(create_classifier("lite0", colour=False, classes=3), tiny_weights)
    assert fresh and not any(name.startswith("encoder.") for name in fresh)


def test_vgg_has_its_published_convolutions() -> None:
    """14,714,688 numbers with the biases, which norms take the place of, and 8,448 of norms."""
    wide = (64, 64, 128, 128, 256, 256, 256, *[512] * 6)
    with torch.device("meta"):
        model = create_classifier("vgg", colour=True, classes=10)
    found = sum(p.numel() for p in model.features.parameters())  # type: ignore[union-attr]
    assert found == 14_714_688 - sum(wide) + 8_448 and sum(wide) == 4_224


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(BadValue, match="lite0 sees lightness alone. Take resnet18 for colour"):
        create_classifier("lite0", colour=True, classes=3)
    with pytest.raises(UnknownName, match="No classifier named 'alexnet'. There are: lite0, "):
        create_classifier("alexnet", colour=False, classes=3)
