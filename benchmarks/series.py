"""A series: is a thing that was clicked in one picture found and coloured in another?

    python benchmarks/series.py PICTURES.zip [--most N] [--sheet SHEET]

Two crops of each picture, the second enlarged, stand for two photographs of a series. The thing
that `clicks.py` chooses is clicked in the first; its colour is carried to the second, whose own
things and colours are measured with that script's columns. Beside it a click in the middle of the
thing in the second crop itself; and how many marks are carried to the next picture of the pack,
which has no such thing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from clicks import AREA, COLUMNS, RADIUS, Click, Row, clicks, measure, painted, wished
from numpy.typing import NDArray
from PIL import Image

from chromafield.color import lab_to_rgb
from chromafield.colorizer.colorizer import Colorizer
from chromafield.colorizer.loading import load_colorizer
from chromafield.hints.document import Hints, Mark, disc
from chromafield.image.sheet import as_bytes, contact_sheet
from chromafield.propagation.reach import encode_reach
from chromafield.propagation.series import MarkedPhotograph, mark_photograph, transfer
from chromafield.resize import resize
from chromafield.settings import Settings

FIRST, SECOND = (0.0, 0.8), (0.15, 1.0)  # of each side, that the crops show
LARGER = 1.2  # the second crop
SEEN = 0.5  # of the thing, that must lie in the second crop


@dataclass(frozen=True)
class Pair:
    first: Click
    second: Click


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--most", type=int, default=10**9, help="pairs, at most")
    parser.add_argument("--sheet", type=Path, help="a sheet of the first twelve")
    told = parser.parse_args()
    colorizer = load_colorizer(Settings(), "cpu")
    carried, clicked = [], []
    sheet: list[list[NDArray[np.uint8]]] = []
    unrelated = marks = 0
    before: MarkedPhotograph | None = None
    for number, pair in enumerate(pairs(told.pictures)):
        if number == told.most:
            break
        first, second = pair.first, pair.second
        automatic = _painted(first, colorizer, Hints())
        color, ab = wished(first, automatic)
        given = Hints((_mark(first, color),))
        model, reach = colorizer.trained.model, encode_reach(first.lightness)
        if before is not None:
            unrelated += bool(transfer([before], second.lightness, model).marks)
        before = mark_photograph(first.lightness, given, model, reach)
        found = transfer([before], second.lightness, model)
        marks += len(found.marks)
        plain = _painted(second, colorizer, Hints())
        new = _painted(second, colorizer, found)
        carried.append(measure(second, plain, new, ab))
        own = Hints((_mark(second, color),))
        clicked.append(measure(second, plain, _painted(second, colorizer, own), ab))
        if told.sheet and len(sheet) < 12:
            sheet.append(
                [
                    as_bytes(lab_to_rgb(lab))
                    for lab in (_painted(first, colorizer, given), plain, new)
                ]
            )
    print(f"| the second crop by | pairs | marks | {' | '.join(COLUMNS)} |")
    print(f"|---|---|---|{'---|' * len(COLUMNS)}")
    print(_line("what is carried", carried, marks / max(len(carried), 1)))
    print(_line("a click of its own", clicked, 1.0))
    print(f"Marks were carried to {unrelated} of {len(carried) - 1} other pictures.")
    if told.sheet:
        Image.fromarray(contact_sheet(sheet, 180)).save(told.sheet)


def pairs(pictures: Path) -> Iterator[Pair]:
    """Two crops of each picture in which a clicked thing lies well inside of both."""
    for click in clicks(pictures, "middle"):
        first, second = (_crop(click, part) for part in (FIRST, SECOND))
        seen = second.thing.sum() / LARGER**2 > SEEN * click.thing.sum()
        inside = first.thing[first.place] if _holds(first) else False
        if inside and seen and AREA[0] <= second.thing.mean() <= AREA[1]:
            yield Pair(first, second)


def _crop(click: Click, part: tuple[float, float]) -> Click:
    height, width = click.thing.shape
    rows, columns = (slice(int(part[0] * n), int(part[1] * n)) for n in (height, width))
    lightness, thing = click.lightness[..., rows, columns], click.thing[rows, columns]
    if part == FIRST:
        return Click(lightness, thing, click.place)
    size = (int(LARGER * thing.shape[0]), int(LARGER * thing.shape[1]))
    thing = cv2.resize(thing.astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST) > 0
    deep = cv2.distanceTransform(np.pad(thing, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(deep.argmax()), thing.shape)
    return Click(resize(lightness, size), thing, (int(row), int(column)))


def _holds(click: Click) -> bool:
    return click.place[0] < click.thing.shape[0] and click.place[1] < click.thing.shape[1]


def _mark(click: Click, color: str) -> Mark:
    height, width = click.thing.shape
    row, column = click.place
    return disc((column + 0.5) / width, (row + 0.5) / height, RADIUS, color)


def _painted(click: Click, colorizer: Colorizer, hints: Hints) -> torch.Tensor:
    return painted(click, colorizer.propagator(colorizer.canvas_of(click.lightness)), hints)


def _line(name: str, rows: list[Row], marks: float) -> str:
    means = " | ".join(f"{np.mean([row[column] for row in rows]):.3f}" for column in COLUMNS)
    return f"| {name} | {len(rows)} | {marks:.1f} | {means} |"


if __name__ == "__main__":
    main()
