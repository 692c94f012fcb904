"""Colour profiles as numbers: tone curves and the matrix to XYZ.

References:
    ICC.1:2022, sections 7 (layout), 10.6 curveType, 10.18 parametricCurveType, F.3 (matrix model).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

Numbers = NDArray[np.float64]
Curve = Callable[[Numbers], Numbers]  # encoded in [0, 1] to linear light in [0, 1]

KNEE = 6 / 29  # CIE 15: below this cube root L is a line
SRGB_TO_PCS = np.array(  # IEC 61966-2-1 primaries, Bradford-adapted to D50
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
SAME_CURVE = 1e-3  # of full scale, encoded: closer than that no viewer shows a difference
SAME_MATRIX = 2e-3  # profiles round their primaries to about this


class ProfileError(ValueError):
    """The bytes are no colour profile, or one that contradicts itself."""


@dataclass(frozen=True)
class GreyProfile:
    curve: Curve


@dataclass(frozen=True)
class MatrixProfile:
    curves: tuple[Curve, Curve, Curve]
    to_pcs: Numbers  # (3, 3): linear RGB to XYZ, (1, 1, 1) exactly the white of sRGB_TO_PCS


@dataclass(frozen=True)
class TableProfile:
    """A profile of measured tables; only a colour engine can apply it."""

    space: str  # "RGB", "CMYK", ...


Profile = GreyProfile | MatrixProfile | TableProfile


def _fixed(data: bytes) -> list[float]:
    return [v / 65536 for v in struct.unpack(f">{len(data) // 4}i", data[: len(data) // 4 * 4])]


def parametric(g: float, a: float, b: float, c: float, d: float, e: float, f: float) -> Curve:
    """y = (a x + b)^g + e from d on, c x + f below."""

    def curve(x: Numbers) -> Numbers:
        with np.errstate(all="ignore"):  # a mad exponent gives infinity, which is white
            power = np.maximum(a * x + b, 0) ** g + e
        light: Numbers = np.nan_to_num(np.clip(np.where(x >= d, power, c * x + f), 0, 1))
        return light

    return curve


SRGB_CURVE = parametric(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0)


def _para(data: bytes) -> Curve:
    (kind,) = struct.unpack_from(">H", data, 8)
    lengths = (1, 3, 4, 5, 7)
    if kind >= len(lengths):
        raise ProfileError(f"a tone curve of unknown type {kind}")
    p = _fixed(data[12 : 12 + 4 * lengths[kind]])
    if len(p) < lengths[kind] or (kind in (1, 2) and p[1] == 0):
        raise ProfileError("a tone curve without all its numbers")
    if kind == 0:
        return parametric(p[0], 1, 0, 0, 0, 0, 0)
    if kind in (1, 2):
        offset = p[3] if kind == 2 else 0.0
        return parametric(p[0], p[1], p[2], 0, -p[2] / p[1], offset, offset)
    tail = p[5:] or [0.0, 0.0]
    return parametric(*p[:5], *tail)


def _curv(data: bytes) -> Curve:
    (count,) = struct.unpack_from(">I", data, 8)
    if len(data) < 12 + 2 * count:
        raise ProfileError("a tone curve without all its numbers")
    if count == 0:
        return lambda x: x
    if count == 1:
        gamma = struct.unpack_from(">H", data, 12)[0] / 256
        return parametric(gamma, 1, 0, 0, 0, 0, 0)
    table = np.frombuffer(data, ">u2", count, 12) / 65535
    if table[-1] <= table[0]:
        raise ProfileError("a tone curve that does not rise")
    offsets = np.linspace(0, 1, count)
    return lambda x: np.interp(x, offsets, table)


def _curve(data: bytes) -> Curve:
    if data[:4] == b"curv":
        return _curv(data)
    if data[:4] == b"para":
        return _para(data)
    raise ProfileError(f"a tone curve of unknown type {data[:4]!r}")


def _xyz(data: bytes) -> list[float]:
    if data[:4] != b"XYZ " or len(data) < 20:
        raise ProfileError("a primary that is no XYZ colour")
    return _fixed(data[8:20])


def tags_of_profile(icc: bytes) -> dict[bytes, bytes]:
    if len(icc) < 132 or icc[36:40] != b"acsp":
        raise ProfileError("no ICC signature")
    (count,) = struct.unpack_from(">I", icc, 128)
    if count > 1000 or len(icc) < 132 + 12 * count:
        raise ProfileError("a tag table longer than the profile")
    tags = {}
    for offset in range(132, 132 + 12 * count, 12):
        name, start, size = struct.unpack_from(">4sII", icc, offset)
        if start + size > len(icc):
            raise ProfileError(f"its {name.decode('latin-1')!r} lies outside the profile")
        tags[name] = icc[start : start + size]
    return tags


def _lightness_curve(curve: Curve) -> Curve:
    """A grey curve that ends in CIELAB L / 100 rather than in Y."""

    def through_lightness(x: Numbers) -> Numbers:
        root = (100 * curve(x) + 16) / 116
        return np.where(root > KNEE, root**3, 3 * KNEE**2 * (root - 4 / 29))

    return through_lightness


def parse(icc: bytes) -> Profile:
    """Read a profile.

    Raises:
        ProfileError: its reason completes the sentence "its colour profile has ...".
    """
    try:
        tags = tags_of_profile(icc)
        space = icc[16:20].decode("latin-1").strip()
        if space == "GRAY" and b"kTRC" in tags:
            curve = _curve(tags[b"kTRC"])
            return GreyProfile(_lightness_curve(curve) if icc[20:24] == b"Lab " else curve)
        if space == "RGB" and b"rXYZ" in tags:
            red, green, blue = (_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
            primaries = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
            return MatrixProfile((red, green, blue), _white_scaled(np.array(primaries).T))
        if any(name in tags for name in (b"A2B0", b"A2B1", b"A2B2")):
            return TableProfile(space)
    except (struct.error, KeyError) as error:
        raise ProfileError(f"parts missing ({error})") from error
    raise ProfileError(f"neither curves nor tables for {space!r}")


def _white_scaled(to_pcs: Numbers) -> Numbers:
    """Rows scaled so that (1, 1, 1) is exactly sRGB's white: greys stay grey."""
    white = to_pcs.sum(1, keepdims=True)
    if (white <= 0).any() or abs(np.linalg.det(to_pcs)) < 1e-6:
        raise ProfileError("primaries that span no colours")
    scaled: Numbers = to_pcs * (SRGB_TO_PCS.sum(1, keepdims=True) / white)
    return scaled


