"""One line for Python: `chromafield.colorize(picture)`, and `chromafield.samples(picture)`."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .image import Levels, Picture, at_depth, from_array, from_pillow
from .models._checkpoint import SHIPPED
from .pipeline.colorizer import Colorizer, Settings, load_colorizer
from .pipeline.samples import Sampling
from .pipeline.sampling import load_sampler


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
            palette_strength, hints; `options` may be a dict of the field's own options.

    Returns:
        The same kind of thing in colour: a Pillow image in RGB or RGBA (8 bits a channel, which is
        Pillow's limit), or an array (h, w, 3 or 4) of the same dtype.

    Raises:
        AlreadyColour: the picture has colours of its own, and `force` is not set.
        ChromafieldError: anything else a caller can mend; see `chromafield.errors`.
    """
    own = tuple(dict(settings.pop("options", ())).items())
    colorizer = _loaded(Settings(**settings, options=own), device)
    told, name = _read(picture)
    return _as_given(colorizer.colour(told, name), told, picture)


@overload
def samples(
    picture: Image.Image, *, device: str = ..., **settings: Any
) -> Iterator[Image.Image]: ...
@overload
def samples(
    picture: NDArray[Any], *, device: str = ..., **settings: Any
) -> Iterator[NDArray[Any]]: ...
def samples(
    picture: Image.Image | NDArray[Any],
    *,
    device: str = "auto",
    networks: Path = SHIPPED,
    force: bool = False,
    **settings: Any,
) -> Iterator[Image.Image | NDArray[Any]]:
    """Colour a picture that is in memory several times, each time in another way.

    Args:
        picture: as for `colorize`.
        device: `auto`, `cpu`, `cuda` or `mps`.
        networks: the folder of vae, structure and mdn.safetensors.
        force: replace the colours of a picture that has some.
        settings: fields of `Sampling`: count, seed, draw, size, told, spread.

    Yields:
        The same kind of thing in colour, as `colorize` returns it; `count` times.

    Raises:
        AlreadyColour: the picture has colours of its own, and `force` is not set.
        ChromafieldError: anything else a caller can mend; see `chromafield.errors`.
    """
    sampler = load_sampler(Sampling(**settings), networks, device, force=force)
    told, name = _read(picture)
    for rgb in sampler.colour(told, name):
        yield _as_given(rgb, told, picture)


def _read(picture: Image.Image | NDArray[Any]) -> tuple[Picture, str]:
    """The picture, and what an error calls it."""
    if isinstance(picture, Image.Image):
        return from_pillow(picture), "The image"
    return from_array(np.asarray(picture)), "The array"


def _as_given(
    rgb: Levels, told: Picture, picture: Image.Image | NDArray[Any]
) -> Image.Image | NDArray[Any]:
    """The levels as the kind of thing that the picture is."""
    if isinstance(picture, Image.Image):
        return _as_pillow(rgb, told)
    out = _with_alpha(rgb, told)
    dtype = np.asarray(picture).dtype
    if dtype.kind == "f":
        return (out / np.iinfo(out.dtype).max).astype(dtype)
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
