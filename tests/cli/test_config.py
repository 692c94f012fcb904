"""Settings of one's own: the file, the variables, what goes before what, and what is refused."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chromafield.cli.main import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("CHROMAFIELD_CONFIG", str(path))
    return path


def colored(photo: Path, weights: Path, *more: object) -> dict[str, object]:
    done = run("colorize", photo, "--model", weights, "--json", "--overwrite", *more)
    assert done.exit_code == 0, done.output
    line: dict[str, object] = json.loads(done.stdout)
    return line


def test_the_line_goes_before_variables_before_tables_before_names(
    own: Path, photo: Path, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.write_text('size = 32\nviews = 1\nfield = "mode"\n')
    line = colored(photo, tiny_weights)
    assert (line["size"], line["views"], line["field"]) == (32, 1, "mode")
    own.write_text("size = 32\nviews = 1\n[colorize]\nsize = 64\n")
    assert colored(photo, tiny_weights)["size"] == 64
    monkeypatch.setenv("CHROMAFIELD_SIZE", "96")
    assert colored(photo, tiny_weights)["size"] == 96
    monkeypatch.setenv("CHROMAFIELD_COLORIZE_SIZE", "128")
    assert colored(photo, tiny_weights)["size"] == 128
    assert colored(photo, tiny_weights, "--size", 32)["size"] == 32


def test_a_hint_file_goes_before_ones_own_settings(
    own: Path, photo: Path, tiny_weights: Path, tmp_path: Path
) -> None:
    own.write_text("views = 1\nstrength = 0.5\n")
    hints = tmp_path / "a.hints.json"
    hints.write_text('{"chromafield": "hints", "version": 2, "settings": {"strength": 0.25}}')
    line = colored(photo, tiny_weights, "--hints", hints, "--size", 32)
    assert line["strength"] == 0.25


def test_flags_switches_and_a_fields_options_can_be_chosen(
    own: Path, photo: Path, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.write_text(
        'size = 32\nviews = 1\ntag = false\nfield = "annealed"\n[option]\ntemperature = 0.5\n'
    )
    line = colored(photo, tiny_weights)
    assert line["options"] == {"temperature": 0.5}
    assert line["extras"]["tag"] is False  # type: ignore[index]
    monkeypatch.setenv("CHROMAFIELD_TAG", "true")
    monkeypatch.setenv("CHROMAFIELD_OPTION", "temperature=0.25")
    line = colored(photo, tiny_weights)
    assert line["options"] == {"temperature": 0.25}
    assert line["extras"]["tag"] is True  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("siez = 3", "says 'siez', which no command that colours takes"),
        ("lr = 3", "says 'lr', which no command that colours takes"),
        ('size = "big"', "says size = 'big': 'big' is not a valid integer."),
        ("size = true", "says size = True, which --size does not take"),
        ("[film]\ncolour = 1", "says 'colour' for film, which has no such option"),
        ("film = 1", "says film = 1; write a table, [film]"),
        ("size = ", "is no TOML file"),
    ],
)
def test_what_nobody_takes_is_one_sentence(own: Path, text: str, sentence: str) -> None:
    own.write_text(text)
    for command in (("config",), ("colorize", "a.png")):
        done = run(*command)
        assert done.exit_code == 1 and sentence in done.stderr, done.output
        assert str(own) in done.stderr


def test_a_variable_of_the_wrong_kind_is_named(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMAFIELD_SIZE", "big")
    done = run("config")
    assert done.exit_code == 1
    assert "CHROMAFIELD_SIZE says size = 'big': 'big' is not a valid integer." in done.stderr


def test_what_is_shown_can_be_the_file(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("config").stdout == f"# {own} (not there yet)\n"
    own.write_text('[film]\ncodec = "h265"\n[option]\ngrid = 64\n')
    monkeypatch.setenv("CHROMAFIELD_PALETTE_STRENGTH", "0.5")
    monkeypatch.setenv("CHROMAFIELD_SOMETHING", "of others")
    shown = run("config").stdout
    assert f'codec = "h265"  # {own}' in shown
    assert 'palette-strength = "0.5"  # CHROMAFIELD_PALETTE_STRENGTH' in shown
    whole = run("config", "--all").stdout
    named = {name: own for name, own in tomllib.loads(whole).items() if own}
    assert named == tomllib.loads(shown)
    assert "\n# size = 160\n" in whole and "\n# palette\n" in whole
    own.write_text(shown)
    monkeypatch.delenv("CHROMAFIELD_PALETTE_STRENGTH")
    assert tomllib.loads(run("config").stdout) == tomllib.loads(shown)
