"""Colours that a PNG states in chunks of its own: gAMA with cHRM, and cICP.

A PNG's levels v mean light of v ^ (1 / gAMA). Where no profile, sRGB or cICP chunk says more, they
become sRGB here.

References:
    W3C PNG, third edition, sections 11.3.2 (gAMA, cHRM, cICP) and 13.13;
    ITU-T H.273, tables 2 and 3; ITU-R BT.2100, tables 4 and 5; BT.2408 (paper white, 203 cd/m2).
"""

from __future__ import annotations

import numpy as np

from ._icc import SRGB_CURVE, SRGB_TO_PCS, Curve, MatrixProfile, Numbers, parametric
from ._png_read import PngChunks
from .picture import Levels
from .profile import converted

SRGB_GAMMA = 45455
NEAR_SRGB = 0.05  # of it: no viewer tells them apart
MIN_GAMMA, MAX_GAMMA = 0.3, 1.2
PQ, HLG = 16, 18
CURVES = {PQ: "PQ", HLG: "HLG"}
POWERS = {4: 2.2, 5: 2.8, 8: 1.0}  # plain powers among the curves; the rest is as good as sRGB
REFERENCE_WHITE = 203  # cd/m2: paper white of an HDR picture
D50 = np.array([0.9642, 1.0, 0.8249])
D65 = (0.3127, 0.3290)
PRIMARIES = {  # x and y of red, green and blue, by H.273
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def stated_colors(levels: Levels, chunks: PngChunks, name: str) -> tuple[Levels, bool, str | None]:
    """The levels as sRGB, whether they were changed, and a sentence where one is due."""
    if chunks.cicp is not None:
        return _by_code_points(levels, chunks.cicp, name)
    if chunks.gamma is None or chunks.is_srgb or chunks.icc is not None:
        return levels, False, None
    if not MIN_GAMMA <= chunks.gamma / 1e5 <= MAX_GAMMA:
        return levels, False, _odd_gamma(chunks.gamma, name)
    to_pcs = _to_pcs([value / 1e5 for value in chunks.chromaticities or ()])
    same_tone = abs(chunks.gamma / SRGB_GAMMA - 1) <= NEAR_SRGB
    if same_tone and (to_pcs is None or np.abs(to_pcs - SRGB_TO_PCS).max() < 5e-3):
        return levels, False, None
    curve = SRGB_CURVE if same_tone else parametric(1e5 / chunks.gamma, 1, 0, 0, 0, 0, 0)
    matrix = SRGB_TO_PCS if to_pcs is None else to_pcs
    return converted(levels, MatrixProfile((curve,) * 3, matrix)), True, None


def _odd_gamma(gamma: int, name: str) -> str:
    return (
        f"{name} states a gamma of {gamma / 1e5:.3g}, which no picture has; it was not used, and "
        "the picture is read as sRGB."
    )


def _by_code_points(
    levels: Levels, cicp: tuple[int, ...], name: str
) -> tuple[Levels, bool, str | None]:
    primaries, transfer = cicp[:2]
    to_pcs = _to_pcs((*D65, *PRIMARIES[primaries])) if primaries in PRIMARIES else None
    matrix = SRGB_TO_PCS if to_pcs is None else to_pcs
    if transfer in POWERS:
        power = parametric(POWERS[transfer], 1, 0, 0, 0, 0, 0)
        return converted(levels, MatrixProfile((power,) * 3, matrix)), True, None
    if transfer not in CURVES:
        if to_pcs is None or np.abs(matrix - SRGB_TO_PCS).max() < 5e-3:
            return levels, False, None
        return converted(levels, MatrixProfile((SRGB_CURVE,) * 3, matrix)), True, None
    curve: Curve = _pq if transfer == PQ else _hlg
    sentence = (
        f"{name} is an HDR picture ({CURVES[transfer]}); it was converted to ordinary brightness, "
        "in which all above paper white is white."
    )
    return converted(levels, MatrixProfile((curve,) * 3, matrix)), True, sentence


def _to_pcs(xy: list[float] | tuple[float, ...]) -> Numbers | None:
    """Linear RGB to XYZ at D50, from x and y of white, red, green, blue; None where senseless."""
    if len(xy) != 8:
        return None
    points = np.array(xy).reshape(4, 2)
    if (points[:, 1] <= 0).any() or not (points[0] > 0.2).all() or not (points[0] < 0.5).all():
        return None
    xyz = np.stack([points[:, 0], points[:, 1], 1 - points.sum(1)], axis=1) / points[:, 1:]
    columns = xyz[1:].T
    if abs(np.linalg.det(columns)) < 1e-3:
        return None
    matrix = columns * np.linalg.solve(columns, xyz[0])
    gains = (BRADFORD @ D50) / (BRADFORD @ xyz[0])
    adapted: Numbers = np.linalg.solve(BRADFORD, gains[:, None] * BRADFORD) @ matrix
    scaled: Numbers = adapted * (SRGB_TO_PCS.sum(1) / adapted.sum(1))[:, None]
    return scaled


def _pq(x: Numbers) -> Numbers:
    """SMPTE ST 2084, with paper white at 1."""
    root = np.maximum(x, 0) ** (32 / 2523)
    nits = 10_000 * (np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)) ** (
        16384 / 2610
    )
    return np.clip(nits / REFERENCE_WHITE, 0, 1)


def _hlg(x: Numbers) -> Numbers:
    """ARIB STD-B67, with its reference white (75 % of the signal) at 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073

    def scene(v: Numbers) -> Numbers:
        return np.where(v <= 0.5, v**2 / 3, (np.exp((v - c) / a) + b) / 12)

    shown = scene(np.asarray(x, np.float64)) ** 1.2
    white = scene(np.array(0.75)) ** 1.2
    return np.clip(shown / white, 0, 1)
