"""Data sets in their publishers' own layouts, read where they lie: `lfw:PATH`, `celeba.train:PATH`.

A path may begin with one of these names, and a split behind a point:

    celeba        img_align_celeba/ or .zip, list_eval_partition.txt, identity_CelebA.txt
    places365     train/CLASS/ and val/CLASS/, or data_256/ and val_256/ with places365_val.txt;
                  folders, or the published tar archives
    lfw           lfw_funneled/PERSON/, or lfw-funneled.tgz
    lsun          a folder with data.mdb, or one of such folders named ..._train_lmdb, ..._val_lmdb
    ilsvrc        train/CLASS/ and val/, at the top or in ILSVRC/Data/CLS-LOC/, with
                  ILSVRC2012_validation_ground_truth.txt or LOC_val_solution.csv
    coco          train2017/, val2017/ (or another year), or zip archives of these names
    imagefolder   train/CLASS/, val/CLASS/, test/CLASS/

The publishers' splits are `train`, `val` and `test`. The second paper holds 1,000 pictures of each
of its sets for measuring and learns from the rest: 12,233 of LFW, 125,227 churches of LSUN, 49,000
of ILSVRC's validation pictures. `held` and `rest` are such halves (of a set below 10,000 pictures a
tenth is held), alone or behind a publisher's split: `lfw.rest`, `ilsvrc.val.held`. Which pictures
they were is not published, so they are chosen by a hash of the name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ..errors import DataError
from .archives import DATABASE, names_in
from .datasets import Photo, is_picture

HELD = 1000  # pictures that the second paper measures on, of each of its sets
SPLITS = ("train", "val", "test")
OURS = ("held", "rest")
CELEBA = ("img_align_celeba", "img_align_celeba.zip")


def find_layout(text: str) -> tuple[str, str, Path] | None:
    """The layout's name, the split or "", and the path behind; None for a plain path.

    Raises:
        DataError: it looks like a layout, and there is none of that name.
    """
    found = re.fullmatch(r"([A-Za-z]\w+)(?:\.([a-z.]+))?:(.*)", text, re.S)
    if found is None or Path(text).exists():
        return None
    if (name := found[1].lower()) not in LAYOUTS or not found[3]:
        raise DataError(
            f"{text} does not exist, and is no data set in a layout of its own. These are named "
            f"NAME:PATH, where NAME is {', '.join(LAYOUTS)}."
        )
    return name, found[2] or "", Path(found[3])


def list_layout(name: str, split: str, path: Path) -> list[Photo]:
    """The pictures of a data set, in a fixed order, labelled where the publisher says of what.

    Args:
        split: a publisher's, `held` or `rest`, one of these behind a publisher's, or "" for all.

    Raises:
        DataError: the path is laid out in another way, or the split is not there.
    """
    own, _, half = split.rpartition(".") if split.endswith(OURS) else (split, "", "")
    if own not in ("", *SPLITS) or half not in ("", *OURS):
        raise DataError(
            f"{name} has no split {split!r}. There are {', '.join(SPLITS)}, and alone or behind "
            f"one of them {' and '.join(OURS)}."
        )
    if not path.exists():
        raise DataError(f"{path} does not exist. Behind {name}: comes the path of the data set.")
    photos = LAYOUTS[name](path, own)
    if not photos:
        raise DataError(f"Nothing at {path} is {own!r} by the lists of {name}.")
    if half and not (photos := _held(whole := photos, half == "held")):
        raise DataError(
            f"{len(whole)} pictures of {name} are too few for a tenth of them to be held apart."
        )
    return [replace(photo, pack=name) for photo in photos]


def _held(photos: list[Photo], held: bool) -> list[Photo]:
    count = min(HELD, len(photos) // 10)
    chosen = {p.name for p in sorted(photos, key=lambda p: p.share())[:count]}
    return [p for p in photos if (p.name in chosen) == held]


def _refuse(path: Path, name: str, wanted: str) -> DataError:
    """What was looked for and what was found, as a sentence."""
    try:
        there = sorted(p.name for p in path.iterdir()) if path.is_dir() else names_in(path)
    except DataError as error:
        return error
    found = ", ".join(there[:6]) + (f" and {len(there) - 6} more" if len(there) > 6 else "")
    return DataError(
        f"{path} is not laid out as {name}: looked for {wanted}; found {found or 'nothing'}."
    )


def _photos(
    source: Path, under: str = "", label: Callable[[str], str] | None = None
) -> list[Photo]:
    """The pictures of a source whose names begin so."""
    names = sorted(n for n in names_in(source) if n.startswith(under) and is_picture(n))
    return [Photo(source.stem, n, source, label(n) if label else "") for n in names]


def _first(path: Path, names: Iterable[str]) -> Path | None:
    """The first of these files or folders at the path, or one or two folders down."""
    for name in names:
        for pattern in (name, f"*/{name}", f"*/*/{name}"):
            if found := sorted(path.glob(pattern)):
                return found[0]
    return None


def _text(path: Path) -> str:
    """Raises: DataError: the list is no text."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The list {path} cannot be read ({error}).") from error


