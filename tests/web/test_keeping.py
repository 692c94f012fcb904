"""What the studio keeps beside a picture, and what it exports."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from PIL import Image

from chromafield.cli.main import main
from chromafield.settings import Settings
from chromafield.web.studio import Studio

from .ask import RED, asking, document, wait


def test_hints_are_kept_beside_the_picture_and_found_again(
    client: TestClient, photo: Path, tiny_weights: Path
) -> None:
    told = document(RED)
    assert client.get("/api/pictures/0/hints").json()["revision"] == 0
    saved = client.put("/api/pictures/0/hints?revision=0", json=told)
    assert saved.json()["revision"] == 1 and saved.json()["note"] == ""
    assert f"--hints {photo}.hints.json" in saved.json()["command"]
    kept = json.loads(photo.with_name("photo.png.hints.json").read_text())
    assert kept["marks"] == told["marks"]
    again = Studio(Settings(model=str(tiny_weights), size=64), "cpu")
    again.store.open(photo)
    other = asking(again)
    wait(other)
    assert other.get("/api/pictures/0/hints").json()["hints"]["marks"] == told["marks"]


def test_hints_that_leave_things_out_are_found_whole(
    studio: Studio, photo: Path, client: TestClient
) -> None:
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    hints = {"chromafield": "hints", "version": 1, "marks": [RED]}
    other.with_name("other.png.hints.json").write_text(json.dumps(hints))
    (number,) = studio.store.open(other)
    wait(client, number)
    found = client.get(f"/api/pictures/{number}/hints").json()["hints"]
    assert found == hints | {"same": [], "settings": {}, "picture": [120, 90]}
    other.with_name("other.png.hints.json").write_text('{"chromafield": "hints", "version": 9}')
    again = Studio(studio.settings, "cpu", studio.store.data_dir)
    again.store.open(other)
    later = asking(again)
    assert "not ready" in later.put("/api/pictures/0/hints?revision=0", json=document()).text
    assert "version 9" in later.get("/api/pictures/0?wait=true").json()["error"]
    refused = later.put("/api/pictures/0/hints?revision=0", json=document())
    assert refused.status_code == 400 and "version 9" in refused.json()["error"]
    kept = other.with_name("other.png.hints.json")
    assert "9" in kept.read_text()  # nothing that somebody saved is lost
    kept.write_text(json.dumps(hints))
    assert "version 9" in later.get("/api/pictures/0?wait=true").json()["error"]
    assert later.get("/api/pictures/0?wait=true&again=true").json()["error"] == ""


def test_hints_name_the_model_and_the_command_makes_the_same(photo: Path, tmp_path: Path) -> None:
    studio = Studio(Settings(model="paper-cnn", force=True, size=64), "cpu", tmp_path)
    studio.store.open(photo)
    client = asking(studio)
    status = client.get("/api/pictures/0?wait=true").json()
    assert status["command"] == f"chromafield colorize {photo} --force"
    told = client.get("/api/pictures/0/hints").json()["hints"]
    assert told["settings"] == {"model": "paper-cnn"}
    saved = client.put("/api/pictures/0/hints?revision=0", json=told).json()
    assert saved["command"].endswith(".hints.json --force")


def test_hints_are_kept_while_the_network_works(client: TestClient, studio: Studio) -> None:
    with studio.store["0"].lock:
        assert client.put("/api/pictures/0/hints?revision=0", json=document(RED)).status_code == 200


def test_of_two_windows_the_second_is_told_and_nothing_is_lost(client: TestClient) -> None:
    client.put("/api/pictures/0/hints?revision=0", json=document(RED))
    late = client.put("/api/pictures/0/hints?revision=0", json=document())
    assert late.status_code == 409 and "changed in another window" in late.json()["error"]
    assert client.get("/api/pictures/0/hints").json()["hints"]["marks"] == [RED]


def test_what_is_exported_is_what_the_command_line_writes(
    client: TestClient, photo: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    told = document(RED, settings={"strength": 0.9})
    exported = client.post("/api/pictures/0/export", json=told)
    assert exported.status_code == 200
    assert 'filename="photo-color.png"' in exported.headers["Content-Disposition"]
    hints = photo.with_name("saved.json")
    hints.write_text(json.dumps(told))
    out = tmp_path / "out.png"
    arguments = ["colorize", photo, "--hints", hints, "--model", tiny_weights, "-o", out]
    result = CliRunner().invoke(main, [str(a) for a in (*arguments, "--size", 64)])
    assert result.exit_code == 0, result.output
    assert exported.content == out.read_bytes()
    layer = client.post("/api/pictures/0/export?layer=true", json=told)
    assert Image.open(io.BytesIO(layer.content)).mode == "RGBA"
    assert (
        Image.open(
            io.BytesIO(client.post("/api/pictures/0/export?suffix=.jpg", json=told).content)
        ).format
        == "JPEG"
    )
    assert sorted(p.name for p in photo.parent.iterdir()) == ["out.png", "photo.png", "saved.json"]


def test_what_cannot_be_exported_leaves_nothing_behind(
    client: TestClient, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = tmp_path_factory.mktemp("exports")
    monkeypatch.setattr(tempfile, "tempdir", str(data_dir))
    odd = document({"mask": "none.png", "color": "grey"})
    assert client.post("/api/pictures/0/export", json=odd).status_code == 400
    assert not list(data_dir.iterdir())


@pytest.fixture
def colours() -> bytes:
    """A colour picture's file."""
    file = io.BytesIO()
    levels = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(levels).resize((64, 48)).save(file, "PNG")
    return file.getvalue()


