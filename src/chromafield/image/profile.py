"""Colour profiles applied: a file's own colours to sRGB and back.

Curves and matrices are evaluated in floating point, a strip of rows at a time, so that 8 and 16
bits go one exact way. Profiles of measured tables (printers, scanners) go through Pillow's engine,
which has 8 bits; the written picture is then sRGB. Relative colorimetry throughout: white is white.
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
from .picture import Levels, at_depth
from .strips import row_strips

REMEDY = "Convert the picture to sRGB, or strip its profile, in a picture editor and try again."


def to_srgb(pixels: Levels, icc: bytes | None, name: str) -> tuple[Levels, bytes | None]:
    """Levels in the profile `icc` as sRGB levels, and the profile the written picture is to have.

    Args:
        pixels: (h, w) or (h, w, 3) in the profile; returned as they are where it is sRGB.
        name: of the picture, for the sentence of an error.

    Returns:
        uint16 where a curve was applied, whatever came in; uint8 from a profile of tables.

    Raises:
        PictureError: the profile is broken, for another kind of picture, or one of tables while
            the pixels have 16 bits.
    """
    if icc is None:
        return pixels, None
    profile = _parsed(icc, name)
    grey = pixels.ndim == 2
    if isinstance(profile, GreyProfile):
        if not grey:
            raise PictureError(f"{name} has three channels but a grey colour profile. {REMEDY}")
        return _grey_to_srgb(pixels, profile.curve), srgb_bytes()
    if isinstance(profile, MatrixProfile):
        if is_srgb(profile):
            return pixels, icc
        if grey:
            return _grey_to_srgb(pixels, profile.curves[1]), icc
        return _map(pixels, profile.curves, _matrix(profile), (SRGB_CURVE,) * 3, 16), icc
    if profile.space != ("GRAY" if grey else "RGB"):
        raise PictureError(f"{name} has a colour profile for {profile.space} pictures. {REMEDY}")
    if pixels.dtype != np.uint8:
        raise PictureError(
            f"{name} has 16 bits a channel and a colour profile of measured tables, which is "
            f"applied at 8 bits only. {REMEDY}"
        )
    return _through_engine(pixels, icc, name), srgb_bytes()


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
        raise PictureError(f"{name} has a broken colour profile, with {error}. {REMEDY}") from error


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
        PictureError: the engine refuses the profile.
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
        raise PictureError(
            f"{name} has a colour profile that cannot be used: {error}. {REMEDY}"
        ) from error


def _through_engine(pixels: Levels, icc: bytes, name: str) -> Levels:
    transform = engine_transform(icc, "L" if pixels.ndim == 2 else "RGB", name)
    out = np.empty((*pixels.shape[:2], 3), np.uint8)
    for rows in row_strips(*pixels.shape[:2]):
        strip = ImageCms.applyTransform(Image.fromarray(pixels[rows]), transform)
        out[rows] = np.asarray(strip)
    return out[..., 1].copy() if pixels.ndim == 2 else out
