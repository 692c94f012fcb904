"""The one line: what goes in comes out, in colour."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import chromafield
from chromafield.canvas.lightness import as_unit, lightness_of
from chromafield.color import rgb_to_lab
from chromafield.data.synthetic import scene
from chromafield.errors import AlreadyColour, BadValue, PictureError
from chromafield.image import from_array
from chromafield.models import create_model
from chromafield.models.weights import write_weights


def colour(picture: Any, weights: Path, **settings: Any) -> Any:
    return chromafield.colorize(picture, model=str(weights), size=48, device="cpu", **settings)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [None, 1, 2, 3, 4])
def test_an_array_comes_back_in_its_dtype_with_its_alpha(
    dtype: type, channels: int | None, grey_picture: np.ndarray, tiny_weights: Path
) -> None:
    unit = grey_picture[..., None] / 255
    planes = {None: 0, 1: 1, 2: 1, 3: 3, 4: 3}[channels]
    given = unit[..., 0] if channels is None else np.repeat(unit, planes, axis=2)
    if channels in (2, 4):
        given = np.concatenate([given, np.linspace(0, 1, unit.size).reshape(unit.shape)], axis=2)
    scale = 1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    given = (given * scale).astype(dtype)
    out = colour(given, tiny_weights)
    assert out.dtype == dtype
    assert out.shape == (*grey_picture.shape, 4 if channels in (2, 4) else 3)
    if channels in (2, 4):
        np.testing.assert_allclose(out[..., 3] / scale, given[..., -1] / scale, atol=1e-4)


@pytest.mark.parametrize(
    ("mode", "result"), [("L", "RGB"), ("LA", "RGBA"), ("RGB", "RGB"), ("P", "RGB"), ("1", "RGB")]
)
def test_a_pillow_image_comes_back_as_one(
    mode: str, result: str, grey_picture: np.ndarray, tiny_weights: Path
) -> None:
    image = Image.fromarray(grey_picture).convert(mode)
    out = colour(image, tiny_weights)
    assert (out.mode, out.size) == (result, image.size)


@pytest.mark.parametrize(("dtype", "within"), [(np.uint8, 0.5), (np.uint16, 0.02)])
def test_lightness_is_kept_to_the_depths_own_precision(
    dtype: type, within: float, grey_picture: np.ndarray, tiny_weights: Path
) -> None:
    levels = (grey_picture / 255 * np.iinfo(dtype).max).astype(dtype)
    before = lightness_of(from_array(levels))[0, 0]
    after = rgb_to_lab(as_unit(colour(levels, tiny_weights)).double())[0]
    assert (before - after).abs().max() <= within


def test_strength_zero_leaves_it_grey(grey_picture: np.ndarray, tiny_weights: Path) -> None:
    out = colour(grey_picture, tiny_weights, strength=0.0)
    assert np.array_equal(out, np.repeat(grey_picture[..., None], 3, axis=2))


def test_the_same_picture_gives_the_same_colours(
    grey_picture: np.ndarray, tiny_weights: Path
) -> None:
    assert np.array_equal(colour(grey_picture, tiny_weights), colour(grey_picture, tiny_weights))


def test_what_cannot_be_coloured_is_said(tiny_weights: Path) -> None:
    from skimage.data import coffee

    with pytest.raises(AlreadyColour, match=r"The array is already in colour.*force"):
        colour(coffee()[::4, ::4], tiny_weights)
    with pytest.raises(PictureError):
        colour(np.full((8, 8), np.nan), tiny_weights)
    with pytest.raises(BadValue):
        colour(np.zeros((8, 8, 7), np.uint8), tiny_weights)
    with pytest.raises(BadValue, match="The strength is -1"):
        colour(np.zeros((8, 8), np.uint8), tiny_weights, strength=-1)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"strength": "x"}, "The option strength of colorize is 'x'; its usual value is 1.0"),
        ({"size": 48.5}, "The option size of colorize is 48.5"),
        ({"palette": 3}, "The option palette of colorize is 3"),
        ({"palette_strength": float("nan")}, "palette_strength of colorize is nan"),
        ({"options": None}, "The options are None; give a dict"),
        ({"options": {1: 2}}, "The options are {1: 2}; give a dict"),
        ({"options": {"grid": [1, 2]}}, "The option grid of mean is"),
        ({"options": {"grid": {}}}, "are not all numbers, words or lists"),
        ({"device": 3}, "The device is 3; it is 'auto'"),
    ],
)
def test_a_wrong_value_is_said(
    settings: dict[str, Any], says: str, grey_picture: np.ndarray, tiny_weights: Path
) -> None:
    told = {"model": str(tiny_weights), "device": "cpu"} | settings
    with pytest.raises(BadValue, match=says):
        chromafield.colorize(grey_picture, **told)


def test_names_and_bytes_of_files_are_taken(photo: Path, tiny_weights: Path) -> None:
    settings = {"model": str(tiny_weights), "size": 32, "device": "cpu"}
    with Image.open(photo) as opened:
        expected = np.asarray(chromafield.colorize(opened, **settings))
    data = photo.read_bytes()
    for picture in (photo, str(photo), data, bytearray(data), memoryview(data), io.BytesIO(data)):
        result = chromafield.colorize(picture, **settings)
        assert isinstance(result, Image.Image)
        assert np.array_equal(np.asarray(result), expected)


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        ("gone.jpg", "There is no file gone.jpg"),
        (Path("gone.jpg"), "There is no file gone.jpg"),
        (b"hello there", "The picture is a text, not a picture"),
        (b"", "The picture is empty"),
    ],
)
def test_names_and_bytes_that_are_no_picture(picture: Any, says: str) -> None:
    with pytest.raises(PictureError, match=says):
        chromafield.colorize(picture)


@pytest.mark.parametrize("picture", [None, [[1], [1, 2]], object()])
def test_a_thing_that_is_no_array_is_said(picture: Any) -> None:
    with pytest.raises(BadValue, match="picture is"):
        chromafield.colorize(picture)


def test_a_wrong_value_for_samples_is_said(grey_picture: np.ndarray) -> None:
    for told, says in (
        ({"count": "x"}, "The option count of samples is 'x'"),
        ({"networks": 3}, "The networks are 3"),
        ({"device": None}, "The device is None"),
    ):
        with pytest.raises(BadValue, match=says):
            next(chromafield.samples(grey_picture, **told))


def test_an_unknown_keyword_is_pythons_own_error(grey_picture: np.ndarray) -> None:
    with pytest.raises(TypeError, match=r"colorize\(\) got an unexpected keyword argument 'nons"):
        chromafield.colorize(grey_picture, nonsense=1)
    with pytest.raises(TypeError, match=r"samples\(\) got an unexpected keyword argument 'nons"):
        next(chromafield.samples(grey_picture, nonsense=1))


def test_numpys_numbers_paths_and_lists_are_taken(
    grey_picture: np.ndarray, tiny_weights: Path
) -> None:
    plain = colour(grey_picture, tiny_weights, strength=0.5, seed=1)
    told: dict[str, Any] = {"strength": np.float32(0.5), "seed": np.int64(1), "options": {}}
    out = chromafield.colorize(grey_picture, model=tiny_weights, size=48, device="cpu", **told)
    assert np.array_equal(out, plain)


@pytest.mark.parametrize(
    ("setting", "name"), [("palette", "a.png"), ("palette", ""), ("reference", "a.png")]
)
def test_a_changed_file_changes_the_colours(
    setting: str, name: str, grey_picture: np.ndarray, tiny_weights: Path, tmp_path: Path
) -> None:
    def painted(file: str, colours: np.ndarray) -> np.ndarray:
        Image.fromarray(colours).save(tmp_path / file)
        out: np.ndarray = colour(grey_picture, tiny_weights, **{setting: tmp_path / name})
        return out

    colours = scene(np.random.default_rng(3), 90, 120)
    first, second = painted("a.png", colours), painted("a.png", 255 - colours)
    third = painted("b.png", colours)  # beside it: of a folder alone it is a part
    assert same([first, second], [second, third]) == [False, bool(name)]


def test_changed_hints_and_a_picture_that_they_name_change_the_colours(
    grey_picture: np.ndarray, tiny_weights: Path, tmp_path: Path
) -> None:
    hints, mask = tmp_path / "h.json", tmp_path / "mask.png"

    def painted(color: str, rows: int) -> np.ndarray:
        mark = {"mask": mask.name, "color": color}
        hints.write_text(json.dumps({"chromafield": "hints", "version": 1, "marks": [mark]}))
        inside = np.arange(90)[:, None] < rows
        Image.fromarray(np.repeat(inside, 120, axis=1)).save(mask)
        out: np.ndarray = colour(grey_picture, tiny_weights, hints=hints)
        return out

    red, blue, wide = painted("#a03020", 30), painted("#2030a0", 30), painted("#2030a0", 60)
    assert same([red, blue], [blue, wide]) == [False, False]


def test_changed_weights_change_the_colours(grey_picture: np.ndarray, tmp_path: Path) -> None:
    weights, outs = tmp_path / "own.safetensors", []
    for seed in (0, 1):
        torch.manual_seed(seed)
        write_weights(weights, "lite-unet", create_model("lite-unet", coarse=16, widths=(8, 8, 8)))
        outs.append(colour(grey_picture, weights))
    assert not np.array_equal(*outs)


def same(some: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> list[bool]:
    return [np.array_equal(*pair) for pair in zip(some, others, strict=True)]


def test_the_shipped_weights_colour_a_photograph() -> None:
    """Skin is warmer than the sky behind the astronaut's flag: more than a picture of one tone."""
    from skimage.data import astronaut

    grey = np.asarray(Image.fromarray(astronaut()).convert("L"))
    out = chromafield.colorize(grey, device="cpu")
    lab = rgb_to_lab(as_unit(out))
    face = lab[1:, 90:200, 190:260].mean((1, 2))
    assert face[0] > 5 and face[1] > 5  # towards red and yellow
    assert lab[1:].norm(dim=0).std() > 3


def test_the_seed_decides_where_a_field_draws(grey_picture: np.ndarray, tiny_weights: Path) -> None:
    first, again, other = (
        colour(grey_picture, tiny_weights, field="sample", seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_samples_come_one_by_one_and_as_what_was_given(
    grey_picture: np.ndarray, networks_folder: Path
) -> None:
    given = Image.fromarray(grey_picture)
    told = {"count": 2, "seed": 1, "size": 64, "device": "cpu", "networks": networks_folder}
    images = list(chromafield.samples(given, **told))
    assert [i.mode for i in images] == ["RGB", "RGB"] and images[0].size == given.size
    arrays = list(chromafield.samples(grey_picture / 255, **told))
    assert arrays[0].dtype == np.float64 and arrays[0].shape == (*grey_picture.shape, 3)
    np.testing.assert_allclose(arrays[1], np.asarray(images[1]) / 255, atol=0.01)
    with pytest.raises(AlreadyColour):
        next(chromafield.samples(scene(np.random.default_rng(3), 90, 120), **told))
