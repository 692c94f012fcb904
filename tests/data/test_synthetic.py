"""Generated scenes stand in for photographs: the same for everyone, and with colours to learn."""

import zipfile

import numpy as np
import pytest
import torch

from chromafield.color import rgb_to_lab
from chromafield.data.synthetic import scene, write_pack
from chromafield.datasets.datasets import list_photos


def ab_of(rgb: np.ndarray) -> np.ndarray:
    """Mean ab of some pixels, (n, 3) bytes."""
    lab = rgb_to_lab(torch.tensor(rgb.astype(float)).T[:, :, None] / 255)
    return lab[1:].mean((1, 2)).numpy()


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (48, 64)])
def test_a_scene_is_bytes_of_the_size_asked_for_and_follows_from_its_generator(size):
    one, again, other = (scene(np.random.default_rng(seed), *size) for seed in (5, 5, 6))
    assert one.shape == (*size, 3) and one.dtype == np.uint8
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_most_sky_is_blue_and_most_ground_is_green():
    scenes = np.stack([scene(np.random.default_rng(seed), 48, 64) for seed in range(30)])
    sky = np.median(scenes[:, :10].reshape(-1, 3), 0)[None]
    ground = np.median(scenes[:, -10:].reshape(-1, 3), 0)[None]
    assert ab_of(sky)[1] < -15  # b: blue
    assert ab_of(ground)[0] < -10 and ab_of(ground)[1] > 10  # a, b: yellowish green
    assert sky.mean() > ground.mean() + 50


def test_a_pack_is_dealt_to_its_labels_and_never_changes(tmp_path):
    for name in ("one.zip", "two.zip"):
        write_pack(tmp_path / name, 5, seed=3, size=(8, 12), labels=("sea", "town"))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    photos = list_photos([tmp_path / "one.zip"])
    assert [photo.label for photo in photos] == ["sea", "sea", "sea", "town", "town"]
    pictures = [photo.read_rgb() for photo in photos]
    assert {picture.shape for picture in pictures} == {(8, 12, 3)}
    assert len({picture.tobytes() for picture in pictures}) == 5
    write_pack(tmp_path / "other.zip", 5, seed=4, size=(8, 12), labels=("sea", "town"))
    with zipfile.ZipFile(tmp_path / "other.zip") as archive:
        assert archive.namelist()[:2] == ["sea/0000.png", "town/0001.png"]
    assert not np.array_equal(list_photos([tmp_path / "other.zip"])[0].read_rgb(), pictures[0])
