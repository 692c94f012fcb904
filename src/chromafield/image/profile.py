"""Colour profiles applied: a file's own colours to sRGB and back.

Curves and matrices are evaluated in floating point, a strip of rows at a time, so that 8 and 16
bits go one exact way. Profiles of measured tables (printers, scanners) go through Pillow's engine
at 8 bits, and through our own reading of their tables at 16; the written picture is then sRGB.
Relative colorimetry throughout: white is white.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from ..errors import PictureError
from ._icc import (
    SRGB_CURVE,
    SRGB_TO_PCS,
    Curve,
    GreyProfile,
    MatrixProfile,
    Numbers,
    Profile,
    ProfileError,
    curve_is_srgb,
    inverse,
    is_srgb,
    parse,
    srgb_bytes,
)
from ._lut import Lut, read_lut
from .picture import Levels, at_depth
from .strips import row_strips

REMEDY = "Convert the picture to sRGB, or strip its profile, in a picture editor and try again."


class UnfitProfile(PictureError):
    """A profile that is broken, or not for this picture."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} has {why}. {REMEDY}")
        self.why = why


def to_srgb_or_aside(
    pixels: Levels, icc: bytes | None, name: str
) -> tuple[Levels, bytes | None, str | None]:
    """As `to_srgb`; a profile that cannot be used is left aside, as every viewer does.

    Returns:
        Levels, the written picture's profile, and a sentence where the profile was left aside.
    """
    try:
        return *to_srgb(pixels, icc, name), None
    except UnfitProfile as error:
        return pixels, None, aside_sentence(name, error.why)


def aside_sentence(name: str, why: str) -> str:
    return f"{name} has {why}; it was not used, and the picture is read as sRGB."


def to_srgb(pixels: Levels, icc: bytes | None, name: str) -> tuple[Levels, bytes | None]:
    """Levels in the profile `icc` as sRGB levels, and the profile the written picture is to have.

    Args:
        pixels: (h, w) or (h, w, 3) in the profile; returned as they are where it is sRGB.
        name: of the picture, for the sentence of an error.

    Returns:
        uint16 where a curve was applied, whatever came in; uint8 from a profile of tables at 8
        bits.

    Raises:
        UnfitProfile: the profile is broken, or for another kind of picture.
    """
    if icc is None:
        return pixels, None
    profile = _parsed(icc, name)
    grey = pixels.ndim == 2
    if isinstance(profile, GreyProfile):
        if not grey and not _are_equal(pixels):
            raise UnfitProfile(name, "three channels but a grey colour profile")
        return _grey_to_srgb(pixels, profile.curve), srgb_bytes()
    if isinstance(profile, MatrixProfile):
        if is_srgb(profile):
            return pixels, icc
        if grey:
            return _grey_to_srgb(pixels, profile.curves[1]), icc
        return _map(pixels, profile.curves, _matrix(profile), (SRGB_CURVE,) * 3, 16), icc
    if profile.space != ("GRAY" if grey else "RGB"):
        raise UnfitProfile(name, f"a colour profile for {profile.space} pictures")
    if pixels.dtype == np.uint8:
        return _through_engine(pixels, icc, name), srgb_bytes()
    return _through_table(pixels, icc, name), srgb_bytes()


def converted(pixels: Levels, profile: MatrixProfile) -> Levels:
    """Levels in the profile as sRGB levels of 16 bits; for colours stated without a profile."""
    if pixels.ndim == 2:
        return _grey_to_srgb(pixels, profile.curves[1])
    return _map(pixels, profile.curves, _matrix(profile), (SRGB_CURVE,) * 3, 16)


def _are_equal(rgb: Levels) -> bool:
    """Whether all channels are the same: a grey picture in three."""
    return bool((rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 1] == rgb[..., 2]).all())


def from_srgb(rgb: Levels, icc: bytes | None, depth: int) -> Levels:
    """sRGB levels (h, w, 3) in the profile `icc`, at 8 or 16 bits; the way back from `to_srgb`.

    Raises:
        PictureError: the profile is broken, or not one of curves and a matrix.
    """
    if icc is None:
        return at_depth(rgb, depth)
    profile = _parsed(icc, "The result")
    if is_srgb(profile):
        return at_depth(rgb, depth)
    if not isinstance(profile, MatrixProfile):
        raise PictureError(f"The result cannot be given a profile that is not RGB curves. {REMEDY}")
    back: Numbers = np.linalg.inv(_matrix(profile)).astype(np.float64, copy=False)
    return _map(rgb, (SRGB_CURVE,) * 3, back, profile.curves, depth)


def _parsed(icc: bytes, name: str) -> Profile:
    try:
        return parse(icc)
    except ProfileError as error:
        raise UnfitProfile(name, f"a broken colour profile, with {error}") from error


