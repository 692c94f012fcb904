"""One line for Python: `chromafield.colorize(picture)`."""

from __future__ import annotations

import functools
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .image import Levels, Picture, at_depth, from_array, from_pillow
from .pipeline.colorizer import Colorizer, Settings, load_colorizer


@overload
def colorize(picture: Image.Image, *, device: str = ..., **settings: Any) -> Image.Image: ...
@overload
def colorize(picture: NDArray[Any], *, device: str = ..., **settings: Any) -> NDArray[Any]: ...
def colorize(
    picture: Image.Image | NDArray[Any], *, device: str = "auto", **settings: Any
) -> Image.Image | NDArray[Any]:
    """Colour a picture that is in memory.

    Args:
        picture: a Pillow image of any mode, or an array (h, w), (h, w, 1 to 4) of uint8, uint16 or
            floats in [0, 1], sRGB-encoded.
        device: `auto`, `cpu`, `cuda` or `mps`.
        settings: fields of `Settings`: model, field, size, strength, force, seed, views, palette,
            palette_strength; `options` may be a dict of the field's own options.

    Returns:
        The same kind of thing in colour: a Pillow image in RGB or RGBA (8 bits a channel, which is
        Pillow's limit), or an array (h, w, 3 or 4) of the same dtype.

    Raises:
        AlreadyColour: the picture has colours of its own, and `force` is not set.
        ChromafieldError: anything else a caller can mend; see `chromafield.errors`.
    """
    own = tuple(dict(settings.pop("options", ())).items())
    colorizer = _loaded(Settings(**settings, options=own), device)
    if isinstance(picture, Image.Image):
        told = from_pillow(picture)
        return _as_pillow(colorizer.colour(told, "The image"), told)
    given = np.asarray(picture)
    told = from_array(given)
    rgb = colorizer.colour(told, "The array")
    out = _with_alpha(rgb, told)
    if given.dtype.kind == "f":
        return (out / np.iinfo(out.dtype).max).astype(given.dtype)
    return out


@functools.lru_cache(maxsize=2)
def _loaded(settings: Settings, device: str) -> Colorizer:
    return load_colorizer(settings, device)


def _as_pillow(rgb: Levels, picture: Picture) -> Image.Image:
    return Image.fromarray(at_depth(_with_alpha(rgb, picture), 8))


def _with_alpha(rgb: Levels, picture: Picture) -> Levels:
    if picture.alpha is None:
        return rgb
    return np.concatenate([rgb, picture.alpha[..., None]], axis=2)
