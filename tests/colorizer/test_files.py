"""Files in, files out: lightness, size, depth and transparency are the picture's own."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromafield.canvas.lightness import lightness_of
from chromafield.colorizer.colorizer import Colorizer
from chromafield.colorizer.files import OutputOptions, colorize_file
from chromafield.colorizer.loading import load_colorizer
from chromafield.errors import OutputError, PictureError
from chromafield.image import Picture, read_picture, write_picture
from chromafield.jobs.jobs import Job
from chromafield.settings import Settings

SEPIA = np.array([1.0, 0.85, 0.66])


@pytest.fixture(scope="module")
def colorizer(tiny_weights: Path) -> Colorizer:
    return load_colorizer(Settings(model=str(tiny_weights), field="mode", size=32), "cpu")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@given(
    h=st.integers(1, 40),
    w=st.integers(1, 40),
    deep=st.booleans(),
    sepia=st.booleans(),
    alpha=st.booleans(),
    suffix=st.sampled_from([".png", ".tif"]),
    seed=st.integers(0, 10**6),
)
def test_lightness_size_depth_and_alpha_are_kept(
    colorizer: Colorizer,
    room: Path,
    h: int,
    w: int,
    deep: bool,
    sepia: bool,
    alpha: bool,
    suffix: str,
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    kind = np.uint16 if deep else np.uint8
    top = np.iinfo(kind).max
    grey = cv2.GaussianBlur(random.random((h, w)), (0, 0), random.uniform(0.1, 5))
    grey = (grey - grey.min()) / max(float(np.ptp(grey)), 1e-9)
    levels = grey[..., None] * SEPIA if sepia else np.repeat(grey[..., None], 3, axis=2)
    pixels = np.rint(levels * top).astype(kind)
    clear = random.integers(0, top, (h, w), dtype=kind, endpoint=True) if alpha else None
    source, target = room / f"in{suffix}", room / f"out{suffix}"
    write_picture(source, pixels, Picture(pixels, clear, 16 if deep else 8))

    colorize_file(Job(source, target), colorizer, OutputOptions())

    before, after = read_picture(source), read_picture(target)
    assert (after.size, after.depth) == ((h, w), 16 if deep else 8)
    if alpha:
        assert after.alpha is not None and np.array_equal(after.alpha, clear)
    steps = (lightness_of(before) - lightness_of(after)).abs()
    assert steps.max() <= (0.02 if deep else 0.5)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_results_stay_within_two_units_for_99_percent(
    suffix: str, colorizer: Colorizer, room: Path
) -> None:
    from skimage.data import camera

    write_picture(room / "camera.png", np.repeat(camera()[..., None], 3, 2), Picture(camera()))
    colorize_file(Job(room / "camera.png", room / f"camera{suffix}"), colorizer, OutputOptions())
    before = lightness_of(read_picture(room / "camera.png"))
    after = lightness_of(read_picture(room / f"camera{suffix}"))
    assert ((before - after).abs() <= 2).float().mean() >= 0.99


def test_nothing_half_written_and_no_input_touched_when_it_fails(
    colorizer: Colorizer, room: Path, tmp_path: Path
) -> None:
    source = tmp_path / "cut.jpg"
    ok, data = cv2.imencode(".jpg", np.arange(64 * 64, dtype=np.uint8).reshape(64, 64))
    assert ok
    source.write_bytes(data.tobytes()[: len(data) // 2])
    kept = source.read_bytes()
    with pytest.raises(PictureError, match="cut.jpg"):
        colorize_file(
            Job(source, tmp_path / "out" / "x.png"), colorizer, OutputOptions(compare=True)
        )
    assert source.read_bytes() == kept
    assert list(tmp_path.iterdir()) == [source]


def test_nothing_lies_beside_a_result_that_cannot_be_written(
    colorizer: Colorizer, tmp_path: Path, grey_picture: np.ndarray
) -> None:
    source = tmp_path / "a.png"
    cv2.imwrite(str(source), grey_picture)
    with pytest.raises(OutputError, match="is the picture that is being coloured"):
        colorize_file(Job(source, source), colorizer, OutputOptions(compare=True, layer=True))
    assert list(tmp_path.iterdir()) == [source]


def test_a_folder_that_cannot_be_made_is_named(
    colorizer: Colorizer, tmp_path: Path, grey_picture: np.ndarray
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), grey_picture)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be made"):
        colorize_file(
            Job(tmp_path / "a.png", tmp_path / "file" / "x.png"), colorizer, OutputOptions()
        )
