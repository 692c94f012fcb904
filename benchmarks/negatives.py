"""Make the rule that finds negatives, and say how many it finds.

    python benchmarks/negatives.py PHOTOS... --check PHOTOS...

PHOTOS are folders or zip archives of photographs; those that the rule is made of are for training,
never those that results are checked on. Each photograph stands beside its own inverse. The
threshold is set by the pictures that the rule is made of: 1 in 300 of them is taken for a
negative.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from chromafield.colorizer.negatives import FILE, features, grey_of
from chromafield.datasets.datasets import list_photos
from chromafield.defaults import MODEL
from chromafield.image import Picture
from chromafield.models import load_model

EACH = 220  # pictures of an archive, by chance
PENALTY = 2.0  # of the mean square of the weights
FALSE_ALARMS = 1 / 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--check", nargs="+", type=Path, required=True)
    told = parser.parse_args()
    trained = load_model(MODEL, "cpu")
    torch.set_num_threads(1)
    steps = differences(trained.model, told.photos, EACH)
    scale = steps.std(0) + 1e-3
    weights = fit(steps / scale) / scale
    scores = steps @ weights
    threshold = max(float(torch.quantile(-scores, 1 - FALSE_ALARMS)), 0.0)
    np.savez(
        FILE,
        base=trained.digest,
        weights=weights.numpy().astype(np.float32),
        threshold=np.float32(threshold),
    )
    print("| archive | pictures | taken for negatives | negatives found |\n|---|---|---|---|")
    every = []
    for path in told.check:
        own = differences(trained.model, [path], None) @ weights
        every.append(own)
        print(row(path.stem, own, threshold))
    print(row("all", torch.cat(every), threshold))


def row(name: str, scores: torch.Tensor, threshold: float) -> str:
    wrong, found = (float((s < -threshold).float().mean()) for s in (scores, -scores))
    return f"| {name} | {len(scores)} | {wrong:.1%} | {found:.0%} |"


def differences(model: torch.nn.Module, paths: Sequence[Path], most: int | None) -> torch.Tensor:
    """What the network sees of each inverse, less what it sees of the picture."""
    rows = []
    for path in paths:
        photos = list_photos([path])
        chosen = np.random.default_rng(0).permutation(len(photos))[:most]
        for number in chosen:
            grey = grey_of(Picture(photos[number].read_rgb()))
            rows.append(features(model, 1 - grey) - features(model, grey))
    return torch.stack(rows)


def fit(steps: torch.Tensor) -> torch.Tensor:
    """Logistic regression without a constant: each step's own opposite is the other class."""
    weights = torch.zeros(steps.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=300)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.softplus(-(steps @ weights)).mean() + PENALTY * weights.square().mean()
        value.backward()
        return value

    optimizer.step(loss)
    return weights.detach()


if __name__ == "__main__":
    main()
