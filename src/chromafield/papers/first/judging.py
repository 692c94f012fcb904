"""The first paper's comparisons judged: a table of colours or of classes, and a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image
from torch import nn

from ...canvas.lightness import as_unit
from ...canvas.upsample import render
from ...color import rgb_to_lab
from ...datasets.datasets import Photo
from ...defaults import MODEL
from ...evaluate.degrade import OLD
from ...evaluate.methods import color_method
from ...evaluate.report import ColorMethod, Row, Show, all_grey, evaluate, markdown, show_clean
from ...fields import create_field
from ...image.sheet import as_bytes, contact_sheet
from ...models import load_model, shipped_path
from ...tables import as_table
from ...train.config import RunConfig
from ...train.folder import RunFolder
from ...train.held_out import spread
from ...train.tasks.classifier import ClassifyTask, Score, cells
from ..arms import Arm
from ..logs import spent_on

SHOWN = 6  # checking pictures on the sheet
SHEET_HEIGHT = 150  # pixels of each


def class_table(folder: Path, listed: Sequence[Arm]) -> str:
    """Each judged arm's classes on the pictures that it held out, in Markdown."""
    return as_table(
        {"network": arm.name} | cells(score)
        for arm in listed
        if arm.judged
        for score in _class_scores(folder / arm.folder, arm.config)
    )


def _class_scores(path: Path, config: RunConfig) -> list[Score]:
    task = ClassifyTask(replace(config, start=str(RunFolder(path).weights(config.model))))
    _, held_out = task.photos()
    return task.measure(task.network(begin=True).eval(), held_out)


def color_table(
    kind: str, folder: Path, weights: Mapping[str, Path], photos: Sequence[Photo]
) -> str:
    """The arms' colours on true pictures, the default network in the last row, in Markdown.

    Args:
        folder: gets the sheet, `KIND.jpg`.

    Raises:
        DataError: a picture cannot be read.
    """
    sources = {name: str(path) for name, path in weights.items()} | {MODEL: MODEL}
    networks = {name: load_model(source).model for name, source in sources.items()}
    methods = {name: color_method(one, create_field("mean")) for name, one in networks.items()}
    shows: dict[str, Show] = OLD if kind == "aged" else {"clean": show_clean}
    write_sheet(folder / f"{kind}.jpg", photos, methods, shows)
    rows = {name: evaluate(photos, methods, show=show) for name, show in shows.items()}
    if kind == "aged":
        return "\n".join(f"Shown {name}:\n\n{markdown(own)}" for name, own in rows.items())
    clean = rows["clean"]
    return f"{markdown(clean)}\n{_spent(weights, networks, clean)}"


def _spent(
    weights: Mapping[str, Path], networks: Mapping[str, nn.Module], rows: Sequence[Row]
) -> str:
    """What each network was given, its size, and how sure its colour difference is."""
    lines = []
    for name, network in networks.items():
        own = [row for row in rows if row.method == name]
        found = spent_on(weights.get(name, shipped_path(MODEL)).with_suffix(".md"))
        seconds = sum(row.seconds * row.pictures for row in own)
        spent = {
            "network": name,
            "minutes": f"{found[1]:.0f}" if found else "-",
            "crops": f"{found[0]:,}" if found else "-",
            "parameters": f"{sum(p.numel() for p in network.parameters()) / 1e6:.2f} M",
            "s a picture": f"{seconds / sum(row.pictures for row in own):.3f}",
        }
        lines.append(spent | {f"CIEDE2000 of {row.pack}": _with_margin(row) for row in own})
    return (
        "A colour difference stands with half of its 95 % interval over pictures.\n\n"
        f"{as_table(lines)}"
    )


def _with_margin(row: Row) -> str:
    margin = "" if row.ciede2000_margin is None else f" ± {row.ciede2000_margin:.2f}"
    return f"{row.ciede2000:.2f}{margin}"


def write_sheet(
    path: Path, photos: Sequence[Photo], methods: dict[str, ColorMethod], shows: dict[str, Show]
) -> None:
    """A few checking pictures, a row each and way to show it: what the networks are shown, the same
    in every method's colours, then the truth."""
    rows = []
    for photo in spread(photos, SHOWN // len(shows)):
        rgb = photo.read_rgb()
        lab = rgb_to_lab(as_unit(rgb))
        number = [other for other in photos if other.pack == photo.pack].index(photo)
        for show in shows.values():
            seen = show(lab, number)[None, None]
            colours = [all_grey(seen), *(paint(seen) for paint in methods.values())]
            rows.append([*(as_bytes(render(ab, seen)) for ab in colours), rgb])
    sheet = contact_sheet(rows, SHEET_HEIGHT, ["shown", *methods, "truth"])
    Image.fromarray(sheet).save(path, quality=90)
