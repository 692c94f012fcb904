"""Zhang's networks trained here: their losses, and that their weights come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from chromafield.beliefs import as_gaussian
from chromafield.data.crop_config import CropConfig
from chromafield.models import load_model
from chromafield.models._cells import zhang_cells
from chromafield.train.config import FitConfig, RunConfig
from chromafield.train.run import train


@pytest.mark.parametrize(("name", "part"), [("zhang2016", "labels"), ("zhang2017", "mean")])
def test_they_learn_and_their_weights_load_by_path(
    name: str, part: str, pack: Path, tmp_path: Path
) -> None:
    told: list[dict[str, Any]] = []
    config = RunConfig(
        model=name,
        paths=(str(pack),),
        steps=40,
        options={"width": 8},
        start="scratch",
        sides=(32,),
        held_out=0.2,
        evaluated=2,
        crops=CropConfig(batch=4, aged=0.0),
        fit=FitConfig(warmup=5),
    )
    trainee = train(tmp_path, config, told.append)
    first, last = (sum(line[part] for line in some) / 5 for some in (told[:5], told[-5:]))
    assert last < 0.93 * first
    trained = load_model(str(tmp_path / "weights" / f"{name}.safetensors"))
    seen = 100 * torch.rand(1, 1, 32, 32)
    with torch.inference_mode():
        own, again = (as_gaussian(m(seen)).mean for m in (trainee.average.eval(), trained.model))
    torch.testing.assert_close(own, again, atol=0.5, rtol=0)
    if name == "zhang2016":
        assert torch.equal(trained.model.palette, zhang_cells())
