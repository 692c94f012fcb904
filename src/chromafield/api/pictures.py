"""One line for Python: `chromafield.colorize(picture)`, and `chromafield.samples(picture)`."""

from __future__ import annotations

import dataclasses
import functools
import os
import reprlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, Unpack, overload

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ..colorizer.colorizer import Colorizer
from ..colorizer.loading import load_colorizer
from ..errors import BadValue
from ..image import Levels, Picture, at_depth, from_array, from_pillow, read_picture
from ..image.listing import pictures_of
from ..models import split_names
from ..models.plugged.store import description_of
from ..models.weights import SHIPPED, SUFFIX
from ..plugins import configure
from ..sampling.sampler import Sampler, load_sampler
from ..sampling.samples import Sampling
from ..settings import Settings, names_of_files
from .keywords import SamplingKeywords, SettingKeywords
from .named import HELD, Name, is_open, named_files

C = TypeVar("C", Settings, Sampling)
Stamp = tuple[str, int, int]  # a file's place, its size in bytes and its time of change


@overload
def colorize(
    picture: Image.Image | Name, *, device: str = ..., **settings: Unpack[SettingKeywords]
) -> Image.Image: ...
@overload
def colorize(
    picture: NDArray[Any], *, device: str = ..., **settings: Unpack[SettingKeywords]
) -> NDArray[Any]: ...
def colorize(
    picture: Image.Image | NDArray[Any] | Name,
    *,
    device: str = "auto",
    **settings: Unpack[SettingKeywords],
) -> Image.Image | NDArray[Any]:
    """Colour a picture that is in memory or in a file.

    Args:
        picture: a Pillow image of any mode, or an array (h, w), (h, w, 1 to 4) of uint8, uint16 or
            floats in [0, 1], sRGB-encoded; or a file's name, an open file, or the bytes of one.
        device: `auto`, `cpu`, `cuda` or `mps`.
        settings: fields of `chromafield.Settings`. `options` is a dict of the field's own. A
            palette may be a list of colours ('#a03020' or (160, 48, 32)), a palette, a reference
            and `colors_from` a Pillow image, an array or a file's bytes, hints a dict as a hint
            file has it, or a list of its marks.

    Returns:
        The same kind of thing in colour: a Pillow image in RGB or RGBA (8 bits a channel, which is
        Pillow's limit; for a file too), or an array (h, w, 3 or 4) of the same dtype.

    Raises:
        AlreadyColour: the picture has colours of its own, and `force` is not set.
        ChromafieldError: anything else a caller can mend; see `chromafield.errors`.
        TypeError: a keyword that is none of these.
    """
    chosen = chosen_settings(settings, "colorize")
    picture = _without_gradient(picture)
    source, name = _read(picture)
    colorizer = _loaded(chosen, _device(device), _stamps(chosen))
    return _as_given(colorizer.colour(source, name), source, picture)


@overload
def samples(
    picture: Image.Image | Name,
    *,
    device: str = ...,
    networks: str | os.PathLike[str] = ...,
    force: bool = ...,
    **settings: Unpack[SamplingKeywords],
) -> Iterator[Image.Image]: ...
@overload
def samples(
    picture: NDArray[Any],
    *,
    device: str = ...,
    networks: str | os.PathLike[str] = ...,
    force: bool = ...,
    **settings: Unpack[SamplingKeywords],
) -> Iterator[NDArray[Any]]: ...
def samples(
    picture: Image.Image | NDArray[Any] | Name,
    *,
    device: str = "auto",
    networks: str | os.PathLike[str] = SHIPPED,
    force: bool = False,
    **settings: Unpack[SamplingKeywords],
) -> Iterator[Image.Image | NDArray[Any]]:
    """Colour a picture that is in memory several times, each time in another way.

    Args:
        picture: as for `colorize`.
        device: `auto`, `cpu`, `cuda` or `mps`.
        networks: the folder of vae, structure and mdn.safetensors.
        force: replace the colours of a picture that has some.
        settings: fields of `Sampling`: count, seed, draw, size, told, spread, prior.

    Yields:
        The same kind of thing in colour, as `colorize` returns it; `count` times.

    Raises:
        AlreadyColour: the picture has colours of its own, and `force` is not set.
        ChromafieldError: anything else a caller can mend; see `chromafield.errors`.
        TypeError: a keyword that is none of these.
    """
    sampling = _chosen(Sampling, settings, "samples")
    if not isinstance(networks, (str, os.PathLike)):
        raise BadValue(f"The networks are {networks!r}; name the folder that they lie in.")
    folder = Path(networks)
    own = (folder / f"{part}{SUFFIX}" for part in ("vae", "structure", "mdn"))
    files = _stamps_of((*own, *_files_of(sampling.prior)))
    sampler = _loaded_sampler(sampling, folder, _device(device), force, files)
    picture = _without_gradient(picture)
    source, name = _read(picture)
    for rgb in sampler.colour(source, name):
        yield _as_given(rgb, source, picture)


def chosen_settings(given: Mapping[str, Any], caller: str) -> Settings:
    """The settings that a caller gives, what is in memory by the names of files.

    Raises:
        BadValue: a value of another kind, or outside its range.
        TypeError: an unknown keyword.
    """
    named = named_files({name: value for name, value in given.items() if name != "options"})
    own = _own_options(given.get("options", {}))
    return dataclasses.replace(_chosen(Settings, named, caller), options=own)


