"""Whatever is sent, the server answers with a sentence and stays inside its folders."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chromafield.web.limits import LARGEST_DOCUMENT, Queue
from chromafield.web.serve import create_app
from chromafield.web.studio import Studio

from .ask import RED, TOKEN, asking, document, wait

PAGES_OWN = [
    ("get", "/api/pictures/{number}/lightness", ["left", "top", "right", "bottom"]),
    ("get", "/api/pictures/{number}/references", ["name"]),
    ("get", "/api/pictures/{number}/references/names", ["name"]),
    ("get", "/api/pictures/{number}/doubt", []),
    ("post", "/api/pictures/{number}/use", ["name"]),
    ("post", "/api/pictures/{number}/trust", []),
    ("post", "/api/pictures/{number}/matches", []),
    ("post", "/api/pictures/{number}/planes", []),
    ("post", "/api/pictures/{number}/reach", []),
    ("post", "/api/pictures/{number}/unsure", []),
]
ODD = st.one_of(
    st.sampled_from(["nan", "inf", "-inf", "1e400", "-1", "0", "1", str(2**64), str(10**30)]),
    st.sampled_from(["", "..", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 400, "true", "ü"]),
    st.text(max_size=8),
    st.floats().map(str),
    st.integers().map(str),
)
NUMBERS = st.one_of(
    st.floats(),
    st.integers(),
    st.sampled_from([10**30, 2**63, 2**64, -1, 1e308, 0.5]),
    st.booleans(),
)
ANYTHING = st.recursive(
    st.none() | NUMBERS | st.text(max_size=6) | st.sampled_from(["\ud800.png", "a\0b", "grey"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
SAMPLES = st.lists(st.sampled_from([0, 1, -1, 2**64, 10**30, 9999]), min_size=2, max_size=2)
MARKS = st.fixed_dictionaries(
    {},
    optional={
        "at": st.lists(NUMBERS, max_size=3) | ANYTHING,
        "path": ANYTHING,
        "polygon": st.lists(st.lists(NUMBERS, min_size=2, max_size=2), max_size=4),
        "mask": ANYTHING,
        "radius": NUMBERS,
        "color": st.sampled_from(["#a03020", "grey"]) | ANYTHING,
        "sample": SAMPLES | ANYTHING,
    },
)
NAMED = st.sampled_from(["strength", "palette", "reference", "sample", "views", "seed", "options"])
DOCUMENTS = st.one_of(
    ANYTHING,
    st.builds(
        lambda marks, same, own, picture: document(
            *marks, same=same, settings=own, picture=picture
        ),
        st.lists(MARKS, max_size=2),
        st.lists(ANYTHING, max_size=1),
        st.dictionaries(NAMED, SAMPLES | NUMBERS | ANYTHING, max_size=2),
        ANYTHING | st.lists(st.integers(), min_size=2, max_size=2),
    ),
)


@pytest.fixture(scope="module")
def known(ready: TestClient) -> list[tuple[str, str, list[str]]]:
    """The operations, asked for once: what is drawn must not hang on what the server was asked."""
    return operations(ready)


def operations(client: TestClient) -> list[tuple[str, str, list[str]]]:
    """Every operation's method, path and query, those of the page too."""
    paths = client.get("/openapi.json").json()["paths"]
    found = [
        (method, path, [one["name"] for one in told.get("parameters", []) if one["in"] == "query"])
        for path, methods in paths.items()
        for method, told in methods.items()
    ]
    return sorted(found) + PAGES_OWN