def test_a_reference_is_kept_beside_the_hints_and_acts_as_on_the_command_line(
    client: TestClient, photo: Path, tiny_weights: Path, colours: bytes, tmp_path: Path
) -> None:
    kept = client.post("/api/pictures/0/references?name=../other.png", content=colours)
    name = kept.json()["reference"]
    assert (photo.parent / name).read_bytes() == colours and name.endswith("-other.png")
    told = document(RED, settings={"reference": name})
    plain = client.post("/api/pictures/0/planes", json=document(RED)).content
    assert client.post("/api/pictures/0/planes", json=told).content != plain
    saved = client.put("/api/pictures/0/hints?revision=0", json=told)
    assert saved.status_code == 200
    out = tmp_path / "out.png"
    result = CliRunner().invoke(
        main,
        [
            *("colorize", str(photo), "--hints", str(photo) + ".hints.json", "-o", str(out)),
            *("--model", str(tiny_weights), "--size", "64", "--device", "cpu"),
        ],
    )
    assert result.exit_code == 0, result.output
    assert client.post("/api/pictures/0/export", json=told).content == out.read_bytes()
    small = client.get(f"/api/pictures/0/references?name={name}")
    assert Image.open(io.BytesIO(small.content)).size == (64, 48)
    outside = client.get("/api/pictures/0/references?name=../../x.png")
    assert outside.status_code == 400 and "error" in outside.json()


def test_a_reference_without_colours_or_that_is_no_picture_is_not_kept(
    client: TestClient, photo: Path
) -> None:
    grey = client.post("/api/pictures/0/references?name=grey.png", content=photo.read_bytes())
    assert grey.status_code == 400 and "has no colours" in grey.json()["error"]
    broken = client.post("/api/pictures/0/references?name=x.png", content=b"nothing")
    assert broken.status_code == 400
    assert not list((photo.parent / "photo.png.hints").glob("*"))


def test_only_the_last_pictures_stay_in_memory_and_the_others_come_back(
    studio: Studio, photo: Path, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chromafield.web.studio.READY", 2)
    told = document(RED)
    first = client.post("/api/pictures/0/planes", json=told).content
    numbers = []
    for name in ("b.png", "c.png"):
        other = photo.with_name(name)
        other.write_bytes(photo.read_bytes())
        numbers += studio.store.open(other)
    for number in numbers:
        wait(client, number)
        assert client.post(f"/api/pictures/{number}/planes", json=told).status_code == 200
    assert not studio.store["0"].ready and all(studio.store[n].ready for n in numbers)
    assert client.get("/api/pictures/0").json()["step"] == "ready"
    assert client.post("/api/pictures/0/planes", json=told).content == first
    assert not studio.store[numbers[0]].ready


def test_settings_are_given_to_a_picture_that_is_not_read(
    studio: Studio, photo: Path, tmp_path: Path
) -> None:
    saved = photo.with_name(photo.name + ".hints.json")
    own = {"sample": [1, 2], "vividness": 0.5}
    saved.write_text(json.dumps(document(RED, settings=own)))
    (number,) = studio.store.open(photo)
    client = asking(studio)
    given = {"settings": {"strength": 0.5, "sample": [3, 1]}}
    told = client.put(f"/api/pictures/{number}/settings", json=given).json()
    assert told["revision"] == 1 and told["hints"]["settings"] == {
        "sample": [1, 2],
        "strength": 0.5,
    }
    assert json.loads(saved.read_text()) == told["hints"] and len(told["hints"]["marks"]) == 1
    refused = client.put(f"/api/pictures/{number}/settings", json={"settings": {"strength": 9}})
    assert refused.status_code == 400 and json.loads(saved.read_text()) == told["hints"]
