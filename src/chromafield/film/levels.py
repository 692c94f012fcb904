"""A decoded frame's luma, upright and in its own depth; and a new frame from luma and chroma."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np

from ..errors import PictureError
from .chroma import HIGH, WEIGHTS, Coding, Plane

DEPTHS = (8, 10, 12, 16)  # bits a level that frames are written in
# What matrices are in FFmpeg.
RGB, BT709, UNTOLD, FCC, BT470BG, BT601, SMPTE240M, BT2020 = 0, 1, 2, 4, 5, 6, 7, 9
MATRICES = {
    BT709: "709",
    FCC: "fcc",
    BT470BG: "601",
    BT601: "601",
    SMPTE240M: "240",
    BT2020: "2020",
}
LIMITED, FULL = 1, 2  # and for the range of levels
HDR = {16: "PQ", 18: "HLG"}  # and for transfer functions of a high dynamic range


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says its levels mean, beside their range: FFmpeg's numbers."""

    matrix: int = BT601
    primaries: int = UNTOLD
    transfer: int = UNTOLD

    @classmethod
    def of(cls, frame: Any, coding: Coding) -> Tags:
        """The frame's own; the matrix that its colours are made with where it names none."""
        numbers = {name: number for number, name in MATRICES.items() if number != BT470BG}
        own = int(frame.colorspace)
        matrix = own if own in MATRICES else numbers[coding.matrix]
        return cls(matrix, int(frame.color_primaries), int(frame.color_trc))


def coding_of(frame: Any) -> Coding:
    """How the frame's levels are meant.

    Raises:
        PictureError: it has levels of more bits than can be written, or of a high dynamic range.
    """
    if (hdr := HDR.get(int(frame.color_trc))) is not None:
        raise PictureError(
            f"The film is of a high dynamic range ({hdr}), whose levels mean another light. Make "
            "it a film of the standard range first, with FFmpeg's zscale and tonemap."
        )
    matrix = MATRICES.get(int(frame.colorspace)) or ("709" if frame.height > HIGH else "601")
    kind, color_range = frame.format.name, int(frame.color_range)
    full = (
        color_range == FULL
        or kind.startswith("yuvj")
        or (not color_range and kind.startswith("gray"))
    )
    full = full or is_rgb(frame)
    bits = max(component.bits for component in frame.format.components)
    fitting = [depth for depth in DEPTHS if depth >= bits]
    if not fitting:
        raise PictureError(
            f"The film has {frame.format.name} frames of {bits} bits a level; 16 are the most "
            "that can be kept. Convert it first."
        )
    return Coding(matrix, full, fitting[0])


def is_rgb(frame: Any) -> bool:
    """Has the frame red, green and blue, and no luma?"""
    return bool(frame.format.is_rgb) or frame.format.name.startswith(("xyz", "pal", "ya"))


def is_transparent(frame: Any) -> bool:
    """Has the frame places that are not opaque?"""
    if not any(component.is_alpha for component in frame.format.components):
        return False
    return bool(frame.to_ndarray(format="rgba")[..., 3].min() < 255)


def luma_of(frame: Any, coding: Coding) -> Plane:
    """The frame's luma as its film has it, upright: files that are only marked as turned are
    turned, since marks get lost."""
    if is_rgb(frame):
        return upright(_rgb_planes(frame, coding)[0], frame)
    name = frame.format.name
    deep = "" if coding.depth == 8 else f"{coding.depth}le"
    if deep:
        plain = name.startswith(("yuv", "gray")) and name.endswith(deep)
        planar = f"gray{deep}" if name.startswith("gray") else f"yuv444p{deep}"
    else:
        plain, planar = name.startswith(("yuvj", "yuv4", "yuva4", "gray8", "nv")), "yuv444p"
        plain = plain and not name.startswith("yuva4")
    plane = (frame if plain or name == "gray" else frame.reformat(format=planar)).planes[0]
    rows: Any = np.frombuffer(plane, coding.kind).reshape(frame.height, -1)
    return upright(rows[:, : frame.width], frame)


def _rgb_planes(frame: Any, coding: Coding) -> Plane:
    """Y', Cb and Cr (3, h, w) of a frame of red, green and blue; greys stay to the level."""
    deep = coding.depth > 8
    name = frame.format.name
    if name.startswith("ya"):
        grey = np.asarray(frame.reformat(format="gray16le" if deep else "gray").to_ndarray())
        rgb = np.repeat(grey[..., None], 3, axis=2)
    else:
        rgb = np.asarray(frame.reformat(format="rgb48le" if deep else "rgb24").to_ndarray())
    limit = 2**coding.depth - 1
    unit = rgb.astype(np.float64) / (65535 if deep else 255)
    red, blue = WEIGHTS[coding.matrix]
    luma = unit @ np.array([red, 1 - red - blue, blue])
    half = (limit + 1) / 2 / limit
    cb = (unit[..., 2] - luma) / (2 * (1 - blue)) + half
    cr = (unit[..., 0] - luma) / (2 * (1 - red)) + half
    planes = np.stack([luma, cb, cr]) * limit
    return np.asarray(planes.round().clip(0, limit), coding.kind)


def upright(plane: Plane, frame: Any) -> Plane:
    """The plane (..., h, w) as a player shows it: by the frame's display matrix."""
    turns, mirrored = orientation_of(frame)
    if mirrored:
        plane = plane[..., ::-1]
    return np.ascontiguousarray(np.rot90(plane, turns, axes=(-2, -1)))


def orientation_of(frame: Any) -> tuple[int, bool]:
    """Quarter turns against the clock, after the frame was mirrored left to right or not."""
    try:
        sides = tuple(frame.side_data or ())
    except ValueError:  # PyAV does not know every kind; the mirror alone is lost
        return int(frame.rotation) % 360 // 90, False
    for side in sides:
        if side.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = struct.unpack("<5i", bytes(side)[:20])
            mirrored = a * d - b * c < 0
            across = (-a, -b) if mirrored else (a, b)  # where the picture's own right goes to
            turns = round(math.degrees(math.atan2(-across[1], across[0])) / 90) % 4
            return turns, mirrored
    return 0, False


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


def chroma_of(frame: Any, coding: Coding) -> Plane:
    """The chroma planes (2, h / 2, w / 2) of a frame of the kind that is written."""
    size = ((frame.width + 1) // 2, (frame.height + 1) // 2)
    planes = []
    for plane in frame.planes[1:]:
        rows: Any = np.frombuffer(plane, coding.kind).reshape(plane.height, -1)
        planes.append(np.ascontiguousarray(rows[:, : plane.width]))
    return np.stack([cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in planes])


def same_frame(frame: Any, coding: Coding) -> Any:
    """The frame with its own colours, upright, of the kind that is written."""
    rgb = is_rgb(frame)
    if orientation_of(frame) == (0, False) and not rgb:
        pix_fmt = pix_fmt_for(luma_of(frame, coding), coding.depth)
        span = FULL if coding.full else 1
        return frame.reformat(format=pix_fmt, src_color_range=span, dst_color_range=span)
    planar = "yuv444p" if coding.depth == 8 else f"yuv444p{coding.depth}le"
    planes = (
        _rgb_planes(frame, coding)
        if rgb
        else np.asarray(frame.reformat(format=planar).to_ndarray())
    )
    luma, *chroma = upright(planes, frame)
    half = ((luma.shape[1] + 1) // 2, (luma.shape[0] + 1) // 2)
    small = [cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in chroma]
    return made_frame(luma, np.stack(small), coding.depth)
