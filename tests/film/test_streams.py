"""All that is not pictures: copied packet by packet; what a container cannot hold, said before."""

from __future__ import annotations

import errno
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from chromafield.errors import OutputError, PictureError
from chromafield.film.run import color_film
from chromafield.film.segment import Segment
from chromafield.film.settings import Plan

from .clips import frames, luma, noting, packets, write_film

LINES = """1
00:00:00,080 --> 00:00:00,300
A street.

2
00:00:00,400 --> 00:00:00,640
A tram comes.
"""


def rich_film(folder: Path) -> Path:
    """Pictures at uneven times, sound, subtitles, chapters and tags."""
    write_film(folder / "plain.mkv", (10, 8), uneven=True)
    (folder / "lines.srt").write_text(LINES, "utf-8")
    path = folder / "rich.mkv"
    with (
        av.open(str(folder / "plain.mkv")) as plain,
        av.open(str(folder / "lines.srt")) as lines,
        av.open(str(path), "w") as out,
    ):
        out.metadata["title"] = "A street"
        copies = {s: out.add_stream_from_template(s) for s in (*plain.streams, *lines.streams)}
        copies[lines.streams[0]].metadata["language"] = "eng"
        unit = Fraction(1, 1000)
        names = [(0, 300, "Before"), (300, 720, "After")]
        out.set_chapters(
            [
                {"id": i, "start": a, "end": b, "time_base": unit, "metadata": {"title": name}}
                for i, (a, b, name) in enumerate(names)
            ]
        )
        for packet in (*plain.demux(), *lines.demux()):
            if packet.size:
                packet.stream = copies[packet.stream]
                out.mux(packet)
    return path


def test_everything_but_pictures_is_copied(plan: Plan, tmp_path: Path) -> None:
    film, out = rich_film(tmp_path), tmp_path / "out.mkv"
    report = color_film(film, out, plan, "cpu")
    assert report.frames == 18 and not report.sentences
    for kind in ("audio", "subtitle"):
        assert packets(film, kind) and packets(film, kind) == packets(out, kind)
    with av.open(str(film)) as before, av.open(str(out)) as after:
        assert after.metadata["title"] == "A street"
        assert after.streams.subtitles[0].metadata["language"] == "eng"
        chapters = [
            [(c["start"], c["metadata"]["title"]) for c in f.chapters()] for f in (before, after)
        ]
        assert len(chapters[0]) == 2 and chapters[0] == chapters[1]
        assert [s.type for s in before.streams] == [s.type for s in after.streams]


def test_chapters_and_subtitles_of_a_part_begin_with_it(plan: Plan, tmp_path: Path) -> None:
    film, out = rich_film(tmp_path), tmp_path / "out.mkv"
    color_film(film, out, replace(plan, start=0.35), "cpu")
    begins = min(float(f.pts * f.time_base) for f in frames(film) if f.pts * f.time_base >= 0.35)
    (said,) = packets(out, "subtitle")
    assert said[0] == pytest.approx(0.4 - begins, abs=2e-3) and frames(out)[0].pts == 0
    with av.open(str(out)) as part:
        assert [c["metadata"]["title"] for c in part.chapters()] == ["After"]


