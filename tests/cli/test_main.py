from __future__ import annotations

import ast
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import chromafield
from chromafield.cli.main import main
from chromafield.evaluate.sheets import HEIGHT
from chromafield.fields import create_field, list_fields
from chromafield.models import create_model


def run(*arguments: object):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.mark.parametrize("command", [[], *([name] for name in sorted(main.commands))])
def test_help_answers_without_loading_torch(command: list[str]) -> None:
    code = (
        "import sys; from chromafield.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules, 'loaded'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command, "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout


def test_importing_the_package_does_not_load_torch() -> None:
    code = "import sys, chromafield; assert 'torch' not in sys.modules; chromafield.Canvas"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_there() -> None:
    for name in chromafield.__all__:
        assert getattr(chromafield, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'colour_all'"):
        chromafield.colour_all


@pytest.mark.parametrize(("kind", "name"), [("fields", "potts"), ("models", "two-stream")])
def test_a_name_comes_with_its_options_that_it_takes(kind: str, name: str) -> None:
    result = run(kind, name)
    own = [line.split()[1] for line in result.stdout.splitlines() if "--option" in line]
    told = {o.partition("=")[0]: ast.literal_eval(o.partition("=")[2]) for o in own}
    create = create_field if kind == "fields" else create_model
    config = create(name, **told).config
    assert dataclasses.asdict(config) == told and told
    assert "theta is the weight times p" in run("fields", "potts").stdout
    assert run(kind, "nope").exit_code == 1


def test_names_come_with_a_line_each() -> None:
    assert "lite-unet: faces, landscapes and objects" in run("models").stdout
    lines = run("fields").stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == list_fields() == sorted(list_fields())
    assert all(len(line.partition(": ")[2]) > 20 for line in lines)


def test_version_is_the_packages() -> None:
    assert chromafield.__version__ in run("--version").stdout


def test_evaluate_writes_its_table_and_its_figures(
    pack: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    figures, table = tmp_path / "figures.json", tmp_path / "table.md"
    done = run("evaluate", pack, "--model", tiny_weights, "--json", figures, "--markdown", table)
    assert done.exit_code == 0, done.output
    assert table.read_text() in done.stdout
    assert [row["method"] for row in json.loads(figures.read_text())] == [
        "all-grey",
        f"{tiny_weights} mean",
        f"{tiny_weights} mean, vividness 1",
    ]


def test_evaluate_shows_some_pictures_side_by_side(
    pack: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.png"
    chosen = ("--model", tiny_weights, "--field", "mean", "--field", "mode", "--size", 64)
    done = run("evaluate", pack, *chosen, "--views", 1, "--sheet", sheet)
    assert done.exit_code == 0, done.output
    with Image.open(sheet) as image:
        shown = np.asarray(image).astype(int)
    assert shown.shape[0] > 8 * HEIGHT  # of 24 pictures every third
    width = shown.shape[1] // 4  # grey, two fields and the truth
    grey, truth = shown[:, : width // 2], shown[:, -width // 2 :]
    assert np.ptp(grey, axis=2).mean() < 1 < 20 < np.ptp(truth, axis=2).max()
    refused = run("evaluate", tmp_path / "none.zip", "--sheet", tmp_path / "sheet.doc")
    assert refused.exit_code == 1 and "cannot be written as .doc" in refused.stderr


def test_evaluate_names_what_is_missing(tmp_path: Path) -> None:
    done = run("evaluate", tmp_path / "none.zip")
    assert done.exit_code == 1 and "none.zip does not exist" in done.stderr


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_figures_and_inspection_from_the_command_line(
    grey_picture: np.ndarray, tiny_weights: Path, tmp_path: Path
) -> None:
    photo, sheet, unsure = (tmp_path / n for n in ("photo.png", "sheet.jpg", "unsure.png"))
    Image.fromarray(grey_picture).save(photo)
    model = ("--model", tiny_weights)
    for kind in ("sweeps", "fields"):
        assert run("figure", kind, photo, "-o", sheet, *model).stdout.strip() == str(sheet)
        assert size(sheet)[0] > 1000
        sheet.unlink()
    told = run("inspect", photo, "--at", "5,6", "--top", 3, "--uncertainty", unsure, *model)
    lines = told.stdout.splitlines()
    assert lines[0] == "5,6" and lines[-1] == str(unsure) and len(lines) == 5
    assert " %  #" in lines[1]
    assert size(unsure) == size(photo)
    assert run("inspect", photo, *model).exit_code == 2
    assert run("inspect", photo, "--at", "5", *model).exit_code == 2
    red = ("--palette", "#c02020", "--field", "mixture")
    assert run("figure", "palettes", photo, "-o", sheet, *red, *model).exit_code == 0
    onto = run("figure", "sweeps", photo, "-o", photo, *model)
    assert onto.exit_code == 1 and "is the picture that is being coloured" in onto.stderr
    outside = run("inspect", photo, "--at", "5,900", *model)
    assert outside.exit_code == 1 and "lies outside the picture" in outside.stderr


def test_train_from_the_command_line_and_its_bad_inputs(
    pack: Path, few: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    narrow = ("--option", "coarse=16", "--option", "widths=[8,8,8]")
    brief = ("--steps", 2, "--start", "scratch", "--sides", "32", "--batch", 2, "--threads", 1)
    done = run("train", "lite-unet", pack, "-o", out, *brief, *narrow, "--check", few)
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(out / "weights" / "lite_unet.safetensors")
    more = run("train", "lite-unet", "-o", out, "--resume", "--steps", 3)
    assert more.exit_code == 0, more.output
    for arguments, sentence in (
        (("lite-unet", pack, "-o", out, *brief), "holds a run already"),
        (("other", "-o", out, "--resume"), "trains lite-unet, not other"),
        (("lite-unet", "-o", tmp_path / "none", "--resume"), "holds no run to go on with"),
        (("resnet", pack, "-o", tmp_path / "x", *brief), "No model named 'resnet'"),
        (("lite-unet", pack, "-o", tmp_path / "y"), "no budget"),
    ):
        failed = run("train", *arguments)
        assert failed.exit_code == 1, failed.output
        assert sentence in failed.stderr
    critic = run("train", "classifier", pack, "-o", tmp_path / "c", *brief, "--adversarial", 1)
    assert critic.exit_code == 1 and "A classifier gives no colours" in critic.stderr
    bare = run("train", "classifier", pack, "-o", tmp_path / "d", *brief)
    assert bare.exit_code == 1 and "lies in no folder, so it has no label" in bare.stderr
    assert run("train", "lite-unet", pack, "-o", tmp_path / "z", "--sides", "a").exit_code == 2
    assert run("train", "lite-unet", pack, "-o", tmp_path / "z", "--option", "a").exit_code == 2
