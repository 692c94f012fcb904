"""Other kinds of results: editing and web codecs, numbered pictures, layers, before and after."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from chromafield.errors import OutputError, PictureError
from chromafield.film import codecs
from chromafield.film.codecs import codec_for
from chromafield.film.run import color_film
from chromafield.film.settings import Plan
from chromafield.image import read_picture

from .clips import encoded, frames, luma, panned, picture, write_film
from .test_kept import joined
from .test_times import opencv, told

NTSC = Fraction(24000, 1001)
NAMES = {"prores": "prores", "prores4444": "prores", "dnxhr": "dnxhd", "vp9": "vp9"}


def deep(frame: av.VideoFrame) -> np.ndarray:
    """The luma of a frame of 10 or 12 bits, in levels of 8."""
    bits = frame.format.components[0].bits
    rows = np.frombuffer(frame.planes[0], np.uint16).reshape(frame.height, -1)
    return rows[:, : frame.width] / 2.0 ** (bits - 8)


@pytest.mark.parametrize(
    ("codec", "result", "kind", "tag"),
    [
        ("prores", ".mov", "yuv422p10le", "apch"),
        ("prores4444", ".mov", "yuv444p12le", "ap4h"),
        ("prores", ".mkv", "yuv422p10le", None),
        ("dnxhr", ".mov", "yuv422p10le", "AVdh"),
        ("dnxhr", ".mxf", "yuv422p10le", None),
    ],
)
def test_editing_codecs_have_ten_bits_a_timecode_and_marks(
    plan: Plan, tmp_path: Path, codec: str, result: str, kind: str, tag: str | None
) -> None:
    plain, film, out = tmp_path / "plain.mp4", tmp_path / "film.mov", tmp_path / f"out{result}"
    marks = {"color_range": 1, "colorspace": 1, "color_primaries": 1, "color_trc": 1}
    encoded(plain, panned(8, 128, 256), rate=NTSC, options={"crf": "4"}, **marks)
    joined(film, plain, timecode="01:00:00:00")
    report = color_film(film, out, replace(plan, codec=codec), "cpu")
    assert not report.sentences
    found = told(out)
    assert found.rate == NTSC and found.count == 8 and found.times[0] == 0
    assert found.seconds == pytest.approx(8 / NTSC, abs=0.5 / NTSC)
    assert opencv(out)[1:] == (8, 8)
    with av.open(str(out)) as opened:
        video = opened.streams.video[0]
        assert tag is None or video.codec_context.codec_tag == tag
        held = [s.metadata for s in opened.streams] + [opened.metadata]
        tags = [v for tags in held for k, v in tags.items() if k.lower() == "timecode"]
        assert "01:00:00:00" in tags
    for one, other in zip(frames(film), frames(out), strict=True):
        assert other.format.name == kind and int(other.colorspace) == 1
        assert np.abs(luma(one) - deep(other)).mean() < 1.5
    chroma = frames(out)[0].to_ndarray(format="yuv444p")[1:].astype(int) - 128
    assert np.hypot(*chroma).mean() > 1


def test_levels_of_the_full_range_are_put_into_an_editing_codec_s(
    plan: Plan, tmp_path: Path
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mov"
    encoded(film, panned(3), "ffv1", "gray", times=(0, 40, 333), unit=Fraction(1, 1000))
    color_film(film, out, replace(plan, codec="prores"), "cpu")
    assert told(out).times == pytest.approx((0, 0.04, 0.333), abs=2e-3)
    for one, other in zip(frames(film), frames(out), strict=True):
        assert int(other.color_range) == 1
        shown = (deep(other) - 16) * 255 / 219
        assert np.abs(luma(one) - shown).mean() < 1.5


@pytest.mark.parametrize(("codec", "result"), [("vp9", ".webm"), ("av1", ".webm"), ("av1", ".mp4")])
def test_the_webs_codecs(plan: Plan, tmp_path: Path, codec: str, result: str) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / f"out{result}"
    encoded(film, panned(7, 64, 96), rate=18, options={"crf": "4"})
    color_film(film, out, replace(plan, codec=codec, quality=10), "cpu")
    found = told(out)
    assert found.rate == 18 and found.count == 7 and found.times[0] == 0
    assert found.seconds == pytest.approx(7 / 18, abs=0.5 / 18)
    for one, other in zip(frames(film), frames(out), strict=True):
        assert np.abs(luma(one) - luma(other)).mean() < 3
    assert codec_for(".webm") == "vp9" and codec_for(".mxf") == "dnxhr" == codec_for(".MXF")
    assert codec_for(".mp4") == "h264"


@pytest.mark.parametrize(
    ("pix_fmt", "result", "codec", "kind"),
    [
        ("gray12le", ".mp4", "hevc", "yuv420p12le"),
        ("gray16le", ".mkv", "ffv1", "yuv420p16le"),
        ("gray10le", ".mkv", "h264", "yuv420p10le"),
    ],
)
def test_a_film_of_many_bits_gets_a_codec_that_holds_them(
    plan: Plan, tmp_path: Path, pix_fmt: str, result: str, codec: str, kind: str
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / f"out{result}"
    encoded(film, panned(2), "ffv1", pix_fmt)
    report = color_film(film, out, replace(plan, codec="auto"), "cpu")
    with av.open(str(out)) as found:
        context = found.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == (codec, kind)
    assert ("bits a level, more than h264 holds" in "".join(report.sentences)) == (codec != "h264")


def test_sixteen_bits_in_a_file_that_cannot_hold_them(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    encoded(film, panned(2), "ffv1", "gray16le")
    with pytest.raises(OutputError, match=r"16 bits a level; h264 holds 10. Choose --codec ffv1"):
        color_film(film, tmp_path / "out.mp4", replace(plan, codec="auto"), "cpu")


def test_codecs_that_cannot(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    encoded(film, panned(2), "ffv1", "gray10le")
    for codec, quality, words in (
        ("vp9", 18, "10 bits a level; vp9 holds 8. Choose --codec h264"),
        ("prores", 0, "prores is never lossless. Choose --codec ffv1"),
        ("dnxhr", 18, "256 x 120 pixels at least; the film has 64 x 48"),
    ):
        with pytest.raises(OutputError, match=words):
            color_film(film, out, replace(plan, codec=codec, quality=quality), "cpu")
    encoded(film, [picture(0, 71, 97)], "ffv1", "yuv444p")
    with pytest.raises(OutputError, match="even sides only; the film is 97 x 71"):
        color_film(film, out, replace(plan, codec="av1"), "cpu")
    monkeypatch.setitem(codecs.CODECS, "vp9", replace(codecs.CODECS["vp9"], encoder="none"))
    with pytest.raises(OutputError, match="no encoder none, which vp9 needs. Choose --codec h264"):
        color_film(film, out, replace(plan, codec="vp9"), "cpu")


@pytest.mark.parametrize(
    ("result", "pix_fmt", "kind"),
    [
        (".png", "gray", np.uint8),
        (".png", "gray16le", np.uint16),
        (".tif", "gray16le", np.uint16),
        (".jpg", "gray", np.uint8),
        (".dpx", "gray10le", np.uint16),
        (".dpx", "gray", np.uint8),
    ],
)
def test_numbered_pictures_as_a_result(
    plan: Plan, tmp_path: Path, result: str, pix_fmt: str, kind: type
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "new" / f"a_%04d{result}"
    encoded(film, panned(4), "ffv1", pix_fmt)
    report = color_film(film, out, replace(plan, codec="h264"), "cpu")
    assert report.frames == 4
    paths = sorted(out.parent.iterdir())
    assert [path.name for path in paths] == [f"a_{n:04d}{result}" for n in range(4)]
    for path, one in zip(paths, frames(film), strict=True):
        if result == ".dpx":
            deep_kind = "rgb24" if kind is np.uint8 else "rgb48le"
            rgb = frames(path)[0].to_ndarray(format=deep_kind)
        else:
            rgb = read_picture(path).pixels
        assert rgb.dtype == kind and rgb.shape == (48, 64, 3)
        top = np.iinfo(kind).max
        weights = np.array([0.299, 0.587, 0.114])
        own = one.to_ndarray(format="gray16le").astype(float) / 65535
        away = np.abs(rgb @ weights / top - own)
        assert np.median(away) < 0.01  # but for colours that leave the gamut
        assert (rgb.max(2).astype(int) - rgb.min(2)).mean() > 0.01 * top
    with pytest.raises(OutputError, match=r"a_0000\.\w+ already"):
        from chromafield.film.work_folder import refuse_what_is_there

        refuse_what_is_there(out)


def test_pictures_keep_their_numbers_and_a_part_its_own(plan: Plan, tmp_path: Path) -> None:
    for number, level in enumerate(panned(6), start=8):
        Image.fromarray(level).save(tmp_path / f"scan{number:03d}.tif")
    whole = replace(plan, rate=Fraction(16), start=2 / 16)
    color_film(tmp_path / "scan%03d.tif", tmp_path / "out" / "%d.png", whole, "cpu")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        *("10.png", "11.png", "12.png", "13.png")
    ]
    (tmp_path / "scan010.tif").unlink()
    with pytest.raises(PictureError, match=r"scan010.tif is missing: there are scan009.tif and"):
        color_film(tmp_path / "scan%03d.tif", tmp_path / "out.mp4", whole, "cpu")


def test_a_layer_laid_over_the_film_is_the_result(plan: Plan, tmp_path: Path) -> None:
    film, whole, layer = (tmp_path / n for n in ("film.mkv", "whole/%d.png", "layer/%d.png"))
    encoded(film, panned(3), "ffv1", "gray")
    color_film(film, whole, plan, "cpu")
    color_film(film, layer, replace(plan, layer=True), "cpu")
    for number, one in enumerate(frames(film)):
        grey = Image.fromarray(luma(one).astype(np.uint8)).convert("RGBA")
        with Image.open(tmp_path / f"layer/{number}.png") as over:
            assert over.mode == "RGBA"
            laid = np.asarray(Image.alpha_composite(grey, over).convert("RGB")).astype(int)
        with Image.open(tmp_path / f"whole/{number}.png") as found:
            assert np.abs(laid - np.asarray(found)).max() <= 3
    for target, words in (
        ("out.mp4", "A layer is a row of transparent pictures"),
        ("%d.jpg", "which .jpg pictures are not"),
        ("%d.xyz", "should end with one of"),
    ):
        with pytest.raises(OutputError, match=words):
            color_film(film, tmp_path / target, replace(plan, layer=True), "cpu")


def test_a_film_is_not_one_picture(plan: Plan, tmp_path: Path) -> None:
    write_film(tmp_path / "film.mp4", (3,))
    with pytest.raises(OutputError, match="is one picture, and a film is many.*%06d.png"):
        color_film(tmp_path / "film.mp4", tmp_path / "out.png", plan, "cpu")


def test_pictures_have_no_sound(plan: Plan, tmp_path: Path) -> None:
    write_film(tmp_path / "film.mp4", (3,))
    report = color_film(tmp_path / "film.mp4", tmp_path / "%d.png", plan, "cpu")
    assert report.sentences == ["Pictures have no sound; it was left out."]


@pytest.mark.parametrize("size", [(48, 64), (49, 63)])
def test_before_and_after_in_one_film(plan: Plan, tmp_path: Path, size: tuple[int, int]) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    height, width = size
    encoded(film, panned(3, height, width), "ffv1", "yuv444p")
    color_film(film, out, replace(plan, compare="side"), "cpu")
    both = [f.to_ndarray(format="yuv444p").astype(int) for f in frames(out)]
    color_film(film, out, replace(plan, compare="split"), "cpu")
    halves = [f.to_ndarray(format="yuv444p").astype(int) for f in frames(out)]
    for one, beside, split in zip(frames(film), both, halves, strict=True):
        level = one.to_ndarray(format="yuv444p")[0]
        assert np.array_equal(beside[0], np.hstack([level, level]))
        assert np.array_equal(split[0], level)
        for made in (beside, split):
            away = np.abs(made[1:] - 128).max(0)
            middle = made.shape[2] // 2
            assert (away[:, : middle - 2] == 0).all() and away[:, middle + 2 :].mean() > 1


@pytest.mark.parametrize("result", [".mp4", ".mkv", ".mov", ".avi"])
def test_the_file_says_that_its_colours_are_guesses(
    plan: Plan, tmp_path: Path, result: str
) -> None:
    plain, film, out = tmp_path / "a.mkv", tmp_path / "film.mkv", tmp_path / f"out{result}"
    encoded(plain, panned(2))
    with av.open(str(plain)) as source, av.open(str(film), "w") as target:
        target.metadata["comment"] = "Reel 2."
        copy = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = copy
                target.mux(packet)
    color_film(film, out, replace(plan, codec="h264"), "cpu")
    with av.open(str(out)) as found:
        tags = {key.lower(): value for key, value in found.metadata.items()}
    assert tags["comment"].startswith("Reel 2.")
    assert "The colours are guesses of Chromafield" in " ".join(tags.values())