def test_pixels_that_are_not_square_and_turned_frames(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mp4", tmp_path / "out.mp4"
    with av.open(str(film), "w") as target:
        video = target.add_stream("libx264", 25, options={"crf": "4"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.sample_aspect_ratio = Fraction(16, 15)
        for number in range(3):
            levels = np.zeros((48, 64, 3), np.uint8)
            levels[:24] = 200
            frame = av.VideoFrame.from_ndarray(levels, "rgb24").reformat(format="yuv420p")
            frame.pts = number
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
    color_film(film, out, replace(plan, codec="h264"), "cpu")
    with av.open(str(out)) as coloured:
        assert coloured.streams.video[0].sample_aspect_ratio == Fraction(16, 15)
    assert luma(frames(out)[0])[:20].mean() > luma(frames(out)[0])[28:].mean() + 100


def test_what_the_container_cannot_hold_is_said_before_any_work(plan: Plan, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    write_film(film, (3,))
    with pytest.raises(OutputError, match=r"\.webm file cannot hold ffv1. Name the result .mkv"):
        color_film(film, tmp_path / "out.webm", plan, "cpu")
    opus = tmp_path / "flac.mkv"
    with av.open(str(film)) as source, av.open(str(opus), "w") as out:
        video = out.add_stream_from_template(source.streams.video[0])
        audio = out.add_stream("flac", 44100, layout="mono")
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                out.mux(packet)
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 4410), np.int16), "s16", "mono")
        tone.sample_rate, tone.pts = 44100, 0
        out.mux(audio.encode(tone))
        out.mux(audio.encode(None))
    with pytest.raises(OutputError, match=r"\.webm file cannot hold the film's sound \(flac\)"):
        color_film(opus, tmp_path / "out.webm", replace(plan, codec="vp9"), "cpu")
    assert not list(tmp_path.glob("out*"))


def test_sound_that_a_file_cannot_hold_is_converted_without_loss(
    plan: Plan, tmp_path: Path
) -> None:
    film = tmp_path / "film.avi"
    levels = np.random.default_rng(0).integers(-9000, 9000, (1, 44100), np.int16)
    with av.open(str(film), "w") as out:
        video, audio = out.add_stream("mjpeg", 25), out.add_stream("adpcm_ms", 44100, layout="mono")
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
        for number in range(4):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), 90 + number, "u1"), "gray")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(video.encode(frame.reformat(format="yuvj420p")))
        out.mux(video.encode(None))
        sound = av.AudioFrame.from_ndarray(levels, "s16", "mono")
        sound.sample_rate, sound.pts = 44100, 0
        for one in (sound, None):
            out.mux(audio.encode(one))
    for suffix, kind in ((".avi", "pcm_s16le"), (".mkv", "flac")):
        result = tmp_path / f"out{suffix}"
        report = color_film(film, result, replace(plan, codec="h264"), "cpu")
        assert kind != "flac" or "became FLAC" in report.sentences[0]
        with av.open(str(result)) as made:
            assert made.streams.audio[0].codec_context.name in (kind, "adpcm_ms")
        assert np.array_equal(_samples(result), _samples(film))


def test_pictures_of_mxf_do_not_end_where_the_sound_does(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mxf"
    levels = np.arange(4800, dtype=np.int16)[None]
    with av.open(str(film), "w") as made:
        video, audio = (
            made.add_stream("ffv1", 25),
            made.add_stream("pcm_s16le", 48000, layout="mono"),
        )
        video.width, video.height, video.pix_fmt = 256, 128, "gray"
        for number in range(6):
            frame = av.VideoFrame.from_ndarray(np.full((128, 256), 90 + number, "u1"), "gray")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            made.mux(video.encode(frame))
        made.mux(video.encode(None))
        sound = av.AudioFrame.from_ndarray(levels, "s16", "mono")
        sound.sample_rate, sound.pts = 48000, 0
        made.mux(audio.encode(sound))
    assert color_film(film, out, replace(plan, codec="dnxhr"), "cpu").frames == 6
    assert len(frames(out)) == 6
    heard = _samples(out, 48000)
    assert len(heard) == 6 * 1920 and not heard[4800:].any()
    assert np.array_equal(heard[:4800], _samples(film, 48000))


def _samples(path: Path, rate: int = 44100) -> np.ndarray:
    with av.open(str(path)) as container:
        converter = av.AudioResampler("flt", "mono", rate)
        frames = [one for f in container.decode(audio=0) for one in converter.resample(f)]
    return np.concatenate([one.to_ndarray()[0] for one in frames])


def test_a_full_disk_leaves_what_is_done(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    write_film(film, (6, 6, 6))
    add, count = Segment.add, 0

    def full(self: Segment, frame: object) -> None:
        nonlocal count
        count += ".parts" in self.out.name  # not the few that are tried before
        if count > 14:
            raise OSError(errno.ENOSPC, "No space left on device")
        add(self, frame)

    with monkeypatch.context() as patch:
        patch.setattr(Segment, "add", full)
        with pytest.raises(OutputError, match=r"written \(No space left on device\).*go on with"):
            color_film(film, out, plan, "cpu")
    assert not out.exists()
    count, told = 0, []
    report = color_film(
        film,
        out,
        plan,
        "cpu",
        resume=True,
        progress=noting(told),
    )
    assert report.frames == 18 and told[0] == 13
    assert packets(out, "audio") == packets(film, "audio")


def test_a_film_without_frames_is_refused(plan: Plan, tmp_path: Path) -> None:
    film, empty = tmp_path / "film.mkv", tmp_path / "empty.mkv"
    write_film(film, (3,))
    with av.open(str(film)) as source, av.open(str(empty), "w") as out:
        copies = {s: out.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = copies[packet.stream]
                out.mux(packet)
    with pytest.raises(PictureError, match="has no frame that can be decoded"):
        color_film(empty, tmp_path / "out.mkv", plan, "cpu")
    assert not list(tmp_path.glob("out*"))
