"""The user's folder: what is kept in it, checked, and forgotten; and descriptions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch

from chromafield.errors import BadValue, OutputError, UnknownName, WeightsError
from chromafield.models import create_model, load_model
from chromafield.models.plugged import store
from chromafield.models.plugged.description import (
    Description,
    as_toml,
    fingerprint,
    read_description,
)
from chromafield.models.plugged.loading import add, describe_file
from chromafield.models.plugged.presets import PRESETS
from chromafield.models.plugged.probe import Stated

from . import tiny


def test_an_added_network_is_kept_with_its_description_and_forgotten_whole(
    tmp_path: Path, room: Path
) -> None:
    path = tiny.ddcolor(tmp_path / "DDColor tiny.onnx")
    told = describe_file(path)
    toml = add(path, told, [])
    assert store.added() == ["ddcolor-tiny"] and toml == room / "ddcolor-tiny/description.toml"
    kept = read_description(toml)
    assert kept == replace(told, file=path.name, sha256=store.digest_of(path))
    path.unlink()
    assert load_model("ddcolor-tiny").digest == fingerprint(kept)
    store.remove("ddcolor-tiny")
    assert store.added() == [] and list(room.iterdir()) == []
    with pytest.raises(BadValue, match="No network was added as 'ddcolor-tiny'. Added are: none"):
        store.remove("ddcolor-tiny")
    with pytest.raises(UnknownName):
        load_model("ddcolor-tiny")


def test_weights_in_another_file_are_taken_along(tmp_path: Path) -> None:
    path = tiny.zhang(tmp_path / "z.onnx", "logits")
    alone = describe_file(path, told=Stated("zhang2016"), name="one")
    add(path, alone, [])
    path2 = tmp_path / "two.onnx"
    onnx.save(
        onnx.load(path),
        path2,
        save_as_external_data=True,
        location="two.onnx.data",
        size_threshold=0,
    )
    add(path2, describe_file(path2, told=Stated("zhang2016")), [])
    for made in (path2, tmp_path / "two.onnx.data"):
        made.unlink()
    seen = 100 * torch.rand(1, 1, 32, 32)
    one, two = (load_model(name).model(seen) for name in ("one", "two"))
    assert torch.equal(one.energy, two.energy)


@pytest.mark.parametrize("together", [True, False])
def test_weights_in_files_of_any_name_are_taken_along_and_checked(
    together: bool, tmp_path: Path, room: Path
) -> None:
    path = tiny.zhang(tmp_path / "z.onnx", "logits")
    one = onnx.load(path)
    apart: dict[str, object] = {"save_as_external_data": True, "size_threshold": 0}
    onnx.save(one, path, all_tensors_to_one_file=together, location="w.bin", **apart)
    add(path, describe_file(path, told=Stated("zhang2016")), [])
    for made in tmp_path.glob("*"):
        if made.is_file():
            made.unlink()
    assert load_model("z").model(torch.rand(1, 1, 32, 32)).energy.shape[1] == 313
    first = read_description(room / "z" / "description.toml").beside[0].partition("  ")[2]
    (room / "z" / first).write_bytes(b"other")
    with pytest.raises(WeightsError, match="is not the file that was added as z"):
        load_model("z")


def test_a_changed_description_makes_another_network(tmp_path: Path, room: Path) -> None:
    path = tiny.ddcolor(tmp_path / "d.onnx")
    toml = add(path, describe_file(path), [])
    before = load_model("d").digest
    toml.write_text(toml.read_text().replace("scale = [1.0]", "scale = [2.0]"))
    assert load_model("d").digest != before


def test_an_ending_in_capitals_serves(tmp_path: Path) -> None:
    path = tiny.ddcolor(tmp_path / "D.ONNX")
    assert load_model(str(path)).name == "d"
    add(path, describe_file(path), [])
    assert load_model("d").name == "d"


def test_a_name_or_a_note_that_is_no_text_is_a_sentence(tmp_path: Path, room: Path) -> None:
    path = tiny.ddcolor(tmp_path / "d.onnx")
    with pytest.raises(BadValue, match="its licence or its source is no text"):
        add(path, replace(describe_file(path), licence="\udcff"), [])
    assert list(room.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mine.onnx", "mine.onnx would be taken for a file. Name another"),
        ("list", "list would be taken for a command"),
        ("lite-unet", "The name lite-unet is taken"),
        ("twice", "The name twice is taken. .* chromafield models remove twice"),
        ("a+b", r"'a\+b' can be no name"),
        ("../up", "can be no name"),
        ("", "can be no name"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, sentence: str, tmp_path: Path) -> None:
    path = tiny.ddcolor(tmp_path / "d.onnx")
    told = describe_file(path)
    add(path, replace(told, name="twice"), [])
    with pytest.raises(BadValue, match=sentence):
        add(path, replace(told, name=name), ["lite-unet"])
    assert store.added() == ["twice"]


def test_a_copy_that_fails_leaves_nothing(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tiny.ddcolor(tmp_path / "d.onnx")
    told = describe_file(path)

    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.shutil, "copyfile", full)
    with pytest.raises(OutputError, match="cannot be kept in .* .No space left on device"):
        add(path, told, [])
    assert list(room.iterdir()) == []


def test_a_file_that_changed_since_is_refused(tmp_path: Path, room: Path) -> None:
    path = tiny.ddcolor(tmp_path / "d.onnx")
    add(path, describe_file(path), [])
    tiny.ddcolor(room / "d" / "d.onnx", side=32)
    with pytest.raises(WeightsError, match="is not the file that was added as d: .* remove d"):
        load_model("d")
    (room / "d" / "d.onnx").unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        load_model("d")


def test_a_published_file_can_be_added_under_the_models_own_name(tmp_path: Path) -> None:
    path = tmp_path / "release.pth"
    torch.manual_seed(0)
    torch.save(create_model("zhang2017", width=4).state_dict(), path)
    told = describe_file(path)
    assert (told.name, told.preset) == ("zhang2017", "published")
    add(path, told, ["lite-unet"])
    seen = 100 * torch.rand(1, 1, 32, 32)
    trained = load_model("zhang2017")
    assert trained.name == "zhang2017" and trained.digest == store.digest_of(path)
    assert torch.equal(trained.model(seen).mean, load_model(str(path)).model(seen).mean)


def test_presets_and_descriptions_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "description.toml"
    for name, preset in PRESETS.items():
        told = Description(
            name,
            'odd "file"\\.onnx',
            "ab" * 32,
            ("cd" * 32 + "  odd/weights",),
            name,
            "BSD-2 \u00e9\x7f",
            "",
            preset.input,
            preset.output,
        )
        path.write_text(as_toml(told), "utf-8")
        assert read_description(path) == told


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "is no TOML"),
        ("colour = 3", "cannot be: a description has no option 'colour'"),
        ("input = 3", "cannot be: its input is 3, no table"),
        ('[input]\nkind = "rgb"', "The input's kind is 'rgb'; it is one of grey, lightness, hints"),
        ("[input]\nmean = [1.0, 2.0]", "The mean has 2 numbers; it has one, or one a plane: 3"),
        ("[input]\ndeviation = [0.0]", "deviation holds a 0"),
        ("[input]\nheight = 512", "are both fixed, or both 0"),
        ("[input]\nmultiple = 0", "multiple is 0; it is at least 1"),
        ("[input]\nsize = 100000", "size is 100000; it goes from 0 to 4096"),
        ("[input]\nsize = true", "The option size of an input is True"),
        ('[output]\nkind = "cmyk"', "The output's kind is 'cmyk'"),
        ("[output]\ndeviation = 0.0", "deviation is 0.0; it must be above 0"),
        ("[output]\nscale = [nan]", "The option scale of an output"),
    ],
)
def test_a_description_that_cannot_be_is_a_sentence(
    text: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "description.toml"
    path.write_text(text)
    with pytest.raises(WeightsError, match=sentence):
        read_description(path)


def test_the_values_of_a_description_are_jsons_too() -> None:
    for line in as_toml(Description("a")).splitlines():
        if "=" in line:
            json.loads(line.partition(" = ")[2])
