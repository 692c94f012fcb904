from __future__ import annotations

import types

import pytest

from chromafield.cli import _bars
from chromafield.cli._bars import Lines, counted
from chromafield.cli._film import frames_bar


def test_a_log_has_a_line_every_so_often_and_no_bars(capsys):
    now = [0.0]
    with Lines(400, "frame", "looking through", lambda: now[0]) as lines:
        for _ in range(400):
            now[0] += 0.25
            lines.update()
    assert capsys.readouterr().err.splitlines() == [
        "looking through: 121 of 400 frames",
        "looking through: 242 of 400 frames",
        "looking through: 363 of 400 frames",
    ]


def test_a_share_is_told_with_what_stands_behind_it():
    lines = Lines(1.0, "")
    lines.update(0.3)
    lines.set_postfix_str("step 9, loss 2.100", refresh=False)
    assert lines.line() == "30 % (step 9, loss 2.100)"
    assert Lines(None, "frame").line() == "0 frames"


def test_a_film_of_a_moment_writes_nothing_into_a_log(capfd):
    with frames_bar() as progress:
        for doing in ("looking through", "colouring"):
            for done in range(1, 6):
                progress(doing, done, 5)
    assert capfd.readouterr() == ("", "")


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        _bars, "sys", types.SimpleNamespace(stderr=types.SimpleNamespace(isatty=lambda: True))
    )
    with counted(3, "picture") as bar:
        bar.update()
        assert (type(bar).__name__, bar.n, bar.total) == ("tqdm", 1, 3)
