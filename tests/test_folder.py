"""One file in a folder is one name, found without importing it."""

import importlib
import sys

import pytest

from chromafield import _folder
from chromafield.errors import UnknownName

BREAKS = 'raise RuntimeError("this file may be listed, not imported")\n'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package `shelf` with two public files, one of which cannot be imported."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "_shared.py").write_text(BREAKS)
    (folder / "plain.py").write_text('"""plain: does little."""\nVALUE = 7\n')
    (folder / "two_words.py").write_text(f'"""two-words: breaks; often.\n\nMore.\n"""\n{BREAKS}')
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("shelf")
    for name in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        del sys.modules[name]


def test_names_are_the_public_files_in_order_and_import_nothing(package):
    assert _folder.names(package) == ["plain", "two-words"]
    assert "shelf.two_words" not in sys.modules


def test_a_file_dropped_in_is_a_name_at_once(package, tmp_path):
    (tmp_path / "shelf" / "brand_new.py").write_text('"""brand-new: just added."""\n')
    assert _folder.names(package) == ["brand-new", "plain", "two-words"]
    assert _folder.summary(package, "brand-new") == "just added."


def test_load_imports_that_one_file(package):
    assert _folder.load(package, "plain", "book").VALUE == 7
    assert "shelf.two_words" not in sys.modules
    with pytest.raises(RuntimeError, match="not imported"):
        _folder.load(package, "two-words", "book")


@pytest.mark.parametrize("name", ["novel", "_shared", "two_words", "", "plain.deeper", "../plain"])
def test_an_unknown_name_is_answered_with_the_known_ones(package, name):
    with pytest.raises(UnknownName) as caught:
        _folder.load(package, name, "book")
    assert str(caught.value) == f"No book named {name!r}. There are: plain, two-words."


def test_the_summary_is_the_first_line_after_the_name_and_imports_nothing(package):
    assert _folder.summary(package, "two-words") == "breaks; often."
    assert "shelf.two_words" not in sys.modules
