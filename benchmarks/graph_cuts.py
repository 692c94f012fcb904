"""How far the mean-field Potts field stays from alpha-expansion by graph cuts, on real pictures.

    python benchmarks/graph_cuts.py PATH... [--pictures 20]

PATH is a folder or a zip archive of colour photographs. The cost of a labelling is

    sum_i 10 (1 - p_i(y_i)) + sum_{i~j} w_ij (0 if y_i = y_j, 7 if |y_i - y_j| <= 2, else 10)

each edge once: the field's score turned upside down. The gap is (ours - expansion) / expansion of
the decoded labellings, a and b together. Needs the package `gco-wrapper` (in the extra `dev`),
which wants whole numbers: costs are multiplied by 1000 for it, and its labelling is judged exactly.

References:
    Boykov, Veksler and Zabih, Fast approximate energy minimization via graph cuts, 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import gco
import numpy as np
import torch
from numpy.typing import NDArray

from chromafield.beliefs import ChannelBeliefs, LabelBelief, as_channels
from chromafield.canvas.canvas import make_canvas
from chromafield.canvas.lightness import as_unit
from chromafield.color import rgb_to_lab
from chromafield.datasets.datasets import Photo, list_photos
from chromafield.fields import create_field
from chromafield.fields._grid import Edges
from chromafield.fields.potts import Config, PottsField
from chromafield.models import load_model

WHOLE = 1000  # costs a unit, as gco counts them
SETTLED = 1000  # sweeps, at most
LOOSE, TIGHT = 1e-4, 1e-8  # shares of the bound a sweep gains at least, or the field stops

Labelling = NDArray[np.int64]


def pair_costs(labels: int, config: Config) -> NDArray[np.float64]:
    step = np.abs(np.subtract.outer(np.arange(labels), np.arange(labels)))
    near = config.same - config.near
    return np.where(step == 0, 0.0, np.where(step <= config.reach, near, config.same))


def cost(
    y: Labelling, unary: NDArray[np.float64], edges: Edges, pair: NDArray[np.float64]
) -> float:
    """Of a labelling (h, w); `unary` is (h, w, k)."""
    right, down = edges.right[0].numpy(), edges.down[0].numpy()
    own = np.take_along_axis(unary, y[..., None], -1).sum()
    across = (right[:, :-1] * pair[y[:, :-1], y[:, 1:]]).sum()
    return float(own + across + (down[:-1] * pair[y[:-1], y[1:]]).sum())


def expansion(unary: NDArray[np.float64], edges: Edges, pair: NDArray[np.float64]) -> Labelling:
    """Alpha-expansion until no move lowers the cost."""
    h, w, k = unary.shape
    pixels = np.arange(h * w).reshape(h, w)
    ends = np.concatenate(
        [
            np.stack([pixels[:, :-1].ravel(), pixels[:, 1:].ravel()], 1),
            np.stack([pixels[:-1].ravel(), pixels[1:].ravel()], 1),
        ]
    )
    weights = np.concatenate(
        [edges.right[0, :, :-1].numpy().ravel(), edges.down[0, :-1].numpy().ravel()]
    )
    y = gco.cut_general_graph(
        ends.astype(np.int32),
        np.rint(WHOLE * weights).astype(np.int32),
        np.ascontiguousarray(np.rint(WHOLE * unary.reshape(-1, k)), np.int32),
        pair.astype(np.int32),
        algorithm="expansion",
        down_weight_factor=1,  # or whole numbers are divided down to nothing
    )
    return np.asarray(y, np.int64).reshape(h, w)


def decoded(config: Config, edges: Edges, labels: LabelBelief) -> Labelling:
    """The field's labelling of one channel: the most probable bin of its marginals."""
    ab = PottsField(config).infer(edges, ChannelBeliefs(labels, labels)).value
    return np.rint((ab[0, 0].numpy() + 120) / 10).astype(np.int64)


def gaps(lightness: torch.Tensor, model: torch.nn.Module) -> tuple[float, float]:
    """After eight sweeps, and settled; a and b together."""
    canvas = make_canvas(lightness, model, create_field("potts"))
    edges, channels = canvas.prepared, as_channels(canvas.belief)
    usual = Config(decode="mode", tolerance=LOOSE)
    settled = Config(decode="mode", tolerance=TIGHT, sweeps=SETTLED)
    sums = np.zeros(3)
    for labels in (channels.a, channels.b):
        p = labels.probability()[0].movedim(0, -1).double().numpy()
        unary = usual.weight * (1 - p)
        pair = pair_costs(p.shape[-1], usual)
        ways = (
            decoded(usual, edges, labels),
            decoded(settled, edges, labels),
            expansion(unary, edges, pair),
        )
        sums += [cost(y, unary, edges, pair) for y in ways]
    eight, long, best = sums
    return (eight - best) / best, (long - best) / best


def lightness_of(photo: Photo) -> torch.Tensor:
    return rgb_to_lab(as_unit(photo.read_rgb()))[None, :1]


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--pictures", default=20, show_default=True)
@click.option("--model", default="lite-unet", show_default=True)
def main(paths: Sequence[Path], pictures: int, model: str) -> None:
    photos = list_photos(paths)
    chosen = photos[:: max(len(photos) // pictures, 1)][:pictures]
    network = load_model(model).model
    print("| picture | gap after 8 sweeps | settled |\n|---|---|---|")
    found = []
    for photo in chosen:
        found.append(gaps(lightness_of(photo), network))
        eight, settled = found[-1]
        print(f"| {photo.pack}/{photo.name} | {100 * eight:+.2f} % | {100 * settled:+.2f} % |")
    eight, settled = np.mean(found, axis=0)
    print(f"| mean of {len(found)} | {100 * eight:+.2f} % | {100 * settled:+.2f} % |")


if __name__ == "__main__":
    main()
