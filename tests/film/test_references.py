"""A folder of coloured frames: read, refused, and carried into the film."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import skimage.data
from PIL import Image

from chromafield.errors import BadValue, DataError
from chromafield.film.references import digest_of_folder, numbered
from chromafield.film.run import color_film
from chromafield.film.settings import Plan

from .clips import coloured, encoded, frames, write_film


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mkv"
    write_film(path, (6, 5), sound=False)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "references"
    path.mkdir()
    return path


def still(seed: int = 0, shift: int = 0) -> np.ndarray:
    """A frame of a film in a flat colour, its lightness about the film's."""
    grey = coloured(seed, 96, 128, shift).mean(2)
    return np.stack([0.5 * grey + 90, 0.5 * grey + 60, 0.5 * grey + 30], -1).astype(np.uint8)


def chroma(path: Path) -> np.ndarray:
    return np.stack([f.to_ndarray(format="yuv444p")[1:].astype(int) - 128 for f in frames(path)])


def test_numbers_are_the_last_digits_of_a_name(folder: Path) -> None:
    for name in ("ref_000120.png", "ref2_0040.png", "7.png", "00012 coat.png"):
        Image.fromarray(still()).save(folder / name)
    (folder / "notes.txt").write_text("from the album")
    assert {n: path.name for n, path in numbered(folder).items()} == {
        7: "7.png",
        12: "00012 coat.png",
        40: "ref2_0040.png",
        120: "ref_000120.png",
    }


def test_what_a_folder_of_references_is_not(folder: Path, film: Path, plan: Plan) -> None:
    target = film.with_name("out.mkv")

    def coloured_film() -> None:
        color_film(film, target, replace(plan, references=folder), "cpu")

    with pytest.raises(DataError, match="is no folder"):
        numbered(folder / "none")
    with pytest.raises(DataError, match="holds no picture"):
        coloured_film()
    Image.fromarray(still()).save(folder / "coat.png")
    with pytest.raises(BadValue, match=r"coat.png has no number in its name"):
        coloured_film()
    (folder / "coat.png").rename(folder / "ref_11.png")
    with pytest.raises(BadValue, match="of frame 11, but the film's last frame is 10"):
        coloured_film()
    (folder / "ref_11.png").rename(folder / "ref_3.png")
    Image.fromarray(still()).save(folder / "ref_000003.png")
    with pytest.raises(BadValue, match="are both of frame 3"):
        coloured_film()
    (folder / "ref_3.png").unlink()
    other = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    Image.fromarray(other).save(folder / "ref_000003.png")
    with pytest.raises(BadValue, match=r"ref_000003.png shows something else"):
        coloured_film()
    grey = np.repeat(still()[..., :1], 3, axis=2)
    Image.fromarray(grey).save(folder / "ref_000003.png")
    with pytest.raises(DataError, match="has colours for a frame of this part"):
        coloured_film()
    assert not target.exists()


def test_a_reference_is_exact_on_its_frame_and_carried_over_its_shot(
    folder: Path, film: Path, plan: Plan
) -> None:
    Image.fromarray(still()).save(folder / "ref_000000.png")
    out, plain = film.with_name("out.mkv"), film.with_name("plain.mkv")
    report = color_film(film, out, replace(plan, references=folder), "cpu")
    assert "References: 1, of the frames 0 to 0, counted from 0." in report.sentences
    color_film(film, plain, plan, "cpu")
    told = chroma(out)
    # Cb and Cr of the reference, by BT.601 from levels that differ by 60 and 30 everywhere.
    expected = [(-0.169 * 60 - 0.331 * 30) * 224 / 255, (0.5 * 60 - 0.419 * 30) * 224 / 255]
    assert np.abs(np.median(told[0], axis=(1, 2)) - expected).max() <= 3
    assert np.abs(np.median(told[5], axis=(1, 2)) - expected).max() <= 4
    assert np.array_equal(told[6:], chroma(plain)[6:])  # another scene after the cut


def test_where_a_reference_is_transparent_the_network_speaks(
    folder: Path, film: Path, plan: Plan
) -> None:
    alpha = np.zeros((96, 128, 1), np.uint8)
    alpha[:, :64] = 255
    Image.fromarray(np.concatenate([still(), alpha], axis=2)).save(folder / "ref_0.png")
    out, plain = film.with_name("out.mkv"), film.with_name("plain.mkv")
    steadily = replace(plan, steady=False)
    color_film(film, out, replace(steadily, references=folder), "cpu")
    color_film(film, plain, steadily, "cpu")
    change = np.abs(chroma(out)[0] - chroma(plain)[0]).max(0)
    assert np.median(change[:, :56]) > 3
    whole = replace(steadily, references=folder)
    assert digest_of_folder(whole.references or folder) != ""
    assert np.median(change[:, 96:]) < np.median(change[:, :56]) / 2


def test_the_number_counts_from_the_films_start(folder: Path, film: Path, plan: Plan) -> None:
    Image.fromarray(still(1)).save(folder / "ref_000008.png")
    later = replace(plan, references=folder, start=6 * 0.04)
    report = color_film(film, film.with_name("out.mkv"), later, "cpu")
    assert "References: 1, of the frames 8 to 8, counted from 0." in report.sentences


def test_a_reference_of_another_size_is_laid_on_its_frame(
    folder: Path, tmp_path: Path, plan: Plan
) -> None:
    """As a service gives it back: smaller, its edges cut, a JPEG."""
    film, out = tmp_path / "photo.mkv", tmp_path / "out.mkv"
    true = np.ascontiguousarray(skimage.data.astronaut()[:384, 64:448])
    encoded(film, [true.mean(2).astype(np.uint8)] * 3, "ffv1", "gray")
    Image.fromarray(true[10:374, 12:372]).resize((240, 243)).save(folder / "ref_0.jpg", quality=85)
    report = color_film(film, out, replace(plan, references=folder), "cpu")
    assert report.sentences == ["References: 1, of the frames 0 to 0, counted from 0."]
    wanted = av.VideoFrame.from_ndarray(true, "rgb24").reformat(
        format="yuv444p", dst_color_range="JPEG"
    )
    own = wanted.to_ndarray()[1:, 20:-20, 20:-20].astype(int) - 128
    for found in chroma(out)[:, :, 20:-20, 20:-20]:
        assert np.hypot(*(found - own)).mean() < 0.4 * np.hypot(*own).mean()
