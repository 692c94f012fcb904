"""The second paper's Table 2: generative networks, trained on one set of pictures for one time.

A method's budget is the same for all. Ours has three networks, which share it; VAE and mixture
without the field are trained anew by it whole. Rows more than the paper's: codes of our own VAE
from N(0, I), a VAE with a prior of its own, and what no method can reach, codes of the truth.

The paper's figures stand below as its own: they are of other pictures and larger networks, and its
column of errors cannot be of one unit, since its own is 300 times below all others.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from ...canvas.upsample import render
from ...datasets.datasets import Photo, list_photos, split
from ...errors import BadValue
from ...evaluate.sheets import stacked
from ...image.sheet import as_bytes, contact_sheet
from ...metrics.paired import interval, true_pictures
from ...models.rivals import DrawsColors, load_rival
from ...models.sampler.loading import load_diverse
from ...models.weights import hash_path
from ...resize import resize
from ...sampling.samples import Sampling
from ...tables import as_table
from ...train.config import RunConfig
from ...train.held_out import spread
from ..arms import Arm, run_of, shorter
from ..logs import spent_on
from .sample_methods import FIELD, GREY, OWN, PRIOR, rival_method, sample_methods
from .sample_table import Sampled, SampleMethod, evaluate_samples

SHARES = {"vae": 0.6, "structure": 0.25, "mdn": 0.15}  # of a method's budget, for ours
RIVALS = ("c-gan", "mln-gan", "bicycle-gan", "cvae", "vae-mdn", "pic")
POINTS_RIVAL = "zhang2017"  # of Table 3
# Options for two cores of a CPU; without them the networks have their authors' widths.
NARROW: dict[str, dict[str, Any]] = {
    "c-gan": {"width": 16},
    "mln-gan": {"width": 32, "critic_width": 32},
    "bicycle-gan": {"width": 16, "encoder_width": 16},
    "pic": {"width": 32, "blocks": 2, "deep": 2},
    "zhang2017": {"width": 16},
}
OURS = "ours"
SHOWN = 3  # pictures on the sheet
SHEET_HEIGHT = 90  # pixels of each
SHORT = {PRIOR: "prior"}  # captions there
MEASURES = {
    "best_rmse": ("error of the best, RMSE", 4),
    "best_mse": ("MSE", 5),
    "variance": ("variance", 4),
    "similarity": ("SSIM of ab", 3),
    "unevenness": ("unevenness, ab^2", 2),
    "far": ("correlation far apart", 2),
}
PUBLISHED = """\
The paper's own figures (error of the best, variance, SSIM, hours of training on a GPU):

| method | LFW | LSUN-Church | ILSVRC-2015 |
|---|---|---|---|
| c-GAN | .047, 8.40e-6, .92, 4 h | .048, 6.20e-6, .94, 39 h | .048, 8.88e-6, .91, 18 h |
| MLN-GAN | .057, 2.83e-2, .12, 4 h | .051, 2.48e-2, .34, 39 h | .063, 1.73e-2, .38, 18 h |
| BicycleGAN | .045, 6.50e-3, .51, 4 h | .048, 2.20e-2, .38, 39 h | .042, 2.20e-2, .15, 18 h |
| VAE-MDN | .035, 1.81e-2, .49, 4 h | .028, 1.05e-2, .77, 39 h | .033, 7.17e-3, .48, 18 h |
| PIC | .043, 5.32e-2, .36, 48 h | .047, 7.40e-5, .91, 144 h | .035, 6.74e-2, .19, 96 h |
| its own | 11e-5, 8.86e-3, .61, 4 h | 93e-6, 1.17e-2, .83, 39 h | 12e-5, 8.80e-3, .52, 18 h |

