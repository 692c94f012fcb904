"""Published data sets in their own layouts, on tiny ones that are made here."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from chromafield.datasets.datasets import Photo, list_photos
from chromafield.datasets.layouts import HELD, LAYOUTS, find_layout
from chromafield.errors import DataError


def jpeg(level: int = 0) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 3), (40 * level, 60, 90)).save(file, "JPEG")
    return file.getvalue()


def put(root: Path, *names: str) -> None:
    for i, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(jpeg(i))


def celeba(root: Path) -> None:
    put(root, *(f"img_align_celeba/{i:06}.jpg" for i in range(1, 7)))
    (root / "Eval").mkdir()
    lines = [f"{i:06}.jpg {(0, 0, 0, 1, 2, 2)[i - 1]}" for i in range(1, 7)]
    (root / "Eval" / "list_eval_partition.txt").write_text("\n".join(lines))
    (root / "identity_CelebA.txt").write_text("\n".join(f"{i:06}.jpg {i % 2}" for i in range(1, 7)))


def places365(root: Path) -> None:
    put(
        root,
        "data_256/a/abbey/1.jpg",
        "data_256/b/barn/2.jpg",
        "val_256/Places365_val_00000001.jpg",
    )
    (root / "places365_val.txt").write_text("Places365_val_00000001.jpg 165\n")


def tar_of(path: Path, mode: str, *names: str) -> None:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for i, name in enumerate(names):
            entry = tarfile.TarInfo(name)
            entry.size = len(jpeg(i))
            archive.addfile(entry, io.BytesIO(jpeg(i)))


def lfw(root: Path) -> None:
    people = [f"lfw_funneled/Person_{i % 7}/Person_{i % 7}_{i:04}.jpg" for i in range(20)]
    tar_of(root / "lfw-funneled.tgz", "w:gz", *people, "lfw_funneled/pairs_01.txt")


def lsun(root: Path) -> None:
    lmdb = pytest.importorskip("lmdb")
    for split, count in (("train", 5), ("val", 2)):
        folder = root / f"church_outdoor_{split}_lmdb"
        with lmdb.open(str(folder), map_size=1 << 20) as made, made.begin(write=True) as seen:
            for i in range(count):
                seen.put(f"{split}{i}".encode(), jpeg(i))


def ilsvrc(root: Path) -> None:
    place = "ILSVRC/Data/CLS-LOC"
    put(
        root,
        f"{place}/train/n01440764/n01440764_1.JPEG",
        f"{place}/train/n02102040/n02102040_2.JPEG",
    )
    put(root, *(f"{place}/val/ILSVRC2012_val_{i:08}.JPEG" for i in (1, 2)))
    (root / "ILSVRC2012_validation_ground_truth.txt").write_text("490\n361\n")


def coco(root: Path) -> None:
    put(root, "train2017/000000000009.jpg", "annotations/x.jpg")
    with zipfile.ZipFile(root / "val2017.zip", "w") as archive:
        archive.writestr("val2017/000000000139.jpg", jpeg())


def imagefolder(root: Path) -> None:
    put(root, "train/cat/1.jpg", "train/dog/2.jpg", "val/cat/3.jpg")


MAKE: dict[str, Callable[[Path], None]] = {
    "celeba": celeba,
    "places365": places365,
    "lfw": lfw,
    "lsun": lsun,
    "ilsvrc": ilsvrc,
    "coco": coco,
    "imagefolder": imagefolder,
}
COUNTS = {  # by split
    "celeba": {"": 6, "train": 3, "val": 1, "test": 2},
    "places365": {"": 3, "train": 2, "val": 1},
    "lfw": {"": 20, "held": 2, "rest": 18},
    "lsun": {"": 7, "train": 5, "val": 2, "train.rest": 5},
    "ilsvrc": {"": 4, "train": 2, "val": 2, "val.held": 0},
    "coco": {"": 2, "train": 1, "val": 1},
    "imagefolder": {"": 3, "train": 2, "val": 1},
}
LABELS = {
    "celeba": ["0", "1"],
    "places365": ["165", "abbey", "barn"],
    "lfw": [f"Person_{i}" for i in range(7)],
    "lsun": ["church_outdoor"],
    "ilsvrc": ["361", "490", "n01440764", "n02102040"],
    "coco": ["train2017", "val2017"],
    "imagefolder": ["cat", "dog"],
}


def found(root: Path, name: str, split: str) -> list[Photo]:
    return list_photos([Path(f"{name}.{split}:{root}" if split else f"{name}:{root}")])


def test_every_layout_is_made_here() -> None:
    assert MAKE.keys() == COUNTS.keys() == LAYOUTS.keys()


@pytest.mark.parametrize("name", MAKE)
def test_a_data_set_is_read_where_it_lies_with_its_splits_and_labels(
    name: str, tmp_path: Path
) -> None:
    MAKE[name](tmp_path)
    for split, count in COUNTS[name].items():
        if not count:
            with pytest.raises(DataError, match="2 pictures of ilsvrc are too few"):
                found(tmp_path, name, split)
            continue
        photos = found(tmp_path, name, split)
        assert len(photos) == count and {p.pack for p in photos} == {name}
        assert {p.read_rgb().shape for p in photos} == {(3, 4, 3)}
    whole = found(tmp_path, name, "")
    labels = sorted({p.label for p in whole})
    assert labels == LABELS[name] or name == "coco"
    before = sorted(p for p in tmp_path.rglob("*"))
    assert before == sorted(tmp_path.rglob("*"))  # nothing was unpacked beside it


@pytest.mark.parametrize("name", MAKE)
def test_another_layout_is_a_sentence_of_what_was_looked_for_and_found(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "readme.txt").write_text("x")
    with pytest.raises(DataError, match="looked for .*; found readme.txt."):
        found(tmp_path, name, "")
    with pytest.raises(DataError, match="does not exist"):
        list_photos([Path(f"{name}:{tmp_path / 'gone'}")])
    with pytest.raises(DataError, match=f"{name} has no split 'half'"):
        found(tmp_path, name, "half")


def test_halves_are_apart_and_their_sizes_the_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    from chromafield.datasets import layouts

    photos = [Photo("lfw", f"{i:05}.jpg", Path("x")) for i in range(13_233)]
    held, rest = (layouts._held(photos, one) for one in (True, False))
    assert (len(held), len(rest)) == (HELD, 12_233)
    assert not {p.name for p in held} & {p.name for p in rest}


def test_a_published_split_file_that_is_missing_is_told(tmp_path: Path) -> None:
    put(tmp_path, "img_align_celeba/000001.jpg")
    with pytest.raises(DataError, match=r"list_eval_partition.txt, which says what is test"):
        found(tmp_path, "celeba", "test")
    with pytest.raises(DataError, match="LFW has no split 'train' of its publisher's"):
        lfw(tmp_path)
        found(tmp_path, "lfw", "train")
    ilsvrc(tmp_path)
    (tmp_path / "ILSVRC2012_validation_ground_truth.txt").write_text("1\n")
    with pytest.raises(DataError, match="has 1 labels for 2 validation pictures"):
        found(tmp_path, "ilsvrc", "val")


def test_kaggles_table_of_validation_labels(tmp_path: Path) -> None:
    ilsvrc(tmp_path)
    rows = [f"ILSVRC2012_val_{i:08},n0{3 - i} 1 2 3 4" for i in (1, 2)]
    table = "\n".join(["ImageId,PredictionString", *rows])
    (tmp_path / "LOC_val_solution.csv").write_text(table)
    assert [p.label for p in found(tmp_path, "ilsvrc", "val")] == ["n02", "n01"]


@pytest.mark.parametrize(("ending", "mode"), [("tar", "w"), ("tgz", "w:gz"), ("tar.xz", "w:xz")])
def test_a_tar_archive_is_a_pack_too(ending: str, mode: str, tmp_path: Path) -> None:
    tar_of(tmp_path / f"pack.{ending}", mode, "b/2.jpg", "a/1.jpg", "notes.txt")
    photos = list_photos([tmp_path / f"pack.{ending}"])
    assert [p.name for p in photos] == ["a/1.jpg", "b/2.jpg"]
    red = [int(p.read_rgb()[0, 0, 0]) for p in photos]
    assert red == pytest.approx([40, 0], abs=8)


def test_a_broken_tar_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "pack.tgz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="is neither a folder nor an archive"):
        list_photos([tmp_path / "pack.tgz"])


def test_a_plain_path_is_no_layout() -> None:
    assert find_layout("faces.zip") is None and find_layout("c:/lfw") is None
    assert find_layout("lfw:/data/lfw.tgz") == ("lfw", "", Path("/data/lfw.tgz"))
    assert find_layout("ilsvrc.val.held:x") == ("ilsvrc", "val.held", Path("x"))


def test_a_name_that_is_no_layout_is_told_which_there_are() -> None:
    for text in ("imagenet.train:/data", "lfw:"):
        with pytest.raises(DataError, match="NAME is celeba, places365, lfw, lsun"):
            find_layout(text)
    assert find_layout("LFW.rest:/data") == ("lfw", "rest", Path("/data"))


def test_celeba_as_kaggle_has_it_and_named_by_its_pictures(tmp_path: Path) -> None:
    put(tmp_path, *(f"img_align_celeba/img_align_celeba/{i:06}.jpg" for i in (1, 2)))
    table = "image_id,partition\n000001.jpg,0\n000002.jpg,1\n"
    (tmp_path / "list_eval_partition.csv").write_text(table)
    (photo,) = found(tmp_path, "celeba", "val")
    assert photo.name.endswith("000002.jpg")
    assert found(tmp_path / "img_align_celeba", "celeba", "val") == [photo]
    with pytest.raises(DataError, match="Nothing at .* is 'test' by the lists of celeba"):
        found(tmp_path, "celeba", "test")


def test_an_archive_of_places_holds_one_split(tmp_path: Path) -> None:
    tar_of(tmp_path / "train_256_places365standard.tar", "w", "data_256/a/abbey/1.jpg")
    tar_of(tmp_path / "val_256.tar", "w", "val_256/Places365_val_00000001.jpg")
    train = tmp_path / "train_256_places365standard.tar"
    assert [p.label for p in found(train, "places365", "train")] == ["abbey"]
    with pytest.raises(DataError, match="is not laid out as Places365"):
        found(train, "places365", "val")
    assert len(found(tmp_path / "val_256.tar", "places365", "val")) == 1


def test_other_endings_and_folders_are_found(tmp_path: Path) -> None:
    put(tmp_path / "lfw", "people/A_B/A_B_0001.JPG", "people/A_B/A_B_0002.png")
    assert [p.label for p in found(tmp_path / "lfw", "lfw", "")] == ["A_B", "A_B"]
    put(tmp_path / "classes", "set/train/cat/1.JPEG", "set/val/cat/2.jpg")
    assert len(found(tmp_path / "classes", "imagefolder", "val")) == 1


@pytest.mark.parametrize(
    ("name", "file", "content", "said"),
    [
        ("celeba", "list_eval_partition.txt", b"\xff\xfe0", "The list .* cannot be read"),
        ("ilsvrc", "LOC_val_solution.csv", b"id,of\nx,y\n", "has no columns ImageId"),
        ("lsun", "church_outdoor_val_lmdb/data.mdb", b"none", "is no database that can be read"),
    ],
)
def test_a_damaged_list_or_database_is_a_sentence(
    name: str, file: str, content: bytes, said: str, tmp_path: Path
) -> None:
    MAKE[name](tmp_path)
    place = next(tmp_path.rglob(file), tmp_path / file)
    place.write_bytes(content)
    with pytest.raises(DataError, match=said):
        found(tmp_path, name, "val")
