"""Numbered pictures as a film: frames/%06d.png, or the folder that holds them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..errors import PictureError

NUMBER_PATTERN = re.compile(r"%(?:0(\d+))?d")
NUMBERED = re.compile(r"(.*?)(\d+)(\.[^.]+)")
KINDS = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".dpx", ".exr", ".bmp", ".webp", ".pgm", ".ppm")


@dataclass(frozen=True, slots=True)
class Sequence:
    """Files in a folder that are named alike but for a number."""

    pattern: Path  # with %d or %06d where the number stands
    numbers: tuple[int, ...]  # rising

    def options(self, rate: Fraction | None) -> dict[str, str]:
        """How FFmpeg reads them.

        Raises:
            PictureError: a number is missing among them, or there is no rate.
        """
        for before, number in zip(self.numbers, self.numbers[1:], strict=False):
            if number != before + 1:
                raise PictureError(
                    f"{self.file(before + 1)} is missing: there are {self.file(before).name} and "
                    f"{self.file(number).name}. Put it there, or number them anew."
                )
        if rate is None:
            raise PictureError(
                f"{self.pattern} are pictures, which have no rate. Name it, as --rate 18."
            )
        return {"framerate": str(rate), "start_number": str(self.numbers[0])}

    def file(self, number: int) -> Path:
        """The picture of this number."""
        return self.pattern.with_name(self.pattern.name % number)

    def identity(self) -> str:
        """A digest of the names, sizes and times of change of all."""
        digest = hashlib.sha256()
        for number in self.numbers:
            stat = self.file(number).stat()
            digest.update(f"{number} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()


def find_sequence(path: Path) -> Sequence | None:
    """The pictures that a pattern or a folder names; None of another path.

    Raises:
        PictureError: there are none, or of several names.
    """
    if path.is_dir():
        return _in_folder(path)
    if pattern_of(path.name) is None or path.exists():
        return None
    numbers = numbers_of(path)
    if not numbers:
        raise PictureError(f"There are no pictures {path}.")
    return Sequence(path, numbers)


def first_number(path: Path) -> int:
    """Of numbered pictures the first's number; of a film 0."""
    found = find_sequence(path)
    return found.numbers[0] if found else 0


def pattern_of(name: str) -> re.Pattern[str] | None:
    """What the names look like that a name with %d or %06d in it means; None of another."""
    found = NUMBER_PATTERN.search(name)
    if not found:
        return None
    head, tail = re.escape(name[: found.start()]), re.escape(name[found.end() :])
    digits = rf"\d{{{found[1]},}}" if found[1] else r"\d+"
    return re.compile(f"{head}({digits}){tail}")


def numbers_of(path: Path) -> tuple[int, ...]:
    """The numbers of the pictures of such names that are there, rising."""
    shape = pattern_of(path.name)
    names = path.parent.iterdir() if shape and path.parent.is_dir() else ()
    matches = (shape.fullmatch(one.name) for one in names if shape)
    return tuple(sorted(int(match[1]) for match in matches if match))


def _in_folder(folder: Path) -> Sequence:
    shapes: dict[tuple[str, str], list[str]] = {}
    for one in sorted(folder.iterdir()):
        match = NUMBERED.fullmatch(one.name)
        if match and one.suffix.lower() in KINDS:
            shapes.setdefault((match[1], match[3]), []).append(match[2])
    if len(shapes) != 1:
        seen = ", ".join(f"{head}...{tail}" for head, tail in shapes) or "none"
        raise PictureError(
            f"{folder} should hold numbered pictures of one name; there are {seen}. Name them, as "
            f"{folder}/%06d.png."
        )
    ((head, tail), digits) = next(iter(shapes.items()))
    width = min(len(one) for one in digits)
    place = "%d" if width < max(len(one) for one in digits) and width == 1 else f"%0{width}d"
    name = f"{head.replace('%', '%%')}{place}{tail}"
    return Sequence(folder / name, tuple(sorted(int(one) for one in digits)))
