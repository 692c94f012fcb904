"""The settings of a run stand once: what a command gives reaches the config, and the card."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chromafield.cli.main import main
from chromafield.data.crop_config import CropConfig
from chromafield.errors import BadValue
from chromafield.options import changed
from chromafield.train.config import PARTS, FitConfig, LossConfig, RunConfig
from chromafield.train.options import RunOption, command, run_config_of, run_options

START = RunConfig("lite-unet", ("photos.zip",), steps=10, start="scratch")
# Another value than the default, of each field that is an option.
OTHER: dict[str, Any] = {
    "steps": 12,
    "minutes": 1.5,
    "options": {"channels": True, "widths": (8, 8, 8)},
    "start": "first.safetensors",
    "teacher": "lite-unet",
    "sides": (64, 96),
    "weights": {"places": 0.25},
    "unlabelled": ("unsorted", "things/odd"),
    "shown": ("wall.zip",),
    "device": "cpu",
    "batch": 4,
    "area": (0.7, 1.0),
    "aged": 0.0,
    "plates": 0.5,
    "seed": 3,
    "keep": 0.5,
    "lr": 1e-5,
    "warmup": 0,
    "cool": 0.3,
    "average": 0.9999999,  # more digits than %g prints
    "average_ramp": 4.0,
    "average_every": 2,
    "freeze": "1/8",
    "half": True,
    "mean": "l1",
    "knee": 10.0,
    "vivid": 1.25,
    "label_step": 2,
    "soft": True,
    "adversarial": 0.1,
}


def with_value(one: RunOption, value: Any) -> RunConfig:
    if not one.part:
        return replace(START, **{one.field: value})
    return replace(START, **{one.part: replace(getattr(START, one.part), **{one.field: value})})


def parsed(words: list[str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> RunConfig:
    """What the command trains by these words."""
    seen: list[RunConfig] = []

    def see(path: Path, config: RunConfig, *_: Any) -> None:
        seen.append(config)
        raise BadValue("Seen.")

    monkeypatch.setattr("chromafield.train.run.train", see)
    done = CliRunner().invoke(main, [*words[1:], "-o", str(folder), "--device", "cpu"])
    assert "Seen." in done.stderr, done.output
    return seen[0]


@pytest.mark.parametrize("one", list(run_options()), ids=lambda one: one.field)
def test_what_a_card_names_begins_the_same_run(
    one: RunOption, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = with_value(one, OTHER[one.field])
    words = shlex.split(command(config))
    assert (one.spelling in words) == (one.flag.named != "never")
    if one.flag.named == "never":
        words += one.words(OTHER[one.field])
    got = parsed(words, monkeypatch, tmp_path / "run")
    start_lr = config.fit.lr / 4  # by the command line, a start's weights learn at a quarter
    assert got == replace(config, fit=replace(config.fit, start_lr=start_lr))


def test_an_unchanged_run_names_what_may_change_with_the_version_or_the_machine() -> None:
    assert command(START) == (
        "chromafield train lite-unet photos.zip --steps 10 --start scratch --sides 96 --batch 32 "
        "--aged 0.2 --seed 0 --lr 0.002 --single --loss huber"
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--area", "0.5"], "The crops' area is 0.5; it is two shares of 1, as in 0.35,1."),
        (["--area", "0.7,0.3"], "The crops' area is 0.7,0.3; it is two shares"),
        (["--area", "all"], "Invalid value for --area: numbers, comma-separated"),
        (["--sides", "96,half"], "Invalid value for --sides: whole numbers, comma-separated"),
    ],
)
def test_numbers_in_one_word_are_as_many_and_of_the_kind(given: list[str], sentence: str) -> None:
    words = ["train", "lite-unet", "photos.zip", "--steps", "1", "-o", "nowhere", *given]
    assert sentence in CliRunner().invoke(main, words).stderr


def test_files_lose_their_folders() -> None:
    config = replace(START, paths=("a/b.zip",), start="x/base.safetensors+y/z.safetensors")
    assert "--start base.safetensors+z.safetensors" in command(config)
    assert "a/b.zip" not in command(config) and "b.zip" in command(config)


def test_what_is_not_given_is_the_default() -> None:
    config = run_config_of({"steps": 3, "lr": None}, model="lite-unet", paths=())
    assert changed(config.fit) == changed(config.losses) == changed(config.crops) == {}
    assert config.steps == 3
    with pytest.raises(BadValue, match="The learning rate is -1"):
        run_config_of({"steps": 3, "lr": -1.0}, model="lite-unet", paths=())


def test_no_two_options_have_one_name() -> None:
    found = list(run_options())
    assert len({one.field for one in found}) == len({one.spelling for one in found}) == len(found)
    assert {one.field for one in found} == OTHER.keys()
    assert {"crops": CropConfig, "fit": FitConfig, "losses": LossConfig} == PARTS
