from __future__ import annotations

import pytest
import torch

from chromafield.beliefs import LabelBelief
from chromafield.color.palette import gamut_cells
from chromafield.errors import BadValue
from chromafield.fields.annealed import AnnealedField, Config
from chromafield.fields.mean import Config as MeanConfig
from chromafield.fields.mean import MeanField
from chromafield.fields.mode import Config as ModeConfig
from chromafield.fields.mode import ModeField


def belief() -> LabelBelief:
    palette = gamut_cells()
    return LabelBelief(2 * torch.randn(1, len(palette), 3, 4), palette)


def test_by_hand() -> None:
    """Zhang et al. 2016, equation 5: exp(log(z) / T), normalised; T = 1/2 squares."""
    p = torch.tensor([0.25, 0.75])
    told = LabelBelief(-p.log()[None, :, None, None], torch.tensor([[0.0, 0.0], [10.0, 20.0]]))
    got = AnnealedField(Config(temperature=0.5)).infer(None, told).unwrap().flatten()
    torch.testing.assert_close(got, torch.tensor([9.0, 18.0]))


def test_a_temperature_of_one_is_the_mean() -> None:
    told = belief()
    mean = MeanField(MeanConfig()).infer(None, told).unwrap()
    torch.testing.assert_close(
        AnnealedField(Config(temperature=1.0)).infer(None, told).unwrap(), mean
    )


def test_a_temperature_near_zero_is_the_mode() -> None:
    told = belief()
    mode = ModeField(ModeConfig()).infer(None, told).unwrap()
    torch.testing.assert_close(
        AnnealedField(Config(temperature=1e-4)).infer(None, told).unwrap(), mode, atol=0.1, rtol=0
    )


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_must_be_above_zero(temperature: float) -> None:
    with pytest.raises(BadValue, match="temperature is .*; it must be above 0"):
        AnnealedField(Config(temperature=temperature))
