"""The first paper's networks: their published size, names, ranges and losses."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from chromafield.errors import BadValue, WeightsError
from chromafield.models import create_model, default_loss, start_from
from chromafield.models.weights import write_weights

# torchvision's names and shapes of ResNet-18's stem and first two stages, after its documentation
# of the state dict; norms also have bias, running_mean, running_var and num_batches_tracked.
CONVOLUTIONS = {
    "conv1": (64, 1, 7, 7),
    **{f"layer1.{i}.conv{j}": (64, 64, 3, 3) for i in (0, 1) for j in (1, 2)},
    "layer2.0.conv1": (128, 64, 3, 3),
    "layer2.0.downsample.0": (128, 64, 1, 1),
    **dict.fromkeys(("layer2.0.conv2", "layer2.1.conv1", "layer2.1.conv2"), (128, 128, 3, 3)),
}
NORMS = {
    "bn1": 64,
    **{f"layer1.{i}.bn{j}": 64 for i in (0, 1) for j in (1, 2)},
    **{f"layer2.{i}.bn{j}": 128 for i in (0, 1) for j in (1, 2)},
    "layer2.0.downsample.1": 128,
}


@pytest.mark.parametrize("name", ["paper-cnn", "paper-channels"])
def test_the_trunk_has_torchvisions_names_and_shapes(name: str) -> None:
    state = create_model(name).state_dict()
    expected = {f"{key}.weight": shape for key, shape in CONVOLUTIONS.items()}
    for key, width in NORMS.items():
        for part in ("weight", "bias", "running_mean", "running_var"):
            expected[f"{key}.{part}"] = (width,)
        expected[f"{key}.num_batches_tracked"] = ()
    trunk = {k: tuple(v.shape) for k, v in state.items() if not k.startswith("decoder.")}
    assert trunk == expected


def test_the_colorizer_has_the_published_size() -> None:
    count = sum(p.numel() for p in create_model("paper-cnn").parameters())
    assert round(count / 1e6, 2) == 0.95


def test_colours_are_learnt_in_the_papers_scale() -> None:
    """A last layer that says 0.5 everywhere means ab = 255 / 2 - 128."""
    model = create_model("paper-cnn").eval()
    torch.nn.init.zeros_(model.decoder.conv5.weight)
    torch.nn.init.constant_(model.decoder.conv5.bias, 0.5)
    belief = model(torch.full((1, 1, 16, 16), 50.0))
    torch.testing.assert_close(belief.mean, torch.full((1, 2, 8, 8), -0.5))
    assert belief.precision[0, 0, 0, 0].item() ** -0.5 == pytest.approx(11.1, abs=0.05)


def test_a_start_from_a_checkpoint_of_another_variant_is_refused(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path = tmp_path / "cnn.safetensors"
    write_weights(path, "paper-cnn", create_model("paper-cnn"))
    other = create_model("paper-channels")
    with pytest.raises(WeightsError, match="decoder.conv5.weight is .* the model wants"):
        start_from(other, path)


def test_each_has_its_own_usual_loss() -> None:
    assert default_loss("paper-cnn") == "mse"
    assert default_loss("lite-unet") == "huber"


def test_the_paper_leaves_no_option() -> None:
    with pytest.raises(BadValue, match="paper-cnn has no option 'width'"):
        create_model("paper-cnn", width=3)
