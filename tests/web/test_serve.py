"""The studio's server: its token, its answers, what it keeps, and each refusal's sentence."""

from __future__ import annotations

import io
import json
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from PIL import Image

from chromafield.cli.main import main
from chromafield.errors import BadValue
from chromafield.models import Trained, load_model
from chromafield.models.diverse.loading import Diverse
from chromafield.pipeline.colorizer import Settings
from chromafield.web import routes
from chromafield.web.serve import create_app, open_all, serve
from chromafield.web.work import Studio

TOKEN = "secret"
OUTSIDE = {"mask": "../x.png", "color": "grey"}
RED = {"at": [0.3, 0.5], "radius": 0.05, "color": "#c03020"}


def document(*marks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"chromafield": "hints", "version": 1, "marks": list(marks), **more}


@pytest.fixture
def studio(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    room = tmp_path_factory.mktemp("room")
    return Studio(Settings(model=str(tiny_weights), size=64), "cpu", room)


@pytest.fixture
def client(studio: Studio, photo: Path) -> TestClient:
    """A client that has the token and an open picture, ready."""
    studio.shelf.open(photo)
    client = TestClient(create_app(studio, TOKEN), headers={"X-Token": TOKEN})
    wait(client)
    return client


def wait(client: TestClient, number: str = "0") -> dict[str, Any]:
    for _ in range(400):
        status: dict[str, Any] = client.get(f"/api/pictures/{number}").json()
        if status["step"] == "ready" or status["error"]:
            return status
        time.sleep(0.05)
    raise AssertionError(status)


def test_nothing_is_told_without_the_token_or_to_another_host(client: TestClient) -> None:
    app = client.app
    stranger = TestClient(app)
    assert stranger.get("/api/pictures").status_code == 403
    assert stranger.get("/api/pictures?token=wrong").status_code == 403
    assert stranger.get(f"/api/pictures?token={TOKEN}").status_code == 200
    assert client.get("/api/pictures", headers={"Host": "evil.example"}).status_code == 400
    assert stranger.get("/").status_code == 200 and stranger.get("/page/main.js").status_code == 200


def test_a_picture_is_prepared_and_its_lightness_shown(
    client: TestClient, grey_picture: np.ndarray
) -> None:
    (listed,) = client.get("/api/pictures").json()
    assert listed["name"] == "photo.png" and listed["width"] == 120 and listed["error"] == ""
    answer = client.get("/api/pictures/0/lightness")
    assert (answer.headers["X-Width"], answer.headers["X-Height"]) == ("120", "90")
    shown = np.frombuffer(answer.content, np.uint8).reshape(90, 120)
    assert np.corrcoef(shown.ravel(), grey_picture.ravel())[0, 1] > 0.99
    part = client.get("/api/pictures/0/lightness?left=0.5&top=0.5&right=0.75&bottom=1")
    assert part.headers["X-Width"] == "30" and part.headers["X-Height"] == "45"
    assert client.get("/api/pictures/0/lightness?left=0.5&right=0.2").status_code == 400


def planes(client: TestClient, told: dict[str, Any]) -> np.ndarray:
    answer = client.post("/api/pictures/0/planes", json=told)
    assert answer.status_code == 200, answer.text
    shape = (5, int(answer.headers["X-Height"]), int(answer.headers["X-Width"]))
    return np.frombuffer(answer.content, np.float32).reshape(shape)


def test_a_mark_colours_what_the_page_gets(client: TestClient) -> None:
    before, after = planes(client, document()), planes(client, document(RED))
    there = [a[a.shape[0] // 2, int(0.3 * a.shape[1])] for a in (before[0], after[0])]
    assert there[1] - there[0] > 15
    toned = planes(client, document(settings={"palette": "#2040a0", "palette_strength": 1.0}))
    assert toned[1].mean() < before[1].mean()
    assert np.array_equal(planes(client, document()), before)


def test_suggestions_and_the_next_click(client: TestClient) -> None:
    guesses = client.get("/api/pictures/0/suggest?x=0.3&y=0.5").json()
    assert len(guesses) == 5 and guesses[0]["probability"] >= guesses[1]["probability"]
    doubt = client.get("/api/pictures/0/doubt")
    cells = int(doubt.headers["X-Width"]) * int(doubt.headers["X-Height"])
    assert len(doubt.content) == cells and min(doubt.content) > 200  # nobody trained it
    first = client.post("/api/pictures/0/unsure", json=document()).json()
    mark = {"at": [first["x"], first["y"]], "radius": 0.01, "color": "grey"}
    second = client.post("/api/pictures/0/unsure", json=document(mark)).json()
    assert abs(first["x"] - second["x"]) + abs(first["y"] - second["y"]) > 0.05
    left = {"polygon": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]], "color": "grey"}
    line = {"path": [[0.75, 0], [0.75, 0.5]], "radius": 0.15, "color": "grey"}
    third = client.post("/api/pictures/0/unsure", json=document(left, line)).json()
    assert third["x"] > 0.5
    everything = {"polygon": [[0, 0], [1, 0], [1, 1], [0, 1]], "color": "grey"}
    assert client.post("/api/pictures/0/unsure", json=document(everything)).status_code == 200


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
    again.shelf.open(photo)
    other = TestClient(create_app(again, TOKEN), headers={"X-Token": TOKEN})
    wait(other)
    assert other.get("/api/pictures/0/hints").json()["hints"]["marks"] == told["marks"]


def test_hints_that_leave_things_out_are_found_whole(
    studio: Studio, photo: Path, client: TestClient
) -> None:
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    hints = {"chromafield": "hints", "version": 1, "marks": [RED]}
    other.with_name("other.png.hints.json").write_text(json.dumps(hints))
    (number,) = studio.shelf.open(other)
    wait(client, number)
    found = client.get(f"/api/pictures/{number}/hints").json()["hints"]
    assert found == hints | {"same": [], "settings": {}, "picture": [120, 90]}
    other.with_name("other.png.hints.json").write_text('{"chromafield": "hints", "version": 9}')
    again = Studio(studio.settings, "cpu", studio.shelf.room)
    again.shelf.open(other)
    later = TestClient(create_app(again, TOKEN), headers={"X-Token": TOKEN})
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
    studio.shelf.open(photo)
    client = TestClient(create_app(studio, TOKEN), headers={"X-Token": TOKEN})
    status = client.get("/api/pictures/0?wait=true").json()
    assert status["command"] == f"chromafield colorize {photo} --force"
    told = client.get("/api/pictures/0/hints").json()["hints"]
    assert told["settings"] == {"model": "paper-cnn"}
    saved = client.put("/api/pictures/0/hints?revision=0", json=told).json()
    assert saved["command"].endswith(".hints.json --force")


def test_hints_are_kept_while_the_network_works(client: TestClient, studio: Studio) -> None:
    with studio.shelf["0"].lock:
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
    room = tmp_path_factory.mktemp("exports")
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    odd = document({"mask": "none.png", "color": "grey"})
    assert client.post("/api/pictures/0/export", json=odd).status_code == 400
    assert not list(room.iterdir())


def test_a_dropped_picture_is_opened_wherever_its_name_points(
    client: TestClient, studio: Studio, photo: Path
) -> None:
    data = photo.read_bytes()
    answer = client.post("/api/pictures?name=../../etc/passwd.png", content=data)
    number = answer.json()["id"]
    assert studio.shelf[number].path.name == "passwd.png"
    assert studio.shelf.room in studio.shelf[number].path.parents
    assert wait(client, number)["step"] == "ready"
    client.put(f"/api/pictures/{number}/hints?revision=0", json=document(RED))
    again = client.post("/api/pictures?name=passwd.png", content=data).json()["id"]
    assert again == number
    assert client.get(f"/api/pictures/{again}/hints").json()["hints"]["marks"] == [RED]


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "sentence"),
    [
        ("GET", "/api/pictures/7", None, 400, "No picture 7 is open"),
        ("POST", "/api/pictures?name=..", b"x", 400, "is no file's name"),
        ("POST", "/api/pictures/0/planes", {"version": 1}, 400, "is no hint file"),
        ("POST", "/api/pictures/0/planes", document({"at": [2, 0]}), 400, "a radius is missing"),
        ("POST", "/api/pictures/0/export?suffix=.exe", document(), 400, "not .exe"),
        (
            "POST",
            "/api/pictures/0/planes",
            document({"mask": "../x.png", "color": "grey"}),
            400,
            "no picture's name",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    client: TestClient, method: str, path: str, body: Any, code: int, sentence: str
) -> None:
    told = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = client.request(method, path, **told)
    assert answer.status_code == code and sentence in answer.json()["error"]


def test_a_file_that_is_no_picture_or_in_colour_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = client.post("/api/pictures?name=x.png", content=b"nothing").json()["id"]
    assert "x.png" in wait(client, number)["error"]
    assert client.post(f"/api/pictures/{number}/planes", json=document()).status_code == 400
    monkeypatch.setattr(routes, "LARGEST", 3)
    refused = client.post("/api/pictures?name=x.png", content=b"nothing")
    assert "larger than" in refused.json()["error"]


def test_a_port_in_use_and_a_path_that_is_not_there_are_named(studio: Studio) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadValue, match=f"The port {port} cannot be used"):
            serve(studio, port, False, lambda address: None)
    with pytest.raises(BadValue, match="There is no nowhere"):
        open_all(studio, [Path("nowhere")])


