"""Batches that are a function of the seed and the picture's number, and of nothing else."""

import dataclasses
import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chromafield.color import lab_to_rgb, rgb_to_lab
from chromafield.data.crop_config import CropConfig
from chromafield.data.crops import Batch, batches, make_batch, random_crop, reader
from chromafield.data.synthetic import scene, write_pack
from chromafield.datasets.datasets import Photo, list_photos
from chromafield.datasets.order import even_order
from chromafield.errors import DataError

seeds = st.integers(0, 2**32 - 1)
CONFIG = CropConfig(batch=4, aged=0.5, seed=7)


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> list[Photo]:
    path = tmp_path_factory.mktemp("packs") / "pack.zip"
    write_pack(path, 6, size=(24, 32))
    return list_photos([path])


def same(x: Batch, y: Batch) -> bool:
    return torch.equal(x.seen, y.seen) and torch.equal(x.lab, y.lab)


def take(stream, count: int) -> list[Batch]:
    """The first batches of a stream, which is then closed."""
    found = list(itertools.islice(stream, count))
    stream.close()
    return found


def compass(h: int, w: int) -> np.ndarray:
    """Red tells the column, green the row: any crop can be placed by its colours."""
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([x * 200 // max(w - 1, 1), y * 200 // max(h - 1, 1), 0 * x], -1).astype("u1")


@given(seed=seeds, h=st.integers(1, 60), w=st.integers(1, 60), side=st.integers(1, 40))
def test_a_crop_has_its_side_and_follows_from_its_generator(seed, h, w, side):
    rgb = compass(h, w)
    one, again = (random_crop(rgb, side, CONFIG, np.random.default_rng(seed)) for _ in range(2))
    assert one.shape == (side, side, 3) and one.dtype == np.uint8
    assert one.flags.c_contiguous and np.array_equal(one, again)
    assert np.array_equal(rgb, compass(h, w))


@given(seed=seeds)
def test_a_crop_is_a_part_of_the_picture_of_the_asked_area_and_shape(seed):
    part = random_crop(compass(100, 100), 100, CONFIG, np.random.default_rng(seed)).astype(float)
    width = np.ptp(part[..., 0].mean(0)) / 2
    height = np.ptp(part[..., 1].mean(1)) / 2
    assert 0.33 < width * height / 1e4 <= 1.0
    assert 0.75 < width / height < 1.33
    # Rows stay rows and the right way up.
    assert (np.diff(part[..., 1].mean(1)) >= 0).all()


def test_half_of_the_crops_are_mirrored():
    rgb = compass(20, 20)
    crops = (random_crop(rgb, 8, CONFIG, np.random.default_rng(seed)) for seed in range(1000))
    mirrored = sum(int(crop[0, 0, 0]) > int(crop[0, -1, 0]) for crop in crops)
    assert abs(mirrored - 500) < 4 * 250**0.5


def test_the_whole_picture_at_its_own_size_is_itself_or_its_mirror():
    rgb = scene(np.random.default_rng(0), 16, 16)
    whole = dataclasses.replace(CONFIG, area=(1.0, 1.0), aspect=(1.0, 1.0))
    found = {random_crop(rgb, 16, whole, np.random.default_rng(s)).tobytes() for s in range(20)}
    assert found == {rgb.tobytes(), np.ascontiguousarray(rgb[:, ::-1]).tobytes()}


def test_a_strip_too_long_for_any_crop_gives_a_square_of_its_shorter_side():
    rgb = compass(4, 400)
    for seed in range(20):
        part = random_crop(rgb, 4, CONFIG, np.random.default_rng(seed)).astype(int)
        assert np.ptp(part[..., 0]) <= 3 and np.array_equal(part[:, 0, 1], rgb[:, 0, 1])


def test_a_batch_is_its_pictures_whatever_their_company(photos):
    with ThreadPoolExecutor(2) as pool:
        batch = make_batch(
            even_order(len(photos), CONFIG.seed), reader(photos, 0.0), range(8), 16, CONFIG, pool
        )
        assert batch.seen.shape == (8, 1, 16, 16) and batch.lab.shape == (8, 3, 16, 16)
        assert batch.seen.dtype == batch.lab.dtype == torch.float32
        for number in range(8):
            alone = make_batch(
                even_order(len(photos), CONFIG.seed),
                reader(photos, 0.0),
                [number],
                16,
                CONFIG,
                pool,
            )
            assert torch.equal(alone.seen[0], batch.seen[number])
            torch.testing.assert_close(alone.lab[0], batch.lab[number], rtol=0, atol=1e-4)
        other = make_batch(
            even_order(len(photos), 8),
            reader(photos, 0.0),
            range(8),
            16,
            dataclasses.replace(CONFIG, seed=8),
            pool,
        )
        assert not torch.equal(other.lab, batch.lab)


def test_pictures_are_decoded_once_while_there_is_room(photos, monkeypatch):
    decoded = []
    original = Photo.read_rgb

    def counted(photo: Photo):
        decoded.append(photo.name)
        return original(photo)

    monkeypatch.setattr(Photo, "read_rgb", counted)
    size = original(photos[0]).nbytes
    some = reader(photos, 2.5 * size / 1e9)
    for _ in range(3):
        for place in range(4):
            assert (some(place) == original(photos[place])).all()
    times = Counter(decoded)
    assert [times[photos[place].name] for place in range(4)] == [1, 1, 3, 3]


def test_the_clean_picture_is_the_crop_and_only_lightness_ages(photos):
    with ThreadPoolExecutor(2) as pool:
        never, always = (
            make_batch(
                even_order(len(photos), CONFIG.seed),
                reader(photos, 0.0),
                range(200),
                8,
                dataclasses.replace(CONFIG, aged=share),
                pool,
            )
            for share in (0.0, 1.0)
        )
        half = make_batch(
            even_order(len(photos), CONFIG.seed), reader(photos, 0.0), range(200), 8, CONFIG, pool
        )
    assert torch.equal(never.seen, never.lab[:, :1])
    assert torch.equal(never.lab, always.lab) and torch.equal(never.lab, half.lab)
    assert (always.seen >= 0).all() and (always.seen <= 100).all()

    def changed(batch: Batch) -> int:
        return int((batch.seen != never.seen).flatten(1).any(1).sum())

    # Six marks with a chance of 0.4 each leave one aged picture in twenty as it was.
    assert changed(always) > 180 and abs(changed(half) - 95) < 4 * 50**0.5
    random = np.random.default_rng([CONFIG.seed, 11])
    crop = random_crop(photos[even_order(6, CONFIG.seed)(11)].read_rgb(), 8, CONFIG, random)
    expected = rgb_to_lab(torch.tensor(crop).movedim(-1, 0).float() / 255)
    torch.testing.assert_close(never.lab[11], expected, rtol=0, atol=1e-4)


def test_plates_change_what_is_seen_of_colours_and_no_target(photos):
    plain = CropConfig(batch=4, aged=0.0, seed=7)
    (clean,) = take(batches(photos, plain, lambda _: 32), 1)
    (seen,) = take(batches(photos, dataclasses.replace(plain, plates=1.0), lambda _: 32), 1)
    assert torch.equal(clean.lab, seen.lab)
    moved = (clean.seen - seen.seen).abs().amax((1, 2, 3))
    assert (moved > 1).all()


def test_a_resumed_stream_goes_on_as_the_unbroken_one(photos):
    def side(step: int) -> int:
        return 8 if step < 3 else 12

    unbroken = take(batches(photos, CONFIG, side), 6)
    resumed = take(batches(photos, CONFIG, side, start=2), 4)
    assert [batch.lab.shape[-1] for batch in unbroken] == [8, 8, 8, 12, 12, 12]
    assert all(map(same, unbroken[2:], resumed))


def test_two_ranks_share_out_what_one_would_see(photos):
    alone = take(batches(photos, dataclasses.replace(CONFIG, batch=8), lambda _: 8), 3)
    ranks = [take(batches(photos, CONFIG, lambda _: 8, rank=r, world=2), 3) for r in range(2)]
    for step in range(3):
        for part in ("seen", "lab"):
            together = torch.cat([getattr(rank[step], part) for rank in ranks])
            expected = getattr(alone[step], part)
            torch.testing.assert_close(together, expected, rtol=0, atol=1e-4)


def test_a_closed_stream_leaves_no_thread_behind(photos):
    before = threading.active_count()
    stream = batches(photos, CONFIG, lambda _: 8)
    next(stream)
    assert threading.active_count() > before
    stream.close()
    assert threading.active_count() == before


def test_a_picture_that_cannot_be_read_ends_the_stream_with_its_name(photos, tmp_path):
    (tmp_path / "torn.jpg").write_bytes(b"torn")
    before = threading.active_count()
    torn = Photo("attic", "torn.jpg", tmp_path)
    stream = batches([*photos, torn], CONFIG, lambda _: 8)
    with pytest.raises(DataError, match=r"torn\.jpg"):
        list(itertools.islice(stream, 4))
    assert threading.active_count() == before


def test_segments_are_cut_as_their_pictures_are(tmp_path):
    rgb = compass(40, 60)
    for name, pixels in {"pack": rgb, "pack_segments": rgb[..., 0]}.items():
        (tmp_path / name).mkdir()
        Image.fromarray(pixels).save(tmp_path / name / "one.png")
    Image.fromarray(rgb).save(tmp_path / "pack" / "two.png")
    photos = list_photos([tmp_path / "pack"])
    with pytest.raises(DataError, match=r"segments two.png in .* cannot be read"):
        photos[1].read_segments()
    (batch,) = take(batches(photos[:1], CONFIG, lambda step: 32), 1)
    assert batch.segments.shape == (4, 32, 32)
    red = lab_to_rgb(batch.lab)[:, 0] * 255
    away = (red - torch.from_numpy(batch.segments).float()).abs()
    assert away.mean() < 2 and away.max() < 10  # nearest pixels beside averages


def test_packs_without_segments_have_none(photos):
    (batch,) = take(batches(photos, CONFIG, lambda step: 32), 1)
    assert batch.segments is None and photos[0].read_segments() is None
