"""`chromafield immich` against a stub of the documented API."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from chromafield.cli.main import main
from chromafield.data.synthetic import scene
from chromafield.immich import connection

KEY = "a-key-of-the-stub"


def as_file(pixels: np.ndarray, format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format)
    return file.getvalue()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(connection.time, "sleep", lambda seconds: None)


@pytest.fixture
def go(immich, tiny_weights):
    def run(*words: str, key: str = KEY, address: str | None = None) -> Result:
        places = {"IMMICH_INSTANCE_URL": address or immich.address, "IMMICH_API_KEY": key}
        small = ["--model", str(tiny_weights), "--size", "64", "--views", "1"]
        return CliRunner(env=places).invoke(main, ["immich", *small, *words])

    return run


@pytest.fixture
def old(immich, grey_picture) -> list[str]:
    """Two old photographs among two in colour."""
    for number in (1, 2):
        colors = np.rint(255 * scene(np.random.default_rng(number), 90, 120)).astype(np.uint8)
        colors[:45, :60, 0] = 255 - colors[:45, :60, 0]
        immich.add(f"holiday{number}.jpg", as_file(colors, "JPEG"))
    one = immich.add("anna.png", as_file(grey_picture))
    return [one, immich.add("otto 1.jpg", as_file(grey_picture[:, ::-1], "JPEG"))]


def test_each_old_photograph_is_stacked_with_its_result_and_none_is_replaced(immich, go, old):
    before = dict(immich.files)
    done = go()
    assert done.exit_code == 0, done.output
    assert "anna.png: coloured" in done.stdout and "holiday" not in done.stdout
    assert "4 of 4 pictures: 2 coloured, 2 in colour." in done.stderr
    assert {key: immich.files[key] for key in before} == before
    (first,), (second,) = immich.named("anna-color.png"), immich.named("otto 1-color.jpg")
    assert immich.stacks == [[old[0], first], [old[1], second]]
    result = np.asarray(Image.open(io.BytesIO(immich.files[first])))
    source = np.asarray(Image.open(io.BytesIO(immich.files[old[0]])))
    assert result.shape == (*source.shape, 3)
    grey = result @ np.array([0.2126, 0.7152, 0.0722])
    assert np.abs(grey - source).mean() < 12  # it is that photograph
    assert immich.assets[first]["fileCreatedAt"] == immich.assets[old[0]]["fileCreatedAt"]


def test_a_second_run_changes_nothing_and_downloads_no_scan(immich, go, old):
    assert go().exit_code == 0
    immich.asked.clear()
    again = go()
    assert again.exit_code == 0 and again.stdout == ""
    assert "2 results, 2 done before" in again.stderr or "2 done before, 2 results" in again.stderr
    assert immich.wrote() == [] and not [one for one in immich.asked if "original" in one]


def test_a_dry_run_names_them_with_a_key_that_may_only_look(immich, go, old):
    immich.permissions = ["asset.read", "asset.view", "stack.read"]
    done = go("--dry-run")
    assert done.exit_code == 0, done.output
    assert done.stdout == "anna.png: to be coloured\notto 1.jpg: to be coloured\n"
    assert immich.wrote() == [] and len(immich.assets) == 4


def test_an_album_and_a_person_narrow_the_search(immich, go, old):
    immich.albums = {"Grandparents": old, "Empty": []}
    immich.persons = {"Anna": old[:1], "Joanna": old[1:]}
    done = go("--album", "Grandparents", "--person", "Anna", "--dry-run")
    assert done.stdout == "anna.png: to be coloured\n"
    assert "1 of 1 pictures" in done.stderr
    assert "0 of 0 pictures: none." in go("--album", "Empty").stderr
    missing = go("--album", "Uncles")
    assert missing.exit_code == 1
    assert "No album named 'Uncles'. There are: Grandparents, Empty." in missing.stderr


def test_a_stack_that_is_there_keeps_its_first_and_gets_the_result(immich, go, old):
    immich.stacks = [[old[1], old[0]]]
    assert go().exit_code == 0
    (stack,) = immich.stacks
    assert stack[0] == old[1] and len(stack) == 4


def test_the_result_may_be_what_the_timeline_shows(immich, go, old):
    assert go("--show-color").exit_code == 0
    assert immich.stacks[0] == [*immich.named("anna-color.png"), old[0]]
    assert go().exit_code == 0 and len(immich.assets) == 6


def test_a_server_that_goes_away_is_a_sentence_and_the_rest_is_done_later(
    immich, go, old, monkeypatch
):
    monkeypatch.setattr(connection, "TRIES", 1)
    immich.answers["POST /stacks"] = [503]
    cut = go()
    assert cut.exit_code == 1 and "answers POST /stacks with 503" in cut.stderr
    assert "the same command goes on from there" in cut.stderr
    assert immich.stacks == [] and len(immich.named("anna-color.png")) == 1
    done = go()
    assert done.exit_code == 0, done.output
    assert "anna.png: stacked with a result of an earlier run" in done.stdout
    assert len(immich.named("anna-color.png")) == 1 and len(immich.stacks) == 2
    immich.dies_at = "GET /stacks"
    gone = go()
    assert gone.exit_code == 1 and "cannot be reached" in gone.stderr
    assert "Traceback" not in gone.output


def test_a_busy_server_is_asked_again(immich, go, old):
    immich.answers = {"POST /search/metadata": [429, 500], "POST /assets": [503]}
    done = go()
    assert done.exit_code == 0 and "2 coloured" in done.stderr, done.output
    assert len(immich.assets) == 6


def test_one_photograph_that_fails_does_not_stop_the_rest(immich, go, old):
    immich.answers = {f"GET /assets/{old[0]}/original": [404]}
    done = go()
    assert done.exit_code == 1
    assert (
        f"Error: anna.png: the server refuses GET /assets/{old[0]}/original with 404 "
        "(as the test asked)." in done.stderr
    )
    assert "1 coloured" in done.stderr and immich.named("otto 1-color.jpg")
    immich.sent[old[0]] = immich.files[old[0]][:-9]
    cut = go()
    assert "anna.png: what the server sends is not the file that it names." in cut.stderr
    assert immich.named("anna-color.png") == []


def test_a_file_of_an_external_library_has_no_checksum_of_its_content(immich, go, old):
    immich.assets[old[0]] |= {"libraryId": "l", "checksum": "of the path"}
    assert go().exit_code == 0 and immich.named("anna-color.png")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key": "wrong"}, "does not know the API key"),
        ({"permissions": ["asset.read", "asset.view"]}, "The API key lacks stack.read, asset.down"),
        ({"major": 2}, "is Immich 2; this command was made for version 3"),
        ({"answers": {"GET /server/version": [404]}}, "does not answer as an Immich server does"),
        ({"answers": {"GET /server/version": [302]}}, "sends on to https://elsewhere.example."),
        ({"answers": {"GET /stacks": [403]}}, "does not allow GET /stacks to this API key"),
        ({"key": "two\nlines"}, "has signs that no key has"),
        ({"address": "photos.local"}, "is none of a server. Give one like http://"),
    ],
)
def test_every_refusal_is_a_sentence_and_nothing_is_written(immich, go, old, change, sentence):
    given = {name: change.pop(name) for name in ("key", "address") if name in change}
    for name, value in change.items():
        setattr(immich, name, value)
    done = go(**given)
    assert done.exit_code == 1 and "Error: " in done.stderr and "Traceback" not in done.output
    assert sentence in done.stderr and KEY not in done.output
    assert immich.wrote() == []


def test_a_server_that_is_not_there(go):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = go(address=f"http://127.0.0.1:{port}/api/")
    assert done.exit_code == 1 and "cannot be reached (Connection refused)" in done.stderr


def test_names_of_files_on_the_server_are_no_paths_here(immich, go, old, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    immich.assets[old[0]]["originalFileName"] = "../../etc/a\"n'na.png"
    assert go().exit_code == 0
    assert immich.named("a\"n'na-color.png")
    assert list(Path().iterdir()) == []
