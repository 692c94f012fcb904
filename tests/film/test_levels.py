"""Levels of 8 and more bits, turned frames, old film's faults and broken frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from chromafield.errors import BadValue, OutputError, PictureError
from chromafield.film.chroma import Coding
from chromafield.film.restore import Light, even, without_dust
from chromafield.film.run import color_film
from chromafield.film.settings import Plan

from .clips import frames, luma, picture, write_film


def deep_film(path: Path, pix_fmt: str, size: tuple[int, int] = (96, 128), count: int = 3) -> None:
    """Grey frames with levels of more than 8 bits, some of them between those of 8."""
    height, width = size
    bits = 10 if "10" in pix_fmt else 12
    with av.open(str(path), "w") as out:
        video = out.add_stream("ffv1", 25)
        video.width, video.height, video.pix_fmt = width, height, pix_fmt
        for number in range(count):
            levels = picture(0, height, width, 2 * number).astype(np.uint16) << (bits - 8)
            levels += np.arange(width, dtype=np.uint16) % 4
            frame = av.VideoFrame(width, height, pix_fmt)
            for plane in frame.planes:
                rows = np.full((plane.height, plane.line_size // 2), 1 << (bits - 1), np.uint16)
                if plane.width == width:
                    rows[:, :width] = levels
                plane.update(rows.tobytes())
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))


def deep_luma(frame: av.VideoFrame) -> np.ndarray:
    plane = np.frombuffer(frame.planes[0], np.uint16).reshape(frame.height, -1)
    return plane[:, : frame.width]


@pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "gray10le", "yuv420p12le"])
def test_levels_of_more_bits_are_kept(plan: Plan, tmp_path: Path, pix_fmt: str) -> None:
    film, out = tmp_path / "deep.mkv", tmp_path / "out.mkv"
    deep_film(film, pix_fmt)
    assert color_film(film, out, plan, "cpu").frames == 3
    for one, other in zip(frames(film), frames(out), strict=True):
        assert np.array_equal(deep_luma(one), deep_luma(other))
    chroma = frames(out)[1].to_ndarray(format="yuv444p")[1:].astype(int) - 128
    assert np.abs(chroma).max() > 5
    if "12" in pix_fmt:
        with pytest.raises(
            OutputError, match="12 bits a level; h264 holds 10. Choose --codec h265"
        ):
            color_film(film, out, replace(plan, codec="h264"), "cpu")
    else:
        color_film(film, tmp_path / "h264.mp4", replace(plan, codec="h264", quality=0), "cpu")
        assert frames(tmp_path / "h264.mp4")[0].format.name == "yuv420p10le"


def test_a_change_of_size_is_refused(plan: Plan, tmp_path: Path) -> None:
    changing = tmp_path / "changing.ts"
    with changing.open("wb") as both:
        for size in ((96, 128), (64, 96)):
            write_film(tmp_path / "part.ts", (4,), size, sound=False)
            both.write((tmp_path / "part.ts").read_bytes())
    with pytest.raises(PictureError, match="changes from 128 x 96 to 96 x 64 pixels"):
        color_film(changing, tmp_path / "out.mkv", plan, "cpu")
    assert not list(tmp_path.glob("out*"))


def test_a_broken_frame_keeps_its_place_and_is_named(plan: Plan, tmp_path: Path) -> None:
    film, broken, out = (tmp_path / f"{name}.mkv" for name in ("film", "broken", "out"))
    with av.open(str(film), "w") as target:
        video = target.add_stream("mjpeg", 25)
        video.width, video.height, video.pix_fmt = 128, 96, "yuvj420p"
        for number in range(8):
            rgb = np.repeat(picture(0, 96, 128, 2 * number)[..., None], 3, axis=2)
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuvj420p")
            frame.pts = number
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
    with av.open(str(film)) as source, av.open(str(broken), "w") as target:
        copy = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.dts is None:
                continue
            if number == 4:
                hurt = av.Packet(b"\x00" * 40)
                hurt.pts, hurt.dts, hurt.time_base = packet.pts, packet.dts, packet.time_base
                packet = hurt
            packet.stream = copy
            target.mux(packet)
    report = color_film(broken, out, plan, "cpu")
    assert report.frames == 8 and report.damaged == (pytest.approx(0.16),)
    before, after = frames(film), frames(out)
    assert [float(f.pts * f.time_base) for f in after] == [
        float(f.pts * f.time_base) for f in before
    ]
    assert np.array_equal(luma(after[4]), luma(before[3]))  # the frame before stands in
    assert np.array_equal(luma(after[5]), luma(before[5]))


def test_a_film_that_was_cut_off_says_so(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    write_film(film, (90,), sound=False)
    film.write_bytes(film.read_bytes()[: int(film.stat().st_size * 0.5)])
    report = color_film(film, out, plan, "cpu")
    assert 5 < report.frames < 60 and len(frames(out)) == report.frames
    assert report.truncated is not None and "ends after" in report.truncated


CODING = Coding("601", full=False)


def test_light_follows_the_frames_around() -> None:
    light = Light((100.0, 100.0, 58.0, 100.0, 100.0))
    assert light.gain(0, 16) == 1 and light.gain(2, 16) == 1.4  # at most
    assert Light((100.0, 100.0, 88.0)).gain(2, 16) == pytest.approx(84 / 72)
    assert Light((4.0, 16.0)).gain(1, 16) == 1  # black stays black
    dim = np.full((4, 4), 88, np.uint8)
    assert (even(dim, 84 / 72, CODING) == 100).all()
    assert (even(np.full((2, 2), 240, np.uint8), 1.4, CODING) == 255).all()


@pytest.mark.parametrize("depth", [8, 10])
def test_dust_of_one_frame_goes_and_what_moves_stays(depth: int) -> None:
    unit, kind = 2 ** (depth - 8), np.uint8 if depth == 8 else np.uint16
    before, now, after = (picture(0, 96, 128, 2 * i).astype(kind) * kind(unit) for i in range(3))
    dusty = now.copy()
    dusty[40:44, 60:64] = 255 * unit
    dusty[10:50, 20] = 0
    clean = without_dust(before, dusty, after, depth)
    left = np.abs(clean.astype(int) - now)
    was = np.abs(dusty.astype(int) - now)
    spots = was > 40 * unit
    assert left[spots].mean() < 0.25 * was[spots].mean()
    assert np.abs(without_dust(before, now, after, depth).astype(int) - now).mean() < 0.5 * unit


def test_cleaning_is_for_the_network_unless_asked(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, (5,), sound=False)
    kept, cleaned = tmp_path / "seen.mkv", tmp_path / "output.mkv"
    color_film(film, kept, replace(plan, clean="seen"), "cpu")
    color_film(film, cleaned, replace(plan, clean="output"), "cpu")
    before = [luma(f) for f in frames(film)]
    assert all(np.array_equal(a, luma(b)) for a, b in zip(before, frames(kept), strict=True))
    assert any(not np.array_equal(a, luma(b)) for a, b in zip(before, frames(cleaned), strict=True))
    with pytest.raises(BadValue, match="Clean is 'all'; it is one of none, seen, output"):
        replace(plan, clean="all")
