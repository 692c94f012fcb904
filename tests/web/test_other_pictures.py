"""Colours of other pictures: versions of the photograph by other programs, several references."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from chromafield.data.synthetic import scene
from chromafield.image import from_array
from chromafield.reference.reference import lab_of
from chromafield.web.studio import Studio

from .ask import asking, document, planes, wait


@pytest.fixture
def rgb() -> np.ndarray:
    return scene(np.random.default_rng(3), 90, 120)


@pytest.fixture
def scan(studio: Studio, tmp_path: Path, rgb: np.ndarray) -> TestClient:
    """A client with a picture open whose true colours are known."""
    Image.fromarray(rgb).convert("L").save(tmp_path / "scan.png")
    studio.store.open(tmp_path / "scan.png")
    client = asking(studio)
    wait(client)
    return client


def png(levels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG")
    return file.getvalue()


def keep(client: TestClient, name: str, data: bytes) -> str:
    answer = client.post(f"/api/pictures/0/references?name={name}", content=data)
    kept: str = answer.json()["reference"]
    return kept


def test_a_dropped_picture_is_a_version_a_reference_or_neither(
    scan: TestClient, studio: Studio, rgb: np.ndarray
) -> None:
    def use(data: bytes) -> dict[str, object]:
        answer = scan.post("/api/pictures/0/use?name=x.png", content=data)
        assert answer.status_code == 200, answer.text
        told: dict[str, object] = answer.json()
        return told

    version = use(png(rgb))
    assert version["colors"] and float(str(version["taken"])) > 0.8 and version["why"] == ""
    other = use(png(scene(np.random.default_rng(8), 90, 120)))
    assert other["colors"] and other["taken"] == 0 and "something else" in str(other["why"])
    assert use(png(np.full((40, 60), 90, np.uint8))) == {"colors": False, "taken": 0.0, "why": ""}
    broken = scan.post("/api/pictures/0/use?name=x.png", content=b"nothing")
    assert broken.status_code == 400 and "x.png" in broken.json()["error"]
    assert not studio.store["0"].named.exists()  # nothing is kept before somebody chose


def test_a_versions_colours_are_taken_and_where_is_told(scan: TestClient, rgb: np.ndarray) -> None:
    swapped = np.ascontiguousarray(rgb[..., ::-1])  # its luminance is near enough
    name = keep(scan, "service.png", png(swapped))
    told = {"chromafield": "hints", "version": 2, "marks": [{"colored": name}]}
    answer = scan.post("/api/pictures/0/trust", json=told)
    height, width = int(answer.headers["X-Height"]), int(answer.headers["X-Width"])
    assert len(answer.content) == height * width
    taken = np.frombuffer(answer.content, np.uint8).mean() / 255
    assert 0.3 < taken <= 1
    true = lab_of(from_array(swapped))[0, 1:].mean((1, 2)).numpy()
    before, after = (planes(scan, one)[:2].mean((1, 2)) for one in (document(), told))
    assert np.abs(after - true).max() < 4 < np.abs(before - true).max()
    saved = scan.put("/api/pictures/0/hints?revision=0", json=told)
    assert saved.status_code == 200
    none = scan.post("/api/pictures/0/trust", json=document())
    assert none.status_code == 400 and "name no coloured version" in none.json()["error"]


def test_references_are_joined_and_their_places_matched(
    scan: TestClient, studio: Studio, rgb: np.ndarray
) -> None:
    left, other = rgb[:, :60].copy(), scene(np.random.default_rng(8), 60, 100)
    names = [keep(scan, "other.png", png(other)), keep(scan, "left.png", png(left))]
    joined = scan.put("/api/pictures/0/references", json={"names": names}).json()["reference"]
    listed = scan.get("/api/pictures/0/references/names", params={"name": joined}).json()
    assert sorted(Path(name).name for name in listed) == sorted(Path(name).name for name in names)
    assert scan.get("/api/pictures/0/references", params={"name": listed[0]}).status_code == 200
    folder = scan.get("/api/pictures/0/references", params={"name": joined})
    assert folder.status_code == 400 and "is a folder" in folder.json()["error"]

    told = document(settings={"reference": joined})
    answer = scan.post("/api/pictures/0/matches", json=told)
    shape = (4, int(answer.headers["X-Height"]), int(answer.headers["X-Width"]))
    which, x, y, trust = np.frombuffer(answer.content, np.float32).reshape(shape)
    own = [Path(name).name for name in listed].index(Path(names[1]).name)
    assert set(np.unique(which)) <= {0, 1} and trust.min() >= 0 and trust.max() <= 1
    inside = which[1:-1, 1 : which.shape[1] // 2 - 1]
    assert (inside == own).mean() > 0.5
    assert x.min() >= 0 and x.max() <= 1 and y.min() >= 0 and y.max() <= 1
    one = document(settings={"reference": names[0]})
    assert not np.array_equal(planes(scan, told), planes(scan, one))
    assert scan.post("/api/pictures/0/export", json=told).status_code == 200


@pytest.mark.parametrize(
    ("names", "status", "sentence"),
    [
        ([], 422, "at least 1"),
        (["x.png"] * 9, 422, "at most 8"),
        (["../x.png"], 400, "no picture's name"),
        (["gone.png"], 400, "is not there any more"),
    ],
)
def test_what_cannot_be_joined_is_said(
    scan: TestClient, names: list[str], status: int, sentence: str
) -> None:
    answer = scan.put("/api/pictures/0/references", json={"names": names})
    assert answer.status_code == status and sentence in answer.json()["error"]


def test_a_folder_of_references_is_not_followed_out_of_its_own(
    scan: TestClient, studio: Studio, rgb: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "secret.png"
    elsewhere.write_bytes(png(rgb))
    folder = studio.store["0"].named / "refs"
    folder.mkdir(parents=True)
    (folder / "link.png").symlink_to(elsewhere)
    for name in ("reference", "palette"):
        told = document(settings={name: "scan.png.hints/refs"})
        answer = scan.post("/api/pictures/0/planes", json=told)
        assert answer.status_code == 400 and "leads out of" in answer.json()["error"]
