"""Classifiers: what a network knows of things before and after it learns their colours.

One file is one network; none is a colorizer. `forward` takes (b, c, h, w), lightness over 100 or
Lab over (100, 128, 128), and gives a score for each class; both sides of any size from 32 pixels.
"""

from __future__ import annotations

import sys

from torch import nn

from ...plugins import Folder
from ..abilities import StartsFromImageNet

__all__ = ["create_classifier", "knows_imagenet", "list_classifiers"]

_FILES = Folder(sys.modules[__name__], "classifier")


def list_classifiers() -> list[str]:
    """The names of all classifiers, without importing any."""
    return _FILES.names()


def knows_imagenet(name: str) -> bool:
    """Whether the classifier can start from ImageNet's weights.

    Raises:
        UnknownName: no such classifier.
    """
    return isinstance(_FILES.load(name).build, StartsFromImageNet)


def create_classifier(name: str, colour: bool, classes: int) -> nn.Module:
    """Build the classifier in the file `name` stands for, with fresh weights.

    Args:
        colour: whether it sees Lab, or lightness alone.

    Raises:
        UnknownName: no such classifier.
        BadValue: it cannot see what is asked for.
    """
    options: dict[str, object] = {"colour": colour, "classes": classes}
    model: nn.Module = _FILES.build(name, options)
    return model
