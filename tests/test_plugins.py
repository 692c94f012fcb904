"""One file in a folder is one name, found without importing it."""

import importlib
import sys

import pytest

from chromafield import plugins
from chromafield.errors import BadValue, UnknownName

BREAKS = 'raise RuntimeError("this file may be listed, not imported")\n'


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """The package `shelf` with two public files, one of which cannot be imported."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "_shared.py").write_text(BREAKS)
    (folder / "plain.py").write_text('"""plain: does little."""\nVALUE = 7\n')
    (folder / "two_words.py").write_text(f'"""two-words: breaks; often.\n\nMore.\n"""\n{BREAKS}')
    monkeypatch.syspath_prepend(tmp_path)
    yield plugins.Folder(importlib.import_module("shelf"), "book")
    for name in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        del sys.modules[name]


def test_names_are_the_public_files_in_order_and_import_nothing(shelf):
    assert shelf.names() == ["plain", "two-words"]
    assert "shelf.two_words" not in sys.modules


def test_a_file_dropped_in_is_a_name_at_once(shelf, tmp_path):
    (tmp_path / "shelf" / "brand_new.py").write_text('"""brand-new: just added."""\n')
    assert shelf.names() == ["brand-new", "plain", "two-words"]
    assert shelf.summary("brand-new") == "just added."


def test_load_imports_that_one_file(shelf):
    assert shelf.load("plain").VALUE == 7
    assert "shelf.two_words" not in sys.modules
    with pytest.raises(RuntimeError, match="not imported"):
        shelf.load("two-words")


@pytest.mark.parametrize("name", ["novel", "_shared", "two_words", "", "plain.deeper", "../plain"])
def test_an_unknown_name_is_answered_with_the_known_ones(shelf, name):
    with pytest.raises(UnknownName) as caught:
        shelf.load(name)
    assert str(caught.value) == f"No book named {name!r}. There are: plain, two-words."


def test_the_summary_is_the_first_line_after_the_name_and_imports_nothing(shelf):
    assert shelf.summary("two-words") == "breaks; often."
    assert "shelf.two_words" not in sys.modules


OPTIONS = """
from __future__ import annotations
from dataclasses import dataclass

@dataclass(frozen=True)
class Config:
    width: int = 8
    heat: float = 0.5
    grid: int | str = "network"
    sides: tuple[int, int] = (1, 2)
    all: tuple[float, ...] = ()
    loud: bool = False

build = lambda config: config
"""


def test_options_take_values_of_their_own_kind(shelf, tmp_path):
    (tmp_path / "shelf" / "configured.py").write_text(OPTIONS)
    given = {"heat": 1, "grid": 64, "sides": [3, 4], "all": [1, 2.5], "loud": True}
    made = shelf.build("configured", given)
    assert (made.heat, made.grid, made.sides) == (1.0, 64, (3, 4))
    assert made.all == (1.0, 2.5) and made.loud is True and type(made.heat) is float
    for option, value in (
        ("width", 1.5),
        ("width", True),
        ("heat", "hot"),
        ("grid", 0.5),
        ("sides", [1]),
        ("sides", ["a", "b"]),
        ("loud", 1),
    ):
        with pytest.raises(BadValue, match=f"The option {option} of configured is .* usual value"):
            shelf.build("configured", {option: value})
    with pytest.raises(BadValue, match="configured has no option 'size'"):
        shelf.build("configured", {"size": 1})


INHERITED = """
from __future__ import annotations
from dataclasses import dataclass

from .configured import Config as Plain

@dataclass(frozen=True)
class Config(Plain):
    deep: int = 3  # what is new
"""


def test_options_are_explained_with_those_that_are_inherited_or_another_file_s(shelf, tmp_path):
    folder = tmp_path / "shelf"
    (folder / "configured.py").write_text(OPTIONS)
    (folder / "inherits.py").write_text(INHERITED + BREAKS)
    (folder / "borrows.py").write_text(f"from .inherits import Config\n{BREAKS}")
    own = ["width", "heat", "grid", "sides", "all", "loud"]
    for name in ("inherits", "borrows"):
        told = shelf.explain(name)
        assert [one.name for one in told] == [*own, "deep"]
        assert told[-1] == plugins.Option("deep", "3", "what is new")
