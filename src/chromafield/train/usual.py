"""What a run takes where nothing is asked for, by the name of what is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import models
from ..defaults import MODEL
from ..models import classifiers
from ..models.hint_network.loading import LISTENER
from ._diverse import SHIPPED_VAE
from .classify import CLASSIFIER, Config
from .mdn import MDN
from .structure import STRUCTURE
from .vae import VAE


@dataclass(frozen=True)
class Usual:
    start: str  # "imagenet" where the network can, else "scratch"
    loss: str  # of a mean colour
    held_out: float  # share of the pictures


def usual(name: str, options: Mapping[str, object]) -> Usual:
    """The defaults of the model, or of the classifier that `options` name.

    Raises:
        UnknownName: no such model or classifier.
    """
    if name == CLASSIFIER:
        net = str(options.get("net", Config.net))
        return Usual(_start(classifiers.knows_imagenet(net)), "huber", held_out=0.1)
    if name in (STRUCTURE, MDN):
        return Usual(SHIPPED_VAE, "huber", held_out=0.02)
    if name == LISTENER:
        return Usual(MODEL, "huber", held_out=0.02)
    if name == VAE:
        return Usual(_start(True), "huber", held_out=0.02)
    known = models.knows_imagenet(name)
    return Usual(_start(known), models.usual_loss(name), held_out=0.02)


def _start(knows_imagenet: bool) -> str:
    return "imagenet" if knows_imagenet else "scratch"
