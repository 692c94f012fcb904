"""Classifiers: what a network knows of things before and after it learns their colours.

One file is one network; none is a colorizer. `forward` takes (b, c, h, w), lightness over 100 or
Lab over (100, 128, 128), and gives a score for each class; both sides of any size from 32 pixels.
"""

from __future__ import annotations

import sys

from torch import nn

from ... import plugins
from ..abilities import StartsFromImageNet

__all__ = ["create_classifier", "knows_imagenet", "list_classifiers"]


def list_classifiers() -> list[str]:
    """The names of all classifiers, without importing any."""
    return plugins.names(sys.modules[__name__])


def knows_imagenet(name: str) -> bool:
    """Whether the classifier can start from ImageNet's weights.

    Raises:
        UnknownName: no such classifier.
    """
    module = plugins.load(sys.modules[__name__], name, "classifier")
    return isinstance(module.build, StartsFromImageNet)


def create_classifier(name: str, colour: bool, classes: int) -> nn.Module:
    """Build the classifier in the file `name` stands for, with fresh weights.

    Args:
        colour: whether it sees Lab, or lightness alone.

    Raises:
        UnknownName: no such classifier.
        BadValue: it cannot see what is asked for.
    """
    options: dict[str, object] = {"colour": colour, "classes": classes}
    model: nn.Module = plugins.build(sys.modules[__name__], name, "classifier", options)
    return model
