"""How far one click goes: does it colour its thing, does it leave the rest alone?

    python benchmarks/clicks.py PICTURES.zip [--most N] [--place middle|anywhere] [--sheet SHEET]

Each picture's segments lie beside the pack, as PICTURES_segments.zip. One segment of 3 to 30 % of
the picture is chosen by chance, the same in every run; one click on it asks for a colour 60 ab
units from the automatic one. Printed for each way to say what a mark reaches, as means:

    inside   how much of the step is made on the thing, 1: all of it
    moved    share of the pixels outside of it that move by more than 10 ab
    near     the same within a tenth of the diagonal around it
    far      as inside, over the rest that lies farther away than a third of the diagonal
    knows    the chance that a pixel of the thing moves more than one outside at the same distance
             from the click; a disc has 0.5, a map of two values that fills r of it (1 + r) / 2
    good     share of the things with moved at most 15 % and inside at least 0.5
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from chromafield.canvas.guide import embedding, shipped
from chromafield.canvas.upsample import upsampled
from chromafield.color import fit_gamut, lab_to_rgb, rgb_to_lab
from chromafield.colorizer.loading import load_colorizer
from chromafield.datasets.datasets import list_photos
from chromafield.hints.document import Hints, disc
from chromafield.image.sheet import as_bytes, contact_sheet
from chromafield.propagation.propagate import HintPropagator
from chromafield.propagation.reach import GivenMark
from chromafield.resize import resize
from chromafield.settings import Settings

STEP = 60.0  # ab units from the automatic colour to the given one
AREA = (0.03, 0.30)  # of a thing
LIGHTNESS = (25.0, 85.0)  # under the click: elsewhere sRGB has no room for the step
RADIUS = 0.01  # of the click, shares of the longer side
FAR, NEAR, RING = 1 / 3, 1 / 10, 1 / 50  # diagonals
COLUMNS = ("inside", "moved", "near", "far", "knows", "good")
DISC = 0.14  # diagonals: the radius of a disc that fills as much of a thing as our maps do

Row = dict[str, float]


class Disc:
    """A way that knows nothing of the picture."""

    def __init__(self, grid: tuple[int, int]) -> None:
        self.grid = grid

    def away(self, mark: GivenMark) -> Tensor:
        """Distances from the mark's cells, diagonals."""
        y, x = torch.meshgrid(*(torch.arange(side) for side in self.grid), indexing="ij")
        rows, columns = mark.share.nonzero().T
        steps = (y[..., None] - rows) ** 2 + (x[..., None] - columns) ** 2
        return steps.amin(2).sqrt() / float(np.hypot(*self.grid))

    def maps(self, marks: Sequence[GivenMark]) -> Tensor:
        return torch.stack([(self.away(mark) < DISC).float() for mark in marks])


class Embedded(Disc):
    """Distance and the structure's vectors, cut at Otsu's threshold of their logarithm."""

    def __init__(self, grid: tuple[int, int], vectors: Tensor) -> None:
        super().__init__(grid)
        self.vectors = torch.nn.functional.normalize(resize(vectors, grid)[0], dim=0)

    def maps(self, marks: Sequence[GivenMark]) -> Tensor:
        return torch.stack([self._map(mark) for mark in marks])

    def _map(self, mark: GivenMark) -> Tensor:
        own = torch.nn.functional.normalize((self.vectors * mark.share).sum((1, 2)), dim=0)
        likeness = torch.einsum("d,dhw->hw", own, self.vectors)
        away = self.away(mark) + 0.3 * (1 - likeness)
        logs = (away + 1e-3).log()
        levels = ((logs - logs.min()) / (logs.max() - logs.min()) * 255).byte().numpy()
        cut, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        scale = float(torch.exp(logs.min() + cut / 255 * (logs.max() - logs.min())))
        return ((1.25 - away / scale) / 0.5).clamp(0, 1)


