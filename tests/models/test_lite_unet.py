"""The default network: what trained weights rely on."""

import hashlib

import pytest
import torch

from chromafield.color.palette import gamut_cells
from chromafield.errors import BadValue
from chromafield.models import create_model
from chromafield.models.lite_unet import LOG_PRECISION_RANGE, Config


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return create_model("lite-unet").eval().requires_grad_(False)


# Trained weights load strictly: a changed name or shape makes all of them worthless.
def test_the_names_and_shapes_of_its_weights_never_change(model):
    state = model.state_dict()
    text = "\n".join(f"{name} {tuple(value.shape)}" for name, value in state.items())
    assert len(state) == 337
    assert hashlib.sha256(text.encode()).hexdigest().startswith("cff6911f0915752e")
    assert sum(p.numel() for p in model.parameters()) == 4_069_704


def test_its_palette_is_the_gamut_cells_and_its_own_copy(model):
    assert torch.equal(model.palette, gamut_cells())
    assert model.palette.data_ptr() != gamut_cells().data_ptr()


def test_its_precision_stays_in_its_range_whatever_the_head_says():
    model = create_model("lite-unet").eval()
    for bias, log in ((1e3, LOG_PRECISION_RANGE[1]), (-1e3, LOG_PRECISION_RANGE[0])):
        torch.nn.init.constant_(model.colour.bias, bias)
        with torch.no_grad():
            precision = model(torch.full((1, 1, 32, 32), 50.0)).gaussian.precision
        torch.testing.assert_close(precision, torch.full_like(precision, log).exp())


# A size that is no multiple of 32 is continued by its last row and column, and the answer cut.
@pytest.mark.parametrize(("h", "w"), [(17, 23), (36, 64), (32, 33)])
def test_an_odd_size_is_answered_as_its_continuation_is(model, h, w):
    seen = 100 * torch.rand(1, 1, h, w, generator=torch.Generator().manual_seed(1))
    rows = torch.arange(-(-h // 32) * 32).clamp(max=h - 1)
    columns = torch.arange(-(-w // 32) * 32).clamp(max=w - 1)
    whole = model(seen[:, :, rows][:, :, :, columns])
    part = model(seen)
    i, j = -(-h // 4), -(-w // 4)
    torch.testing.assert_close(part.gaussian.mean, whole.gaussian.mean[:, :, :i, :j])
    torch.testing.assert_close(part.labels.energy, whole.labels.energy[:, :, :i, :j])


def test_its_widths_are_options():
    small = create_model("lite-unet", coarse=8, widths=(8, 8, 8)).eval()
    assert small.config == Config(coarse=8, widths=(8, 8, 8))
    with torch.no_grad():
        assert small(torch.zeros(1, 1, 32, 32)).labels.energy.shape == (1, 261, 8, 8)
    with pytest.raises(BadValue, match=r"It has: coarse, widths\.$"):
        create_model("lite-unet", width=8)
