"""Stills by shot: named by their frames, with the levels that the film has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from chromafield.cli.main import main
from chromafield.errors import OutputError
from chromafield.film.references import numbered
from chromafield.film.stills import write_stills

from .clips import encoded, panned, write_film


def test_one_still_a_shot_with_the_films_own_levels(tmp_path: Path) -> None:
    film, folder = tmp_path / "film.mkv", tmp_path / "new" / "stills"
    write_film(film, (9, 8, 7), sound=False)
    done = CliRunner().invoke(main, ["film", "stills", str(film), "-o", str(folder)])
    assert done.exit_code == 0, done.output
    assert sorted(numbered(folder)) == [4, 12, 20]
    assert done.output.split() == [str(folder / f"ref_{n:06d}.png") for n in (4, 12, 20)]
    with pytest.raises(OutputError, match=r"ref_000004.png already"):
        write_stills(film, folder)


def test_a_still_is_the_frame_of_its_number(tmp_path: Path) -> None:
    levels = panned(7, 48, 64)
    encoded(tmp_path / "film.mkv", levels, "ffv1", "gray")
    (path,) = write_stills(tmp_path / "film.mkv", tmp_path / "stills")
    assert path.name == "ref_000003.png"
    assert np.abs(np.asarray(Image.open(path)).astype(int)[..., 0] - levels[3]).max() <= 1


def test_a_still_of_a_fade_is_taken_where_its_light_is(tmp_path: Path) -> None:
    share = [1.0] * 8 + [0.8, 0.6, 0.45, 0.3, 0.2, 0.12, 0.08, 0.04]
    levels = [(s * p).astype(np.uint8) for s, p in zip(share, panned(16), strict=True)]
    encoded(tmp_path / "film.mkv", levels, "ffv1", "gray")
    path = write_stills(tmp_path / "film.mkv", tmp_path / "stills")[0]
    assert path.name == "ref_000007.png"
