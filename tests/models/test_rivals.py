"""Generative networks: sizes as published, layers by another implementation, distributions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from chromafield.color import rgb_to_lab
from chromafield.errors import BadValue, UnknownName, WeightsError
from chromafield.models import list_models
from chromafield.models.rivals import DrawsColors, create_rival, list_rivals, load_rival
from chromafield.models.rivals._pixels import (
    HALF,
    Pixels,
    as_ab,
    as_values,
    draw_pixel,
    log_likelihood,
)
from chromafield.models.rivals.mln_gan import ab_of, uv_of
from chromafield.models.weights import write_weights

VAE = {"latent": 6, "coarse": 16, "widths": (12, 8, 8), "encoder_widths": (8, 8, 8)}
SMALL: dict[str, dict[str, Any]] = {
    "c-gan": {"side": 16, "width": 4},
    "bicycle-gan": {"side": 16, "width": 4, "encoder_width": 4},
    "mln-gan": {"side": 16, "width": 4},
    "pic": {"side": 16, "width": 8, "blocks": 1, "deep": 1, "components": 2},
    "cvae": VAE,
    "vae-mdn": VAE,
}
GRID = {"c-gan": 16, "bicycle-gan": 16, "mln-gan": 16, "pic": 4, "cvae": 6, "vae-mdn": 6}
every = pytest.mark.parametrize("name", list_rivals())


def small(name: str, **options: Any) -> nn.Module:
    torch.manual_seed(0)
    return create_rival(name, **SMALL[name], **options).eval().requires_grad_(False)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def lightness(b: int, h: int = 24, w: int = 24) -> Tensor:
    return 100 * torch.rand(b, 1, h, w, generator=seeded())


def drawn(model: nn.Module, seen: Tensor, seed: int = 0) -> Tensor:
    assert isinstance(model, DrawsColors)
    return model.draw(seen, seeded(seed))


@every
def test_a_seed_gives_one_colouring_and_another_seed_another(name: str) -> None:
    model, seen = small(name), lightness(2)
    ab = drawn(model, seen)
    assert ab.shape == (2, 2, GRID[name], GRID[name]) and ab.isfinite().all()
    assert ab.abs().max() < 400
    assert torch.equal(drawn(model, seen), ab)
    assert not torch.equal(drawn(model, seen, 1), ab)


@every
def test_weights_come_back_whole(name: str, tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    model = small(name).half().float()  # as they are stored
    write_weights(path, name, model)
    again = load_rival(path)
    stored = again.state_dict()
    assert all(torch.equal(stored[key], value) for key, value in model.state_dict().items())
    seen = lightness(1)  # memory lies otherwise, so that sums are rounded otherwise
    torch.testing.assert_close(drawn(again, seen), drawn(model, seen), rtol=1e-4, atol=1e-3)


def test_other_weights_and_names_are_refused(tiny_weights: Path) -> None:
    with pytest.raises(WeightsError, match="lite-unet, which draws no colourings. There are: "):
        load_rival(tiny_weights)
    with pytest.raises(UnknownName):
        create_rival("gan")
    assert not set(list_rivals()) & set(list_models())


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("c-gan", {"side": 48}, "The side is 48; it is 8, 16"),
        ("pic", {"side": 10}, "The side is 10; it is a multiple of 4"),
        ("mln-gan", {"noise": "twice"}, "The noise enters every or once"),
    ],
)
def test_what_cannot_be_made_is_a_sentence(
    name: str, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadValue, match=sentence):
        create_rival(name, **options)


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def convolutions(layers: list[tuple[int, int, int]]) -> int:
    """Weights of kernels (side, in, out), without biases."""
    return sum(k * k * i * o for k, i, o in layers)


# pix2pix's U-net of six levels for 64 x 64 pixels: 64, 128, 256 and three times 512 channels, twice
# the channels on the way up but at the smallest; 29.2 million, and with 16 channels 1.8.
@pytest.mark.parametrize(("width", "millions"), [(64, 29.24), (16, 1.83)])
def test_the_u_net_has_its_published_size(width: int, millions: float) -> None:
    w = [width * n for n in (1, 2, 4, 8, 8, 8)]
    down = [(4, i, o) for i, o in zip([1, *w], w, strict=False)]
    up = [(4, 2 * i, o) for i, o in zip(w[:-1], [2, *w], strict=False)] + [(4, w[5], w[4])]
    norms = 2 * (sum(w[1:-1]) + sum(w[:-1]))
    with torch.device("meta"):
        found = parameters(create_rival("c-gan", width=width).net)
    assert found == convolutions(down + up) + norms + 2
    assert found / 1e6 == pytest.approx(millions, abs=0.01)


# With a code of 8 beside every level's input; the encoder's channels are 64, 128 and 192.
def test_bicycle_gan_has_its_published_size() -> None:
    with torch.device("meta"):
        plain = create_rival("c-gan")
        model = create_rival("bicycle-gan")
    widened = convolutions([(4, 8, w) for w in (64, 128, 256, 512, 512, 512)])
    assert parameters(model.net) == parameters(plain.net) + widened
    assert parameters(model.net) / 1e6 == pytest.approx(29.5, abs=0.02)
    own = convolutions([(4, 2, 64), (3, 64, 64), (3, 64, 128), (1, 64, 128)])
    own += convolutions([(3, 128, 128), (3, 128, 192), (1, 128, 192)])
    biases = 64 + 64 + 128 + 128 + 128 + 192 + 192
    assert parameters(model.codes) == own + biases + 2 * (192 * 8 + 8)


# Cao et al.: 7 x 7 to 128 channels, then 5 x 5 to 64, 64, 64, 32 and 2, lightness beside each.
@pytest.mark.parametrize(("noise", "beside"), [("once", 1), ("every", 2)])
def test_mln_gan_has_its_published_size(noise: str, beside: int) -> None:
    layers = [(7, 2, 128)]
    layers += [(5, i + beside, o) for i, o in ((128, 64), (64, 64), (64, 64), (64, 32), (32, 2))]
    biases = 128 + 64 * 3 + 32 + 2
    norms = 2 * (1 + 128 + 64 * 3 + 32)
    plane = 100 * 4096 + 4096
    with torch.device("meta"):
        found = parameters(create_rival("mln-gan", noise=noise))
    assert found == convolutions(layers) + biases + norms + plane


# Royer et al.'s PixelCNN++ of 160 channels and four blocks has 6.8 million, 32 and two 0.14.
@pytest.mark.parametrize(("width", "blocks", "millions"), [(160, 4, 6.78), (32, 2, 0.1394)])
def test_the_pixels_network_has_its_published_size(
    width: int, blocks: int, millions: float
) -> None:
    with torch.device("meta"):
        found = parameters(Pixels(width, blocks, 80))
    assert found / 1e6 == pytest.approx(millions, rel=0.002)


def test_the_u_net_equals_pix2pixs_nested_blocks() -> None:
    """The published form: each block is its own way down, the block inside it, and the way up."""
    model = small("c-gan", dropout=0.0)
    state = model.net.state_dict()
    for module in model.net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(generator=seeded(1))

    def norm(x: Tensor, name: str) -> Tensor:
        mean, var = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        return F.batch_norm(x, mean, var, weight, bias)

    def block(x: Tensor, level: int, levels: int = 4) -> Tensor:
        y = x if level == 0 else F.leaky_relu(x, 0.2)
        y = F.conv2d(y, state[f"downs.{level}.weight"], stride=2, padding=1)
        if 0 < level < levels - 1:
            y = norm(y, f"down_norms.{level - 1}")
        if level < levels - 1:
            y = block(y, level + 1)
        up = levels - 1 - level
        bias = state.get(f"ups.{up}.bias")
        y = F.conv_transpose2d(F.relu(y), state[f"ups.{up}.weight"], bias, 2, 1)
        if level == 0:
            return torch.tanh(y)
        return torch.cat([x, norm(y, f"up_norms.{up}")], 1)

    seen = lightness(2, 16, 16)
    torch.testing.assert_close(drawn(model, seen), 110 * block(seen / 50 - 1, 0))


def test_c_gans_only_chance_is_dropout_in_three_levels() -> None:
    seen = lightness(1)
    sure = small("c-gan", dropout=0.0)
    assert torch.equal(drawn(sure, seen, 0), drawn(sure, seen, 1))
    calls: list[torch.Size] = []
    original = torch.rand

    def counted(shape: Any, **options: Any) -> Tensor:
        calls.append(torch.Size(shape))
        return original(shape, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "rand", counted)
        drawn(small("c-gan"), seen)
    assert [shape[2] for shape in calls] == [2, 4, 8]


@pytest.mark.parametrize(("noise", "layers"), [("once", 1), ("every", 6)])
def test_noise_enters_the_layers_that_it_should(noise: str, layers: int) -> None:
    model = small("mln-gan", noise=noise)
    planes = [layer.weight.shape[1] for layer in model.layers]
    w = 4
    before = (0, 2 * w, w, w, w, w // 2)
    assert [p - b for p, b in zip(planes, before, strict=True)] == [2] + [
        2 if layers == 6 else 1
    ] * 5


def test_yuv_there_and_back_is_the_same_colour() -> None:
    """Where Y is a colour's own luma; U and V by the definition of BT.601."""
    rgb = torch.rand(1, 3, 4, 4, generator=seeded()) * 0.8 + 0.1
    lab = rgb_to_lab(rgb)
    y = (0.299 * rgb[:, :1] + 0.587 * rgb[:, 1:2] + 0.114 * rgb[:, 2:]) * 2 - 1
    uv = uv_of(lab)
    torch.testing.assert_close(
        uv[:, 0] * 0.436, 0.492111 * (rgb[:, 2] - (y[:, 0] + 1) / 2), rtol=1e-3, atol=1e-4
    )
    torch.testing.assert_close(ab_of(y, uv), lab[:, 1:], rtol=1e-3, atol=0.02)


