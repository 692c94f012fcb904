"""What is opened, kept and handed out."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .person import VIEWPORT, Person, Studio


def test_what_is_done_outlives_the_server_and_the_page(
    person: Person, studio: Studio, browser: Any
) -> None:
    person.after(lambda: person.click(0.3, 0.4))
    person.page.wait_for_function("document.getElementById('stage').dataset.saved == '1'")
    assert len(studio.kept["marks"]) == 1
    studio.stop()
    person.click(0.6, 0.6)
    person.page.wait_for_selector("#message:not([hidden])")
    assert "The studio has ended" in person.page.inner_text("#message")
    studio.start(studio.photo)
    page = browser.new_page()
    Person(page).go(studio.address)
    assert len(page.evaluate("window.studio.state.history.now")["marks"]) == 1
    page.close()


def test_a_second_window_does_not_overwrite_the_first(
    person: Person, studio: Studio, browser: Any
) -> None:
    page = browser.new_page(viewport=VIEWPORT)
    other = Person(page)
    other.go(studio.address)
    person.after(lambda: person.click(0.3, 0.4))
    person.page.wait_for_function("document.getElementById('stage').dataset.saved == '1'")
    other.after(lambda: other.click(0.6, 0.6))
    page.wait_for_selector("#message:not([hidden])")
    assert "changed in another window" in page.inner_text("#message")
    assert len(studio.kept["marks"]) == 1 and studio.kept["marks"][0]["at"][0] < 0.4
    page.close()


def test_a_picture_is_dropped_in_and_what_is_exported_is_the_command_lines(
    person: Person, studio: Studio, tmp_path: Path
) -> None:
    person.after(lambda: person.click(0.3, 0.4))
    with person.page.expect_download() as download:
        person.page.click("#export")
    told = tmp_path / "told.json"
    told.write_text(json.dumps(person.document()))
    out = tmp_path / "out.png"
    command = [sys.executable, "-m", "chromafield", "colorize", str(studio.photo)]
    command += ["--hints", str(told), "--model", str(studio.weights), "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    assert Path(download.value.path()).read_bytes() == out.read_bytes()
    with person.page.expect_download() as download:
        person.page.click("#layer")
    with Image.open(download.value.path()) as layer:
        assert layer.mode == "RGBA"
    with person.page.expect_download() as download:
        person.page.click("#hints")
    assert json.loads(Path(download.value.path()).read_text()) == person.document()

    Image.fromarray(np.full((60, 80), 90, np.uint8)).save(tmp_path / "other.png")
    person.after(lambda: person.page.set_input_files("#file", str(tmp_path / "other.png")))
    person.page.wait_for_function("document.getElementById('status').textContent.startsWith('80 ')")
    assert person.document()["marks"] == []
    person.page.set_input_files("#load", str(told))
    person.page.wait_for_function("window.studio.state.history.now.marks.length == 1")


def test_a_file_that_is_no_picture_is_a_sentence(person: Person, tmp_path: Path) -> None:
    (tmp_path / "none.png").write_bytes(b"nothing")
    person.page.set_input_files("#file", str(tmp_path / "none.png"))
    person.page.wait_for_selector("#message:not([hidden])")
    assert "none.png" in person.page.inner_text("#message")


def test_a_picture_dropped_on_the_page_is_opened(person: Person) -> None:
    drop = """async () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [90, 60];
      const context = canvas.getContext("2d");
      context.fillStyle = "#777777";
      context.fillRect(0, 0, 90, 60);
      context.fillStyle = "#dddddd";
      context.fillRect(20, 20, 30, 30);
      const blob = await new Promise(done => canvas.toBlob(done, "image/png"));
      const held = new DataTransfer();
      held.items.add(new File([blob], "dropped.png", { type: "image/png" }));
      const event = new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true });
      document.getElementById("stage").dispatchEvent(event);
    }"""
    person.after(lambda: person.page.evaluate(drop))
    person.page.wait_for_function("document.getElementById('status').textContent.startsWith('90 ')")
    assert person.page.inner_text("#pictures option:checked").endswith("dropped.png")


def test_the_same_job_is_told_as_a_command(person: Person, studio: Studio, tmp_path: Path) -> None:
    person.after(lambda: person.click(0.3, 0.4))
    person.page.wait_for_function("document.getElementById('stage').dataset.saved == '1'")
    told = shlex.split(person.page.text_content("#command"))
    assert told[:2] == ["chromafield", "colorize"] and "--hints" in told
    out = tmp_path / "by-command.png"
    command = [sys.executable, "-m", *told, "-o", str(out), "--model", str(studio.weights)]
    subprocess.run(command, check=True, capture_output=True, cwd=studio.photo.parent)
    with person.page.expect_download() as download:
        person.page.click("#export")
    assert Path(download.value.path()).read_bytes() == out.read_bytes()
