"""`chromafield models`, and commands with an added network."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from click.testing import CliRunner, Result
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from chromafield.cli.main import main
from chromafield.cli.models import PRESETS
from chromafield.models import create_model
from chromafield.models.plugged import presets
from chromafield.models.plugged.catalogue import Offer


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHROMAFIELD_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """A network of 64 x 64 pixels that answers with a = 30 everywhere."""
    path = tmp_path / "Red One.onnx"
    port, out = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, planes, 64, 64])
        for name, planes in (("input", 3), ("output", 2))
    )
    constants = [
        numpy_helper.from_array(np.zeros((2, 3, 1, 1), np.float32), "w"),
        numpy_helper.from_array(np.array([30, 0], np.float32), "b"),
    ]
    nodes = [helper.make_node("Conv", ["input", "w", "b"], ["output"])]
    graph = helper.make_graph(nodes, "red", [port], [out], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(path))
    return path


def test_an_added_network_is_shown_listed_used_and_removed(red: Path, photo: Path) -> None:
    done = run("models", "add", red, "--licence", "MIT", "--source", "made here")
    assert done.exit_code == 0, done.output
    assert done.output.startswith(
        "red-one: as ddcolor: 64 x 64 pixels; grey RGB as (value - 0) / 1"
    )
    listed = run("models").output
    assert listed == run("models", "list").output
    assert (
        "red-one: added; as ddcolor: 64 x 64 pixels; " in listed
        and "; licence MIT; 0.0 MB" in listed
    )
    assert "lite-unet: " in listed and "zhang2016: " in listed
    shown = run("models", "red-one").output
    assert 'licence = "MIT"\nsource = "made here"' in shown

    out = photo.with_name("out.png")
    assert run("colorize", photo, "-o", out, "--model", "red-one").exit_code == 0
    rgb = np.asarray(Image.open(out)).astype(int)
    assert (rgb[..., 0] - rgb[..., 1]).mean() > 20
    blend = run(
        "colorize", photo, "-o", out, "--model", "red-one*3+lite-unet", "--json", "--overwrite"
    )
    assert json.loads(blend.stdout)["model"] == "red-one*3+lite-unet"

    assert run("models", "remove", "red-one").exit_code == 0
    assert "red-one" not in run("models").output
    refused = run("colorize", photo, "-o", out, "--model", "red-one")
    assert refused.exit_code == 1 and "No model named 'red-one'" in refused.output


def test_a_name_that_is_taken_is_refused(red: Path) -> None:
    assert "The name lite-unet is taken" in run("models", "add", red, "--as", "lite-unet").output
    assert run("models", "add", red, "--as", "mine").exit_code == 0
    again = run("models", "add", red, "--as", "mine")
    assert again.exit_code == 1 and "models remove mine" in again.output


def test_a_published_file_gives_the_built_in_name_its_weights(tmp_path: Path, photo: Path) -> None:
    assert "zhang2017: Real-Time" in run("models").output
    assert "no weights come" in _line_of("zhang2017")
    torch.manual_seed(0)
    torch.save(create_model("zhang2017", width=4).state_dict(), tmp_path / "z.pth")
    done = run("models", "add", tmp_path / "z.pth")
    assert done.exit_code == 0 and done.output.startswith("zhang2017: a published file")
    assert "no weights come" not in _line_of("zhang2017")
    hints = tmp_path / "hints.json"
    hints.write_text(
        json.dumps(
            {
                "chromafield": "hints",
                "version": 1,
                "marks": [{"at": [0.5, 0.5], "radius": 0.1, "color": "#c02020"}],
            }
        )
    )
    out = tmp_path / "out.png"
    done = run("colorize", photo, "-o", out, "--model", "zhang2017", "--hints", hints)
    assert done.exit_code == 0, done.output
    rgb = np.asarray(Image.open(out)).astype(int)
    assert rgb[45, 60, 0] > rgb[45, 60, 1] + 30


def test_what_is_trained_and_colours_nothing_by_itself_is_listed_too() -> None:
    for name in ("vae", "structure", "mdn", "c-gan", "pic"):
        line = _line_of(f"{name}: ")
        assert f"chromafield train {name})" in line and "no weights" not in line


def _line_of(name: str) -> str:
    return next(line for line in run("models").output.splitlines() if line.startswith(name))


def at_home(monkeypatch: pytest.MonkeyPatch, path: Path, sha256: str) -> None:
    """Let one offer be a file on this machine."""
    offer = Offer("red", "a red net", path.as_uri(), "MIT", path.stat().st_size, sha256)
    monkeypatch.setattr("chromafield.models.plugged.catalogue.OFFERS", (offer,))


def ask(answers: str, *words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=answers)


def test_a_network_is_fetched_when_a_person_says_yes(
    red: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = red.rename(red.with_name("red.onnx"))
    digest = hashlib.sha256(red.read_bytes()).hexdigest()
    at_home(monkeypatch, red, digest)
    had = "red: to be had; licence MIT; 0 MB; gives colours; a red net (chromafield models get red)"
    assert had in run("models").output
    assert ask("n\n", "models", "get", "red").exit_code == 1 and not room.exists()
    done = ask("y\n", "models", "get", "red")
    assert done.exit_code == 0, done.output
    head = f"red: a red net\nlicence MIT; 0 MB\n{red.as_uri()}\nFetch it?"
    assert done.output.startswith(head) and "Added: as ddcolor" in done.output
    shown = run("models", "red").output
    assert f'source = "{red.as_uri()}"' in shown and digest in shown
    assert "to be had" not in run("models").output
    assert "The name red is taken" in run("models", "get", "red").output
    assert "No network to be had named 'blue'" in run("models", "get", "blue").output


def test_a_network_whose_hash_is_not_known_is_asked_about_twice(
    red: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = red.rename(red.with_name("red.onnx"))
    at_home(monkeypatch, red, "")
    done = ask("n\n", "models", "get", "red", "--yes")
    assert done.exit_code == 1
    assert f"Its SHA-256 is {hashlib.sha256(red.read_bytes()).hexdigest()}" in done.output
    assert list(room.rglob("*.onnx")) == []
    assert ask("y\n", "models", "get", "red", "--yes").exit_code == 0
    assert len(list(room.rglob("*.onnx"))) == 1


def test_what_is_wrong_with_a_file_or_a_description_is_one_sentence(
    red: Path, tmp_path: Path, room: Path
) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("hello")
    done = run("models", "add", text)
    assert (
        done.exit_code == 1 and done.output == f"Error: {text} is no ONNX file, or was cut short.\n"
    )
    run("models", "add", red, "--as", "mine")
    (room / "mine" / "description.toml").write_text("size = 3")
    assert "mine: added, but: The description" in run("models").output
    assert run("models", "mine").exit_code == 1


def test_what_was_fetched_and_is_no_network_is_not_kept(
    room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "red.onnx"
    page.write_text("<html>Sign in first</html>")
    at_home(monkeypatch, page, "")
    done = ask("y\n", "models", "get", "red", "--yes")
    assert done.exit_code == 1 and "is no ONNX file, or was cut short" in done.output
    assert [path for path in room.rglob("*") if path.is_file()] == []


def test_a_missing_extra_is_said_before_anything_is_fetched(
    red: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = red.rename(red.with_name("red.onnx"))
    at_home(monkeypatch, red, "")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    done = run("models", "get", "red", "--yes")
    assert done.exit_code == 1 and "pip install '.[onnx]'" in done.output and not room.exists()


def test_of_every_model_its_answer_its_size_and_its_licence_are_listed() -> None:
    own = _line_of("lite-unet")
    assert "; gives " in own and "8.4 MB" in own and "licence Apache-2.0" in own
    assert "gives a distribution over colours; no weights come" in _line_of("zhang2016")


def test_a_model_without_options_says_so() -> None:
    done = run("models", "paper-cnn")
    assert done.exit_code == 0 and done.output.endswith("It has no options.\n")


def test_the_command_offers_every_preset() -> None:
    assert tuple(presets.PRESETS) == PRESETS