def _read(picture: Image.Image | NDArray[Any] | Name) -> tuple[Picture, str]:
    """The picture, and what an error calls it."""
    if isinstance(picture, Image.Image):
        return from_pillow(picture), "The image"
    if isinstance(picture, (str, os.PathLike)):
        return read_picture(Path(picture)), Path(picture).name
    if is_open(picture):
        picture = picture.read()
    if isinstance(picture, HELD):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "The picture"
            path.write_bytes(picture)
            return read_picture(path), path.name
    try:
        array = np.asarray(picture)
    except (TypeError, ValueError) as error:
        raise BadValue(f"The picture is no Pillow image and no array ({error}).") from error
    if array.ndim == 0:
        raise BadValue(
            f"The picture is {reprlib.repr(picture)}. Give a Pillow image, an array, a file's name "
            "or its bytes."
        )
    return from_array(array), "The array"


def _without_gradient(picture: Any) -> Any:
    """A tensor's values, wherever they lie; anything else as it is."""
    if isinstance(picture, torch.Tensor):
        return picture.detach().cpu()
    return picture


def _chosen(kind: type[C], given: Mapping[str, Any], caller: str) -> C:
    """The settings that a caller gives, each of the kind that it should be.

    Raises:
        BadValue: a value of another kind, or outside its range.
        TypeError: an unknown keyword.
    """
    known = {field.name for field in dataclasses.fields(kind)}
    for name in given:
        if name not in known:
            raise TypeError(f"{caller}() got an unexpected keyword argument {name!r}")
    return configure(kind, {name: _plain(value) for name, value in given.items()}, caller)


def _plain(value: object) -> object:
    """NumPy's numbers as Python's, and paths as their names."""
    if isinstance(value, np.generic):
        return value.item()
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _own_options(given: object) -> tuple[tuple[str, Any], ...]:
    """The field's own options in a form that can be looked up; the field judges their values."""
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise BadValue(f"The options are {given!r}; give a dict, like {{'strength': 10.0}}.")
    own = tuple((name, _frozen(value)) for name, value in given.items())
    try:
        hash(own)
    except TypeError as error:
        raise BadValue(f"The options {given!r} are not all numbers, words or lists.") from error
    return own


def _frozen(value: object) -> object:
    """Lists as tuples, which a field takes for the same."""
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(one) for one in value)
    return _plain(value)


def _device(name: object) -> str:
    if not isinstance(name, str):
        raise BadValue(f"The device is {name!r}; it is 'auto', 'cpu', 'cuda' or 'mps'.")
    return name


def _as_given(
    rgb: Levels, source: Picture, picture: Image.Image | NDArray[Any] | Name
) -> Image.Image | NDArray[Any]:
    """The levels as the kind of thing that the picture is."""
    if isinstance(picture, (Image.Image, str, os.PathLike, *HELD)) or is_open(picture):
        return _as_pillow(rgb, source)
    out = _with_alpha(rgb, source)
    dtype = np.asarray(picture).dtype
    if dtype.kind == "f":
        return (out / np.iinfo(out.dtype).max).astype(dtype)
    return out


@functools.lru_cache(maxsize=2)
def _loaded(settings: Settings, device: str, stamps: tuple[Stamp, ...]) -> Colorizer:
    """Loaded once for equal settings whose files have the same stamps."""
    return load_colorizer(settings, device)


@functools.lru_cache(maxsize=2)
def _loaded_sampler(
    sampling: Sampling, folder: Path, device: str, force: bool, stamps: tuple[Stamp, ...]
) -> Sampler:
    """Loaded once for an equal question, as long as the files of the networks are the same."""
    return load_sampler(sampling, folder, device, force=force)


def _stamps(settings: Settings) -> tuple[Stamp, ...]:
    """Of every file that the settings name; those that hints name are read anew each time."""
    named = filter(None, (getattr(settings, name) for name in names_of_files()))
    return _stamps_of((*map(Path, named), *_files_of(settings.model)))


def _files_of(model: str) -> tuple[Path, ...]:
    """Those that the name of a network, or of several, may stand for."""
    parts = split_names(model) if model else ()
    added = (description_of(part) for part in parts)  # where networks of these names were added
    return (*map(Path, parts), *added)


def _stamps_of(paths: Iterable[Path]) -> tuple[Stamp, ...]:
    """Of files, and of the pictures in folders."""
    stamps = []
    for path in paths:
        try:
            for file in pictures_of(path):
                stat = file.stat()
                stamps.append((str(file.absolute()), stat.st_size, stat.st_mtime_ns))
        except (OSError, ValueError):  # not a file, like a palette in hex; loading judges it
            continue
    return tuple(stamps)


def _as_pillow(rgb: Levels, picture: Picture) -> Image.Image:
    return Image.fromarray(at_depth(_with_alpha(rgb, picture), 8))


def _with_alpha(rgb: Levels, picture: Picture) -> Levels:
    if picture.alpha is None:
        return rgb
    return np.concatenate([rgb, picture.alpha[..., None]], axis=2)