def _table(path: Path | None) -> dict[str, str]:
    """A text file of lines with two words, apart by spaces or a comma."""
    if path is None:
        return {}
    lines = (line.replace(",", " ").split() for line in _text(path).splitlines())
    return {words[0]: words[1] for words in lines if len(words) == 2}


def celeba(path: Path, split: str) -> list[Photo]:
    """CelebA: aligned faces, persons as labels, the publisher's partition."""
    path = path.parent if path.name in CELEBA else path
    pictures = _first(path, CELEBA)
    if pictures is None:
        raise _refuse(path, "CelebA", "img_align_celeba/ or img_align_celeba.zip")
    person = _table(_first(path, ("identity_CelebA.txt", "identity_CelebA.csv")))
    photos = _photos(pictures, label=lambda name: person.get(PurePosixPath(name).name, ""))
    if not split:
        return photos
    lists = ("list_eval_partition.txt", "list_eval_partition.csv")
    partition = _table(_first(path, lists))
    if not partition:
        raise _refuse(path, "CelebA", f"list_eval_partition.txt, which says what is {split}")
    number = str(SPLITS.index(split))
    return [p for p in photos if partition.get(PurePosixPath(p.name).name) == number]


def places365(path: Path, split: str) -> list[Photo]:
    """Places365-Standard: scenes, as folders or as the published tar archives."""
    found: list[Photo] = []
    for own, parts in (
        ("train", ("train", "data_256", "data_large_standard", "train_*places365standard.tar")),
        ("val", ("val_256", "val_large", "val_256.tar", "val_large.tar", "val")),
    ):
        part = _first(path, parts)
        if path.is_file():  # one of the published archives, which says by its name what it holds
            part = path if own == ("val" if path.name.startswith("val") else "train") else None
        if split not in ("", own) or part is None:
            continue
        number = _table(_first(path, ("places365_val.txt",))) if own == "val" else {}
        found += _photos(part, label=_by_list(number) if number else None)
    if not found:
        wanted = "train/CLASS/, val/CLASS/, data_256/, val_256/ or the published tar archives"
        raise _refuse(path, "Places365", wanted)
    return found


def _by_list(label: Mapping[str, str]) -> Callable[[str], str]:
    return lambda name: label.get(PurePosixPath(name).name, "")


def lfw(path: Path, split: str) -> list[Photo]:
    """Labelled Faces in the Wild, deep-funneled or not: a folder a person."""
    if path.is_dir():
        tgz = _first(path, ("lfw-funneled.tgz", "lfw-deepfunneled.tgz", "lfw.tgz"))
        folder = _first(path, ("lfw_funneled", "lfw-deepfunneled", "lfw"))
        source = folder or tgz or path
    else:
        source = path
    photos = [p for p in _photos(source) if re.search(r"_\d{4}\.(jpe?g|png)$", p.name, re.I)]
    if split:
        raise DataError(
            f"LFW has no split {split!r} of its publisher's. Say lfw.rest and lfw.held."
        )
    if not photos:
        raise _refuse(path, "LFW", "PERSON/PERSON_0001.jpg in lfw_funneled/ or lfw-funneled.tgz")
    return photos


