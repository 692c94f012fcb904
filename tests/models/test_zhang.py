"""Zhang's networks against their published layers, written out by their parameters' names."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from chromafield.beliefs import GaussianBelief, as_gaussian, marginals
from chromafield.color.palette import gamut_cells
from chromafield.errors import BadValue
from chromafield.models import create_model, zhang2016
from chromafield.models._cells import zhang_cells
from chromafield.models._fold import fold
from chromafield.models.zhang2016 import Zhang2016
from chromafield.models.zhang2017 import Config, Zhang2017

State = dict[str, Tensor]
# Of the 2016 network's first seven blocks: convolutions, stride of the last, dilation.
BLOCKS = ((2, 2, 1), (2, 2, 1), (3, 2, 1), (3, 1, 1), (3, 1, 2), (3, 1, 2), (3, 1, 1))


def ready(name: str, seed: int = 0) -> nn.Module:
    """A narrow network whose norms know the statistics of some noise."""
    torch.manual_seed(seed)
    model = create_model(name, width=4)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
            module.momentum = None
    with torch.no_grad():
        model.train()(100 * torch.rand(4, 1, 64, 64))
    return model.eval().requires_grad_(False)


def conv(s: State, name: str, x: Tensor, dilation: int = 1, stride: int = 1) -> Tensor:
    weight = s[f"{name}.weight"]
    padding = dilation if weight.shape[2] == 3 else 0
    bias = s.get(f"{name}.bias")
    return F.conv2d(x, weight, bias, stride=stride, padding=padding, dilation=dilation)


def norm(s: State, name: str, x: Tensor) -> Tensor:
    mean, var = s[f"{name}.running_mean"], s[f"{name}.running_var"]
    scale = s[f"{name}.weight"] / (var + 1e-5).sqrt()
    shift = s[f"{name}.bias"] - mean * scale
    return x * scale[:, None, None] + shift[:, None, None]


def blocks(s: State, x: Tensor, strided: bool) -> list[Tensor]:
    """What each of the blocks 1 to 7 answers."""
    out = []
    for number, (count, stride, dilation) in enumerate(BLOCKS, start=1):
        for i in range(count):
            step = stride if strided and i == count - 1 else 1
            x = conv(s, f"model{number}.{2 * i}", x, dilation, step).relu()
        x = norm(s, f"model{number}.{2 * count}", x)
        out.append(x)
        if not strided and number < 4:
            x = x[:, :, ::2, ::2]
    return out


def doubled(s: State, name: str, x: Tensor) -> Tensor:
    return F.conv_transpose2d(x, s[f"{name}.weight"], s[f"{name}.bias"], stride=2, padding=1)


def eccv16(s: State, lightness: Tensor) -> tuple[Tensor, Tensor]:
    """The release's colours, and its distribution."""
    x = blocks(s, (lightness - 50) / 100, strided=True)[-1]
    x = doubled(s, "model8.0", x).relu()
    x = conv(s, "model8.2", x).relu()
    x = conv(s, "model8.4", x).relu()
    p = conv(s, "model8.6", x).softmax(1)
    return 110 * conv(s, "model_out", p), p


