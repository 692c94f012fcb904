"""Pack photographs for training: small, in colour, none twice, none that figures are measured on.

    python benchmarks/packs.py SOURCE OUT.zip [--commit C] [--under FOLDER] [--avoid PACK.zip ...]

SOURCE is a folder, or a git directory whose commit C holds the pictures below FOLDER. A picture's
own folder is its label. Left out are grey, toned, dull, white, black and flat pictures, frames,
extreme shapes, and whatever is near (3 of 64 bits of a perceptual hash of the whole, or of its
middle square) to a picture of the packs to avoid or to one packed already. The result is the same
every time: JPEG of quality 92, short side 128, at most 4:3, LABEL/NNNNNN.jpg, stored.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
NEAR = 3  # bits of a hash that near pictures differ in, at most
LONGEST = 2.2  # times the shorter side
SHAPE = 4 / 3  # of a packed picture, at most
CHROMA = 12  # levels: greyer, and duller, pictures are left out
TONE = 7  # degrees: the spread of hues of a toned picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--commit", help="of a git directory")
    parser.add_argument("--under", default="", help="the folder in it")
    parser.add_argument("--avoid", type=Path, nargs="*", default=[], help="packs of pictures")
    parser.add_argument("--side", type=int, default=128)
    told = parser.parse_args()
    seen = np.array([one for pack in told.avoid for one in hashes_of(pack)], np.uint64)
    left: Counter[str] = Counter()
    kept = 0
    with zipfile.ZipFile(told.pack, "w", zipfile.ZIP_STORED) as archive:
        for path, data in tqdm(pictures(told.source, told.commit, told.under), unit="picture"):
            image = opened(data, told.side)
            why = "broken" if image is None else fault(image)
            if image is None or why:
                left[why] += 1
                continue
            own = hashes(image)
            if near(own, seen):
                left["double, or to be avoided"] += 1
                continue
            seen = np.append(seen, np.array(own, np.uint64))
            label = re.sub("[^A-Za-z0-9]+", "_", Path(path).parent.name).strip("_").lower()
            buffer = io.BytesIO()
            image.save(buffer, "jpeg", quality=92)
            name = f"{label or 'unsorted'}/{kept:06d}.jpg"
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), buffer.getvalue())
            kept += 1
    print(f"{told.pack}: {kept} pictures; left out: {dict(left)}")


def pictures(source: Path, commit: str | None, under: str) -> Iterator[tuple[str, bytes]]:
    """Paths and contents, in order of the paths."""
    if commit is None:
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in ENDINGS:
                yield path.relative_to(source).as_posix(), path.read_bytes()
        return
    command = ["git", "--git-dir", str(source), "archive", commit, *([under] if under else [])]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as archive,
    ):
        for member in archive:
            file = archive.extractfile(member)
            if file is not None and member.name.lower().endswith(ENDINGS):
                yield member.name, file.read()


def opened(data: bytes, side: int) -> Image.Image | None:
    """The picture, small and at most 4:3; None where it cannot be read or is small already."""
    try:
        image = Image.open(io.BytesIO(data)).convert("RGB")
    except (OSError, ValueError):
        return None
    width, height = image.size
    if min(width, height) < side / 2 or max(width, height) > LONGEST * min(width, height):
        return None
    wide, high = min(width, round(height * SHAPE)), min(height, round(width * SHAPE))
    x, y = (width - wide) // 2, (height - high) // 2
    image = image.crop((x, y, x + wide, y + high))
    scale = side / min(image.size)
    if scale >= 1:
        return image
    return image.resize((round(wide * scale), round(high * scale)), Image.Resampling.LANCZOS)


def fault(image: Image.Image) -> str:
    """Why the picture is of no use; empty if it is."""
    levels = np.asarray(image.resize((96, 96), Image.Resampling.BOX), np.float32)
    flat = levels.reshape(-1, 3)
    if np.percentile(np.ptp(flat, axis=1), 95) < CHROMA:
        return "grey"
    red_green, yellow_blue = flat[:, 0] - flat[:, 1], flat[:, :2].mean(1) - flat[:, 2]
    spread, mean = (np.hypot(f(red_green), f(yellow_blue)) for f in (np.std, np.mean))
    if spread + 0.3 * mean < CHROMA:
        return "dull"
    total = np.hypot(red_green, yellow_blue).sum()
    agree = np.hypot(red_green.sum(), yellow_blue.sum()) / max(total, 1e-9)
    if np.degrees(np.sqrt(max(-2 * np.log(np.clip(agree, 1e-9, 1)), 0))) < TONE:
        return "toned"
    if (flat.min(1) >= 248).mean() > 0.30 or (flat.max(1) <= 8).mean() > 0.45:
        return "white or black"
    _, counts = np.unique((flat // 4).astype(np.int64) @ (4096, 64, 1), return_counts=True)
    if counts.max() > 0.45 * len(flat):
        return "flat"
    edges = (levels[1], levels[-2], levels[:, 1], levels[:, -2])
    return "frame" if sum(edge.std(axis=0).max() < 3 for edge in edges) >= 3 else ""


def hashes(image: Image.Image) -> list[int]:
    """Perceptual hashes of the whole and of its middle square: signs of steps between columns."""
    width, height = image.size
    side = min(width, height)
    x, y = (width - side) // 2, (height - side) // 2
    found = []
    for one in (image, image.crop((x, y, x + side, y + side))):
        grey = np.asarray(one.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
        bits = np.packbits(np.diff(grey, axis=1).ravel() > 0)
        found.append(int.from_bytes(bits.tobytes(), "big"))
    return found


def hashes_of(pack: Path) -> Iterator[int]:
    with zipfile.ZipFile(pack) as archive:
        for name in archive.namelist():
            if name.lower().endswith(ENDINGS):
                with Image.open(io.BytesIO(archive.read(name))) as image:
                    yield from hashes(image.convert("RGB"))


def near(own: list[int], seen: NDArray[np.uint64]) -> bool:
    return any((np.bitwise_count(seen ^ np.uint64(one)) <= NEAR).any() for one in own)


if __name__ == "__main__":
    main()
