"""The default network: what trained weights rely on."""

import hashlib

import pytest
import torch

from chromafield.beliefs import Few
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


def test_distributions_of_a_few_cells_are_those_of_all_cells_there():
    model = create_model("lite-unet", channels=True).eval()
    lightness = 100 * torch.rand(2, 1, 40, 56)
    with torch.no_grad():
        whole, few = model(lightness), model(lightness, Few(2, phase=1))
    assert torch.equal(few.gaussian.mean, whole.gaussian.mean)
    for got, expected in (
        (few.labels, whole.labels),
        (few.channels.a, whole.channels.a),
        (few.channels.b, whole.channels.b),
    ):
        torch.testing.assert_close(got.energy, expected.energy[:, :, 0::2, 1::2])


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


def test_it_answers_with_the_first_papers_bins_if_asked():
    seen = torch.full((1, 1, 36, 32), 50.0)
    model = create_model("lite-unet", channels=True).eval()
    with torch.no_grad():
        told = model(seen).channels
    assert told.a.energy.shape == told.b.energy.shape == (1, 25, 9, 8)
    assert create_model("lite-unet").eval()(seen).channels is None


# Under autocast most of the network computes in bfloat16, and its answer stays near.
def test_half_precision_answers_nearly_the_same(model):
    seen = 100 * torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    plain = model(seen).gaussian.mean
    with torch.autocast("cpu", torch.bfloat16):
        half = model(seen).gaussian.mean
    assert half.dtype == torch.bfloat16 and not torch.equal(half.float(), plain)
    torch.testing.assert_close(half.float(), plain, atol=0.5, rtol=0)


def test_its_widths_are_options():
    small = create_model("lite-unet", coarse=8, widths=(8, 8, 8)).eval()
    assert small.config == Config(coarse=8, widths=(8, 8, 8))
    with torch.no_grad():
        assert small(torch.zeros(1, 1, 32, 32)).labels.energy.shape == (1, 261, 8, 8)
    with pytest.raises(BadValue, match=r"It has: coarse, widths, channels, encoder\.$"):
        create_model("lite-unet", width=8)