def test_a_pixel_sees_those_before_it_and_no_other() -> None:
    torch.manual_seed(0)
    net = Pixels(8, 2, 16)
    known = torch.randn(1, 8, 5, 6, generator=seeded())
    x = torch.randn(1, 2, 5, 6, generator=seeded(1)).requires_grad_()
    for row, column in ((0, 0), (2, 3), (4, 5)):
        (slope,) = torch.autograd.grad(net(x, known)[0, :, row, column].sum(), x)
        seen = slope[0].abs().sum(0).flatten() > 0
        place = row * 6 + column
        assert not seen[place:].any()
        assert place == 0 or seen[place - 1]


def grid_of_values() -> Tensor:
    return as_values(torch.arange(-128, 128.0).view(1, 1, 1, -1).expand(1, 2, 1, 256))[0, :, 0]


def test_all_pairs_of_values_share_a_probability_of_one() -> None:
    raw = torch.randn(1, 24, 1, 1, generator=seeded())
    values = grid_of_values()
    pairs = torch.cartesian_prod(values[0], values[1])
    count = len(pairs)
    log_p = log_likelihood(
        raw.expand(count, 24, 1, 1), torch.full((count, 1, 1, 1), 0.3), pairs[:, :, None, None]
    )
    assert log_p.double().exp().sum().item() == pytest.approx(1, abs=1e-3)