def _matrix(profile: MatrixProfile) -> Numbers:
    """The profile's linear RGB to linear sRGB."""
    matrix: Numbers = np.linalg.solve(SRGB_TO_PCS, profile.to_pcs)
    return matrix


def _light_table(curve: Curve, dtype: np.dtype[Any]) -> Numbers:
    """Linear light of every level there is."""
    return curve(np.linspace(0, 1, np.iinfo(dtype).max + 1))


def _grey_to_srgb(grey: Levels, curve: Curve) -> Levels:
    if curve_is_srgb(curve):
        return grey
    table = inverse(SRGB_CURVE)(_light_table(curve, grey.dtype))
    levels: Levels = np.rint(65535 * table).astype(np.uint16)[grey]
    return levels


def _map(
    rgb: Levels,
    source: tuple[Curve, Curve, Curve],
    matrix: Numbers,
    target: tuple[Curve, Curve, Curve],
    depth: int,
) -> Levels:
    """Undo the source's curves, mix by the matrix, apply the target's; clipped to its gamut."""
    full, dtype = (255, np.uint8) if depth == 8 else (65535, np.uint16)
    out: Levels = np.empty(rgb.shape, dtype)
    tables = [_light_table(curve, rgb.dtype).astype(np.float32) for curve in source]
    encode = [inverse(curve) for curve in target]
    mix = matrix.T.astype(np.float32)
    for rows in row_strips(*rgb.shape[:2]):
        light = np.stack([tables[c][rgb[rows, :, c]] for c in range(3)], axis=-1) @ mix
        for c in range(3):
            out[rows, :, c] = np.rint(full * encode[c](light[..., c].clip(0, 1)))
    return out


def engine_transform(icc: bytes, mode: str, name: str) -> ImageCms.ImageCmsTransform:
    """Pillow's colour engine from the profile `icc`, in Pillow's `mode`, to sRGB.

    Raises:
        UnfitProfile: the engine refuses the profile.
    """
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(icc)),
            ImageCms.ImageCmsProfile(io.BytesIO(srgb_bytes())),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError) as error:
        raise UnfitProfile(name, "a colour profile that the colour engine refuses") from error


def _through_engine(pixels: Levels, icc: bytes, name: str, axes: int | None = None) -> Levels:
    if axes == 3 and pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    transform = engine_transform(icc, "L" if pixels.ndim == 2 else "RGB", name)
    out = np.empty((*pixels.shape[:2], 3), np.uint8)
    for rows in row_strips(*pixels.shape[:2]):
        strip = ImageCms.applyTransform(Image.fromarray(pixels[rows]), transform)
        out[rows] = np.asarray(strip)
    return out[..., 1].copy() if pixels.ndim == 2 else out


def _through_table(pixels: Levels, icc: bytes, name: str) -> Levels:
    """16 bits by the profile's own table, or between the 256 levels that the engine gives."""
    try:
        lut = read_lut(icc)
    except ProfileError as error:
        raise UnfitProfile(name, f"a broken colour profile, with {error}") from error
    if lut is None:
        every = _through_engine(np.arange(256, dtype=np.uint8)[None], icc, name, pixels.ndim)
        return _between_levels(pixels, every)
    if pixels.ndim == 2 or _are_equal(pixels):
        axis = np.linspace(0, 1, 65536)
        shown = _lut_to_srgb(np.repeat(axis[:, None], lut.channels, axis=1), lut)
        grey = pixels if pixels.ndim == 2 else pixels[..., 0]
        levels: Levels = shown[:, 1][grey] if pixels.ndim == 2 else shown[grey]
        return levels
    out: Levels = np.empty(pixels.shape, np.uint16)
    for rows in row_strips(*pixels.shape[:2]):
        strip = pixels[rows].reshape(-1, 3) / 65535
        out[rows] = _lut_to_srgb(strip, lut).reshape(out[rows].shape)
    return out


def _lut_to_srgb(device: Numbers, lut: Lut) -> Levels:
    linear = lut.to_xyz(device) @ np.linalg.inv(SRGB_TO_PCS).T
    levels: Levels = np.rint(65535 * inverse(SRGB_CURVE)(linear.clip(0, 1))).astype(np.uint16)
    return levels


def _between_levels(pixels: Levels, every: Levels) -> Levels:
    """Along the grey axis only, channel by channel: no 16-bit engine is at hand."""
    ends = np.linspace(0, 65535, 256)
    out: Levels = np.empty(pixels.shape, np.uint16)
    planes, results = np.atleast_3d(pixels), np.atleast_3d(every)
    for channel in range(planes.shape[2]):
        table = np.interp(np.arange(65536), ends, 257.0 * results[0, :, min(channel, 2)])
        np.atleast_3d(out)[..., channel] = np.rint(table).astype(np.uint16)[planes[..., channel]]
    return out
