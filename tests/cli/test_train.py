"""`chromafield train` as people run it: begun, cut off, gone on with, and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chromafield.cli.main import main
from chromafield.data.synthetic import write_pack
from chromafield.models.sampler.loading import load_diverse
from chromafield.train.folder import RunFolder

TINY = {
    "vae": ("latent=6", "coarse=16", "widths=[12,8,8]", "encoder_widths=[8,8,8]"),
    "structure": ("dimensions=5", "width=8", "masks=[1,0.75,0.5,0.25,0.1,0.05,0.02]"),
    "mdn": ("width=16",),
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many that some are held out."""
    path = tmp_path_factory.mktemp("packs") / "scenes.zip"
    write_pack(path, 120, seed=2, size=(32, 34))
    return path


def begun_and_gone_on_with(name: str, pictures: Path, folder: Path, start: object) -> Path:
    """The weights of a run that was cut off after two steps and has done twenty in the end."""
    options = [word for told in TINY[name] for word in ("--option", told)]
    brief = ("--sides", 32, "--batch", 2, "--threads", 1, "--single")
    begun = run(
        *("train", name, pictures, "-o", folder, "--steps", 2, "--start", start, *brief, *options)
    )
    assert begun.exit_code == 0, begun.output
    more = run("train", name, "-o", folder, "--resume", "--steps", 20)
    assert more.exit_code == 0, more.output
    weights = folder / "weights" / f"{name}.safetensors"
    assert more.stdout.strip() == str(weights)
    return weights


def check_folder(folder: Path, name: str) -> None:
    """Its config has both starts, its log the steps, and there are sheets and figures."""
    record = RunFolder(folder).record()
    assert record["config"]["steps"] == 20 and len(record["starts"]) == 2
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert lines[-1]["step"] == 20 and lines[-1]["loss"] > 0
    sheets = sorted(path.name for path in (folder / "sheets").iterdir())
    assert sheets == ["0000002.jpg", "0000020.jpg"]
    card = (folder / "weights" / f"{name}.md").read_text()
    figures = card.partition("| figure | value |\n|---|---|\n")[2].splitlines()
    assert figures and "- done: 20 steps, 40 crops" in card


def test_the_second_papers_three_are_begun_cut_off_and_gone_on_with(
    pictures: Path, tmp_path: Path
) -> None:
    start: object = "scratch"
    for name in ("vae", "structure", "mdn"):
        weights = begun_and_gone_on_with(name, pictures, tmp_path / name, start)
        check_folder(tmp_path / name, name)
        start = weights if name == "vae" else start
        for path in (weights, weights.with_name(weights.name + ".sha256")):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    assert load_diverse(tmp_path).structure.config.masks[-1] == 0.02


BRIEF = ("--steps", 1, "--start", "scratch", "--sides", 32, "--batch", 2, "--threads", 1)


@pytest.fixture(scope="module")
def finished(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one step."""
    folder = tmp_path_factory.mktemp("run")
    small = ("--option", "coarse=16", "--option", "widths=[8,8,8]")
    assert run("train", "lite-unet", pack, "-o", folder, *BRIEF, *small).exit_code == 0
    return folder


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (("--lr", 0.1), "--lr"),
        (("--single",), "--half/--single"),
        (("photos.zip", "--seed", 0), "PATHS, --seed"),
        (("--option", "coarse=8", "--show", "photos.zip", "--keep", 2), "--option, --show, --keep"),
    ],
)
def test_a_resumed_run_refuses_what_it_does_not_take(
    more: tuple[object, ...], named: str, finished: Path
) -> None:
    before = (finished / "config.json").read_bytes()
    result = run("train", "lite-unet", "-o", finished, "--resume", *more)
    assert result.exit_code == 2, result.output
    told = " ".join(result.stderr.split())
    assert "has its settings from" in told and f"leave {named} out" in told
    assert (finished / "config.json").read_bytes() == before


def test_a_resumed_run_takes_its_device_and_its_budget(finished: Path, few: Path) -> None:
    result = run("train", "lite-unet", "-o", finished, "--resume", "--device", "abacus")
    assert result.exit_code == 1 and "has no device 'abacus'. It has:" in result.stderr
    more = ("--steps", 2, "--device", "cpu", "--threads", 1, "--check", few)
    result = run("train", "lite-unet", "-o", finished, "--resume", *more)
    assert result.exit_code == 0, result.output


def test_a_folder_of_another_network_is_a_sentence(
    finished: Path, pack: Path, tmp_path: Path
) -> None:
    assert run("train", "paper-cnn", pack, "-o", tmp_path, *BRIEF).exit_code == 0
    (tmp_path / "checkpoint.pt").write_bytes((finished / "checkpoint.pt").read_bytes())
    result = run("train", "paper-cnn", "-o", tmp_path, "--resume")
    assert result.exit_code == 1 and "is of another network" in result.stderr
    (tmp_path / "config.json").write_text("{}")
    result = run("train", "paper-cnn", "-o", tmp_path, "--resume")
    assert result.exit_code == 1 and "is not as a run wrote it" in result.stderr


def test_settings_without_a_use_are_a_sentence(pack: Path, tmp_path: Path) -> None:
    result = run("train", "mdn", pack, "-o", tmp_path / "run", *BRIEF, "--adversarial", 1)
    assert result.exit_code == 1 and "leave --adversarial out" in result.stderr
    assert not (tmp_path / "run").exists()