@settings(
    max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_whatever_is_asked_is_answered_or_refused_in_a_sentence(
    ready: TestClient, known: list[tuple[str, str, list[str]]], data: st.DataObject
) -> None:
    method, path, names = data.draw(st.sampled_from(known))
    number = data.draw(st.sampled_from(["0", "0", "0", "none", ".."]))
    if method == "delete":
        number = "none"  # the pictures stay for the others
    filled = path.replace("{number}", number)
    for name in ("seed", "which"):
        filled = filled.replace(f"{{{name}}}", quote(data.draw(ODD), safe="") or "0")
    query = data.draw(st.dictionaries(st.sampled_from(names), ODD, max_size=3)) if names else {}
    query.pop("token", None)
    body = json.dumps(data.draw(DOCUMENTS)) if method in ("post", "put") else None
    headers = {"Content-Type": "application/json"}
    answer = ready.request(method, filled, params=query, content=body, headers=headers)
    assert answer.status_code < 500, (method, filled, query, body)
    if answer.status_code >= 400:
        assert answer.json()["error"]


@pytest.mark.parametrize("token", ["", "wrong"])
def test_no_operation_answers_without_the_token(ready: TestClient, token: str) -> None:
    stranger = TestClient(ready.app, "http://127.0.0.1", headers={"X-Token": token})
    for method, path, _ in operations(ready):
        filled = path.format(number="0", seed="0", which="1")
        expected = 200 if path == "/api/health" else 403
        if method in ("post", "put"):
            answer = stranger.request(method, filled + "?name=x&revision=0", json=document())
        else:
            answer = stranger.request(method, filled + "?x=0&y=0&name=x")
        assert answer.status_code == expected, (method, path, answer.text)


@pytest.mark.parametrize(
    "asked",
    [
        "suggest?x=nan&y=0.5",
        "suggest?x=1e400&y=0.5",
        "suggest?x=0.5&y=-1",
        f"samples/{2**64}/1",
        "samples/3/9999",
        "lightness?left=nan",
    ],
)
def test_numbers_out_of_bounds_are_refused(ready: TestClient, asked: str) -> None:
    answer = ready.get(f"/api/pictures/0/{asked}")
    assert answer.status_code in (400, 422) and answer.json()["error"]


@pytest.mark.parametrize("sample", [[3, 9999], [10**30, 1], [2**64, 1], [-1, 1], [0, 0]])
def test_samples_out_of_bounds_are_refused_in_hints(ready: TestClient, sample: list[int]) -> None:
    region = {"polygon": [[0, 0], [1, 0], [1, 1]], "sample": sample}
    for told in (document(region), document(settings={"sample": sample})):
        answer = ready.post("/api/pictures/0/planes", json=told)
        assert answer.status_code == 400 and "from 1 to 64" in answer.json()["error"]


def test_other_pages_and_hosts_may_not_ask(ready: TestClient) -> None:
    def asked(**headers: str) -> int:
        return ready.get("/api/pictures", headers=headers).status_code

    assert asked(Origin="http://127.0.0.1") == 200
    for origin in ("https://evil.example", "null", "http://127.0.0.1:99", "http://[", ""):
        assert asked(Origin=origin) == 403
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8714", ""):
        assert asked(Host=host) == 400, host  # a name that somebody else points at this machine
    assert asked(Host="evil.example", Origin="http://evil.example") == 400


def test_the_token_goes_in_any_of_three_places(ready: TestClient) -> None:
    program = TestClient(ready.app, "http://127.0.0.1")
    for headers in ({"X-Token": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}):
        assert program.get("/api/limits", headers=headers).json()["samples_of_a_seed"] == 64
    assert program.get(f"/api/limits?token={TOKEN}").status_code == 200
    assert program.get("/api/health").json()["status"] == "ok"


def test_hints_that_are_too_large_are_refused_before_they_are_read(ready: TestClient) -> None:
    answer = ready.post("/api/pictures/0/planes", content=b" " * (LARGEST_DOCUMENT + 1))
    assert answer.status_code == 413 and "larger than 8 MB" in answer.json()["error"]


def test_links_out_of_a_folder_are_not_followed(
    studio: Studio, photo: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.png").write_bytes(photo.read_bytes())
    (photo.parent / "out.png").symlink_to(elsewhere / "secret.png")
    (photo.parent / "inside.png").symlink_to(photo)
    (photo.parent / "photo.png.hints").symlink_to(elsewhere, target_is_directory=True)
    assert studio.store.open(photo.parent) == ["0", "0"]  # the picture, and its link
    client = asking(studio)
    wait(client)
    for told in (
        document({"mask": "out.png", "color": "grey"}),
        document(settings={"reference": "photo.png.hints/secret.png"}),
    ):
        answer = client.post("/api/pictures/0/planes", json=told)
        assert answer.status_code == 400 and "leads out of" in answer.json()["error"]
    kept = client.post("/api/pictures/0/references?name=x.png", content=photo.read_bytes())
    assert kept.status_code == 400 and "leads out of" in kept.json()["error"]
    assert [one.name for one in elsewhere.iterdir()] == ["secret.png"]


def test_who_comes_when_many_wait_is_told_to_come_again() -> None:
    async def ask_all() -> list[str]:
        queue, told, go = Queue(at_once=1, waiting=1), [], asyncio.Event()

        async def one(name: str) -> None:
            try:
                async with queue.place():
                    told.append(f"{name} works")
                    await go.wait()
            except Exception as error:
                told.append(f"{name}: {getattr(error, 'status_code', error)}")

        tasks = [asyncio.create_task(one(name)) for name in "abc"]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert told == ["a works", "c: 429"]
        go.set()
        await asyncio.gather(*tasks)
        await one("d")
        return told

    assert asyncio.run(ask_all()) == ["a works", "c: 429", "b works", "d works"]


def test_exports_at_once_are_queued(ready: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(app: Any) -> list[int]:
        transport = httpx.ASGITransport(app)
        headers = {"X-Token": TOKEN}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=headers
        ) as client:
            sent = [client.post("/api/pictures/0/export", json=document(RED)) for _ in range(20)]
            return sorted(answer.status_code for answer in await asyncio.gather(*sent))

    assert asyncio.run(ask(ready.app)) == [200] * 8 + [429] * 12


def test_the_token_stays_the_same_and_nobody_else_reads_it(studio: Studio) -> None:
    first = studio.store.token()
    assert len(first) >= 20 and studio.store.token() == first
    path = studio.store.data_dir / "token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)  # others may have read it
    assert studio.store.token() != first


def test_the_app_needs_no_studio_of_its_own(studio: Studio) -> None:
    one, other = create_app(studio, "a"), create_app(studio, "b")
    assert TestClient(one, "http://127.0.0.1").get("/api/limits?token=a").status_code == 200
    assert TestClient(other, "http://127.0.0.1").get("/api/limits?token=a").status_code == 403
