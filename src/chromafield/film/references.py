"""A folder of frames that a person coloured: `ref_000120.png` is the film's frame 120.

The last digits of a name are the number of the frame, counted from 0 at the film's start; what
stands before them is free. Where a picture is transparent it gives no colour.

References:
    The names of HAVC (dan64/vs-deoldify, sc_framedir) and CMNET2 (dan64/cmnet2, --ref_path).
"""

from __future__ import annotations

import functools
import hashlib
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..canvas.lightness import as_unit
from ..color import rgb_to_lab
from ..errors import BadValue, DataError
from ..image import Picture, read_picture, three_channels
from ..image.listing import pictures_in
from ..reference.colored import take_colors
from ..resize import resize, shrink
from .chroma import chroma_size
from .frames import Frames
from .levels import coding_of, luma_of
from .propagate import FrameColors
from .reading import moments
from .settings import Plan
from .source import Notes, Span, open_source
from .survey import Survey

FAINT = 2.0  # CIELAB units of chroma that a grey picture does not have, also as a JPEG
NUMBER = re.compile(r"(\d+)\D*$")


def name_of(number: int) -> str:
    """The file name of a still of this frame, which `numbered` reads back."""
    return f"ref_{number:06d}.png"


def numbered(folder: Path) -> dict[int, Path]:
    """The pictures of a folder by the numbers in their names.

    Raises:
        DataError: there is no such folder, or it holds no picture.
        BadValue: a name has no number, or two have one number.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder. Name one with pictures as {name_of(120)}.")
    found: dict[int, Path] = {}
    for name in pictures_in(folder):
        path = folder / name
        digits = NUMBER.search(path.stem)
        if digits is None:
            raise BadValue(
                f"{path} has no number in its name. Name it by its frame, as {name_of(120)}."
            )
        number = int(digits[1])
        if number in found:
            raise BadValue(
                f"{found[number]} and {path} are both of frame {number}. Keep one of them."
            )
        found[number] = path
    if not found:
        raise DataError(f"{folder} holds no picture. It should hold some as {name_of(120)}.")
    return dict(sorted(found.items()))


def references_of(plan: Plan, survey: Survey) -> dict[int, Path]:
    """The references with colours of a film's part, by number from the part's first frame.

    Raises:
        DataError, BadValue: as `numbered`; or a number is past the film's end.
        PictureError: one cannot be read.
    """
    if plan.references is None:
        return {}
    last = survey.before + len(survey.times) - 1
    found: dict[int, Path] = {}
    for number, path in numbered(plan.references).items():
        if number > last and plan.end == math.inf:
            raise BadValue(
                f"{path} is of frame {number}, but the film's last frame is {last}; the first is 0."
            )
        if survey.before <= number <= last and has_colors(read_picture(path)):
            found[number - survey.before] = path
    return found


def check_references(source: Path, plan: Plan, survey: Survey, size: tuple[int, int]) -> list[str]:
    """Find the references right before any work is done, and say what was understood.

    Args:
        size: height and width of the film's frames.

    Raises:
        DataError, BadValue, PictureError: as `references_of` and `read_reference`; or no one has
            colours for this part.
    """
    if plan.references is None:
        return []
    found = references_of(plan, survey)
    with Frames(source, plan.span, survey, plan.rate) as frames:
        for number, path in found.items():
            read_reference(path, size, functools.partial(_lightness_of, frames, number))
    if not found:
        raise DataError(
            f"No picture of {plan.references} has colours for a frame of this part of the film."
        )
    first, last = min(found) + survey.before, max(found) + survey.before
    stated = [f"References: {len(found)}, of the frames {first} to {last}, counted from 0."]
    if rest := len(numbered(plan.references)) - len(found):
        stated.append(f"References left out, without colours or outside the part: {rest}.")
    return stated


def _lightness_of(frames: Frames, number: int) -> Float[Tensor, "1 1 H W"]:
    frame = frames[number].frame
    coding = coding_of(frame)
    return coding.lightness(luma_of(frame, coding))


def frames_before(source: Path, plan: Plan, survey: Survey) -> int:
    """How many frames of the film come before the part."""
    with open_source(source, plan.rate) as again:
        return sum(1 for _ in moments(again, Span(0, plan.start), Notes(), survey.fields))


def read_reference(
    path: Path, size: tuple[int, int], lightness: Callable[[], Float[Tensor, "1 1 H W"]]
) -> FrameColors:
    """The colours of a reference, on the grid of the chroma planes.

    One of another size than the frame is laid on it as `--colors-from` lays a photograph's version.

    Args:
        size: height and width of the frame.
        lightness: gives the frame's, [0, 100]; asked for where the sizes differ alone.

    Raises:
        PictureError: it cannot be read.
        BadValue: it has another size, and does not show the frame.
    """
    picture = read_picture(path)
    if picture.size != size:
        dense = take_colors(lightness(), picture, f"The reference {path}")
        planes = torch.cat([dense.share * dense.ab, dense.share], dim=1)
        return _on_chroma(resize(planes, chroma_size(size)))
    ab = rgb_to_lab(as_unit(three_channels(picture.pixels)))[None, 1:]
    opaque = torch.ones_like(ab[:, :1])
    if picture.alpha is not None:
        levels = picture.alpha.astype(np.float32) / np.iinfo(picture.alpha.dtype).max
        opaque = torch.from_numpy(levels)[None, None]
    return _on_chroma(shrink(torch.cat([opaque * ab, opaque], dim=1), chroma_size(size)))


def _on_chroma(both: Float[Tensor, "1 3 h w"]) -> FrameColors:
    """Colours times their share, and the share, as the colours of a frame."""
    return FrameColors((both[:, :2] / both[:, 2:].clamp_min(1e-6)).half(), both[:, 2:].half())


def has_colors(picture: Picture) -> bool:
    """Whether a hundredth of the pixels at least are no greys, also in a faint picture."""
    chroma = rgb_to_lab(as_unit(three_channels(picture.pixels[::2, ::2])))[1:].norm(dim=0)
    return bool((chroma > FAINT).float().mean() > 0.01)


def digest_of_folder(folder: Path) -> str:
    """SHA-256 of what the reference files hold, and of their numbers."""
    digest = hashlib.sha256()
    for number, path in numbered(folder).items():
        digest.update(f"{number}:".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
