"""Labels of photographs: the folders they lie in.

Classes of different packs are different; parts of one pack (`scenes-0`, `scenes-1`) are one.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ..errors import DataError
from .datasets import Photo

Class = tuple[str, str]  # pack and folder


@dataclass(frozen=True)
class Classes:
    """All classes in a fixed order, and which of them compete."""

    names: tuple[Class, ...]

    @cached_property
    def number(self) -> dict[Class, int]:
        return {name: i for i, name in enumerate(self.names)}

    def rivals(self, pack: str) -> list[int]:
        """The numbers of the pack's classes."""
        return [i for i, (own, _) in enumerate(self.names) if own == pack]


def class_of(photo: Photo) -> Class:
    return re.sub(r"-\d+$", "", photo.pack), photo.label


def labelled(photos: Sequence[Photo], unlabelled: Sequence[str]) -> list[Photo]:
    """Those in no folder of `unlabelled`: FOLDER, PACK/FOLDER, or a pattern such as PACK/*."""

    def is_class(photo: Photo) -> bool:
        names = (photo.label, "/".join(class_of(photo)))
        return not any(fnmatch.fnmatchcase(name, out) for name in names for out in unlabelled)

    return [photo for photo in photos if is_class(photo)]


def find_classes(photos: Sequence[Photo]) -> Classes:
    """The classes of labelled photographs.

    Raises:
        DataError: a picture outside any folder, a pack of one class, or a class of one picture.
    """
    loose = [photo for photo in photos if not photo.label]
    if loose:
        raise DataError(
            f"{loose[0].name} in {loose[0].source} lies in no folder, so it has no label. Put the "
            "pictures of each class in a folder of its own."
        )
    if not photos:
        raise DataError("No labelled pictures are left. Add some, or leave a folder fewer out.")
    counts = Counter(class_of(photo) for photo in photos)
    for (pack, label), count in counts.items():
        if count < 2:
            raise DataError(
                f"The class {label} of {pack} has one picture. Add some, or leave it out with "
                f"--unlabelled {pack}/{label}."
            )
    packs = Counter(pack for pack, _ in counts)
    for pack, classes in packs.items():
        if classes < 2:
            raise DataError(f"{pack} has one class: there is nothing to tell apart. Add a folder.")
    return Classes(tuple(sorted(counts)))
