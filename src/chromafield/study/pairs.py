"""A study's folder: pictures without names, the pairs of them, and the votes.

STUDY/study.json     the methods, the question, and each pair's pictures and methods
STUDY/pictures/      copies under numbers that say nothing of a method
STUDY/votes.jsonl    a vote a line; see `votes`

Every picture makes a pair of every two methods. Which of the two stands left is balanced: over the
pictures each method of two is left as often as right, to within one.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from ..errors import BadValue, DataError, OutputError
from ..storage import write_atomically

ENDINGS = (".png", ".jpg", ".jpeg", ".webp")  # what every browser shows
QUESTION = "Which of the two looks more like a real photograph?"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two methods' colours of one picture."""

    picture: str  # its name, which no voter sees
    methods: tuple[str, str]  # of the left picture and of the right one
    files: tuple[str, str]  # in the folder `pictures`


@dataclass(frozen=True)
class Study:
    folder: Path
    id: str  # follows from the pairs; votes carry it
    question: str
    methods: tuple[str, ...]
    pairs: tuple[Pair, ...]

    @property
    def pictures(self) -> Path:
        return self.folder / "pictures"

    @property
    def votes(self) -> Path:
        return self.folder / "votes.jsonl"


def make_study(
    folders: Sequence[Path],
    output: Path,
    seed: int = 0,
    most: int | None = None,
    question: str = QUESTION,
) -> Study:
    """Write a study of the pictures that all folders have by the same name.

    Args:
        folders: one a method, named after it.
        most: pictures, at most; drawn by the seed.

    Raises:
        BadValue: fewer than two folders, two of one name, no picture in all of them, two of one
            name in a folder, one that cannot be read or moves.
        OutputError: the folder holds a study already, or cannot be written.
    """
    found = {folder.name: _pictures(folder) for folder in folders}
    if len(folders) < 2 or len(found) < len(folders):
        raise BadValue(
            "A study compares folders of two methods or more, each with a name of its own. Name "
            "them after the methods."
        )
    shared = sorted(set.intersection(*(set(pictures) for pictures in found.values())))
    if not shared:
        some = "; ".join(f"{name}: {', '.join(sorted(own)[:3])}" for name, own in found.items())
        raise BadValue(
            f"No picture has one name in all folders, so that there are no pairs ({some}). Give "
            "the same picture the same name in each; endings may differ."
        )
    order = random.Random(seed)
    chosen = sorted(order.sample(shared, min(most or len(shared), len(shared))))
    if (output / "study.json").exists():
        raise OutputError(f"{output} holds a study already. Name another folder with -o.")
    for method, name in itertools.product(found, chosen):
        _refuse_unshown(found[method][name])
    files = _copy(found, chosen, output, order)
    pairs = _balanced(list(found), chosen, files, order)
    study = Study(output, _id(pairs, question), question, tuple(found), tuple(pairs))
    record = {
        "chromafield": "study",
        "version": 1,
        "id": study.id,
        "question": question,
        "methods": study.methods,
        "pairs": [asdict(pair) for pair in pairs],
    }
    write_atomically(output / "study.json", json.dumps(record, indent=1))
    return study


def read_study(folder: Path) -> Study:
    """Read a study's folder.

    Raises:
        DataError: there is none, it has no pairs, or it was edited.
    """
    try:
        record: Any = json.loads((folder / "study.json").read_text("utf-8"))
        pairs = tuple(
            Pair(one["picture"], tuple(one["methods"]), tuple(one["files"]))
            for one in record["pairs"]
        )
        question, methods = str(record["question"]), tuple(map(str, record["methods"]))
        own = record["id"]
    except OSError as error:
        raise DataError(
            f"{folder} holds no study ({error.strerror}). Make one with: chromafield study make."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder / 'study.json'} is not as a study was written.") from error
    if not pairs:
        raise DataError(f"The study in {folder} has no pairs. Make it anew.")
    if own != _id(pairs, question):
        raise DataError(f"{folder / 'study.json'} was edited: its pairs are not those it was for.")
    return Study(folder, own, question, methods, pairs)


def _pictures(folder: Path) -> dict[str, Path]:
    """The pictures of a folder by their names without endings."""
    if not folder.is_dir():
        raise BadValue(f"{folder} is no folder. A method's pictures lie in a folder of its own.")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in ENDINGS:
            continue
        if path.stem in found:
            raise BadValue(
                f"{folder} has two pictures of one name, {found[path.stem].name} and {path.name}. "
                "Keep one of them there."
            )
        found[path.stem] = path
    return found


def left_out(folders: Sequence[Path]) -> dict[str, list[str]]:
    """Each folder's pictures that make no pair: other folders lack them, or browsers show none.

    Raises:
        BadValue: one is no folder.
    """
    own = {folder: _pictures(folder) for folder in folders}
    shared = set.intersection(*(set(one) for one in own.values()))
    return {
        folder.name: [
            path.name
            for path in sorted(folder.iterdir())
            if path.is_file() and not (path.suffix.lower() in ENDINGS and path.stem in shared)
        ]
        for folder in folders
    }


def _refuse_unshown(path: Path) -> None:
    """Raises: BadValue: the file is no picture that can be read, or moves."""
    try:
        with Image.open(path) as image:
            moves = getattr(image, "n_frames", 1) > 1
            image.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise BadValue(f"{path} cannot be read as a picture. Remove or replace it.") from error
    if moves:
        raise BadValue(f"{path} is animated; a study compares still pictures. Remove it.")


def _copy(
    found: dict[str, dict[str, Path]], chosen: Sequence[str], output: Path, order: random.Random
) -> dict[tuple[str, str], str]:
    """Copy the pictures; each copy's name by method and picture."""
    wanted = [(method, name) for method in found for name in chosen]
    numbers = list(range(len(wanted)))
    order.shuffle(numbers)
    files = {
        (method, name): f"{number:06}{found[method][name].suffix.lower()}"
        for number, (method, name) in zip(numbers, wanted, strict=True)
    }
    try:
        (output / "pictures").mkdir(parents=True, exist_ok=True)
        for (method, name), file in files.items():
            shutil.copyfile(found[method][name], output / "pictures" / file)
    except OSError as error:
        raise OutputError(f"The study {output} cannot be written ({error.strerror}).") from error
    return files


def _balanced(
    methods: Sequence[str],
    chosen: Sequence[str],
    files: dict[tuple[str, str], str],
    order: random.Random,
) -> list[Pair]:
    pairs = []
    for one, other in itertools.combinations(methods, 2):
        turned = [i % 2 == 0 for i in range(len(chosen))]
        order.shuffle(turned)
        for name, turn in zip(chosen, turned, strict=True):
            left, right = (other, one) if turn else (one, other)
            pairs.append(Pair(name, (left, right), (files[left, name], files[right, name])))
    order.shuffle(pairs)
    return pairs


def _id(pairs: Sequence[Pair], question: str) -> str:
    text = json.dumps([question, *(asdict(pair) for pair in pairs)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
