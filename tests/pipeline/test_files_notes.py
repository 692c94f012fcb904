"""What is said of a picture on its way: notes, strictness, times, and names of results."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from chromafield.batch.manifest import add
from chromafield.colorizer.colorizer import Colorizer, Settings
from chromafield.colorizer.files import OutputOptions, colorize_file
from chromafield.colorizer.loading import load_colorizer
from chromafield.errors import PictureError
from chromafield.image import read_picture
from chromafield.jobs.jobs import Job, described_by_ending, plan


@pytest.fixture(scope="module")
def colorizer(tiny_weights: Path) -> Colorizer:
    return load_colorizer(Settings(model=str(tiny_weights), size=32), "cpu")


@pytest.fixture
def boxed(tmp_path: Path, grey_picture: np.ndarray) -> Path:
    """A PNG with a text that no other format has a place for."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Box", "12")
    path = tmp_path / "boxed.png"
    Image.fromarray(grey_picture).save(path, pnginfo=text)
    return path


def test_what_stays_behind_is_in_the_report_and_the_manifest(colorizer, boxed, tmp_path):
    report = colorize_file(Job(boxed, tmp_path / "out.jpg"), colorizer, OutputOptions())
    assert report.notes == ("boxed.png: the result has no place for Box; it stays behind.",)
    add(tmp_path / "manifest.jsonl", report)
    assert json.loads((tmp_path / "manifest.jsonl").read_text())["notes"] == list(report.notes)
    same = colorize_file(Job(boxed, tmp_path / "out.png"), colorizer, OutputOptions())
    assert same.notes == ()


def test_strictness_refuses_before_anything_is_written(colorizer, boxed, tmp_path):
    target = tmp_path / "new" / "out.jpg"
    with pytest.raises(PictureError, match="no place for Box.*Leave --strict out"):
        colorize_file(Job(boxed, target), colorizer, OutputOptions(strict=True))
    assert not target.parent.exists()
    colorize_file(Job(boxed, tmp_path / "out.png"), colorizer, OutputOptions(strict=True))


def test_times_are_kept_when_asked_for(colorizer, photo, tmp_path):
    os.utime(photo, ns=(10**18, 10**18))
    target = tmp_path / "out.png"
    colorize_file(Job(photo, target), colorizer, OutputOptions(keep_times=True))
    assert target.stat().st_mtime_ns == 10**18
    colorize_file(Job(photo, target), colorizer, OutputOptions())
    assert target.stat().st_mtime_ns != 10**18


def test_results_are_tagged_unless_it_is_refused(colorizer, photo, tmp_path):
    tagged, bare = tmp_path / "a.png", tmp_path / "b.png"
    colorize_file(Job(photo, tagged), colorizer, OutputOptions())
    colorize_file(Job(photo, bare), colorizer, OutputOptions(tag=False))
    with_note, without = read_picture(tagged), read_picture(bare)
    assert b"compositeWithTrainedAlgorithmicMedia" in with_note.tags.xmp
    assert b"Seed" not in with_note.tags.xmp  # nothing was drawn
    assert without.tags.xmp is None
    assert np.array_equal(with_note.pixels, without.pixels)


def test_a_stated_source_type_is_replaced_and_kept_beside(colorizer, photo, tmp_path):
    once, twice = tmp_path / "once.png", tmp_path / "twice.png"
    stated = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-'
        'rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:i="http://iptc.org/std/Iptc4xmpExt/'
        '2008-02-29/"><i:DigitalSourceType>negativeFilm</i:DigitalSourceType></rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    )
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", stated)
    Image.open(photo).save(tmp_path / "film.png", pnginfo=text)
    colorize_file(Job(tmp_path / "film.png", once), colorizer, OutputOptions())
    forced = load_colorizer(Settings(model=colorizer.settings.model, size=32, force=True), "cpu")
    colorize_file(Job(once, twice), forced, OutputOptions())
    for path in (once, twice):
        xmp = read_picture(path).tags.xmp
        assert xmp.count(b"DigitalSourceType=") == 1
        assert b">negativeFilm<" not in xmp
        assert b'SourceTypeBefore="negativeFilm"' in xmp


def test_the_content_names_the_result(photo, tmp_path):
    wrong = tmp_path / "deep.jpg"
    wrong.write_bytes(photo.read_bytes())
    (job,) = plan([wrong], None)
    assert job.target.name == "deep-color.png"


@pytest.mark.parametrize("ending", [".jfif", ".pgm", ".jp2", ".mpo"])
def test_rarer_endings_are_seen_in_a_folder(tmp_path, ending):
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / f"a{ending}").write_bytes(b"x")
    assert len(plan([tmp_path / "scans"], tmp_path / "out")) == 1


def test_a_folder_of_other_files_says_what_it_holds(tmp_path):
    (tmp_path / "scans").mkdir()
    for name in ("a.txt", "b.txt", "c.nef", "README"):
        (tmp_path / "scans" / name).write_bytes(b"x")
    with pytest.raises(PictureError, match="no pictures that can be coloured, but 2 .txt, "):
        plan([tmp_path / "scans"], tmp_path / "out")
    assert described_by_ending(["a.B", "c.b", "d"]) == "2 .b, 1 without ending"


def test_a_negative_is_made_positive_first(colorizer, photo, grey_picture, tmp_path):
    negative = tmp_path / "negative.png"
    Image.fromarray(255 - grey_picture).save(negative)
    report = colorize_file(Job(negative, tmp_path / "a.png"), colorizer, OutputOptions(invert=True))
    colorize_file(Job(photo, tmp_path / "b.png"), colorizer, OutputOptions())
    positive, direct = read_picture(tmp_path / "a.png"), read_picture(tmp_path / "b.png")
    assert np.array_equal(positive.pixels, direct.pixels)
    assert report.extras["invert"] is True
