"""Black-and-white photographs in colour: a network proposes, a field decides, you stay in control.

>>> import chromafield
>>> coloured = chromafield.colorize(picture)  # a Pillow image or a NumPy array
>>> several = list(chromafield.samples(picture, count=8))  # each in another way

Importing this package does not load torch; the first use of a name below does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.4.0"

if TYPE_CHECKING:
    from .api import colorize as colorize
    from .api import colorize_folder as colorize_folder
    from .api import samples as samples
    from .beliefs import ChannelBeliefs as ChannelBeliefs
    from .beliefs import GaussianBelief as GaussianBelief
    from .beliefs import LabelBelief as LabelBelief
    from .beliefs import Proposal as Proposal
    from .canvas.canvas import Canvas as Canvas
    from .canvas.canvas import make_canvas as make_canvas
    from .colorizer.colorizer import Colorizer as Colorizer
    from .colorizer.files import OutputOptions as OutputOptions
    from .colorizer.loading import load_colorizer as load_colorizer
    from .errors import ChromafieldError as ChromafieldError
    from .fields import create_field as create_field
    from .fields import list_fields as list_fields
    from .hints.document import Hints as Hints
    from .hints.file import read_hints as read_hints
    from .hints.file import write_hints as write_hints
    from .image import read_picture as read_picture
    from .image import write_picture as write_picture
    from .models import create_model as create_model
    from .models import list_models as list_models
    from .models import load_model as load_model
    from .settings import Settings as Settings

_HOMES = {
    "Canvas": "canvas.canvas",
    "ChannelBeliefs": "beliefs",
    "ChromafieldError": "errors",
    "Colorizer": "colorizer.colorizer",
    "GaussianBelief": "beliefs",
    "Hints": "hints.document",
    "LabelBelief": "beliefs",
    "Proposal": "beliefs",
    "OutputOptions": "colorizer.files",
    "Settings": "settings",
    "colorize": "api",
    "colorize_folder": "api",
    "create_field": "fields",
    "create_model": "models",
    "list_fields": "fields",
    "list_models": "models",
    "load_colorizer": "colorizer.loading",
    "load_model": "models",
    "make_canvas": "canvas.canvas",
    "read_hints": "hints.file",
    "read_picture": "image",
    "samples": "api",
    "write_hints": "hints.file",
    "write_picture": "image",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
