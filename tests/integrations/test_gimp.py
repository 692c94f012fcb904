"""GIMP: the plug-in for version 3 on a stub of its classes, the script for 2.10 in GIMP itself."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

FOLDER = Path(__file__).parents[2] / "integrations" / "gimp"
PLUG_IN = FOLDER / "chromafield" / "chromafield.py"
CONSOLE = shutil.which("gimp-console-2.10")


@pytest.fixture(scope="module")
def plug_in() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gimp_plug_in", PLUG_IN)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Asked:
    """An object of GIMP that takes every call and remembers them."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.calls = answers, []

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            self.calls.append((name, *arguments))
            answer = self.answers.get(name)
            return answer(*arguments) if callable(answer) else answer

        return call

    @property
    def names(self) -> list[str]:
        return [name for name, *_ in self.calls]


def stub(photo: Path, above: Asked) -> SimpleNamespace:
    """As much of libgimp as the plug-in uses; what it saves is the photograph."""

    def save(_mode: object, _image: object, file: str, _options: object) -> None:
        shutil.copy(photo, file)

    new = Asked(new_with_precision=lambda *_: Asked())
    return SimpleNamespace(
        Image=new,
        Layer=Asked(new_from_drawable=lambda *_: Asked()),
        RunMode=SimpleNamespace(NONINTERACTIVE=1),
        ImageBaseType=SimpleNamespace(GRAY=1),
        LayerMode=SimpleNamespace(LCH_COLOR="LCh"),
        file_save=save,
        file_load_layer=lambda *_: above,
        progress_init=lambda _: None,
        progress_update=lambda _: None,
        progress_end=lambda: None,
        displays_flush=lambda: None,
    )


def test_the_colours_are_a_layer_above_in_one_step_of_undo(
    plug_in: ModuleType, photo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []

    def run(words: list[str], **_: object) -> SimpleNamespace:
        ran.append(words)
        shutil.copy(photo, words[4])
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(plug_in.subprocess, "run", run)
    above = Asked()
    image = Asked(get_base_type=1, get_item_position=2)
    layer = Asked(get_offsets=(True, 5, 7))
    gio = SimpleNamespace(File=SimpleNamespace(new_for_path=lambda path: path))
    made = plug_in.color_layer(
        stub(photo, above), gio, image, layer, "chromafield", plug_in.options_of(1.5, True)
    )
    assert made is above
    assert above.calls == [("set_name", "Chromafield"), ("set_mode", "LCh"), ("set_offsets", 5, 7)]
    assert ("insert_layer", above, None, 2) in image.calls
    assert image.names.index("undo_group_start") < image.names.index("convert_rgb")
    assert image.names[-1] == "undo_group_end"
    assert ran[0][:2] == ["chromafield", "colorize"]
    assert ran[0][-3:] == ["--vividness", "1.5", "--force"]


def test_what_the_command_refuses_is_its_sentence(plug_in: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="The command no-such-command cannot be run"):
        plug_in.colored(tmp_path / "a.png", "no-such-command")
    script = tmp_path / "refuse.py"
    script.write_text("import sys; sys.exit('Error: a.png is already in colour.')")
    command = tmp_path / "chromafield"
    command.write_text(f"#!/bin/sh\nexec {sys.executable} {script}\n")
    command.chmod(0o755)
    if sys.platform != "win32":
        with pytest.raises(RuntimeError, match=r"^a.png is already in colour\.$"):
            plug_in.colored(tmp_path / "a.png", str(command))


def test_gimp_finds_the_plug_in_by_its_folders_name() -> None:
    assert PLUG_IN.stem == PLUG_IN.parent.name
    assert sys.platform == "win32" or PLUG_IN.stat().st_mode & 0o100


@pytest.mark.skipif(CONSOLE is None, reason="GIMP 2.10 is not installed")
def test_the_layer_gives_the_coloured_picture_in_gimp(
    tmp_path: Path, grey_picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chromafield

    monkeypatch.setenv("GIMP2_DIRECTORY", str(tmp_path / "profile"))
    colored = chromafield.colorize(grey_picture)
    Image.fromarray(grey_picture).save(tmp_path / "grey.png")
    Image.fromarray(colored).save(tmp_path / "coloured.png")
    lines = f"""
      (load "{FOLDER / "chromafield-layer.scm"}")
      (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{tmp_path}/grey.png" "grey.png")))
             (layer (car (gimp-image-get-active-layer image))))
        (script-fu-chromafield-layer image layer "{tmp_path}/coloured.png")
        (file-png-save RUN-NONINTERACTIVE image (car (gimp-image-flatten image))
          "{tmp_path}/flat.png" "flat.png" 0 9 0 0 0 0 0))
      (gimp-quit 0)"""
    assert CONSOLE is not None
    command = [CONSOLE, "-i", "-d", "-f", "-s", "-b", " ".join(lines.split())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert (tmp_path / "flat.png").exists(), done.stdout + done.stderr
    flat = np.asarray(Image.open(tmp_path / "flat.png").convert("RGB"), dtype=int)
    assert np.abs(flat - colored).max() <= 3
