"""Networks: lightness in, beliefs about colour out. One file is one model; nothing to register."""

from __future__ import annotations

import dataclasses
import sys

from torch import nn

from .. import _folder
from ..errors import BadValue


def list_models() -> list[str]:
    """The names of all models, without importing any."""
    return _folder.names(sys.modules[__name__])


def create_model(name: str, **options: object) -> nn.Module:
    """Build the model in the file `name` stands for, with fresh weights.

    Args:
        name: one of `list_models()`.
        options: fields of the file's `Config`.

    Raises:
        UnknownName: no such model.
        BadValue: an option that the model's `Config` does not have.
    """
    module = _folder.load(sys.modules[__name__], name, "model")
    known = [field.name for field in dataclasses.fields(module.Config)]
    for option in options:
        if option not in known:
            raise BadValue(f"{name} has no option {option!r}. It has: {', '.join(known)}.")
    model: nn.Module = module.build(module.Config(**options))
    return model