def test_a_folder_opens_its_pictures(studio: Studio, photo: Path) -> None:
    (photo.parent / "notes.txt").write_text("none")
    open_all(studio, [photo.parent])
    assert [one.path.name for one in studio.shelf.opened.values()] == ["photo.png"]


def test_samples_are_small_pictures_and_can_be_kept(
    client: TestClient, networks: Diverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chromafield.pipeline.carry.shipped", lambda device: networks)
    one, two, again = (client.get(f"/api/pictures/0/samples/0/{n}").content for n in (1, 2, 1))
    assert one == again != two
    with Image.open(io.BytesIO(one)) as small:
        assert small.size == (120, 90)
    kept = planes(client, document(settings={"sample": [0, 2]}))
    assert not np.array_equal(kept, planes(client, document()))
    assert client.get("/api/pictures/0/samples/0/0").status_code == 400


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


def test_programs_colour_a_picture_in_one_request(client: TestClient, photo: Path) -> None:
    answer = client.post("/api/colorize?name=p.png&suffix=.jpg", content=photo.read_bytes())
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).format == "JPEG"
    faint = client.post("/api/colorize?name=p.png&strength=0", content=photo.read_bytes())
    levels = np.asarray(Image.open(io.BytesIO(faint.content)).convert("RGB")).astype(int)
    assert np.ptp(levels, axis=2).max() <= 1
    wrong = client.post("/api/colorize?name=p.png&model=nope", content=photo.read_bytes())
    assert wrong.status_code == 400 and "nope" in wrong.json()["error"]
    lost = client.post("/api/colorize?name=p.png&strength=much", content=photo.read_bytes())
    assert lost.status_code == 422 and "strength" in lost.json()["error"]


def test_every_operation_for_programs_is_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]
    assert {"/api/colorize", "/api/pictures", "/api/pictures/{number}/hints"} <= described.keys()
    for methods in described.values():
        assert all(told.get("description") for told in methods.values())
    assert "/api/pictures/{number}/planes" not in described  # the page's own
    assert "Chromafield over HTTP" in client.get("/api").text


def test_weights_are_loaded_once_for_all_pictures_and_settings(
    studio: Studio, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []

    def load(name: str, device: str) -> Trained:
        loaded.append(name)
        return load_model(name, device)

    monkeypatch.setattr("chromafield.pipeline.colorizer.load_model", load)
    client = TestClient(create_app(studio, TOKEN), headers={"X-Token": TOKEN})
    studio.shelf.open(photo)
    wait(client)
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    (number,) = studio.shelf.open(other)
    wait(client, number)
    tilted = document(RED, settings={"palette": "#a03020"})
    assert client.post(f"/api/pictures/{number}/planes", json=tilted).status_code == 200
    assert loaded == [studio.settings.model]
