"""Drafts of a series: which photograph a hint file belongs to, what is written and what is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image
from skimage import data

from chromafield.batch.series import draft, read_series
from chromafield.cli.main import main
from chromafield.colorizer.colorizer import Colorizer
from chromafield.colorizer.loading import load_colorizer
from chromafield.errors import BadValue, DataError
from chromafield.hints.document import Hints, disc
from chromafield.hints.file import DRAFT, SUFFIX, read_hints, write_hints
from chromafield.jobs.jobs import Job
from chromafield.settings import Settings

SUIT = disc(0.20, 0.88, 0.01, "#d06020")


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return load_colorizer(Settings())


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Two pictures of one astronaut, the first with hints, a cup of coffee, and a broken file."""
    folder = tmp_path / "album"
    folder.mkdir()
    grey = Image.fromarray(data.astronaut()).convert("L").resize((256, 256))
    grey.save(folder / "a.png")
    grey.crop((0, 20, 220, 256)).save(folder / "b.png")
    Image.fromarray(data.coffee()).convert("L").resize((200, 133)).save(folder / "c.png")
    (folder / "d.png").write_bytes(b"broken")
    write_hints(folder / f"a.png{SUFFIX}", Hints((SUIT,)))
    return folder


def jobs(album: Path) -> list[Job]:
    return [Job(path, album.parent / path.name) for path in sorted(album.glob("*.png"))]


def test_each_photograph_gets_its_hints(album: Path, colorizer: Colorizer) -> None:
    given = album / f"a.png{SUFFIX}"
    (album / f"c.png{DRAFT}").write_text("of an earlier run")
    (a, _), (b, count), (c, none), (d, _) = draft(jobs(album), read_series([given], colorizer))
    assert a.hints == given
    assert b.hints == album / f"b.png{DRAFT}" and count > 0
    assert len(read_hints(b.hints).marks) == count
    assert c.hints is None and none == 0 and not (album / f"c.png{DRAFT}").exists()
    assert d.hints is None


def test_own_hints_go_before_what_is_carried(album: Path, colorizer: Colorizer) -> None:
    own = album / f"b.png{SUFFIX}"
    write_hints(own, Hints((disc(0.5, 0.5, 0.01, "#204080"),)))
    _, (b, count), *_ = draft(jobs(album), read_series([album / f"a.png{SUFFIX}"], colorizer))
    assert b.hints == own and count == 0 and not (album / f"b.png{DRAFT}").exists()


def test_the_photograph_of_a_hint_file(album: Path, colorizer: Colorizer) -> None:
    short = album / f"a{SUFFIX}"
    shutil.copy(album / f"a.png{SUFFIX}", short)
    assert read_series([short], colorizer).hints == {(album / "a.png").resolve(): short}
    Image.open(album / "a.png").save(album / "a.jpg")
    with pytest.raises(DataError, match="2 photographs named a lie beside"):
        read_series([short], colorizer)
    write_hints(album / f"gone{SUFFIX}", Hints((SUIT,)))
    with pytest.raises(DataError, match="no photograph named gone lies beside"):
        read_series([album / f"gone{SUFFIX}"], colorizer)
    with pytest.raises(BadValue, match="no hint file's name"):
        read_series([album / "a.png"], colorizer)


def test_a_folder_as_a_series(album: Path) -> None:
    (album / "d.png").unlink()
    out, given = album.parent / "out", album / f"a.png{SUFFIX}"
    line = ["colorize", str(album), "-o", str(out), "--series", str(given)]
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 0, done.output
    assert "carried to 1 of 3 photographs" in done.output
    suit = Image.open(out / "b.png").convert("RGB").resize((55, 59)).getpixel((10, 52))
    assert isinstance(suit, tuple) and suit[0] > suit[2] + 30, "orange"
    again = CliRunner().invoke(main, [*line, "--resume"])
    assert "0 coloured, 3 done before" in again.output
    for other, words in (
        (["--watch"], "photographs that are there"),
        (["--hints", str(given)], "leave one out"),
    ):
        refused = CliRunner().invoke(main, [*line, *other])
        assert refused.exit_code == 2 and words in refused.output
    (album.parent / "list.txt").write_text("memory://a.png\n")
    far = ["colorize", "--from-list", str(album.parent / "list.txt"), "-o", str(out)]
    refused = CliRunner().invoke(main, [*far, "--series", str(given)])
    assert refused.exit_code == 2 and "not at addresses" in refused.output