def lsun(path: Path, split: str) -> list[Photo]:
    """LSUN: an LMDB database a category and split, whose values are pictures."""
    folders = [path] if (path / DATABASE).is_file() else sorted(path.glob("*_lmdb"))
    if split:
        folders = [f for f in folders if f.name.endswith(f"{split}_lmdb")]
    folders = [f for f in folders if (f / DATABASE).is_file()]
    if not folders:
        wanted = f"a folder ..._{split or 'train'}_lmdb with data.mdb"
        raise _refuse(path, "LSUN", wanted)
    return [
        Photo(f.stem, key, f, re.sub("_(train|val|test)_lmdb$", "", f.name))
        for f in folders
        for key in sorted(names_in(f))
    ]


def ilsvrc(path: Path, split: str) -> list[Photo]:
    """ImageNet's challenge: classes as folders, the validation pictures' in a file."""
    place = _first(path, ("Data/CLS-LOC",)) or path
    found: list[Photo] = []
    for own in ("train", "val"):
        part = place / own
        if split in ("", own) and part.is_dir():
            label = _validation_labels(path, len(names_in(part))) if own == "val" else {}
            found += _photos(part, label=_by_list(label) if label else None)
    if not found:
        raise _refuse(path, "ILSVRC", f"{split or 'train/CLASS'}/ here or in ILSVRC/Data/CLS-LOC/")
    return found


def _validation_labels(path: Path, count: int) -> dict[str, str]:
    numbers = _first(path, ("ILSVRC2012_validation_ground_truth.txt",))
    table = _first(path, ("LOC_val_solution.csv",))
    if table is not None:
        rows = list(csv.DictReader(io.StringIO(_text(table))))
        if rows and not {"ImageId", "PredictionString"} <= rows[0].keys():
            raise DataError(f"{table} has no columns ImageId and PredictionString.")
        return {f"{row['ImageId']}.JPEG": row["PredictionString"].partition(" ")[0] for row in rows}
    if numbers is None:
        return {}
    labels = _text(numbers).split()
    if len(labels) < count:
        raise DataError(f"{numbers} has {len(labels)} labels for {count} validation pictures.")
    return {f"ILSVRC2012_val_{i:08}.JPEG": label for i, label in enumerate(labels, 1)}


def coco(path: Path, split: str) -> list[Photo]:
    """COCO: pictures of a year's split in a folder or a zip archive; captions are no labels."""
    found: list[Photo] = []
    for own in SPLITS:
        part = _first(path, (f"{own}20??", f"{own}20??.zip"))
        if split in ("", own) and part is not None:
            found += _photos(part, label=lambda name: "")
    if not found:
        raise _refuse(path, "COCO", f"{split or 'train'}2017/ or {split or 'train'}2017.zip")
    return found


def imagefolder(path: Path, split: str) -> list[Photo]:
    """A folder a split, in it a folder a class, as torchvision has it."""
    inside = _first(path, SPLITS)
    place = path if inside is None else inside.parent
    parts = [own for own in SPLITS if split in ("", own) and (place / own).is_dir()]
    found = [photo for own in parts for photo in _photos(place / own) if photo.label]
    if not found:
        raise _refuse(path, "an ImageFolder", f"{split or 'train'}/CLASS/PICTURE")
    return found


LAYOUTS: dict[str, Callable[[Path, str], list[Photo]]] = {
    "celeba": celeba,
    "places365": places365,
    "lfw": lfw,
    "lsun": lsun,
    "ilsvrc": ilsvrc,
    "coco": coco,
    "imagefolder": imagefolder,
}