def test_one_logistic_by_hand() -> None:
    """A component at a = 0.25, b = a / 2 + ...: its bin has sigmoid(high) - sigmoid(low)."""
    scale, half = -2.0, 1 / 255
    coupling = torch.atanh(torch.tensor([0.2, 0.1, 0.5]))
    raw = torch.tensor([0.0, 0.25, 0.0, scale, scale, *coupling]).view(1, 8, 1, 1)
    x = torch.tensor([0.3, -0.1]).view(1, 2, 1, 1)
    middles = (0.25 + 0.2 * 0.5, 0.1 * 0.5 + 0.5 * 0.3)
    expected = 0.0
    for value, middle in zip((0.3, -0.1), middles, strict=True):
        away, narrow = torch.tensor(value - middle, dtype=torch.float64), 7.389056
        p = torch.sigmoid(narrow * (away + half)) - torch.sigmoid(narrow * (away - half))
        expected += float(p.log())
    found = log_likelihood(raw, torch.full((1, 1, 1, 1), 0.5), x)
    assert found.item() == pytest.approx(expected, rel=1e-4)


def test_draws_follow_the_distribution() -> None:
    raw = torch.tensor([2.0, -0.4, 0.3, -3.0, -3.0, 0, 0, 1.0, 0.0, 0.4, 0.0, -3, -3, 0, 0, 0])
    count = 4000
    some = draw_pixel(
        raw.view(1, 16, 1, 1).expand(count, 16, 1, 1).contiguous(),
        torch.zeros(count, 1, 1, 1),
        seeded(),
    )
    first = some[:, 0] < 0
    assert float(first.float().mean()) == pytest.approx(0.8808, abs=0.02)
    assert float(some[first, 0].mean()) == pytest.approx(-0.4, abs=0.01)
    by_a = 0.3 + torch.tanh(torch.tensor(1.0)) * some[first, 0]
    assert float((some[first, 1] - by_a).mean()) == pytest.approx(0, abs=0.01)


def test_values_are_whole_ab_units() -> None:
    ab = torch.tensor([-128.0, -3.2, 0.0, 127.0]).view(1, 1, 1, 4).expand(1, 2, 1, 4)
    x = as_values(ab)
    assert x.min() == -1 and x.max() == 1 and HALF == 127.5
    torch.testing.assert_close(as_ab(x)[0, 0, 0], torch.tensor([-128.0, -3, 0, 127]))


def test_a_picture_is_the_same_alone_and_among_others() -> None:
    model = small("pic")
    seen = lightness(1)
    known, grey = model.embed(seen)
    both, _ = model.embed(seen.repeat(2, 1, 1, 1))
    torch.testing.assert_close(both[1:], known)
    assert grey.shape == (1, 1, 4, 4)
