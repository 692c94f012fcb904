"""Histograms from pictures, folders and written palettes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from chromafield.color import rgb_to_lab
from chromafield.color.palette import gamut_cells
from chromafield.errors import BadValue, PictureError
from chromafield.reference import palette_source as palettes
from chromafield.reference.palette_source import read_histogram


def cell(rgb: tuple[int, int, int]) -> int:
    """The number of the cell that holds a colour, by distance."""
    lab = rgb_to_lab(torch.tensor(rgb).view(3, 1, 1).double() / 255)
    return int((gamut_cells() - lab[1:, 0, 0]).square().sum(1).argmin())


def save(path: Path, *colours: tuple[int, int, int]) -> Path:
    """A picture of columns of these colours."""
    Image.fromarray(np.array([colours] * 4, np.uint8)).save(path)
    return path


def test_a_pictures_shares_are_counts_of_its_pixels(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", (200, 30, 30), (200, 30, 30), (30, 60, 200), (128, 128, 128))
    share = read_histogram(str(path)).share
    assert share.sum().item() == pytest.approx(1)
    assert share[cell((200, 30, 30))].item() == pytest.approx(2 / 3)
    assert share[cell((30, 60, 200))].item() == pytest.approx(1 / 3)


# (130, 120, 120) has a chroma of 4, (150, 136, 136) of 6, (170, 150, 150) of 8.
def test_near_grey_counts_only_where_nothing_is_stronger(tmp_path: Path) -> None:
    faint = [(150, 136, 136), (170, 150, 150)]
    strong = read_histogram(str(save(tmp_path / "a.png", (200, 30, 30), *faint))).share
    assert strong[cell((200, 30, 30))].item() == 1
    pale = read_histogram(str(save(tmp_path / "b.png", (130, 120, 120), *faint))).share
    assert pale[cell(faint[0])].item() + pale[cell(faint[1])].item() == pytest.approx(
        2 if cell(faint[0]) == cell(faint[1]) else 1
    )
    assert pale[cell((128, 128, 128))].item() == 0


def test_a_grey_picture_in_a_folder_of_coloured_ones_counts_for_nothing(tmp_path: Path) -> None:
    save(tmp_path / "a.png", (200, 30, 30))
    save(tmp_path / "b.png", (90, 90, 90))
    assert read_histogram(str(tmp_path)).share[cell((200, 30, 30))].item() == 1


def test_a_folders_shares_are_the_average_of_its_pictures(tmp_path: Path) -> None:
    save(tmp_path / "a.png", (200, 30, 30))
    save(tmp_path / "b.png", *[(30, 60, 200)] * 9)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "._a.png").write_bytes(b"what desktops leave behind")
    (tmp_path / "folder.png").mkdir()
    share = read_histogram(str(tmp_path)).share
    assert share[cell((200, 30, 30))].item() == share[cell((30, 60, 200))].item() == 0.5


def test_every_pixel_of_a_photograph_has_a_cell_and_large_ones_are_thinned(tmp_path: Path) -> None:
    from skimage.data import coffee

    Image.fromarray(coffee()).resize((1400, 1000)).save(tmp_path / "large.png")
    Image.fromarray(coffee()).resize((500, 357)).save(tmp_path / "small.png")
    large, small = (read_histogram(str(tmp_path / f"{n}.png")).share for n in ("large", "small"))
    assert large.sum().item() == pytest.approx(1)
    assert (large - small).abs().sum() < 0.05


# Four times as many pixels as are counted: every other row and column, no more and no fewer.
def test_of_a_picture_four_times_too_large_every_other_row_and_column_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(palettes, "PIXEL_LIMIT", 16 * 16)
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[::2, ::2] = (200, 30, 30)
    pixels[1::2] = pixels[:, 1::2] = (30, 60, 200)
    pixels[::4, ::2] = (30, 140, 60)
    Image.fromarray(pixels).save(tmp_path / "large.png")
    share = read_histogram(str(tmp_path / "large.png")).share
    assert share[cell((200, 30, 30))].item() == share[cell((30, 140, 60))].item() == 0.5


def test_a_written_palette_means_colours_not_cells(tmp_path: Path) -> None:
    share = read_histogram("#c81e1e, 1e3cc8").share
    assert share.sum().item() == pytest.approx(1)
    for rgb in ((200, 30, 30), (30, 60, 200)):
        assert 0.05 < share[cell(rgb)] < 0.5
    assert (share > 0).sum() > 6
    gpl = tmp_path / "two.gpl"
    gpl.write_text("GIMP Palette\nName: two\n#\n200 30 30\tred\n30 60 200\tblue\n")
    torch.testing.assert_close(read_histogram(str(gpl)).share, share)
    many = read_histogram(",".join(["#c81e1e", "#1e3cc8"] * 40)).share  # longer than any path
    torch.testing.assert_close(many, share)
    short = read_histogram("#f00").share
    torch.testing.assert_close(short, read_histogram("ff0000").share)


def test_what_is_no_palette_is_refused_with_a_sentence(tmp_path: Path) -> None:
    grey = save(tmp_path / "grey.png", (9, 9, 9), (200, 200, 200))
    empty, other = tmp_path / "empty.gpl", tmp_path / "other.gpl"
    empty.write_text("GIMP Palette\nName: none\n#\n")
    other.write_text("RIFF PAL\n")
    (tmp_path / "none").mkdir()
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for source, error, sentence in (
        (str(grey), BadValue, "has no colour but grey"),
        ("#808080", BadValue, "has no colour but grey"),
        (" , ", BadValue, "holds no colour. Write some"),
        ("", BadValue, "holds no colour. Write some"),
        ("#12345", BadValue, "'#12345' is no colour"),
        ("red", BadValue, "'red' is no colour"),
        (str(empty), BadValue, "holds no colour. Add lines"),
        (str(other), BadValue, "cannot be read as a GIMP palette"),
        (str(tmp_path / "gone.gpl"), BadValue, "cannot be read as a GIMP palette"),
        (str(tmp_path / "none"), BadValue, "holds no pictures"),
        (str(tmp_path / "gone.jpg"), PictureError, "gone.jpg"),
        (str(tmp_path / "broken.png"), PictureError, "broken.png"),
    ):
        with pytest.raises(error, match=sentence):
            read_histogram(source)
