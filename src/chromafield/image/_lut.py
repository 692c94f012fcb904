"""Profiles of measured tables (lut8, lut16) evaluated in floating point.

Input curves, a grid of measured colours between whose points it goes by tetrahedra (so that greys
use grey points alone), output curves, then CIELAB or XYZ of the profile's white.

References:
    ICC.1:2022, sections 10.10 (lut16Type), 10.11 (lut8Type), 6.3.4.2 (their encodings of the PCS).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from ._icc import KNEE, SRGB_TO_PCS, Numbers, ProfileError, tags_of_profile

WHITE = SRGB_TO_PCS.sum(1)
HEAD, HEAD_16 = 48, 52  # bytes before the tables
NEAR_WHITE = 0.01  # tables round their white; white is to be white
TABLES = (b"A2B1", b"A2B0", b"A2B2")  # relative colorimetric first


@dataclass(frozen=True)
class Lut:
    """One table of a profile."""

    inputs: Numbers  # (channels, entries)
    grid: Numbers  # (points, ..., points, 3)
    outputs: Numbers  # (3, entries)
    is_lab: bool
    lab_full: float  # what L = 100 is encoded as

    @property
    def channels(self) -> int:
        return len(self.inputs)

    def to_xyz(self, device: Numbers) -> Numbers:
        """(n, channels) in [0, 1] to XYZ (n, 3), white as sRGB's, black at 0."""
        white = self._xyz(np.ones((1, self.channels)))[0]
        near = bool((np.abs(white / WHITE - 1) < NEAR_WHITE).all())
        light = self._xyz(device) * (WHITE / white if near else 1)
        black = self._xyz(np.zeros((1, self.channels)))[0, 1] * WHITE / WHITE[1]
        if black[1] <= 0 or black[1] >= WHITE[1] / 2:
            return light
        moved: Numbers = (light - black) * WHITE / (WHITE - black)
        return moved

    def _xyz(self, device: Numbers) -> Numbers:
        curves = np.linspace(0, 1, self.inputs.shape[1])
        positioned = np.stack(
            [np.interp(device[:, c], curves, self.inputs[c]) for c in range(self.channels)], axis=1
        )
        raw = _between(self.grid, positioned)
        curves = np.linspace(0, 1, self.outputs.shape[1])
        pcs = np.stack([np.interp(raw[:, k], curves, self.outputs[k]) for k in range(3)], axis=1)
        if not self.is_lab:
            xyz: Numbers = pcs * (1 + 32767 / 32768)
            return xyz
        lightness = 100 * pcs[:, 0] / self.lab_full
        a, b = (pcs[:, k] * self._ab_span - 128 for k in (1, 2))
        y = (lightness + 16) / 116
        roots = np.stack([y + a / 500, y, y - b / 200], axis=1)
        light: Numbers = np.where(roots > KNEE, roots**3, 3 * KNEE**2 * (roots - 4 / 29)) * WHITE
        return light

    @property
    def _ab_span(self) -> float:
        return 255.0 if self.lab_full == 1 else 65535 / 256


def read_lut(icc: bytes) -> Lut | None:
    """The profile's table to the PCS; None where it is of a newer kind.

    Raises:
        ProfileError: it contradicts itself.
    """
    tags = tags_of_profile(icc)
    data = next((tags[name] for name in TABLES if name in tags), b"")
    if data[:4] not in (b"mft1", b"mft2"):
        return None
    deep = data[:4] == b"mft2"
    try:
        channels, results, points = data[8], data[9], data[10]
        entries, exits = struct.unpack_from(">HH", data, HEAD) if deep else (256, 256)
        start, kind, full = (HEAD_16, ">u2", 65535) if deep else (HEAD, "u1", 255)
        counts = channels * entries, points**channels * results, results * exits
        if results != 3 or points < 2 or min(entries, exits) < 2 or channels not in (1, 3):
            return None
        values = np.frombuffer(data, kind, sum(counts), start) / full
    except (struct.error, ValueError, IndexError) as error:
        raise ProfileError("a table that is cut off") from error
    inputs, grid, outputs = np.split(values, np.cumsum(counts)[:2])
    return Lut(
        inputs.reshape(channels, entries),
        grid.reshape(*(points,) * channels, results),
        outputs.reshape(results, exits),
        icc[20:24] == b"Lab ",
        65280 / 65535 if deep else 1.0,
    )


def _between(grid: Numbers, places: Numbers) -> Numbers:
    """Values of the grid between its points, by simplices; places (n, channels) in [0, 1]."""
    points, channels = grid.shape[0], places.shape[1]
    scaled = places.clip(0, 1) * (points - 1)
    corner = np.minimum(scaled.astype(int), points - 2)
    rest = scaled - corner
    order = np.argsort(-rest, axis=1, kind="stable")  # the way along the edges: largest step first
    sorted_rest = np.take_along_axis(rest, order, axis=1)
    value = grid[tuple(corner.T)]
    out: Numbers = value.copy()
    rows = np.arange(len(places))
    for k in range(channels):
        corner[rows, order[:, k]] += 1
        after = grid[tuple(corner.T)]
        out += sorted_rest[:, k : k + 1] * (after - value)
        value = after
    return out
