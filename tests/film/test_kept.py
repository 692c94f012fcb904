"""What a result takes of the source beside its pictures; what cannot be is said before any work."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage.data

from chromafield.errors import BadValue, OutputError
from chromafield.film import work
from chromafield.film.fields import Fields, Lines
from chromafield.film.run import color_film
from chromafield.film.settings import Plan
from chromafield.film.subtitles import text_of
from chromafield.film.trial import check_count
from chromafield.film.work_folder import WorkFolder, only_one

from .clips import encoded, frames, packets, panned, picture, write_film

LINES = "1\n00:00:00,080 --> 00:00:00,200\n<i>A street.</i>\n\n"


def joined(path: Path, *sources: Path, mark: dict[int, int] | None = None, **tags: str) -> None:
    """A file of all streams of others; `mark` gives streams another disposition."""
    opened = [av.open(str(source)) for source in sources]
    with av.open(str(path), "w") as out:
        copies = {}
        for container in opened:
            for stream in container.streams:
                copies[stream] = out.add_stream_from_template(stream)
                if stream.type == "video":
                    copies[stream].codec_context.framerate = stream.average_rate
        streams = list(copies.values())
        for number, disposition in (mark or {}).items():
            streams[number].disposition = disposition
        streams[0].metadata.update(tags)
        for container in opened:
            for packet in container.demux():
                if packet.size:
                    packet.stream = copies[packet.stream]
                    out.mux(packet)
    for container in opened:
        container.close()


@pytest.mark.parametrize("result", [".mp4", ".mov", ".mkv"])
def test_a_timecode_is_kept(plan: Plan, tmp_path: Path, result: str) -> None:
    plain, film, out = tmp_path / "plain.mp4", tmp_path / "film.mp4", tmp_path / f"out{result}"
    encoded(plain, panned(6))
    joined(film, plain, timecode="01:00:00:00")
    with av.open(str(film)) as source:
        assert [s.type for s in source.streams] == ["video", "data"]
    told = replace(plan, codec="h264")
    for start, code in ((0.0, "01:00:00:00"), (0.08, "01:00:00:02")):
        report = color_film(film, out, replace(told, start=start), "cpu")
        assert not report.sentences
        with av.open(str(out)) as found:
            tags = {k.lower(): v for s in found.streams for k, v in s.metadata.items()}
            assert tags["timecode"] == code
            assert ("data" in [s.type for s in found.streams]) == (result != ".mkv")
    report = color_film(film, tmp_path / "out.ts", told, "cpu")
    assert report.sentences == [".ts cannot hold the timecode 01:00:00:00; it was left out."]


@pytest.mark.parametrize("result", [".mkv", ".mp4"])
def test_the_film_is_coloured_and_not_the_picture_before_it(
    plan: Plan, tmp_path: Path, result: str
) -> None:
    still, plain, film = (tmp_path / f"{name}.mkv" for name in ("still", "plain", "film"))
    encoded(still, [picture(1, 96, 128)], "mjpeg", "yuvj420p")
    encoded(plain, panned(8))
    joined(film, still, plain, mark={0: 0, 1: int(av.stream.Disposition.default)})
    out = tmp_path / f"out{result}"
    report = color_film(film, out, replace(plan, codec="h264"), "cpu")
    assert report.frames == 8 and len(frames(out)) == 8 and frames(out)[0].width == 64
    with av.open(str(out)) as found:
        first, second = found.streams.video
        assert first.disposition & av.stream.Disposition.default
        assert second.codec_context.name == "mjpeg"


@pytest.mark.parametrize("result", [".mkv", ".mp4"])
def test_covers_and_subtitles(plan: Plan, tmp_path: Path, result: str) -> None:
    still, plain, film = (tmp_path / f"{name}.mp4" for name in ("still", "plain", "film"))
    encoded(still, [picture(1, 24, 32)], "mjpeg", "yuvj420p")
    encoded(plain, panned(8))
    cover = int(av.stream.Disposition.attached_pic)
    joined(film, plain, still, mark={1: cover})
    with av.open(str(film)) as source:
        data = next(bytes(p) for p in source.demux() if p.stream.index == 1 and p.size)
    out = tmp_path / f"out{result}"
    report = color_film(film, out, replace(plan, codec="h264"), "cpu")
    assert not report.sentences
    with av.open(str(out)) as found:
        (kept,) = [s for s in found.streams.video if s.disposition & cover]
        assert next(bytes(p) for p in found.demux(kept) if p.size) == data
    (tmp_path / "lines.srt").write_text(LINES, "utf-8")
    rich = tmp_path / "rich.mkv"
    joined(rich, plain, tmp_path / "lines.srt")
    report = color_film(rich, out, replace(plan, codec="h264"), "cpu")
    became = ["The subtitles 1 (srt) became mov_text, which .mp4 can hold."]
    assert report.sentences in ([], became) and bool(report.sentences) == (result == ".mp4")
    with av.open(str(out)) as found:
        (lines,) = found.streams.subtitles
        said = [text_of(bytes(p), lines.codec_context.name) for p in found.demux(lines) if p.size]
        assert [line for line in said if line] == ["A street."]


def test_text_of_each_kind() -> None:
    assert text_of(b"\x00\x02Hi\x00\x00\x00\x0cstyl", "mov_text") == "Hi"
    assert text_of(b"0,0,Default,,0,0,0,,{\\i1}Hi,\\Nyou", "ass") == "Hi,\nyou"
    assert text_of(b"<b>Hi</b>", "subrip") == "Hi" and text_of(b"", "mov_text") == ""


@pytest.mark.parametrize("result", [".mpg", ".vob", ".h264", ".none"])
def test_results_that_nobody_can_read_are_refused(
    plan: Plan, tmp_path: Path, result: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mp4"
    encoded(film, panned(3))

    def looked(*told: object) -> None:
        raise AssertionError("work began")

    monkeypatch.setattr(work, "survey_film", looked)
    with pytest.raises(OutputError, match="cannot hold h264. Name the result .mkv"):
        color_film(film, tmp_path / f"out{result}", replace(plan, codec="h264"), "cpu")
    assert not list(tmp_path.glob("out*"))


def test_what_is_written_is_counted(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    encoded(film, panned(3))
    check_count(film, film, 3)
    with pytest.raises(OutputError, match="was written with 4 frames, and has 3 when"):
        check_count(film, film, 4)


def test_the_file_says_that_colours_are_guesses(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mp4"
    encoded(film, panned(2))
    color_film(film, out, replace(plan, codec="h264"), "cpu")
    with av.open(str(out)) as found:
        assert "colours are guesses of Chromafield" in found.metadata["description"]


def test_a_folder_is_one_processs(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    encoded(film, panned(2))
    work = WorkFolder(tmp_path / "out.mkv.parts")
    work.folder.mkdir()
    with only_one(work):
        with pytest.raises(OutputError, match="Another process works in"):
            color_film(film, out, plan, "cpu")
        (work.folder / "plan.json").write_text("{}", "utf-8")
        with pytest.raises(BadValue, match="was made with another"):
            color_film(film, out, plan, "cpu", resume=True)
        assert work.folder.exists()
    assert color_film(film, out, plan, "cpu").frames == 2


@pytest.mark.skipif(not Path("/proc").exists(), reason="children are found as Linux has them")
def test_workers_end_with_the_first_process(tmp_path: Path) -> None:
    code = (
        "import multiprocessing, os, time\n"
        "from chromafield.film.run import _end_with_first\n"
        "import threading\n"
        "def work():\n"
        "    threading.Thread(target=_end_with_first, daemon=True).start()\n"
        "    open('ready', 'w').close()\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    worker = multiprocessing.get_context('spawn').Process(target=work)\n"
        "    worker.start()\n"
        "    print(worker.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    script = tmp_path / "workers.py"  # in a folder of its own: nothing else is imported from there
    script.write_text(code, "utf-8")
    command = [sys.executable, str(script)]
    ends = time.monotonic() + 200
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as first:
        try:
            assert first.stdout is not None
            worker = int(first.stdout.readline())
            while not (tmp_path / "ready").exists() and time.monotonic() < ends:
                time.sleep(0.1)
            assert Path(f"/proc/{worker}").exists()
        finally:
            first.kill()
    ends = time.monotonic() + 100
    while Path(f"/proc/{worker}").exists() and time.monotonic() < ends:
        time.sleep(0.1)
    assert not Path(f"/proc/{worker}").exists()


def textured(count: int) -> list[np.ndarray]:
    """Frames of a photograph that moves to the left, three pixels a frame."""
    photograph = np.asarray(skimage.data.camera())
    return [photograph[100:196, 100 + 3 * n : 228 + 3 * n].copy() for n in range(count)]


def woven(count: int, bottom_first: bool = False) -> list[np.ndarray]:
    """Interlaced frames: each of two moments."""
    fields = textured(2 * count)
    frames = []
    for number in range(count):
        level, later = fields[2 * number].copy(), fields[2 * number + 1]
        first = 0 if bottom_first else 1
        level[first::2] = later[first::2]
        frames.append(level)
    return frames


def pulled_down(films: list[np.ndarray], pattern: str = "23") -> list[np.ndarray]:
    """Film of 24 frames a second as video of 30: so many fields of each frame in turn."""
    counts = [int(pattern[n % len(pattern)]) for n in range(len(films))]
    fields = [level for level, count in zip(films, counts, strict=True) for _ in range(count)]
    out = []
    for top, bottom in zip(fields[::2], fields[1::2], strict=False):
        level = top.copy()
        level[1::2] = bottom[1::2]
        out.append(level)
    return out


def combs(level: np.ndarray) -> float:
    rows = cv2.GaussianBlur(level.astype(float), (5, 1), 0)
    return float(np.abs(rows[1:-1] * 2 - rows[:-2] - rows[2:]).mean())


def test_fields_are_found_by_what_moves(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    whole = textured(8)
    marked = {"x264-params": "interlaced=1"}
    encoded(film, whole, options=marked)
    report = color_film(film, out, plan, "cpu")
    assert report.frames == 8 and not report.sentences  # whole pictures, whatever the file says
    for bottom_first in (False, True):
        levels = woven(8, bottom_first)
        encoded(film, levels, "ffv1")
        report = color_film(film, out, plan, "cpu")
        assert report.frames == 8 and "deinterlaced" in report.sentences[0]
        found = [f.to_ndarray(format="gray") for f in frames(out)]
        assert combs(found[4]) < 0.5 * combs(levels[4])
    color_film(film, out, replace(plan, fields="progressive"), "cpu")
    kept = [f.to_ndarray(format="gray").astype(int) for f in frames(out)]
    assert all(np.abs(a - b).max() <= 1 for a, b in zip(kept, levels, strict=True))


@pytest.mark.parametrize(("kind", "codec"), [(".mkv", "ffv1"), (".mpg", "mpeg2video")])
def test_telecined_film_gets_its_own_frames_again(
    plan: Plan, tmp_path: Path, kind: str, codec: str
) -> None:
    film, out = tmp_path / f"film{kind}", tmp_path / "out.mkv"
    own = textured(24)
    video = pulled_down(own)
    assert len(video) == 30
    options = {"qmax": "2", "flags": "+ildct+ilme"} if codec == "mpeg2video" else {}
    encoded(film, video, codec, rate=Fraction(30000, 1001), options=options)
    report = color_film(film, out, plan, "cpu")
    assert report.frames == 24 and "telecined" in report.sentences[0]
    with av.open(str(out)) as found:
        assert found.streams.video[0].average_rate == Fraction(24000, 1001)
    levels = [f.to_ndarray(format="gray").astype(int) for f in frames(out)]
    misses = [min(np.abs(level - one).mean() for one in own) for level in levels]
    assert np.median(misses) < 2  # each is one of the film's


@pytest.mark.parametrize("pattern", ["23", "32", "2332", "3223"])
def test_every_pattern_of_telecine_is_found(pattern: str) -> None:
    def found(levels: list[np.ndarray], rate: Fraction) -> Fields:
        lines = Lines(rate)
        for level in levels:
            lines.add(level)
        return lines.fields

    video = pulled_down(textured(25), pattern)
    assert found(video, Fraction(30000, 1001)) == Fields("telecine", True)
    assert found(video[3:], Fraction(30)).kind == "telecine"  # cut in the middle of a cycle
    assert found(video, Fraction(25)).kind != "telecine"
    assert found(woven(12, True), Fraction(30000, 1001)) == Fields("interlaced", False)
    assert found(textured(12), Fraction(30)).kind == "progressive"


def test_grey_film_that_is_not_quite_grey_is_coloured(plan: Plan, tmp_path: Path) -> None:
    film, out = tmp_path / "film.mkv", tmp_path / "out.mkv"
    random = np.random.default_rng(0)
    grey = [np.repeat(level[..., None], 3, axis=2) for level in panned(12, 96, 128)]
    noisy, logo, lines = [], [], []
    for level in grey:
        blotches = cv2.resize(random.normal(0, 12, (24, 16, 3)), (128, 96))
        noisy.append((level + blotches - blotches.mean(2, keepdims=True)).clip(0, 255).astype("u1"))
        for kind, place in ((logo, np.s_[6:24, 88:118]), (lines, np.s_[84:90, 30:100])):
            marked = level.copy()
            marked[place] = (250, 210, 20)
            kind.append(marked)
    for kind in (noisy, logo, lines):
        encoded(film, kind, "ffv1", "yuv444p")
        report = color_film(film, out, plan, "cpu")
        assert report.kept_as_is == 0
        marked = ["A small part of 12 frames was in colour, as a logo or subtitles are"]
        found = [sentence.partition(";")[0] for sentence in report.sentences]
        assert found == ([] if kind is noisy else marked)
    write_film(film, (6,), sound=False, colour=True)
    kept = replace(plan, recolor=True, keep=((0.08, 0.16),))
    assert color_film(film, out, plan, "cpu").kept_as_is == 6
    assert color_film(film, out, kept, "cpu").kept_as_is == 2
    before, after = frames(film), frames(out)
    assert np.array_equal(before[2].to_ndarray(), after[2].to_ndarray())
    assert packets(out, "video")
