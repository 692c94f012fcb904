"""Adding networks: what is told of a file, kept of it, and refused."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import helper

from chromafield.errors import BadValue, MissingExtra, WeightsError
from chromafield.models import load_model
from chromafield.models.plugged import session, store
from chromafield.models.plugged.description import (
    Description,
    Input,
    Output,
)
from chromafield.models.plugged.loading import add, describe_file
from chromafield.models.plugged.probe import Stated

from . import tiny


@pytest.mark.parametrize("way", ["0 to 1", "0 to 255", "ImageNet's"])
@pytest.mark.parametrize("side", [None, 64])
def test_deoldifys_range_is_found(way: str, side: int | None, tmp_path: Path) -> None:
    told = describe_file(tiny.deoldify(tmp_path / "d.onnx", way, side))
    mean, deviation = {
        "0 to 1": ((0.0,), (1.0,)),
        "0 to 255": ((0.0,), (1 / 255,)),
        "ImageNet's": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    }[way]
    assert (told.input.mean, told.input.deviation) == (mean, deviation)
    assert (told.output.shift, told.output.scale) == (mean, deviation)
    assert told.preset == ("rgb" if way == "0 to 1" else "deoldify")
    assert (told.output.kind, told.output.name, told.input.height) == ("rgb", "out", side or 0)
    assert told.input.size == (0 if side or way == "0 to 1" else 256)


def test_ddcolors_kind_is_found_with_its_unit(tmp_path: Path) -> None:
    told = describe_file(tiny.ddcolor(tmp_path / "d.onnx"))
    assert (told.preset, told.input.height, told.input.width) == ("ddcolor", 64, 64)
    assert told.output == Output("output", "ab")
    small = tiny.Graph(3).conv(tiny.mix(0, 2, 3, 0.2)).save(tmp_path / "small.onnx", 2)
    assert describe_file(small).output.scale == (110.0,)
    assert describe_file(small, told=Stated("ddcolor")).output.scale == (1.0,)


def test_the_range_of_lightness_is_asked_for(tmp_path: Path) -> None:
    path = tiny.zhang(tmp_path / "z.onnx", "ab")
    with pytest.raises(WeightsError) as caught:
        describe_file(path)
    told = str(caught.value)
    assert "cannot be told: the range of lightness is not in the file. Say which." in told
    assert "--preset zhang2016: L, 0 to 100, to ab" in told and "--preset ab: (L - 50)" in told
    assert describe_file(path, told=Stated("zhang2016")).output.scale == (1.0,)


def test_ranges_that_fit_alike_are_asked_for(tmp_path: Path) -> None:
    same = tiny.Graph(3).do("Mul", np.array([1.1, 1.0, 0.9])[None, :, None, None])
    path = same.save(tmp_path / "same.onnx", 3)
    with pytest.raises(
        WeightsError, match="several ranges fit, .* in and .* out. .* --preset deoldify"
    ):
        describe_file(path)
    assert describe_file(path, told=Stated("rgb")).input.deviation == (1.0,)
    assert describe_file(path, told=Stated("deoldify")).output.scale == (1 / 255,)


@pytest.mark.parametrize(
    ("preset", "sentence"),
    [
        ("zhang2016", r"does not fit the preset zhang2016 .*: it takes 3 planes \(input\)"),
        ("rgb", "does not fit the preset rgb .*: it answers with ab"),
        ("caffe", "The preset is 'caffe'; it is one of ddcolor, deoldify, zhang2016"),
    ],
)
def test_a_preset_that_does_not_fit_is_refused(preset: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises((WeightsError, BadValue), match=sentence):
        describe_file(tiny.ddcolor(tmp_path / "d.onnx"), told=Stated(preset))


def test_a_range_that_gives_no_grey_for_grey_is_refused(tmp_path: Path) -> None:
    path = tiny.deoldify(tmp_path / "d.onnx", "0 to 255")
    with pytest.raises(WeightsError, match="does not give grey for grey: by the preset rgb"):
        describe_file(path, told=Stated("rgb"))
    inverse = tiny.Graph(3).do("Mul", -1.0).do("Add", 1.0).save(tmp_path / "inverse.onnx", 3)
    with pytest.raises(WeightsError, match="does not give grey for grey"):
        describe_file(inverse)


def no_onnx(path: Path) -> Path:
    path.write_text("hello")
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def later_opset(path: Path) -> Path:
    tiny.ddcolor(path)
    model = onnx.load(path)
    model.opset_import[0].version = 99
    onnx.save(model, path)
    return path


def later_format(path: Path) -> Path:
    tiny.ddcolor(path)
    model = onnx.load(path)
    model.ir_version = 99
    onnx.save(model, path)
    return path


def custom(path: Path) -> Path:
    graph = tiny.Graph(3)
    graph.nodes.append(helper.make_node("DeformableRoll", ["input"], ["rolled"], domain="own"))
    graph.last = "rolled"
    graph.save(path, 2)
    model = onnx.load(path)
    model.opset_import.append(helper.make_opsetid("own", 1))
    onnx.save(model, path)
    return path


def cut(path: Path) -> Path:
    tiny.zhang(path, "logits")
    path.write_bytes(path.read_bytes()[:-400])
    return path


def outside(path: Path) -> Path:
    tiny.zhang(path, "logits")
    onnx.save(
        onnx.load(path), path, save_as_external_data=True, location="w.data", size_threshold=0
    )
    (path.parent / "w.data").unlink()
    return path


def three_planes_of_none(path: Path) -> Path:
    return tiny.Graph(3).do("Log").do("Mul", -1.0).do("Log").save(path, 2)


def many_planes(path: Path) -> Path:
    return tiny.Graph(3).conv(tiny.mix(0, 7, 3, 1)).save(path, 7)


def seven_inputs(path: Path) -> Path:
    return tiny.Graph(7).conv(tiny.mix(0, 2, 7, 1)).save(path, 2)


def flat(path: Path) -> Path:
    return tiny.Graph(3).do("Flatten").save(path, "k")


BAD = {
    no_onnx: "is no ONNX file, or was cut short",
    empty: "is no ONNX file, or was cut short",
    cut: "is no ONNX file, or was cut short",
    later_opset: "made for a later onnxruntime .* pip install -U onnxruntime",
    later_format: "made for a later onnxruntime .* pip install -U onnxruntime",
    custom: "has operators that onnxruntime does not know: .*DeformableRoll",
    outside: "keeps its weights in another file, which is not beside it",
    three_planes_of_none: "answers a grey picture with values that are no numbers",
    many_planes: r"answers with 7 planes \(output\); colorizers answer with 2 \(ab\), 3",
    seven_inputs: r"takes 7 planes \(input\); colorizers take 1",
}


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_what_cannot_be_used_is_a_sentence_and_nothing_is_kept(make, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=BAD[make]):
        describe_file(make(tmp_path / "bad.onnx"))
    assert store.added() == []


def test_a_missing_file_and_one_of_another_kind_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read .No such file"):
        describe_file(tmp_path / "none.onnx")
    with pytest.raises(WeightsError, match="neither an .onnx file nor a published .pth file"):
        describe_file(no_onnx(tmp_path / "none.safetensors"))


def test_a_file_larger_than_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tiny.ddcolor(tmp_path / "d.onnx")
    monkeypatch.setattr(session.os, "sysconf", lambda name: 10)
    with pytest.raises(WeightsError, match="this machine has 0.0 GB of memory"):
        describe_file(path)


def test_without_onnxruntime_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[onnx\]'"):
        describe_file(tiny.ddcolor(tmp_path / "d.onnx"))


def test_an_answer_that_is_no_number_at_run_time_is_no_picture(tmp_path: Path) -> None:
    path = tiny.Graph(3).do("Sub", 0.9).do("Mul", -1.0).do("Log").conv(tiny.mix(0, 2, 3, 9))
    add(path.save(tmp_path / "n.onnx", 2), Description("n", input=Input("input")), [])
    model = load_model("n").model
    model(torch.full((1, 1, 32, 32), 50.0))
    with pytest.raises(WeightsError, match="values that are no numbers .100% of them"):
        model(torch.full((1, 1, 32, 32), 99.0))


def test_an_answer_of_another_shape_than_described_is_refused(tmp_path: Path) -> None:
    told = Description("d", input=Input("input", height=64, width=64), output=Output(kind="rgb"))
    add(tiny.ddcolor(tmp_path / "d.onnx"), told, [])
    with pytest.raises(WeightsError, match=r"answered with the shape \(1, 2, 64, 64\); .* rgb"):
        load_model("d").model(torch.full((1, 1, 32, 32), 50.0))


def test_a_part_that_is_no_whole_share_is_refused(tmp_path: Path) -> None:
    path = tiny.Graph(3).conv(tiny.mix(0, 2, 3, 9), stride=3).save(tmp_path / "third.onnx", 2)
    add(path, Description("third", input=Input("input")), [])
    with pytest.raises(WeightsError, match="shown 32 x 32 pixels and answered with 11 x 11"):
        load_model("third").model(torch.full((1, 1, 32, 32), 50.0))


def test_names_of_ports_that_are_not_there_are_refused(tmp_path: Path) -> None:
    path = tiny.ddcolor(tmp_path / "d.onnx", side=None)
    for part in ({"input": Input("image")}, {"output": Output("image")}):
        add(path, Description("d", **part), [])
        with pytest.raises(WeightsError, match="has no (in|out)put 'image'. It has: (in|out)put"):
            load_model("d").model(torch.full((1, 1, 32, 32), 50.0))
        store.remove("d")
