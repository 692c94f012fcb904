"""A decoded frame's luma, upright and in its own depth; and a new frame from luma and chroma."""

from __future__ import annotations

from typing import Any

import av
import cv2
import numpy as np

from ..errors import PictureError
from ..image.detect import tone_spread
from .chroma import HIGH, Coding, Plane

DEPTHS = (8, 10, 12, 16)  # bits a level that frames are written in
BT709, BT601 = 1, 6  # FFmpeg's numbers for matrices
FULL = 2  # and for the whole range of levels


def coding_of(frame: Any) -> Coding:
    """How the frame's levels are meant.

    Raises:
        PictureError: it has levels of more bits than can be written.
    """
    named = {BT709: "709", BT601: "601", 5: "601"}.get(int(frame.colorspace))
    matrix = named or ("709" if frame.height > HIGH else "601")
    kind, told = frame.format.name, int(frame.color_range)
    full = told == FULL or kind.startswith("yuvj") or (not told and kind.startswith("gray"))
    bits = max(component.bits for component in frame.format.components)
    fitting = [depth for depth in DEPTHS if depth >= bits]
    if not fitting:
        raise PictureError(
            f"The film has {frame.format.name} frames of {bits} bits a level; 16 are the most "
            "that can be kept. Convert it first."
        )
    return Coding(matrix, full, fitting[0])


def luma_of(frame: Any, coding: Coding) -> Plane:
    """The frame's luma as its film has it, upright: files that are only marked as turned are
    turned, since marks get lost."""
    name = frame.format.name
    deep = "" if coding.depth == 8 else f"{coding.depth}le"
    if deep:
        plain = name.startswith(("yuv", "gray")) and name.endswith(deep)
        planar = f"gray{deep}" if name.startswith("gray") else f"yuv444p{deep}"
    else:
        plain, planar = name.startswith(("yuvj", "yuv4", "gray8", "nv")), "yuv444p"
    plane = (frame if plain or name == "gray" else frame.reformat(format=planar)).planes[0]
    rows = np.frombuffer(plane, coding.kind).reshape(frame.height, -1)
    upright = np.rot90(rows[:, : frame.width], (frame.rotation % 360) // 90)
    return np.ascontiguousarray(upright)


def colour_spread(frame: Any) -> float:
    """How far the frame's colours leave every tone; see `tone_spread`."""
    if len(frame.format.components) < 3:
        return 0.0
    return tone_spread(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))


def pix_fmt_for(luma: Plane, depth: int) -> str:
    """The kind of frames written: chroma at half size, or at full size where sides are odd."""
    deep = "" if depth == 8 else f"{depth}le"
    even = luma.shape[0] % 2 == luma.shape[1] % 2 == 0
    return f"yuv420p{deep}" if even else f"yuv444p{deep}"


def made_frame(luma: Plane, chroma: Plane, depth: int) -> Any:
    """A frame of luma (h, w) and chroma (2, h / 2, w / 2)."""
    pix_fmt = pix_fmt_for(luma, depth)
    height, width = luma.shape
    planes = [luma, *chroma]
    if "444" in pix_fmt:
        size = (width, height)
        planes[1:] = [cv2.resize(p, size, interpolation=cv2.INTER_LINEAR) for p in chroma]
    frame = av.VideoFrame(width, height, pix_fmt)
    for plane, levels in zip(frame.planes, planes, strict=True):
        line = np.zeros((plane.height, plane.line_size // luma.itemsize), luma.dtype)
        line[:, : plane.width] = levels
        plane.update(line.tobytes())
    return frame


def same_frame(frame: Any, coding: Coding) -> Any:
    """The frame with its own colours, upright, of the kind that is written."""
    if not frame.rotation % 360:
        return frame.reformat(format=pix_fmt_for(luma_of(frame, coding), coding.depth))
    planar = "yuv444p" if coding.depth == 8 else f"yuv444p{coding.depth}le"
    planes = np.asarray(frame.reformat(format=planar).to_ndarray())
    upright = np.rot90(planes, (frame.rotation % 360) // 90, axes=(1, 2))
    luma, *chroma = (np.ascontiguousarray(plane) for plane in upright)
    half = ((luma.shape[1] + 1) // 2, (luma.shape[0] + 1) // 2)
    small = [cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in chroma]
    return made_frame(luma, np.stack(small), coding.depth)
