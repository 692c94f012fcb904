"""Networks of less usual forms: numbers of other kinds, planes last, sides of other multiples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from chromafield.beliefs import as_gaussian
from chromafield.errors import WeightsError
from chromafield.models import load_model
from chromafield.models.plugged.description import PRESET_KEY
from chromafield.models.plugged.loading import add, describe_file
from chromafield.models.plugged.presets import PRESETS
from chromafield.models.plugged.probe import Stated

from . import tiny
from .test_network import grey_of, lightness

NUMBERS = {"double": TensorProto.DOUBLE, "half": TensorProto.FLOAT16, "bytes": TensorProto.UINT8}


def of_numbers(path: Path, kind: str) -> Path:
    """The tiny DDColor that takes numbers of another kind; bytes go from 0 to 255."""
    graph = tiny.Graph(3)
    graph.inputs[0].type.tensor_type.elem_type = NUMBERS[kind]
    graph.do("Cast", to=TensorProto.FLOAT).do("Div", 255.0 if kind == "bytes" else 1.0)
    return graph.do("Pow", 2.0).conv(tiny.mix(0, 2, 3, 40)).save(path, 2)


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_other_kinds_are_given(kind: str, tmp_path: Path) -> None:
    path = of_numbers(tmp_path / f"{kind}.onnx", kind)
    add(path, describe_file(path), [])
    got = as_gaussian(load_model(kind).model(lightness())).mean[0]
    grey = grey_of(lightness())
    if kind == "bytes":
        grey = np.rint(255 * grey) / 255
    np.testing.assert_allclose(got, tiny.ddcolor_answer(grey), atol=0.5)


@pytest.mark.parametrize("planes", [1, 3])
def test_planes_may_come_last(planes: int, tmp_path: Path) -> None:
    size = 30 if planes == 3 else 0.3
    graph = tiny.Graph("h", "w", planes)
    graph.do("Transpose", perm=[0, 3, 1, 2]).conv(tiny.mix(5, 2, planes, size))
    path = graph.do("Transpose", perm=[0, 2, 3, 1]).save(tmp_path / "last.onnx", "i")
    preset = "ddcolor" if planes == 3 else "zhang2016"
    add(path, describe_file(path, told=Stated(preset)), [])
    seen = lightness()
    shown = grey_of(seen) if planes == 3 else seen[0].double().numpy()
    expected = np.einsum("oi,ihw->ohw", tiny.mix(5, 2, planes, size)[:, :, 0, 0], shown)
    got = as_gaussian(load_model("last").model(seen)).mean[0]
    np.testing.assert_allclose(got, expected, atol=0.05)


def blocks(path: Path, side: int) -> Path:
    """One whose sides must be multiples of a number."""
    graph = tiny.Graph(3).conv(tiny.mix(0, 2, 3, 40)).do("SpaceToDepth", blocksize=side)
    return graph.do("DepthToSpace", blocksize=side).save(path, 2)


def test_the_multiple_of_its_sides_is_found_or_told(tmp_path: Path) -> None:
    told = describe_file(blocks(tmp_path / "b.onnx", 128))
    assert (told.input.multiple, told.input.height) == (128, 0)
    odd = blocks(tmp_path / "odd.onnx", 14)
    with pytest.raises(WeightsError, match="cannot take an input of shape .* multiple of block"):
        describe_file(odd)
    add(odd, describe_file(odd, told=Stated(multiple=14)), [])
    assert load_model("odd").model(lightness(30, 50)).mean.shape == (1, 2, 30, 50)


def test_one_fixed_side_fixes_the_other(tmp_path: Path) -> None:
    path = tiny.Graph(3, 64, "w").conv(tiny.mix(0, 2, 3, 40)).save(tmp_path / "d.onnx", 2)
    told = describe_file(path)
    assert (told.input.height, told.input.width, told.input.size) == (64, 64, 0)


def test_an_answer_larger_than_its_picture_is_refused_when_it_is_added(tmp_path: Path) -> None:
    graph = tiny.Graph(3).conv(tiny.mix(0, 8, 3, 40)).do("DepthToSpace", blocksize=2)
    with pytest.raises(WeightsError, match="shown 64 x 64 pixels and answered with 128 x 128"):
        describe_file(graph.save(tmp_path / "up.onnx", 2))


def test_several_pictures_at_once_are_a_sentence_that_says_so(tmp_path: Path) -> None:
    graph = tiny.Graph(3, 64, 64)
    graph.inputs[0].type.tensor_type.shape.dim[0].dim_value = 4
    path = graph.conv(tiny.mix(0, 2, 3, 40)).save(tmp_path / "four.onnx", 2)
    with pytest.raises(WeightsError, match="cannot take .* Got: 1 Expected: 4"):
        describe_file(path)


def test_a_network_that_gives_every_grey_back_in_each_range_is_asked_about(tmp_path: Path) -> None:
    path = tiny.Graph(3).save(tmp_path / "same.onnx", 3)
    with pytest.raises(WeightsError, match="several ranges fit"):
        describe_file(path)


def test_a_network_without_colour_is_asked_about(tmp_path: Path) -> None:
    path = tiny.Graph(3).conv(0 * tiny.mix(0, 2, 3, 1)).save(tmp_path / "none.onnx", 2)
    with pytest.raises(WeightsError, match="gives a grey picture no colour, so its unit is open"):
        describe_file(path)
    assert describe_file(path, told=Stated("ddcolor")).output.scale == (1.0,)


def test_the_output_is_named_where_several_look_like_colours(tmp_path: Path) -> None:
    path = tiny.ddcolor(tmp_path / "d.onnx")
    model = onnx.load(path)
    model.graph.node.append(helper.make_node("Identity", ["input"], ["grey"]))
    shape = ["n", 3, "i", "j"]
    model.graph.output.append(helper.make_tensor_value_info("grey", TensorProto.FLOAT, shape))
    onnx.save(model, path)
    with pytest.raises(WeightsError, match="has the outputs output .*, grey .* --output names one"):
        describe_file(path)
    assert describe_file(path, told=Stated(output="output")).output.name == "output"
    with pytest.raises(WeightsError, match="has no output 'ab'"):
        describe_file(path, told=Stated(output="ab"))


@pytest.mark.parametrize("name", ["pix2pix", "signed", "imagenet"])
def test_ranges_that_cannot_be_told_are_named_by_their_preset(name: str, tmp_path: Path) -> None:
    preset = PRESETS[name]
    planes = 1 if name == "pix2pix" else 3
    graph = tiny.Graph(planes)
    if name == "pix2pix":
        graph.conv(tiny.mix(6, 2, 1, 0.4)).do("Tanh")
    path = graph.save(tmp_path / f"{name}.onnx", 2 if name == "pix2pix" else 3)
    with pytest.raises(WeightsError, match=f"--preset {name}: "):
        describe_file(path)
    told = describe_file(path, told=Stated(name))
    assert (told.input.mean, told.output.scale) == (preset.input.mean, preset.output.scale)
    add(path, told, [])
    seen = lightness()
    got = as_gaussian(load_model(name).model(seen)).mean
    weight = torch.from_numpy(tiny.mix(6, 2, 1, 0.4))[:, :, 0, 0]
    expected = 110 * torch.tanh(torch.einsum("oi,bihw->bohw", weight, seen / 50 - 1))
    torch.testing.assert_close(
        got, expected if name == "pix2pix" else torch.zeros_like(got), atol=1e-2, rtol=0
    )


def test_a_files_own_preset_is_followed(tmp_path: Path) -> None:
    path = tiny.zhang(tmp_path / "z.onnx", "ab")
    model = onnx.load(path)
    entry = model.metadata_props.add()
    entry.key, entry.value = PRESET_KEY, "zhang2016"
    onnx.save(model, path)
    assert describe_file(path).preset == "zhang2016"
