"""Iizuka's two streams: published layers, and that the whole picture is fused at every place."""

from __future__ import annotations

import pytest
import torch

from chromafield.errors import BadValue
from chromafield.models import create_model

# Channels in and out of the published 3 x 3 layers, after the paper's Table 1.
LOW = [(1, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 512)]
WHOLE = [(512, 512)] * 4
MIDDLE = [(512, 512), (512, 256)]
DECODER = [(256, 128), (128, 64), (64, 64), (64, 32), (32, 2)]


def test_the_authors_width_has_the_published_layers() -> None:
    with torch.device("meta"):
        model = create_model("iizuka", width=64, classes=205)
    for name, layers in (("low", LOW), ("whole", WHOLE), ("middle", MIDDLE), ("decoder", DECODER)):
        kernels = [p for p in model.get_submodule(name).parameters() if p.dim() == 4]
        assert [tuple(p.shape) for p in kernels] == [(o, i, 3, 3) for i, o in layers], name
    linear = [tuple(m.weight.shape) for m in model.modules() if isinstance(m, torch.nn.Linear)]
    assert linear == [(1024, 25_088), (512, 1024), (256, 512), (256, 512), (205, 256)]
    assert model.fusion[0].weight.shape == (256, 512, 1, 1)
    assert round(sum(p.numel() for p in model.parameters()) / 1e6) == 42


def test_the_whole_picture_reaches_every_place() -> None:
    torch.manual_seed(0)
    model = create_model("iizuka", width=2, side=64).eval()
    lightness = torch.full((1, 1, 256, 64), 50.0, requires_grad=True)
    (slope,) = torch.autograd.grad(model(lightness).mean[0, 0, 0, 0], lightness)
    assert slope[0, 0, -8:].any()


def test_a_picture_of_the_whole_streams_size_is_seen_once() -> None:
    torch.manual_seed(0)
    model = create_model("iizuka", width=2, side=64).eval()
    seen: list[tuple[int, ...]] = []
    model.low.register_forward_pre_hook(lambda _, x: seen.append(tuple(x[0].shape[2:])))
    for size in ((64, 64), (48, 80)):
        model(torch.full((1, 1, *size), 50.0))
    assert seen == [(64, 64), (48, 80), (64, 64)]


@pytest.mark.parametrize(
    ("option", "said"), [({"side": 100}, "The side is 100"), ({"width": 0}, "The width is 0")]
)
def test_sizes_that_cannot_be_are_refused(option: dict[str, int], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        create_model("iizuka", **option)