Other pictures, larger networks, and an unknown unit of error: read each column by itself.
"""


def arms(paths: Sequence[str], base: RunConfig, full: bool = False) -> list[Arm]:
    """A run for each method of the second paper's tables; ours has three.

    Args:
        base: the budget of a method, and the crops.
        full: the authors' widths, for a GPU.
    """
    listed = []
    for name in (*RIVALS, POINTS_RIVAL):
        options = {} if full else NARROW.get(name, {})
        start = {"start": "imagenet" if name in ("cvae", "vae-mdn") else "scratch"}
        listed.append(Arm(name, run_of(base, name, paths, options=options, **start)))
    for name, share in SHARES.items():
        config = run_of(shorter(base, share), name, paths, start="imagenet")
        listed.append(Arm(name, config, after=None if name == "vae" else "vae"))
    return listed


def refuse_short(paths: Sequence[str], base: RunConfig) -> None:
    """Raises: BadValue: a method's steps would not show it every picture once."""
    if base.steps is None:
        return
    train, _ = split(list_photos([Path(p) for p in paths]), base.held_out)
    batch = base.crops.batch
    epoch = -(-len(train) // batch)
    if base.steps < epoch:
        raise BadValue(
            f"{base.steps} steps of {batch} crops do not show {len(train):,} pictures once. Give "
            f"--steps {epoch} or more, or fewer pictures."
        )


@dataclass
class Timed:
    """A method, and the seconds that it took for so many samples."""

    method: SampleMethod
    seconds: float = 0.0
    samples: int = 0

    def __call__(self, lab: Float[Tensor, "1 3 H W"]) -> Float[Tensor, "n 2 h w"]:
        began = time.perf_counter()
        ab = self.method(lab)
        self.seconds += time.perf_counter() - began
        self.samples += len(ab)
        return ab


@dataclass(frozen=True)
class Contest:
    """Trained methods, ready to be judged."""

    methods: dict[str, Timed]
    parameters: dict[str, int]
    spent: dict[str, tuple[int, float]]  # crops and minutes


def contest(folder: Path, weights: Mapping[str, Path], sampling: Sampling, device: str) -> Contest:
    """The methods of finished arms.

    Args:
        folder: gets our three networks in one folder, `ours`.
    """
    networks = load_diverse(together(folder / OURS, weights), device)
    ours = sample_methods(networks, sampling)
    methods = {GREY: ours[GREY]}
    sizes, spent = {}, {}
    for name in (name for name in RIVALS if name in weights):
        model = load_rival(weights[name], device)
        assert isinstance(model, DrawsColors)
        methods[name] = rival_method(model, sampling, device)
        sizes[name] = _size(model)
        spent[name] = spent_on(weights[name].with_suffix(".md")) or (0, 0.0)
    methods |= {PRIOR: ours[PRIOR], OURS: ours[FIELD], OWN: ours[OWN]}
    cards = [spent_on(weights[name].with_suffix(".md")) or (0, 0.0) for name in SHARES]
    sizes[OURS] = sum(map(_size, (networks.vae, networks.structure, networks.mdn)))
    spent[OURS] = (sum(crops for crops, _ in cards), sum(minutes for _, minutes in cards))
    return Contest({name: Timed(method) for name, method in methods.items()}, sizes, spent)


def together(folder: Path, weights: Mapping[str, Path]) -> Path:
    """Our three networks' files in one folder, with their hashes and cards."""
    folder.mkdir(exist_ok=True)
    for name in SHARES:
        for path in (weights[name], hash_path(weights[name]), weights[name].with_suffix(".md")):
            shutil.copyfile(path, folder / path.name)
    return folder


def _size(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def judge(found: Contest, photos: Sequence[Photo], count: int) -> str:
    """The table in Markdown with the paper's own below.

    Raises:
        DataError: a picture cannot be read.
    """
    rows = evaluate_samples(photos, dict(found.methods))
    few = any(len(row.figures) < 2 for row in rows)
    return (
        f"{count} samples a picture; ab in [-1, 1], but unevenness in ab units; behind a figure "
        f"half of its 95 % interval over pictures.\n\n{as_table(_cells(r, found) for r in rows)}\n"
        + ("One picture gives no interval.\n\n" if few else "")
        + PUBLISHED
    )


def _cells(row: Sampled, found: Contest) -> dict[str, str]:
    timed = found.methods[row.method]
    crops, minutes = found.spent.get(row.method, (0, 0.0))
    size = found.parameters.get(row.method)
    cells = {
        "pack": row.pack,
        "method": row.method,
        "minutes": f"{minutes:.0f}" if crops else "-",
        "crops": f"{crops:,}" if crops else "-",
        "parameters": f"{size / 1e6:.2f} M" if size else "-",
        "s a sample": f"{timed.seconds / timed.samples:.3f}",
        "pictures": str(len(row.figures)),
    }
    for name, (head, digits) in MEASURES.items():
        d = interval([float(getattr(f, name)) for f in row.figures])
        half = "" if len(row.figures) < 2 else f" ± {d.high - d.mean:.{digits}f}"
        cells[head] = f"{d.mean:.{digits}f}{half}"
    return cells


def samples_sheet(photos: Sequence[Photo], found: Contest) -> NDArray[np.uint8]:
    """The paper's Figures 1 and 5: methods down, samples across, a few pictures, the truth last."""
    rows = []
    for photo in spread(photos, SHOWN):
        lab = next(true_pictures([photo])).lab
        for name, timed in found.methods.items():
            if name in (GREY, OWN):
                continue
            ab = timed.method(lab)
            size = (ab.shape[2], ab.shape[3])
            shown = [*torch.split(ab, 1), resize(lab[:, 1:], size)]
            lightness = resize(lab[:, :1], size)
            captions = [SHORT.get(name, name), *[""] * (len(ab) - 1), "truth"]
            row = [as_bytes(render(one, lightness)) for one in shown]
            rows.append(contact_sheet([row], SHEET_HEIGHT, captions))
    return stacked(rows)
