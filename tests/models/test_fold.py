"""Folded norms against the network as it was trained."""

from __future__ import annotations

import importlib

import pytest
import torch
from torch import nn

from chromafield.beliefs import as_gaussian
from chromafield.models import create_model, list_models
from chromafield.models._fold import fold


@pytest.mark.parametrize("name", list_models())
def test_a_folded_network_answers_as_before_without_a_norm(name: str) -> None:
    torch.manual_seed(0)
    model = create_model(name).train()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):  # scales and shifts that are not 1 and 0
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.uniform_(module.bias, -0.5, 0.5)
                module.momentum = None
        model(100 * torch.rand(4, 1, 64, 64))
        seen = 100 * torch.rand(2, 1, 48, 80)
        before = as_gaussian(model.eval()(seen))
        after = as_gaussian(fold(model)(seen))
    torch.testing.assert_close(after.mean, before.mean, atol=0.02, rtol=0)
    torch.testing.assert_close(after.precision, before.precision, atol=0, rtol=1e-2)
    module = importlib.import_module(f"chromafield.models.{name.replace('-', '_')}")
    stays = "folded" in getattr(module, "EXCEPTIONS", {})
    assert any(isinstance(m, nn.BatchNorm2d) for m in model.modules()) == stays
    assert not any(p.requires_grad for p in model.parameters())


def test_a_norm_that_follows_no_convolution_stays() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.norm(self.conv(x).relu())

    model = Odd()
    assert isinstance(fold(model).norm, nn.BatchNorm2d)
