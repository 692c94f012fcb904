"""A folder's pictures in colour beside it; stills of a film that go back as its references."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chromafield.data.synthetic import scene
from chromafield.film.references import name_of, numbered
from chromafield.web.studio import Studio

from .ask import RED, asking, document, wait


@pytest.fixture
def stills(studio: Studio, tmp_path: Path) -> Path:
    """An open folder as `film stills` writes it."""
    folder = tmp_path / "stills"
    folder.mkdir()
    for number in (12, 120):
        grey = Image.fromarray(scene(np.random.default_rng(number), 60, 80)).convert("L")
        grey.save(folder / name_of(number))
    studio.store.open(folder)
    return folder


def test_stills_are_saved_as_the_references_that_a_film_takes(studio: Studio, stills: Path) -> None:
    client = asking(studio)
    for number in "01":
        wait(client, number)
        answer = client.post(f"/api/pictures/{number}/save", json=document(RED))
        assert Path(answer.json()["saved"]).parent == stills / "coloured"
    found = numbered(stills / "coloured")
    assert sorted(found) == [12, 120]
    exported = client.post("/api/pictures/0/export", json=document(RED)).content
    assert found[12].read_bytes() == exported
    with Image.open(io.BytesIO(exported)) as still:
        assert np.ptp(np.asarray(still.convert("RGB")).astype(int), axis=2).max() > 20
    assert studio.store.open(stills) == ["0", "1"]  # the results are no new stills


def test_what_was_saved_is_known_until_it_is_changed(studio: Studio, stills: Path) -> None:
    client = asking(studio)
    assert wait(client)["exported"] is False
    client.post("/api/pictures/0/save", json=document())
    again = Studio(studio.settings, "cpu", studio.store.data_dir)  # after a restart
    again.store.open(stills)
    assert [one["exported"] for one in asking(again).get("/api/pictures").json()] == [True, False]
    client.put("/api/pictures/0/hints?revision=0", json=document(RED))
    later = (stills / "coloured" / name_of(12)).stat().st_mtime + 5
    os.utime(stills / f"{name_of(12)}.hints.json", (later, later))
    assert client.get("/api/pictures/0").json()["exported"] is False


def test_what_has_no_folder_or_one_elsewhere_is_not_saved(
    studio: Studio, stills: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    client = asking(studio)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (stills / "coloured").symlink_to(elsewhere, target_is_directory=True)
    wait(client)
    answer = client.post("/api/pictures/0/save", json=document())
    assert answer.status_code == 400 and "leads out of" in answer.json()["error"]
    assert not list(elsewhere.iterdir())
    data = (stills / name_of(12)).read_bytes()
    number = client.post("/api/pictures?name=x.png", content=data).json()["id"]
    wait(client, number)
    answer = client.post(f"/api/pictures/{number}/save", json=document())
    assert answer.status_code == 400 and "Export it instead" in answer.json()["error"]
