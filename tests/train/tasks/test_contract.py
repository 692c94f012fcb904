"""What holds for all that can be trained; a new file is under it the moment it exists."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from chromafield.cli.main import main
from chromafield.data.crop_config import CropConfig
from chromafield.data.synthetic import write_pack
from chromafield.errors import BadValue
from chromafield.models import list_models
from chromafield.train.config import LossConfig, RunConfig, run_config
from chromafield.train.folder import RunFolder
from chromafield.train.run import train
from chromafield.train.tasks import (
    create_task,
    describe_task,
    explain_task,
    list_tasks,
    task_defaults,
    task_file,
)

SMALL: dict[str, dict[str, Any]] = {
    "vae": {"latent": 6, "coarse": 16, "widths": (12, 8, 8), "encoder_widths": (8, 8, 8)},
    "structure": {"dimensions": 5, "width": 8},
    "mdn": {"width": 16},
    "listener": {"widths": (8, 8, 8, 8)},
    "reach": {"heads": 2, "dimensions": 3, "widths": (4, 4, 6, 8)},
    "lite-unet": {"coarse": 16, "widths": (8, 8, 8)},
    "zhang2016": {"width": 8},
    "zhang2017": {"width": 8},
    "larsson": {"width": 2},
    "iizuka": {"width": 2, "side": 32},
    "c-gan": {"side": 16, "width": 4},
    "bicycle-gan": {"side": 16, "width": 4, "encoder_width": 4},
    "mln-gan": {"side": 16, "width": 4, "critic_width": 4, "critic_steps": 2},
    "pic": {"side": 16, "width": 8, "blocks": 1, "deep": 1, "components": 2},
    "cvae": {"latent": 6, "coarse": 16, "widths": (12, 8, 8), "encoder_widths": (8, 8, 8)},
    "vae-mdn": {"latent": 6, "coarse": 16, "widths": (12, 8, 8), "encoder_widths": (8, 8, 8)},
}


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packs") / "labelled.zip"
    write_pack(path, 24, seed=2, size=(40, 48), labels=("one", "other"))
    return path


@pytest.fixture
def config(
    request: pytest.FixtureRequest, labelled: Path, networks_folder: Path, tiny_weights: Path
) -> RunConfig:
    name = request.param
    start = {
        "structure": str(networks_folder / "vae.safetensors"),
        "mdn": str(networks_folder / "vae.safetensors"),
        "listener": str(tiny_weights),
        "reach": str(tiny_weights),
    }.get(name, "scratch")
    return RunConfig(
        name,
        (str(labelled),),
        steps=2,
        options=SMALL.get(name, {}),
        start=start,
        sides=(32,),
        held_out=0.2,
        evaluated=2,
        save_every=1,
        crops=CropConfig(batch=2),
    )


every = pytest.mark.parametrize("config", list_tasks(), indirect=True)


class Killed(Exception):
    """Stands for the signal that ends a process."""


def kill_after_one(line: dict[str, Any]) -> None:
    if line["step"] == 2:  # the checkpoint of the first step is there
        raise Killed


@every
def test_a_resumed_run_equals_an_unbroken_one_and_its_card_begins_such_a_run(
    config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(tmp_path / "whole", replace(config, save_every=1000))
    with pytest.raises(Killed):
        train(tmp_path / "broken", config, kill_after_one)
    resumed = train(tmp_path / "broken", config, resume=True)
    assert whole.step == resumed.step == 2
    for name, value in whole.average.state_dict().items():
        assert torch.equal(value, resumed.average.state_dict()[name]), name
    a, b = (RunFolder(tmp_path / n).weights(config.model).read_bytes() for n in ("whole", "broken"))
    assert a == b
    assert any(
        not torch.equal(p, q) for p, q in zip(whole.model.parameters(), fresh(config), strict=True)
    )

    seen: list[RunConfig] = []

    def see(path: Path, told: RunConfig, *_: Any) -> None:
        seen.append(told)
        raise BadValue("Seen.")

    monkeypatch.setattr("chromafield.train.run.train", see)
    card = RunFolder(tmp_path / "whole").weights(config.model).with_suffix(".md").read_text()
    command = next(line for line in card.splitlines() if line.startswith("- command: "))
    words = shlex.split(command.partition("`")[2].rstrip("`"))
    CliRunner().invoke(main, [*words[1:], "-o", str(tmp_path / "again"), "--device", "cpu"])
    (again,) = seen
    assert (again.model, again.sides, again.steps) == (config.model, config.sides, config.steps)
    assert again.options.items() >= config.options.items()
    assert again.fit.lr == config.fit.lr and again.crops.batch == config.crops.batch
    assert again.losses == config.losses


def fresh(config: RunConfig) -> list[torch.nn.Parameter]:
    return list(create_task(config).network(begin=True).parameters())


@every
def test_its_settings_are_kept_whole(config: RunConfig) -> None:
    assert run_config(json.loads(json.dumps(asdict(config)))) == config


@every
def test_flags_that_it_does_not_take_are_refused_with_the_reason(
    config: RunConfig, tmp_path: Path
) -> None:
    ignores = task_file(config.model).IGNORES
    if ignores is None:
        assert config.model in list_models()
        return
    given = {
        "--loss": {"losses": LossConfig(mean="l1")},
        "--knee": {"losses": LossConfig(knee=10.0)},
        "--vivid": {"losses": LossConfig(vivid=1.1)},
        "--adversarial": {"losses": LossConfig(adversarial=0.1)},
        "--soft": {"losses": LossConfig(soft=True)},
        "--label-step": {"losses": LossConfig(label_step=2)},
        "--teacher": {"teacher": "lite-unet"},
    }
    for flag in ignores.flags:
        with pytest.raises(BadValue, match=f"^{ignores.reason}: leave {flag} out.$"):
            train(tmp_path / "run", replace(config, **given[flag]))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", list_tasks())
def test_it_says_what_it_is_and_what_it_takes(name: str) -> None:
    assert describe_task(name)
    assert all(option.name for option in explain_task(name))
    assert 0 < task_defaults(name, {}).held_out < 0.5


def test_what_cannot_be_trained_is_told_with_all_that_can(tmp_path: Path) -> None:
    words = ["train", "nothing", "x.zip", "-o", str(tmp_path / "run"), "--steps", "1"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert f"There are: {', '.join(list_tasks())}." in done.stderr
