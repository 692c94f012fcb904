"""Whose fault an error is: the file's, or ours."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from chromafield import __version__
from chromafield.errors import BadValue, ChromafieldError, InternalError, OutputError, PictureError
from chromafield.image import Picture, _formats, read_picture, write
from chromafield.image._guard import damage_named
from chromafield.image.write import encode_picture

from ._files import noise, saved, tiff

FAULTS = (AttributeError, TypeError, KeyError, IndexError, RuntimeError)


def code_of(module: str, error: Exception) -> ModuleType:
    """A module of this name whose `run` raises the error."""
    made = ModuleType(module)
    made.__dict__["error"] = error
    exec(compile("def run(*_):\n\n    raise error\n", "anywhere.py", "exec"), made.__dict__)
    return made


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("module", ["PIL.PngImagePlugin", "chromafield_plugin.decoder", "numpy"])
def test_a_decoders_error_of_any_kind_is_the_files_damage(
    module: str, kind: type[Exception]
) -> None:
    with (
        pytest.raises(PictureError, match="scan.png is a damaged or cut-off PNG file"),
        damage_named("scan.png", "PNG"),
    ):
        code_of(module, kind("none there")).run()


@pytest.mark.parametrize("kind", FAULTS)
def test_our_own_error_names_itself_and_says_how_to_report_it(kind: type[Exception]) -> None:
    error = kind("none there")
    ours = code_of("chromafield.image._modes", error)
    with pytest.raises(InternalError) as found, damage_named("scan.png", "PNG"):
        ours.run()
    said = str(found.value)
    assert said.startswith(f"scan.png met a fault of Chromafield {__version__} itself")
    assert "at chromafield.image._modes, line 3" in said
    assert f"({type(error).__name__}: {error})" in said
    assert "Report this sentence" in said and "damaged" not in said and said.endswith(".")
    assert found.value.__cause__ is error
    assert isinstance(found.value, ChromafieldError) and not isinstance(found.value, PictureError)


# What our own parsers raise on purpose says that the file is wrong, and struct and zlib have no
# frame of their own: the innermost is ours where they find the bytes too few.
@pytest.mark.parametrize(
    "error", [ValueError("a strip is cut off"), EOFError("no picture"), struct.error("too few")]
)
def test_errors_about_bytes_are_damage_wherever_they_come_from(error: Exception) -> None:
    with pytest.raises(PictureError, match="damaged"), damage_named("scan.tif", "TIFF"):
        code_of("chromafield.image._tiff_parts", error).run()


def test_the_innermost_frame_decides_and_not_the_one_that_called() -> None:
    decoder = code_of("PIL.Image", TypeError("an integer is required"))
    ours = ModuleType("chromafield.image._modes")
    ours.__dict__["decoder"] = decoder
    exec(compile("def run():\n    decoder.run()\n", "anywhere.py", "exec"), ours.__dict__)
    with pytest.raises(PictureError, match="damaged"), damage_named("scan.png", "PNG"):
        ours.run()


def test_errors_that_are_sentences_already_pass() -> None:
    for error in (PictureError("It is a film."), BadValue("It is 3.")):
        with pytest.raises(type(error), match=str(error)), damage_named("scan.png", "PNG"):
            raise error


def test_a_sound_picture_that_our_code_fails_on_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(saved(Image.fromarray(noise(8, 9, 3)), "PNG"))
    assert read_picture(path).size == (8, 9)
    broken = code_of("chromafield.image._modes", AttributeError("'Image' has no 'mod'"))
    monkeypatch.setattr(_formats, "decode", broken.run)
    with pytest.raises(InternalError, match=r"^scan.png met a fault .*_modes, line 3"):
        read_picture(path)
    monkeypatch.undo()
    foreign = code_of("PIL.PngImagePlugin", AttributeError("'NoneType' has no 'read'"))
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", foreign.run)
    with pytest.raises(PictureError, match="scan.png is a damaged"):
        read_picture(path)


def test_a_result_that_our_code_fails_to_write_is_our_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rgb = noise(4, 5, 3)
    picture = Picture(rgb, None, 8)
    broken = code_of("chromafield.image._png", TypeError("'int' object is not iterable"))
    monkeypatch.setattr(write, "encode_png", broken.run)
    with pytest.raises(InternalError, match="^The result met a fault .*_png, line 3"):
        encode_picture(".png", rgb, picture)
    foreign = code_of("PIL.PngImagePlugin", TypeError("'int' object is not iterable"))
    monkeypatch.setattr(write, "encode_png", foreign.run)
    with pytest.raises(OutputError, match="cannot be written as PNG"):
        encode_picture(".png", rgb, picture)


ASCII, RATIONAL, FLOAT, UNDEFINED = 2, 5, 11, 7


# A directory whose tags are of the wrong type is the file's damage, not a fault of ours: whatever
# the tag, the error is one of the two sentences on files, or the picture is read.
@pytest.mark.parametrize("kind", [ASCII, UNDEFINED, RATIONAL, FLOAT])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_tags_of_the_wrong_type_are_damage(kind: int, count: int, tmp_path: Path) -> None:
    data = tiff(noise(2, 8, 12, dtype=np.uint16), photometric="minisblack", planarconfig="separate")
    path = tmp_path / "scan.tif"
    for tag in tifffile.TiffFile(io.BytesIO(data)).pages[0].tags.values():
        wrong = bytearray(data)
        struct.pack_into("<HI", wrong, tag.offset + 2, kind, count)
        path.write_bytes(wrong)
        try:
            assert isinstance(read_picture(path, max_pixels=10_000), Picture)
        except PictureError as error:
            assert "scan.tif" in str(error), tag.name


def test_a_directory_of_millions_of_channels_is_damage_and_takes_no_memory(tmp_path: Path) -> None:
    data = bytearray(tiff(noise(8, 12, 3, dtype=np.uint16), photometric="rgb"))
    tag = tifffile.TiffFile(io.BytesIO(bytes(data))).pages[0].tags["SamplesPerPixel"]
    struct.pack_into("<HII", data, tag.offset + 2, 4, 1, 2**31)
    (tmp_path / "scan.tif").write_bytes(data)
    with pytest.raises(PictureError, match="damaged .*2147483648 channels a pixel"):
        read_picture(tmp_path / "scan.tif")
