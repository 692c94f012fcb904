"""Folders and archives of photographs: what is found, in which order, and what is said when not."""

import dataclasses
import io
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chromafield.data.synthetic import write_pack
from chromafield.datasets.datasets import Photo, list_photos, split
from chromafield.errors import DataError


def png(level: int, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new("L", (3, 2), level).convert(mode).save(file, "PNG")
    return file.getvalue()


def photos_named(count: int, pack: str = "pack") -> list[Photo]:
    return [Photo(pack, f"{number:05}.jpg", Path("nowhere")) for number in range(count)]


def test_a_folder_and_its_zip_hold_the_same_pictures_in_the_same_order(tmp_path):
    write_pack(tmp_path / "as-folder" / "pack", 7, size=(6, 9), labels=("b", "a", "c"))
    write_pack(tmp_path / "pack.zip", 7, size=(6, 9), labels=("b", "a", "c"))
    loose = list_photos([tmp_path / "as-folder" / "pack"])
    zipped = list_photos([tmp_path / "pack.zip"])
    assert len(loose) == 7
    for one, other in zip(loose, zipped, strict=True):
        assert (one.pack, one.name, one.label) == (other.pack, other.name, other.label)
        assert one.share() == other.share()
        assert np.array_equal(one.read_rgb(), other.read_rgb())


def test_packs_come_in_the_order_named_and_pictures_in_that_of_their_names(tmp_path):
    for pack in ("z", "a"):
        for name in ("10.png", "9.PNG", "deep/er/1.png"):
            (tmp_path / pack / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / pack / name).write_bytes(png(9))
    found = [(p.pack, p.name) for p in list_photos([tmp_path / "z", tmp_path / "a"])]
    names = ["10.png", "9.PNG", "deep/er/1.png"]
    assert found == [("z", name) for name in names] + [("a", name) for name in names]


def test_only_pictures_are_listed_not_what_desktops_hide_beside_them(tmp_path):
    others = ("notes.txt", ".hidden.png", "__MACOSX/._a.png", ".trash/b.png", "c")
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("folder.png/", b"")
        for name in ("folder.png/a.png", *others):
            archive.writestr(name, png(1))
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        archive.extractall(tmp_path / "pack")
    for path in ("pack", "pack.zip"):
        (photo,) = list_photos([tmp_path / path])
        assert (photo.name, photo.label) == ("folder.png/a.png", "folder.png")
        assert photo.read_rgb().shape == (2, 3, 3)


def test_what_a_pack_is_does_not_follow_from_its_suffix(tmp_path):
    write_pack(tmp_path / "real.zip", 1, size=(2, 2))
    (tmp_path / "real.zip").rename(tmp_path / "archive.pack")
    write_pack(tmp_path / "folder", 1, size=(2, 2))
    (tmp_path / "folder").rename(tmp_path / "folder.zip")
    one, other = list_photos([tmp_path / "archive.pack", tmp_path / "folder.zip"])
    assert np.array_equal(one.read_rgb(), other.read_rgb())


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1"])
def test_every_mode_becomes_three_channels_of_bytes(tmp_path, mode):
    (tmp_path / "grey.png").write_bytes(png(255, mode))
    rgb = list_photos([tmp_path])[0].read_rgb()
    assert rgb.dtype == np.uint8 and rgb.shape == (2, 3, 3) and (rgb == 255).all()


def test_many_threads_may_read_one_archive(tmp_path):
    write_pack(tmp_path / "pack.zip", 12, size=(16, 16))
    photos = list_photos([tmp_path / "pack.zip"])
    alone = [photo.read_bytes() for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(Photo.read_bytes, photos * 8)) == alone * 8


def test_formats_are_there_before_threads_read_a_first_picture():
    asked = (
        "import chromafield.datasets.datasets; from PIL import Image; print('WEBP' in Image.OPEN)"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "True"


def test_an_archive_is_opened_once_a_thread_and_not_once_a_picture(tmp_path, monkeypatch):
    write_pack(tmp_path / "pack.zip", 5, size=(2, 2))
    photos = list_photos([tmp_path / "pack.zip"])
    opened = []
    real = zipfile.ZipFile
    monkeypatch.setattr(zipfile, "ZipFile", lambda path: opened.append(path) or real(path))
    for photo in photos:
        photo.read_rgb()
    assert opened == [tmp_path / "pack.zip"]


# The share of a name is part of every published split: a golden number, from sha256 itself.
def test_shares_never_change():
    # First 8 bytes of sha256("faces/0001.jpg") over 2**64.
    assert Photo("faces", "0001.jpg", Path("any")).share() == pytest.approx(
        0.6884313139223883, abs=1e-15
    )


def test_the_split_depends_on_pack_and_name_alone():
    photos = photos_named(500)
    train, held = split(photos, 0.2)
    assert sorted(train + held, key=lambda p: p.name) == photos
    moved = [dataclasses.replace(photo, source=Path("elsewhere")) for photo in photos]
    later = split([*reversed(moved), *photos_named(50, "new")], 0.2)
    assert {p.name for p in later[1] if p.pack == "pack"} == {p.name for p in held}
    renamed = split(photos_named(500, "other"), 0.2)[1]
    assert {p.name for p in renamed} != {p.name for p in held}


@given(share=st.floats(0, 1), larger=st.floats(0, 1))
def test_the_split_is_about_the_asked_share_and_grows_with_it(share, larger):
    photos = photos_named(2000)
    train, held = split(photos, share)
    # Four standard deviations of a binomial count.
    assert abs(len(held) - 2000 * share) <= 4 * (2000 * share * (1 - share)) ** 0.5 + 1
    assert len(train) + len(held) == 2000
    more = split(photos, max(share, larger))[1]
    assert set(held) <= set(more)


def test_splits_at_the_ends():
    photos = photos_named(50)
    assert split(photos, 0) == (photos, []) and split(photos, 1) == ([], photos)


def broken_zip(path: Path, damage: str) -> None:
    """An archive with one picture that cannot be read."""
    method = zipfile.ZIP_DEFLATED if damage == "data" else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.png", b"x" * 1000 if damage == "data" else png(5))
    raw = bytearray(path.read_bytes())
    central = raw.index(b"PK\x01\x02")
    match damage:
        case "data":
            raw[36:40] = b"\xff\xff\xff\xff"  # inside the deflated bytes
        case "encrypted":
            raw[6] |= 1
            raw[central + 8] |= 1
        case "method":
            raw[central + 10] = 99
        case "checksum":
            raw[central - 5] ^= 255
    path.write_bytes(bytes(raw))


@pytest.mark.parametrize("damage", ["data", "encrypted", "method", "checksum"])
def test_a_damaged_member_of_an_archive_is_named(tmp_path, damage):
    path = tmp_path / "pack.zip"
    broken_zip(path, damage)
    (photo,) = list_photos([path])
    with pytest.raises(DataError) as caught:
        photo.read_rgb()
    assert str(caught.value).startswith(f"The picture a.png in {path} cannot be read (")
    assert str(caught.value).endswith("Remove or replace it.")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
@given(share=st.floats(0, 0.9))
def test_a_cut_picture_is_named_wherever_it_is_cut(tmp_path_factory, suffix, share):
    folder = tmp_path_factory.mktemp("pack")
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, {"jpg": "JPEG"}.get(suffix, suffix))
    (folder / f"cut.{suffix}").write_bytes(file.getvalue()[: int(share * len(file.getvalue()))])
    (photo,) = list_photos([folder])
    with pytest.raises(DataError, match=rf"^The picture cut\.{suffix} in .* cannot be read"):
        photo.read_rgb()


def test_what_is_no_picture_is_said_to_be_none(tmp_path):
    (tmp_path / "notes.jpg").write_text("hello")
    (photo,) = list_photos([tmp_path])
    with pytest.raises(DataError) as caught:
        photo.read_rgb()
    assert str(caught.value) == (
        f"The picture notes.jpg in {tmp_path} cannot be read (it is no picture). "
        "Remove or replace it."
    )


def test_a_picture_that_went_away_is_named(tmp_path):
    (tmp_path / "gone.png").write_bytes(png(5))
    (photo,) = list_photos([tmp_path])
    (tmp_path / "gone.png").unlink()
    with pytest.raises(DataError, match=r"^The picture gone\.png in .* Remove or replace it\.$"):
        photo.read_rgb()


def test_each_way_to_name_no_pictures_has_its_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("no archive")
    write_pack(tmp_path / "good", 1, size=(2, 2))
    sentences = {
        (): "No pictures were named. Give at least one folder or zip archive.",
        ("absent",): f"{tmp_path / 'absent'} does not exist. "
        "Give a folder or a zip archive of photographs.",
        ("good", "empty"): f"{tmp_path / 'empty'} holds no pictures "
        "(.bmp, .jpeg, .jpg, .png, .tif, .tiff, .webp).",
        ("text.txt",): f"{tmp_path / 'text.txt'} is neither a folder nor an archive "
        "(File is not a zip file).",
    }
    for names, sentence in sentences.items():
        with pytest.raises(DataError) as caught:
            list_photos([tmp_path / name for name in names])
        assert str(caught.value) == sentence
