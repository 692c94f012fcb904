"""What the Potts field makes of each belief, unary term and number of sweeps.

    python benchmarks/potts_beliefs.py val/bsds500_test.zip --pictures 20

`bins` is the network's own head of 25 + 25 bins, `joint` its 261 cells summed over the other
channel. One view of each picture. 400 sweeps end where a sweep raises the bound by less than 1e-7
of itself. "Below grey" is against the grey pictures' CIEDE2000, colourfulness in percent of the
truth's, splotches as `chromafield evaluate` counts them.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import torch

from chromafield.canvas.canvas import make_canvas
from chromafield.canvas.lightness import as_unit
from chromafield.canvas.upsample import render
from chromafield.color import rgb_to_lab
from chromafield.datasets.datasets import list_photos
from chromafield.defaults import MODEL
from chromafield.fields import create_field
from chromafield.metrics.metrics import measure
from chromafield.metrics.splotches import splotches
from chromafield.models import load_model
from chromafield.resize import resize

TIGHT = 1e-7  # of the bound, a sweep
CASES = [
    (belief, unary, sweeps)
    for belief in ("bins", "joint")
    for unary in ("prob", "sqrt", "log")
    for sweeps in (8, 400)
    if (unary, sweeps) != ("log", 400)
]


@click.command()
@click.argument("pack", type=Path)
@click.option("--pictures", default=20, help="Evenly over the archive.")
def main(pack: Path, pictures: int) -> None:
    torch.set_num_threads(1)
    model = load_model(MODEL).model
    photos = list_photos([pack])
    found: dict[tuple[str, str, int], list[list[float]]] = {case: [] for case in CASES}
    grey = []
    for photo in photos[:: max(len(photos) // pictures, 1)][:pictures]:
        pixels = photo.read_rgb()
        rgb = torch.from_numpy(pixels.copy()).movedim(-1, 0)
        lab = rgb_to_lab(as_unit(pixels))[None]
        canvas = make_canvas(lab[:, :1], model, create_field("mean"), views=1)
        none = canvas.paint(strength=0.0)
        grey.append(measure(rgb, (none * 255).round().to(torch.uint8)).ciede2000)
        for belief, unary, sweeps in CASES:
            loose = {} if sweeps == 8 else {"tolerance": TIGHT}
            field = create_field("potts", belief=belief, unary=unary, sweeps=sweeps, **loose)
            own = canvas.decided_by(field)
            solution = field.infer(own.prepared, own.belief)
            ab = solution.unwrap()
            guess = (render(ab, lab[:, :1]) * 255).round().to(torch.uint8)
            told = measure(rgb, guess)
            light = resize(lab[:, :1], (ab.shape[2], ab.shape[3]))[0]
            found[belief, unary, sweeps].append(
                [
                    told.ciede2000,
                    told.colourfulness,
                    told.truth_colourfulness,
                    splotches(light, ab[0]),
                    solution.steps,
                ]
            )
    print(f"{len(grey)} pictures, grey {np.mean(grey):.2f}\n")
    print(
        "| belief | unary | sweeps at most | CIEDE2000 | below grey | colourfulness | splotches ",
        end="",
    )
    print("| sweeps taken, mean / most |\n|---|---|---|---|---|---|---|---|")
    for (belief, unary, sweeps), rows in found.items():
        off, color, truth, share, _ = np.mean(rows, axis=0)
        taken = [row[4] for row in rows]
        print(
            f"| {belief} | {unary} | {sweeps} | {off:.2f} | {1 - off / np.mean(grey):.1%} "
            f"| {color / truth:.0%} | {share:.2%} | {np.mean(taken):.0f} / {max(taken):.0f} |"
        )


if __name__ == "__main__":
    main()
