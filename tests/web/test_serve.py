"""The studio's server: its token, its answers, and each refusal's sentence."""

from __future__ import annotations

import io
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from chromafield.errors import BadValue
from chromafield.models import LoadedModel, load_model
from chromafield.models.sampler.loading import Diverse
from chromafield.web.serve import open_all, serve
from chromafield.web.studio import Studio

from .ask import RED, TOKEN, asking, document, planes, wait


def test_nothing_is_told_without_the_token_or_to_another_host(client: TestClient) -> None:
    app = client.app
    stranger = TestClient(app, "http://127.0.0.1")
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
    small = client.get("/api/pictures/0/lightness?left=0.5&pixels=1350")  # of 60 x 90
    assert small.headers["X-Width"] == "30" and small.headers["X-Height"] == "45"
    assert client.get("/api/pictures/0/lightness?pixels=0").status_code == 422
    assert client.get("/api/pictures/0/lightness?left=0.5&right=0.2").status_code == 400


def test_a_mark_colours_what_the_page_gets(client: TestClient) -> None:
    before, after = planes(client, document()), planes(client, document(RED))
    there = [a[a.shape[0] // 2, int(0.3 * a.shape[1])] for a in (before[0], after[0])]
    assert there[1] - there[0] > 15
    toned = planes(client, document(settings={"palette": "#2040a0", "palette_strength": 1.0}))
    assert toned[1].mean() < before[1].mean()
    assert np.array_equal(planes(client, document()), before)


def test_what_a_mark_reaches_is_a_map(client: TestClient) -> None:
    whole = client.post("/api/pictures/0/reach", json=document(RED))
    cells = int(whole.headers["X-Width"]) * int(whole.headers["X-Height"])
    assert len(whole.content) == cells and max(whole.content) == 255
    short = document(RED | {"reach": 0.2}) | {"version": 2}
    less = client.post("/api/pictures/0/reach", json=short)
    assert sum(less.content) < sum(whole.content)
    assert max(client.post("/api/pictures/0/reach", json=document()).content) == 0


def test_suggestions_and_the_next_click(client: TestClient) -> None:
    guesses = client.get("/api/pictures/0/suggest?x=0.3&y=0.5").json()
    assert len(guesses) == 5 and guesses[0]["probability"] >= guesses[1]["probability"]
    uncertainty = client.get("/api/pictures/0/doubt")
    cells = int(uncertainty.headers["X-Width"]) * int(uncertainty.headers["X-Height"])
    assert len(uncertainty.content) == cells and min(uncertainty.content) > 200  # nobody trained it
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


def test_a_dropped_picture_is_opened_wherever_its_name_points(
    client: TestClient, studio: Studio, photo: Path
) -> None:
    data = photo.read_bytes()
    answer = client.post("/api/pictures?name=../../etc/passwd.png", content=data)
    number = answer.json()["id"]
    assert studio.store[number].path.name == "passwd.png"
    assert studio.store.data_dir in studio.store[number].path.parents
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
    monkeypatch.setattr("chromafield.web.routes._parts.LARGEST", 3)
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
    assert [one.path.name for one in studio.store.opened.values()] == ["photo.png"]


def test_samples_are_small_pictures_and_can_be_kept(
    client: TestClient, networks: Diverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chromafield.propagation.propagate.shipped", lambda device: networks)
    one, two, again = (client.get(f"/api/pictures/0/samples/0/{n}").content for n in (1, 2, 1))
    assert one == again != two
    with Image.open(io.BytesIO(one)) as small:
        assert small.size == (120, 90)
    kept = planes(client, document(settings={"sample": [0, 2]}))
    assert not np.array_equal(kept, planes(client, document()))
    assert client.get("/api/pictures/0/samples/0/0").status_code == 400


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


def test_programs_give_every_setting_that_the_schema_names(client: TestClient, photo: Path) -> None:
    described = client.get("/openapi.json").json()["paths"]["/api/colorize"]["post"]["parameters"]
    known = client.get("/api/settings").json()
    given = {one["name"] for one in described} - {
        *("name", "suffix", "layer", "token", "x-token", "authorization")
    }
    assert {"option" if name == "options" else name for name in known} == given
    assert known["strength"]["maximum"] == 1 and known["views"]["default"] == 2
    query = "/api/colorize?name=p.png&field=potts&size=64&views=1&seed=3"
    plain, strong = (
        client.post(query + more, content=photo.read_bytes()).content
        for more in ("", "&option=weight=9.0&option=sweeps=3")
    )
    assert plain != strong
    wrong = client.post("/api/colorize?name=p.png&views=9", content=photo.read_bytes())
    assert wrong.json()["error"] == "The number of views is 9; it goes from 1 to 4."


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

    def load(name: str, device: str) -> LoadedModel:
        loaded.append(name)
        return load_model(name, device)

    monkeypatch.setattr("chromafield.colorizer.loading.load_model", load)
    client = asking(studio)
    studio.store.open(photo)
    wait(client)
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    (number,) = studio.store.open(other)
    wait(client, number)
    tilted = document(RED, settings={"palette": "#a03020"})
    assert client.post(f"/api/pictures/{number}/planes", json=tilted).status_code == 200
    assert loaded == [studio.settings.model]


def test_a_picture_in_colour_is_refused_with_an_offer_and_coloured_anew(
    client: TestClient, studio: Studio
) -> None:
    file = io.BytesIO()
    levels = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(levels).resize((64, 48)).save(file, "PNG")
    number = client.post("/api/pictures?name=c.png", content=file.getvalue()).json()["id"]
    status = wait(client, number)
    assert status["offer"] == "force" and "already in colour" in status["error"]
    assert client.get(f"/api/pictures/{number}/lightness").status_code == 400
    again = client.get(f"/api/pictures/{number}?wait=true&again=true&force=true").json()
    assert again["error"] == again["offer"] == "" and again["command"].endswith("--force")
    exported = client.post(f"/api/pictures/{number}/export", json=document(RED))
    assert exported.status_code == 200, exported.text


def test_examples_are_small_grey_and_open(client: TestClient) -> None:
    told = client.get("/api/examples").json()
    assert len(told) == 3
    for one in told:
        small = client.get(f"/api/examples/{one['name']}")
        with Image.open(io.BytesIO(small.content)) as picture:
            assert picture.mode == "L" and max(picture.size) == 240
    number = client.post("/api/examples/rocket.jpg").json()["id"]
    assert client.get(f"/api/pictures/{number}").json()["name"] == "rocket.png"
    assert client.get("/api/examples/..%2Fx.png").status_code in (400, 404)
    assert client.post("/api/examples/x.png").status_code == 400