@cache
def adobe_rgb_bytes() -> bytes:
    """A profile of Adobe RGB (1998) in all but its name, for files that say it by EXIF alone."""
    primaries = {
        b"rXYZ": (0.60974, 0.31111, 0.01947),
        b"gXYZ": (0.20528, 0.62567, 0.06087),
        b"bXYZ": (0.14919, 0.06322, 0.74457),
    }
    return matrix_profile_bytes(primaries, 563 / 256, b"Compatible with Adobe RGB (1998)")


def matrix_profile_bytes(
    primaries: Mapping[bytes, Iterable[float]], gamma: float, name: bytes
) -> bytes:
    """A display profile of these primaries (adapted to D50) and one gamma."""

    def fixed(values: Iterable[float]) -> bytes:
        return struct.pack(">3i", *(round(value * 65536) for value in values))

    white = fixed((0.9642, 1.0, 0.8249))
    curve = b"curv" + bytes(4) + struct.pack(">IHxx", 1, round(gamma * 256))
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name + bytes(79),
        b"cprt": b"text" + bytes(4) + b"No copyright\0",
        b"wtpt": b"XYZ " + bytes(4) + white,
        **{tag: b"XYZ " + bytes(4) + fixed(xyz) for tag, xyz in primaries.items()},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    offset, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, data in tags.items():
        table += tag + struct.pack(">II", offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4xI", offset + len(body), 0x02400000) + b"mntrRGB XYZ "
    head += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + white
    return head.ljust(128, b"\0") + table + body


def inverse(curve: Curve) -> Curve:
    """Linear light to encoded: straight lines between 65536 points of the curve."""
    grid = np.linspace(0, 1, 65536)
    light = np.maximum.accumulate(curve(grid))
    return lambda y: np.interp(y, light, grid)


def curve_is_srgb(curve: Curve) -> bool:
    x = np.linspace(0, 1, 1025)
    return bool(np.abs(inverse(SRGB_CURVE)(curve(x)) - x).max() < SAME_CURVE)


def is_srgb(profile: Profile) -> bool:
    """Whether a conversion to sRGB would change nothing one can see."""
    if not isinstance(profile, MatrixProfile):
        return False
    near = np.abs(profile.to_pcs - SRGB_TO_PCS).max() < SAME_MATRIX
    return bool(near) and all(curve_is_srgb(curve) for curve in profile.curves)


@cache
def srgb_bytes() -> bytes:
    """An sRGB profile, the same bytes every time (the engine would date it to this second)."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + made[36:]
