"""Whether a picture looks like a negative, by what the default network sees of it and its inverse.

    score = w . (f(inverse) - f(picture)),   negative where score < -threshold

f are the means of the network's maps and how sure its belief is. w is a logistic regression on
pictures beside their inverses (`benchmarks/negatives.py`), of use with the weights that it was made
on alone.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..canvas.lightness import as_unit
from ..color import rgb_to_lab
from ..image import Picture, three_channels
from ..models import LoadedModel
from ..models.lite_unet import LiteUNet
from ..resize import resize, shrink
from ..views.views import input_size

FILE = Path(__file__).with_name("negatives.npz")
SIZE = 160  # the network sees about SIZE x SIZE pixels
FINEST = 640  # pixels of the longer side: what is larger is made smaller before it is inverted


@dataclass(frozen=True, slots=True)
class Rule:
    base: str  # SHA-256 of the default network's weights that it was made on
    weights: Float[Tensor, " n"]
    threshold: float


def looks_negative(picture: Picture, trained: LoadedModel) -> bool:
    """Whether the picture looks like a negative; never with weights that no rule was made on."""
    rule = load_rule()
    if rule is None or rule.base != trained.digest or not isinstance(trained.model, LiteUNet):
        return False
    device = next(trained.model.parameters()).device
    return score(trained.model, grey_of(picture).to(device), rule.weights) < -rule.threshold


@functools.cache
def load_rule() -> Rule | None:
    if not FILE.exists():
        return None
    with np.load(FILE) as kept:
        weights = torch.from_numpy(kept["weights"]).float()
        return Rule(str(kept["base"]), weights, float(kept["threshold"]))


def grey_of(picture: Picture) -> Float[Tensor, "1 1 h w"]:
    """Its levels as grey in [0, 1], as they are stored, not too large."""
    rgb = as_unit(three_channels(picture.pixels))
    grey = rgb.mean(0)[None, None]
    scale = min(FINEST / max(grey.shape[2:]), 1.0)
    height, width = (max(round(side * scale), 1) for side in grey.shape[2:])
    return shrink(grey, (height, width))


@torch.inference_mode()
def score(model: LiteUNet, grey: Float[Tensor, "1 1 h w"], weights: Float[Tensor, " n"]) -> float:
    """How much more like a photograph the grey levels are than their inverse; 0 is undecided."""
    return float((features(model, 1 - grey) - features(model, grey)) @ weights.to(grey))


@torch.inference_mode()
def features(model: LiteUNet, grey: Float[Tensor, "1 1 h w"]) -> Float[Tensor, " n"]:
    """What the network sees of grey levels: its maps' means, and how sure it is of colours."""
    lightness = rgb_to_lab(grey.expand(1, 3, -1, -1))[:, :1]
    seen = resize(lightness, input_size(lightness.shape[2], lightness.shape[3], SIZE))
    maps = model.describe(seen)
    belief = model.believe(maps[-1])
    log = torch.log_softmax(-belief.labels.energy, dim=1)
    chroma = torch.linalg.vector_norm(belief.gaussian.mean, dim=1)
    sure = [
        -(log.exp() * log).sum(1).mean(),
        belief.gaussian.precision.log().mean(),
        chroma.mean(),
        chroma.std(),
        log.amax(1).exp().mean(),
    ]
    return torch.cat([torch.stack(sure), *(plane.mean((0, 2, 3)) for plane in maps)])


def negative_sentence(name: str) -> str:
    return f"{name} looks like a negative. If it is one, --invert (invert=True) makes it positive."
