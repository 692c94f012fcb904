"""Length, rate and times of results, read by PyAV and by OpenCV, which asks the same of a file as
editors do."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from chromafield.cli.main import main
from chromafield.errors import BadValue, OutputError, PictureError
from chromafield.film import reading
from chromafield.film.run import color_film
from chromafield.film.settings import Plan
from chromafield.film.timecode import code_of, frame_of, later
from chromafield.film.times import Pace, rate_of, seconds_of, span_of
from chromafield.film.timing import constant_rate, film_rate

from .clips import encoded, frames, luma, packets, panned, write_film

NTSC = Fraction(24000, 1001)


@dataclass(frozen=True)
class FrameColors:
    """What a file says of its pictures."""

    rate: Fraction
    seconds: float
    count: int
    times: tuple[float, ...]
    last: float  # seconds that the last frame is shown


def told(path: Path) -> FrameColors:
    with av.open(str(path)) as film:
        video = film.streams.video[0]
        unit = float(video.time_base)
        length = video.duration * unit if video.duration else film.duration / av.time_base
        shown = [(f.pts * unit, f.duration * unit) for f in film.decode(video)]
        rate = Fraction(video.average_rate or 0)
    return FrameColors(rate, length, len(shown), tuple(t for t, _ in shown), shown[-1][1])


def opencv(path: Path) -> tuple[float, int, int]:
    """Frames a second and frames as OpenCV believes them, and frames that it reads."""
    film = cv2.VideoCapture(str(path))
    read = 0
    while film.read()[0]:
        read += 1
    return film.get(cv2.CAP_PROP_FPS), round(film.get(cv2.CAP_PROP_FRAME_COUNT)), read


@pytest.mark.parametrize(
    ("source", "result", "codec", "rate", "count"),
    [
        (".mp4", ".mp4", "h264", 25, 7),
        (".mp4", ".mkv", "h264", NTSC, 24),
        (".mkv", ".mp4", "h265", NTSC, 7),
        (".mkv", ".mov", "h264", 18, 7),
        (".mov", ".mkv", "ffv1", 30, 7),
        (".avi", ".mkv", "h264", 18, 7),
        (".avi", ".mp4", "h264", 16, 1),
        (".mkv", ".mkv", "h264", 25, 1),
        (".mp4", ".avi", "h264", 25, 7),
        (".mp4", ".avi", "ffv1", 25, 7),
        (".ts", ".mp4", "h264", Fraction(30000, 1001), 7),
        (".mp4", ".ts", "h264", 25, 7),
    ],
)
def test_length_and_rate_are_the_sources(
    plan: Plan, tmp_path: Path, source: str, result: str, codec: str, rate: Fraction, count: int
) -> None:
    film, out = tmp_path / f"film{source}", tmp_path / f"out{result}"
    encoded(
        film,
        panned(count),
        "mjpeg" if source == ".avi" else "libx264",
        rate=rate,
        pix_fmt="yuvj420p" if source == ".avi" else "yuv420p",
    )
    color_film(film, out, replace(plan, codec=codec), "cpu")
    found = told(out)
    assert found.rate == rate and found.count == count
    assert found.seconds == pytest.approx(count / rate, abs=0.5 / rate)
    assert found.last == pytest.approx(1 / rate, abs=2e-3)
    assert found.times[0] == pytest.approx(0, abs=1e-6)
    fps, believed, read = opencv(out)
    assert fps == pytest.approx(float(rate), rel=1e-3) and believed == read == count


def test_an_animated_webp_is_a_film(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.webp", tmp_path / "out.mkv"
    first, *rest = (Image.fromarray(level) for level in panned(4))
    lasts = [100, 40, 250, 1500]
    first.save(film, save_all=True, append_images=rest, duration=lasts, lossless=True)
    color_film(film, out, plan, "cpu")
    found = told(out)
    assert found.times == pytest.approx([0, 0.1, 0.14, 0.39], abs=1e-3)
    assert found.seconds == pytest.approx(1.89, abs=2e-3) and found.last == pytest.approx(1.5)


def test_rounded_times_are_of_the_usual_rate(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.flv", tmp_path / "out.mp4"
    encoded(film, panned(9), rate=Fraction(30000, 1001))
    color_film(film, out, replace(plan, codec="h264"), "cpu")
    found = told(out)
    assert found.rate == Fraction(30000, 1001) and found.times[0] == 0


@pytest.mark.parametrize("ahead", [0, 2])
def test_h264_in_avi_begins_at_its_beginning(plan: Plan, tmp_path: Path, ahead: int) -> None:
    film, out = tmp_path / "film.avi", tmp_path / "out.mkv"
    encoded(film, panned(9), options={"bf": str(ahead), "g": "4", "crf": "4"})
    color_film(film, out, plan, "cpu")
    found = told(out)
    assert found.rate == 25 and found.times == pytest.approx(np.arange(9) / 25, abs=1e-3)
    color_film(film, out, replace(plan, start=0.16), "cpu")
    for one, other in zip(frames(film)[4:], frames(out), strict=True):
        assert np.array_equal(luma(one), luma(other))


@pytest.mark.parametrize("result", [".mp4", ".mkv"])
def test_uneven_times_and_the_last_frames_own(plan: Plan, tmp_path: Path, result: str) -> None:
    film, out = tmp_path / "film.gif", tmp_path / f"out{result}"
    times = [0, 10, 13, 40, 45]
    encoded(film, panned(5), "gif", "rgb8", times=times, unit=Fraction(1, 100))
    source = told(film)
    color_film(film, out, replace(plan, codec="h264"), "cpu")
    found = told(out)
    assert found.times == pytest.approx([t / 100 for t in times], abs=1e-3)
    assert found.seconds == pytest.approx(source.seconds, abs=2e-3)
    assert float(found.rate) == pytest.approx(5 / source.seconds, rel=2e-3)
    if result == ".mp4":
        with av.open(str(out)) as film_out:
            lasts = [float(p.duration * p.time_base) for p in film_out.demux(video=0) if p.size]
        steps = [*np.diff(times) / 100, source.seconds - times[-1] / 100]
        assert lasts == pytest.approx(steps, abs=1e-4)
    assert opencv(out)[1:] == (5, 5)
    with pytest.raises(OutputError, match="cannot hold frames at uneven times. Name the result"):
        color_film(film, tmp_path / "out.avi", replace(plan, codec="h264"), "cpu")


def test_a_frame_that_is_held_is_no_film_that_was_cut_off(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "hold.mp4", tmp_path / "out.mp4"
    encoded(film, panned(3), times=[0, 40, 80], unit=Fraction(1, 1000), options={"bf": "0"})
    held = tmp_path / "held.mp4"
    with av.open(str(film)) as source, av.open(str(held), "w") as target:
        copy = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                last = packet.pts * packet.time_base >= Fraction(8, 100)
                packet.duration = round((3 if last else Fraction(4, 100)) / packet.time_base)
                packet.stream = copy
                target.mux(packet)
    report = color_film(held, out, replace(plan, codec="h264"), "cpu")
    assert report.truncated is None
    assert told(out).seconds == pytest.approx(3.08, abs=2e-3)
    assert told(out).last == pytest.approx(3.0, abs=2e-3)


def test_empty_packets_are_frames_that_stay(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    encoded(film, panned(8), "mjpeg", "yuvj420p")
    packets = reading._packets

    def some_empty(*told: object) -> Iterator[av.Packet]:
        """As Ogg has them; no other container that can be written here."""
        for number, packet in enumerate(packets(*told)):  # type: ignore[arg-type]
            if number in (3, 5):
                empty = av.Packet(b"")
                empty.pts, empty.dts = packet.pts, packet.dts
                empty.time_base, empty.stream = packet.time_base, packet.stream
                packet = empty
            yield packet

    monkeypatch.setattr(reading, "_packets", some_empty)
    report = color_film(film, out, plan, "cpu")
    monkeypatch.undo()
    assert not report.damaged and told(out).count == 8
    assert told(out).rate == 25 and told(out).seconds == pytest.approx(0.32)
    grey = [f.to_ndarray(format="gray") for f in frames(out)]
    assert np.array_equal(grey[3], grey[2]) and not np.array_equal(grey[4], grey[3])


@pytest.mark.parametrize("begins", [1.47, 36000.0])
def test_times_count_from_the_films_start(plan: Plan, tmp_path: Path, begins: float) -> None:
    film, out = tmp_path / "film.ts", tmp_path / "out.mkv"
    encoded(film, panned(25), begins=round(25 * begins))
    assert told(film).times[0] > 1
    color_film(film, out, plan, "cpu")
    assert told(out).times[0] == 0 and told(out).seconds == pytest.approx(1.0, abs=0.02)
    report = color_film(film, out, replace(plan, start=0.4, end=0.8), "cpu")
    assert report.frames == 10 and told(out).times[0] == 0
    for one, other in zip(frames(film)[10:20], frames(out), strict=True):
        grey = [f.to_ndarray(format="gray").astype(int) for f in (one, other)]
        assert np.abs(grey[0] - grey[1]).max() <= 1


def test_sound_of_a_discs_part_begins_with_it(plan: Plan, tmp_path: Path) -> None:
    """After a jump into a stream of packets sound is at wrong times."""
    film, out = tmp_path / "film.vob", tmp_path / "out.mkv"
    with av.open(str(film), "w", format="vob") as disc:
        video, sound = disc.add_stream("mpeg2video", 25), disc.add_stream("ac3", 48000)
        video.width, video.height, video.pix_fmt, sound.layout = 64, 48, "yuv420p", "stereo"
        for number, level in enumerate(3 * panned(25)):
            frame = av.VideoFrame.from_ndarray(np.repeat(level[..., None], 3, axis=2), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            disc.mux(video.encode(frame.reformat(format="yuv420p")))
            noise = np.random.default_rng(number).normal(0, 0.1, (2, 1920)).astype(np.float32)
            samples = av.AudioFrame.from_ndarray(noise, "fltp", "stereo")
            samples.sample_rate, samples.pts = 48000, 1920 * number
            samples.time_base = Fraction(1, 48000)
            disc.mux(sound.encode(samples))
        for stream in (video, sound):
            disc.mux(stream.encode(None))
    whole = {digest: time for time, digest in packets(film, "audio")}
    began = told(film).times[0]
    for start in (0.4, 2.4):
        report = color_film(film, out, replace(plan, codec="h264", start=start, end=2.8), "cpu")
        assert report.frames == round(25 * (2.8 - start))
        found = packets(out, "audio")
        assert len(found) > 0.8 * (2.8 - start) / 0.032
        for time, digest in found:
            assert time == pytest.approx(whole[digest] - began - start, abs=0.032)  # one packet


def test_times_as_people_write_them() -> None:
    pace = Pace(Fraction(25), "10:00:00:00")
    assert seconds_of("90", lambda: pace) == seconds_of("1:30", lambda: pace) == 90
    assert seconds_of("0:01:30.5", lambda: pace) == 90.5
    assert 9.96 < seconds_of("250f", lambda: pace) <= 10  # after the frame before
    assert 9.96 < seconds_of("10:00:10:00", lambda: pace) <= 10
    assert span_of("0:10-0:20", lambda: pace) == (10, 20)
    assert rate_of("24000/1001") == NTSC and rate_of("18") == 18
    with pytest.raises(BadValue, match="The time is 'noon'; write seconds"):
        seconds_of("noon", lambda: pace)
    with pytest.raises(BadValue, match="before the film's first, 10:00:00:00"):
        seconds_of("09:59:59:24", lambda: pace)
    for wrong in ("20-10", "10"):
        with pytest.raises(BadValue, match="The span"):
            span_of(wrong, lambda: pace)
    for wrong in ("0", "fast", "1/0"):
        with pytest.raises(BadValue, match="The rate is"):
            rate_of(wrong)


def test_drop_frame_timecode_by_the_standards_examples() -> None:
    rate = Fraction(30000, 1001)
    # SMPTE ST 12-1: after 00:00:59;29 comes 00:01:00;02, and no number is dropped at 10 minutes.
    assert frame_of("00:01:00;02", rate) == 1800 and frame_of("00:10:00;00", rate) == 17982
    for number in (0, 1799, 1800, 17981, 17982, 107892):
        assert frame_of(code_of(number, rate, True), rate) == number
    assert later("00:00:59;29", 1, rate) == "00:01:00;02"
    assert later("01:00:00:24", 1, Fraction(25)) == "01:00:01:00"


def test_a_rate_is_found_in_rounded_times() -> None:
    for rate in (Fraction(16), NTSC, Fraction(25), Fraction(30000, 1001), Fraction(120)):
        rounded = [round(1000 * n / rate) for n in range(200)]
        assert constant_rate(rounded, round(1000 / rate), Fraction(1, 1000), []) == rate
    assert constant_rate([0, 40, 81, 100], 40, Fraction(1, 1000), [Fraction(25)]) is None
    assert constant_rate([0, 40, 80], 3000, Fraction(1, 1000), [Fraction(25)]) is None


@pytest.mark.parametrize("unit", [Fraction(1, 90000), Fraction(1, 1000)])
def test_frames_shown_for_two_and_three_half_pictures_are_of_a_film(unit: Fraction) -> None:
    def shown(*pattern: int) -> list[int]:
        fields = np.cumsum([0, *(pattern * 12)])
        return [int(count * Fraction(1001, 60000) / unit) for count in fields]

    for pattern in ((3, 2), (2, 3), (2, 3, 3, 2), (3, 2, 2, 3)):
        assert film_rate(shown(*pattern), unit) == NTSC
    for pattern in ((2, 2), (3, 3), (2, 3, 3, 3), (2, 4)):
        assert film_rate(shown(*pattern), unit) is None


def test_numbered_pictures_are_a_film(plan: Plan, tmp_path: Path) -> None:
    folder, out = tmp_path / "frames", tmp_path / "out.mkv"
    folder.mkdir()
    levels = panned(5)
    for number, level in enumerate(levels, start=7):
        cv2.imwrite(str(folder / f"{number:06d}.tif"), level.astype(np.uint16) * 257)
    pictures = replace(plan, rate=Fraction(18))
    assert color_film(folder / "%06d.tif", out, pictures, "cpu").frames == 5
    assert told(out).rate == 18 and told(out).count == 5
    for level, frame in zip(levels, frames(out), strict=True):
        assert np.array_equal(frame.to_ndarray(format="gray"), level)
    with pytest.raises(PictureError, match="which have no rate. Name it, as --rate 18"):
        color_film(folder, out, plan, "cpu")
    for number, level in enumerate(levels):
        cv2.imwrite(str(tmp_path / f"part{number}.jpg"), level)
    half = (tmp_path / "part2.jpg").read_bytes()[:-200]
    (tmp_path / "part2.jpg").write_bytes(half)  # FFmpeg decodes it without a word
    report = color_film(tmp_path / "part%d.jpg", out, pictures, "cpu")
    assert report.frames == 5 and report.damaged == (pytest.approx(2 / 18),)
    (folder / "000009.tif").unlink()
    with pytest.raises(PictureError, match=r"000009\.tif is missing"):
        color_film(folder, out, pictures, "cpu")
    with pytest.raises(PictureError, match="There are no pictures"):
        color_film(tmp_path / "none%d.png", out, pictures, "cpu")


def test_the_command_asks_before_it_replaces(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    write_film(film, (3,), sound=False)
    command = ["film", str(film), "-o", str(out), "--model", str(tiny_weights), "--size", "64"]
    assert CliRunner().invoke(main, [*command, "--from", "1f", "--to", "0:01"]).exit_code == 0
    assert len(frames(out)) == 2 and math.isclose(told(out).times[0], 0)
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 1 and "already. Name another, or add --overwrite" in again.output
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    done = CliRunner().invoke(main, [*command, "--overwrite", "--jobs", "2"])
    assert done.exit_code == 0 and "Processes: 1, not 2." in done.output
    assert len(frames(out)) == 3