@dataclass(frozen=True)
class Click:
    lightness: Tensor  # (1, 1, H, W)
    thing: NDArray[np.bool_]
    place: tuple[int, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--most", type=int, default=10**9, help="pictures, at most")
    parser.add_argument("--place", choices=("middle", "anywhere"), default="middle")
    parser.add_argument("--sheet", type=Path, help="a sheet of the first pictures by the last way")
    told = parser.parse_args()
    rows: dict[str, list[Row]] = {}
    sheet: list[list[NDArray[np.uint8]]] = []
    colorizer = load_colorizer(Settings(), "cpu")
    for number, click in enumerate(clicks(told.pictures, told.place)):
        if number == told.most:
            break
        plain = colorizer.propagator(colorizer.canvas_of(click.lightness))
        automatic = painted(click, plain, Hints())
        color, ab = wished(click, automatic)
        row, column = click.place
        height, width = click.thing.shape
        hints = Hints((disc((column + 0.5) / width, (row + 0.5) / height, RADIUS, color),))
        for name, way in ways(plain, click).items():
            new = painted(click, replace(plain, reach=way), hints)
            rows.setdefault(name, []).append(measure(click, automatic, new, ab))
        if told.sheet and len(sheet) < 12:
            grey = torch.cat([click.lightness[0], torch.zeros_like(automatic[1:])])
            sheet.append([as_bytes(lab_to_rgb(lab)) for lab in (grey, automatic, new)])
    print(f"| what a mark reaches | things | {' | '.join(COLUMNS)} |")
    print(f"|---|---|{'---|' * len(COLUMNS)}")
    for name, own in rows.items():
        means = " | ".join(f"{np.mean([row[column] for row in own]):.3f}" for column in COLUMNS)
        print(f"| {name} | {len(own)} | {means} |")
    if told.sheet:
        Image.fromarray(contact_sheet(sheet, 180)).save(told.sheet)


def ways(propagator: HintPropagator, click: Click) -> dict[str, Any]:
    """The ways to say what a mark reaches; None: all that the field and the network reach."""
    assert propagator.reach is not None
    grid = propagator.reach.grid
    vectors = embedding(shipped("cpu"), click.lightness)
    return {
        "all that looks alike (field and hint network alone)": None,
        f"a disc of {DISC} diagonals": Disc(grid),
        "distance and embedding, Otsu's threshold": Embedded(grid, vectors),
        "the reach network": propagator.reach,
    }


def clicks(pictures: Path, place: str) -> Iterator[Click]:
    for photo in list_photos([pictures]):
        segments = photo.read_segments()
        assert segments is not None
        rgb = torch.from_numpy(photo.read_rgb()).movedim(-1, 0).float() / 255
        lightness = rgb_to_lab(rgb)[None, :1]
        random = np.random.default_rng(zlib.crc32(photo.name.encode()))
        for label in random.permutation(np.unique(segments)):
            thing = segments == label
            depth = cv2.distanceTransform(np.pad(thing, 1).astype(np.uint8), cv2.DIST_L2, 5)
            depth = depth[1:-1, 1:-1]
            least = depth.max() if place == "middle" else depth.max() / 3
            well = np.argwhere(depth >= least)
            row, column = well[0 if place == "middle" else random.integers(len(well))]
            light = LIGHTNESS[0] <= float(lightness[0, 0, row, column]) <= LIGHTNESS[1]
            if AREA[0] <= thing.mean() <= AREA[1] and light:
                yield Click(lightness, thing, (int(row), int(column)))
                break


def painted(click: Click, propagator: HintPropagator, hints: Hints) -> Tensor:
    """Lab of the picture with these hints, (3, H, W), within sRGB."""
    ab = upsampled(propagator.colors(hints), click.lightness)
    return fit_gamut(torch.cat([click.lightness, ab], dim=1))[0]


def wished(click: Click, automatic: Tensor) -> tuple[str, Tensor]:
    """The click's colour, as text and as ab: a step away where the thing has most room."""
    row, column = click.place
    start = automatic[:, row, column]
    levels = torch.quantile(
        automatic[0][torch.from_numpy(click.thing)], torch.linspace(0.1, 0.9, 9)
    )
    best: tuple[float, Tensor] | None = None
    for angle in torch.arange(16) * torch.pi / 8:
        end = start[1:] + STEP * torch.stack([angle.cos(), angle.sin()])
        lab = torch.cat(
            [torch.cat([levels, start[:1].expand(9)])[None], end[:, None].expand(2, 18)]
        )
        lost = float((fit_gamut(lab[:, None])[1:, 0] - end[:, None]).norm(dim=0).mean())
        if best is None or lost < best[0]:
            best = (lost, end)
    assert best is not None
    rgb = lab_to_rgb(fit_gamut(torch.cat([start[:1], best[1]])[:, None, None]))
    level = (255 * rgb.clamp(0, 1)).round()
    return "#" + "".join(f"{int(n):02x}" for n in level.flatten()), rgb_to_lab(level / 255)[
        1:, 0, 0
    ]


def measure(click: Click, automatic: Tensor, new: Tensor, ab: Tensor) -> Row:
    goal = fit_gamut(torch.cat([automatic[:1], ab[:, None, None].expand_as(automatic[1:])]))[1:]
    step, change = goal - automatic[1:], new[1:] - automatic[1:]
    moved = change.norm(dim=0).numpy()
    made, whole = (change * step).sum(0).numpy(), step.square().sum(0).numpy()
    height, width = click.thing.shape
    y, x = np.mgrid[:height, :width]
    diagonal, out = np.hypot(height, width), ~click.thing
    away = np.hypot(y - click.place[0], x - click.place[1]) / diagonal
    beside = cv2.distanceTransform(out.astype(np.uint8), cv2.DIST_L2, 5) <= NEAR * diagonal
    distant = out & (away > FAR)
    found = {
        "inside": made[click.thing].sum() / whole[click.thing].sum(),
        "moved": (moved[out] > 10).mean(),
        "near": (moved[out & beside] > 10).mean(),
        "far": made[distant].sum() / whole[distant].sum() if distant.any() else 0.0,
        "knows": knows(moved, click.thing, (away / RING).astype(int)),
    }
    return found | {"good": float(found["moved"] <= 0.15 and found["inside"] >= 0.5)}


def knows(moved: NDArray[Any], thing: NDArray[np.bool_], ring: NDArray[Any]) -> float:
    """See this file's head; each ring counts by the fewer of its pixels inside and outside."""
    total = weight = 0.0
    for number in np.unique(ring[thing]):
        own, others = moved[(ring == number) & thing], np.sort(moved[(ring == number) & ~thing])
        if fewer := min(len(own), len(others)):
            below = np.searchsorted(others, own, "left") + np.searchsorted(others, own, "right")
            total += fewer * below.mean() / 2 / len(others)
            weight += fewer
    return total / weight if weight else 0.5


if __name__ == "__main__":
    main()
