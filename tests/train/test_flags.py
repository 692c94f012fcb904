"""What a network has no use for is refused before any work, with a sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chromafield.data.crop_config import CropConfig
from chromafield.errors import BadValue
from chromafield.train.config import LossConfig, RunConfig
from chromafield.train.flags import refuse_unused
from chromafield.train.run import train
from chromafield.train.tasks import task_file


@pytest.mark.parametrize(
    ("model", "losses", "sentence"),
    [
        ("vae", {"adversarial": 1.0}, "The VAE has a loss of its own.*: leave --adversarial out"),
        ("structure", {"vivid": 1.1, "mean": "l1"}, "leave --loss and --vivid out"),
        (
            "mdn",
            {"adversarial": 1.0},
            "The mixture gives codes and no colours: leave --adversarial",
        ),
        ("listener", {"vivid": 1.1, "soft": True}, "leave --vivid and --soft out"),
        ("vae", {"knee": 10.0}, "leave --knee out"),
        ("classifier", {"vivid": 1.1}, "A classifier gives no colours: leave --vivid out"),
    ],
)
def test_what_is_no_colorizer_refuses_a_colorizers_settings(
    model: str, losses: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    config = RunConfig(model, ("nowhere.zip",), steps=1, losses=LossConfig(**losses))
    with pytest.raises(BadValue, match=sentence):
        train(tmp_path / "run", config)
    assert not (tmp_path / "run").exists()
    with pytest.raises(BadValue, match="leave --teacher out"):
        train(tmp_path / "run", replace(config, losses=LossConfig(), teacher="lite-unet"))


def test_what_they_do_use_passes() -> None:
    for losses in (LossConfig(mean="l1"), LossConfig(knee=10.0)):
        listener = RunConfig("listener", (), steps=1, losses=losses)
        refuse_unused(listener, task_file("listener").IGNORES)
    every = LossConfig(mean="l1", vivid=1.1, soft=True, adversarial=0.1)
    colorizer = RunConfig("lite-unet", (), steps=1, losses=every, teacher="lite-unet")
    refuse_unused(colorizer, task_file("lite-unet").IGNORES)


@pytest.mark.parametrize(
    ("model", "losses", "sentence"),
    [
        ("paper-channels", {"vivid": 1.1}, "paper-channels predicts distributions alone"),
        ("paper-channels", {"adversarial": 0.1}, "leave --adversarial out"),
        ("lite-unet", {"soft": True}, "lite-unet does not predict 25 . 25 bins: leave --soft"),
        ("paper-cnn", {"soft": True}, "leave --soft out"),
        ("paper-cnn", {"label_step": 2}, "paper-cnn does not predict .*: leave --label-step"),
    ],
)
def test_a_colorizer_refuses_settings_of_answers_that_it_does_not_give(
    model: str, losses: dict[str, Any], sentence: str, pack: Path, tmp_path: Path
) -> None:
    config = RunConfig(
        model,
        (str(pack),),
        steps=1,
        start="scratch",
        sides=(32,),
        held_out=0.0,
        crops=CropConfig(batch=2),
        losses=LossConfig(**losses),
    )
    with pytest.raises(BadValue, match=sentence):
        train(tmp_path / "run", config)
    if model == "lite-unet":  # the folder is free for the right run
        bins = {"coarse": 16, "widths": (8, 8, 8), "channels": True}
        train(tmp_path / "run", replace(config, options=bins))
