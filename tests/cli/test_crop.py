"""`chromafield crop`: the photographs of a page as files."""

from __future__ import annotations

import numpy as np
from click.testing import CliRunner
from skimage import data

from chromafield.cli.main import main
from chromafield.image import Picture, read_picture, write_picture


def test_the_photographs_of_a_page_become_files(tmp_path):
    pixels = np.full((300, 420), 60 * 257, np.uint16)
    photos = [data.camera()[::3, ::3][:160, :160].astype(np.uint16) * 257 for _ in range(2)]
    pixels = np.repeat(pixels[..., None], 3, axis=2)
    photos = [np.repeat(one[..., None], 3, axis=2) for one in photos]
    pixels[60:220, 30:190], pixels[60:220, 230:390] = photos[0], photos[1][:, ::-1]
    source = tmp_path / "page.tif"
    write_picture(source, pixels, Picture(pixels, depth=16))
    done = CliRunner().invoke(main, ["crop", str(source), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    names = [tmp_path / "out" / f"page-photo-{k}.tif" for k in (1, 2)]
    assert done.output.split() == list(map(str, names))
    left = read_picture(names[0])
    assert left.depth == 16 and max(np.abs(np.array(left.size) - 160)) <= 6
    where = np.argwhere(pixels == left.pixels[0, 0])  # it is cut from the page, not resampled
    assert any(
        np.array_equal(pixels[y : y + left.size[0], x : x + left.size[1]], left.pixels)
        for y, x, *_ in where
    )
    again = CliRunner().invoke(main, ["crop", str(source), "-o", str(tmp_path / "out")])
    assert again.exit_code == 1 and "is there already" in again.output


def test_a_picture_without_photographs_to_cut_out_is_named(tmp_path):
    source = tmp_path / "plain.png"
    pixels = np.repeat(data.camera()[..., None], 3, axis=2)
    write_picture(source, pixels, Picture(pixels))
    done = CliRunner().invoke(main, ["crop", str(source)])
    assert done.exit_code == 1 and "No photograph can be told" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plain.png"]
