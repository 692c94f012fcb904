"""A setting stands once: what is derived from it follows, at every place where it may be given."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from chromafield.cli.main import main
from chromafield.colorizer.colorizer import Colorizer
from chromafield.colorizer.loading import load_colorizer
from chromafield.errors import BadValue
from chromafield.hints.file import parse_hints
from chromafield.options import changed
from chromafield.settings import Counts, Scope, Settings, about, check_value, names, schema

# A value that is not the default, for each setting.
OTHER: dict[str, Any] = {
    "model": "paper-cnn",
    "field": "potts",
    "size": 64,
    "strength": 0.5,
    "vividness": 0.5,
    "seed": 7,
    "views": 1,
    "palette": "#a03020",
    "palette_strength": 0.25,
    "reference": "colour.png",
    "reference_strength": 0.75,
    "hints": "own.json",
    "colors_from": "colour.png",
    "options": (("weight", 2.0),),
    "clean": "output",
    "whole": True,
    "force": True,
}


def test_there_is_another_value_for_every_setting() -> None:
    assert OTHER.keys() == about.keys()
    assert not changed(Settings())
    assert changed(Settings(**OTHER)) == OTHER


@pytest.mark.parametrize("name", names(Scope.PHOTO))
def test_the_command_line_gives_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []

    def stop(options: dict[str, Any], *_: Any) -> None:
        from chromafield.cli._options import settings_of

        seen.append(settings_of(Scope.PHOTO, options))
        raise BadValue("Seen.")

    monkeypatch.setattr("chromafield.cli._colorizing.photo_settings", stop)
    flag = "--option" if name == "options" else f"--{name.replace('_', '-')}"
    value = {"options": ["weight=2.0"], "force": [], "whole": []}.get(name, [str(OTHER[name])])
    CliRunner().invoke(main, ["colorize", "a.png", flag, *value])
    assert seen == [Settings(**{name: OTHER[name]})]


@pytest.mark.parametrize("name", names(Scope.HINTS))
def test_a_hint_file_gives_it(name: str) -> None:
    value = dict(OTHER[name]) if name == "options" else OTHER[name]
    told = {"chromafield": "hints", "version": 1, "settings": {name: value}}
    hints = parse_hints(json.loads(json.dumps(told)), "own", Path())
    assert Settings(**hints.resolved_settings()) == Settings(**{name: OTHER[name]})


@pytest.fixture(scope="module")
def loaded(tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Colorizer:
    folder = tmp_path_factory.mktemp("settings")
    colours = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(colours).resize((160, 160)).save(folder / "colour.png")
    told = {"chromafield": "hints", "version": 1}
    told["marks"] = [{"at": [0.5, 0.5], "radius": 0.1, "color": "#a03020"}]
    (folder / "own.json").write_text(json.dumps(told))
    files = {"reference": "colour.png", "hints": "own.json", "colors_from": "colour.png"}
    named = {name: str(folder / file) for name, file in files.items()}
    plain = load_colorizer(Settings(model=str(tiny_weights)), "cpu")
    return replace(plain, settings=replace(plain.settings, **named))


@pytest.mark.parametrize("name", [n for n, one in about.items() if one.counts is not Counts.NOT])
def test_each_that_counts_changes_the_fingerprint(name: str, loaded: Colorizer) -> None:
    plain = replace(loaded.settings, reference=None, hints=None, colors_from=None)
    before = load_colorizer(plain, "cpu", loaded.trained).fingerprint()
    files = ("reference", "hints", "colors_from")
    value = getattr(loaded.settings, name) if name in files else OTHER[name]
    more = {"field": "potts"} if name == "options" else {}
    now = load_colorizer(replace(plain, **({name: value} | more)), "cpu", loaded.trained)
    key = f"{name}_sha256" if about[name].counts is Counts.CONTENT else name
    differing = {k for k in before if before[k] != now.fingerprint()[k]}
    assert before.keys() == now.fingerprint().keys() and differing - set(more) == {key}


@pytest.mark.parametrize("name", [n for n, one in about.items() if math.isfinite(one.low)])
def test_its_ends_are_allowed_and_beyond_them_is_a_sentence(name: str) -> None:
    one = about[name]
    for end in (one.low, one.high):
        check_value(name, end)
    for value in (one.low - 1, one.high + 1):
        with pytest.raises(BadValue) as refused:
            Settings(**{name: value})
        assert str(refused.value) == f"{one.named} is {value}; {one.ends}"


def test_the_schema_has_kinds_ranges_and_defaults() -> None:
    found = schema(Scope.SHOT)["properties"]
    assert list(found) == [
        "vividness",
        "palette",
        "palette_strength",
        "reference",
        "reference_strength",
    ]
    assert found["palette_strength"] == {
        "description": "Of the palette: 0 none, 1 full.",
        "type": "number",
        "default": 0.3,
        "minimum": 0,
        "maximum": 1,
    }