def siggraph17(s: State, lightness: Tensor, ab: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The release's colours, and its suggestions."""
    maps = blocks(s, torch.cat([(lightness - 50) / 100, ab / 110, mask], 1), strided=False)
    x = doubled(s, "model8up.0", maps[6]) + conv(s, "model3short8.0", maps[2])
    x = conv(s, "model8.3", conv(s, "model8.1", x.relu()).relu()).relu()
    eighth = x = norm(s, "model8.5", x)
    x = doubled(s, "model9up.0", x) + conv(s, "model2short9.0", maps[1])
    x = norm(s, "model9.3", conv(s, "model9.1", x.relu()).relu())
    x = doubled(s, "model10up.0", x) + conv(s, "model1short10.0", maps[0])
    x = F.leaky_relu(conv(s, "model10.1", x.relu()), 0.2)
    return 110 * conv(s, "model_out.0", x).tanh(), conv(s, "model_class.0", eighth)


@pytest.mark.parametrize(
    ("name", "parameters", "tensors"),
    [("zhang2016", 32_236_011, 82), ("zhang2017", 34_187_027, 107)],
)
def test_parameters_and_tensors_are_as_many_as_published(
    name: str, parameters: int, tensors: int
) -> None:
    with torch.device("meta"):
        model = Zhang2016(zhang2016.Config()) if name == "zhang2016" else Zhang2017(Config())
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert len(model.state_dict()) == tensors


def test_2016_answers_as_its_layers_written_out() -> None:
    model, seen = ready("zhang2016"), 100 * torch.rand(2, 1, 40, 64)
    belief = model(seen)
    colours, p = eccv16(model.state_dict(), seen)
    torch.testing.assert_close(belief.probability(), p, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(as_gaussian(belief).mean, colours, atol=1e-3, rtol=0)
    assert colours.std() > 1


def test_2017_answers_as_its_layers_written_out_with_hints_and_without() -> None:
    model, seen = ready("zhang2017"), 100 * torch.rand(2, 1, 40, 64)
    nothing = torch.zeros(2, 1, 40, 64)
    colours, suggestions = siggraph17(model.state_dict(), seen, torch.zeros(2, 2, 40, 64), nothing)
    belief = model(seen)
    torch.testing.assert_close(belief.mean, colours, atol=1e-3, rtol=1e-4)
    p = (0.2 * suggestions).softmax(1)
    cells = torch.tensor([(10.0 * a, 10.0 * b) for a in range(-11, 12) for b in range(-11, 12)])
    mean = torch.einsum("bkhw,kc->bchw", p, cells)
    variance = (torch.einsum("bkhw,kc->bchw", p, cells**2) - mean**2).mean(1, keepdim=True)
    expected = F.interpolate(1 / variance, scale_factor=4, mode="bilinear", align_corners=False)
    torch.testing.assert_close(belief.precision, expected, atol=0, rtol=1e-2)

    mask = nothing.clone()
    mask[:, :, 10:13, 20:23] = 1
    ab = torch.tensor([40.0, -30.0])[:, None, None].expand(2, 2, 40, 64)
    told = model(seen, GaussianBelief(ab, 0.3 * mask)).mean
    expected, _ = siggraph17(model.state_dict(), seen, mask * ab, mask)
    torch.testing.assert_close(told, expected, atol=1e-3, rtol=1e-4)
    assert (told - colours).abs().max() > 1


@pytest.mark.parametrize("name", ["zhang2016", "zhang2017"])
def test_folding_leaves_norms_after_a_relu_where_they_are(name: str) -> None:
    model, seen = ready(name), 100 * torch.rand(1, 1, 32, 48)
    before = as_gaussian(model(seen)).mean
    torch.testing.assert_close(as_gaussian(fold(model)(seen)).mean, before)


def test_the_cells_are_the_published_313() -> None:
    cells = zhang_cells()
    assert cells.shape == (313, 2)
    assert cells[0].tolist() == [-90, 50] and cells[1].tolist() == [-90, 60]
    assert (cells.amin(0).tolist(), cells.amax(0).tolist()) == ([-90, -110], [100, 100])
    assert torch.equal(cells, cells.unique(dim=0))  # in order, each once
    own = set(map(tuple, cells.tolist()))
    assert set(map(tuple, gamut_cells().tolist())) <= own


def test_cells_are_read_from_the_last_layer() -> None:
    model = ready("zhang2016")
    assert torch.equal(model.palette, zhang_cells()) and model.accept("it") == ""
    with torch.no_grad():
        model.model_out.weight[0, 5, 0, 0] = -70.2 / 110
        model.model_out.weight[1, 6, 0, 0] = 33.0 / 110
    assert model.palette[5].tolist() == [-70, 20]
    assert model.palette[6].tolist() == pytest.approx([-80, 33])
    assert "313 cells in it are not those of the published network" in model.accept("it")


def test_its_distribution_has_marginals_over_the_first_papers_bins() -> None:
    channels = marginals(ready("zhang2016")(100 * torch.rand(1, 1, 16, 16)))
    total = channels.b.probability().sum(1)
    torch.testing.assert_close(total, torch.ones_like(total))


@pytest.mark.parametrize("name", ["zhang2016", "zhang2017"])
def test_a_width_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(BadValue, match="The width is 0; it must be at least 1"):
        create_model(name, width=0)
