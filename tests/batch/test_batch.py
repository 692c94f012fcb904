"""Runs over many pictures: what goes wrong with one is its own sentence, and the rest go on."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chromafield.batch.batch import Batch, Outcome, colorize_many, sample_many
from chromafield.batch.manifest import MANIFEST
from chromafield.colorizer.files import OutputOptions
from chromafield.data.synthetic import scene
from chromafield.errors import BadValue
from chromafield.jobs.jobs import plan
from chromafield.models.sampler.loading import Diverse
from chromafield.remote.remote import colorize_remote
from chromafield.sampling.sampler import Sampler
from chromafield.sampling.samples import Sampling
from chromafield.settings import Settings


@pytest.fixture
def settings(tiny_weights: Path) -> Settings:
    return Settings(model=str(tiny_weights), field="mode", size=32)


@pytest.fixture
def scans(tmp_path: Path, grey_picture: np.ndarray) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for i in range(3):
        Image.fromarray(np.roll(grey_picture, 7 * i, axis=1)).save(folder / f"{i}.png")
    return folder


def coloured(outcomes: list[Outcome]) -> list[str]:
    return [one.job.source.name for one in outcomes if one.report]


def errors(outcomes: list[Outcome]) -> list[str]:
    return [one.error for one in outcomes if one.error]


def test_a_picture_that_would_write_over_another_is_named_and_left_out(
    scans: Path, settings: Settings, grey_picture: np.ndarray
) -> None:
    Image.fromarray(grey_picture).save(scans / "0-color.png")
    kept = (scans / "0-color.png").read_bytes()
    jobs = plan([scans / "0.png", scans / "0-color.png", scans / "1.png"], None)
    outcomes = list(colorize_many(jobs, Batch(settings, OutputOptions())))
    assert coloured(outcomes) == ["0-color.png", "1.png"]
    (told,) = errors(outcomes)
    assert told.startswith(f"{scans / '0.png'} would write over {scans / '0-color.png'}")
    assert (scans / "0-color.png").read_bytes() == kept


def test_what_colours_are_taken_from_is_kept(
    scans: Path, settings: Settings, tmp_path: Path
) -> None:
    now, hints = tmp_path / "now.png", tmp_path / "0.hints.json"
    Image.fromarray(scene(np.random.default_rng(3), 90, 120).astype(np.uint8)).save(now)
    mark = {"layer": now.name}
    hints.write_text(json.dumps({"chromafield": "hints", "version": 1, "marks": [mark]}))
    kept = now.read_bytes()
    jobs = plan([scans / "0.png"], now)
    for name, source in (("reference", now), ("palette", now), ("hints", hints)):
        batch = Batch(replace(settings, **{name: str(source)}), OutputOptions())
        (told,) = errors(list(colorize_many(jobs, batch)))
        assert "now.png, which is given to this run" in told
    assert now.read_bytes() == kept


def test_samples_write_over_no_photograph(
    networks: Diverse, tmp_path: Path, grey_picture: np.ndarray
) -> None:
    for name in ("IMG.png", "IMG-1.png", "IMG-sample-2.png"):
        Image.fromarray(grey_picture).save(tmp_path / name)
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    jobs = plan([tmp_path], tmp_path)
    sampler = Sampler(Sampling(2, size=32), networks)
    first, second, third = sample_many(jobs, sampler, OutputOptions())
    assert not isinstance(first, str) and first[-1].name == "IMG-1-sample-sheet.jpg"
    assert not isinstance(second, str) and len(second) == 3
    assert isinstance(third, str) and "IMG.png would write over" in third
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_manifest_on_a_full_disk_is_said_once(
    scans: Path, settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / MANIFEST).symlink_to("/dev/full")
    batch = Batch(settings, OutputOptions(), manifest=out / MANIFEST)
    outcomes = list(colorize_many(plan([scans], out), batch))
    assert coloured(outcomes) == ["0.png", "1.png", "2.png"]
    (told,) = errors(outcomes)
    assert f"{out / MANIFEST} cannot be added to (No space left on device)" in told
    assert f"{scans / '0.png'} and what follows" in told


def test_a_name_too_long_for_its_result_is_said(
    scans: Path, settings: Settings, grey_picture: np.ndarray
) -> None:
    long = scans / ("x" * 248 + ".png")
    Image.fromarray(grey_picture).save(long)
    longer = scans / ("x" * 300 + ".png")
    jobs = plan([longer, long, scans / "0.png"], None)
    outcomes = list(colorize_many(jobs, Batch(settings, OutputOptions())))
    assert coloured(outcomes) == ["0.png"]
    assert len(errors(outcomes)) == 2
    for told in errors(outcomes):
        assert "cannot be coloured (File name too long" in told


def test_a_pipe_or_a_device_is_no_file(scans: Path, settings: Settings, tmp_path: Path) -> None:
    os.mkfifo(scans / "pipe.png")
    jobs = plan([scans / "pipe.png", Path("/dev/zero"), scans / "0.png"], tmp_path / "out")
    outcomes = list(colorize_many(jobs, Batch(settings, OutputOptions())))
    assert coloured(outcomes) == ["0.png"]
    assert errors(outcomes) == [
        f"{path} is no file but a pipe or a device. Save it as a file first."
        for path in (scans / "pipe.png", "/dev/zero")
    ]


def test_failures_are_named_by_their_paths(scans: Path, settings: Settings, tmp_path: Path) -> None:
    for box in ("one", "two"):
        (scans / box).mkdir()
        (scans / box / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    clear = np.dstack([np.full((8, 8), 90, np.uint8), np.zeros((8, 8), np.uint8)])
    Image.fromarray(clear, "LA").save(scans / "clear.png")
    jobs = plan([scans], tmp_path / "out", recursive=True)
    told = errors(list(colorize_many(jobs, Batch(settings, OutputOptions()))))
    for sentence, box in zip(told, ("one", "two"), strict=True):
        assert sentence.startswith(f"{scans / box / 'cut.jpg'} is a damaged or cut-off JPEG file")
    (told_of_clear,) = errors(
        list(
            colorize_many(
                plan([scans / "clear.png"], tmp_path / "x.jpg"), Batch(settings, OutputOptions())
            )
        )
    )
    assert told_of_clear.startswith(f"{scans / 'clear.png'}: The picture has transparent parts")


def test_a_killed_worker_costs_what_it_had_in_hand_and_no_more(
    scans: Path, settings: Settings, tmp_path: Path
) -> None:
    for i in range(9):
        (scans / f"copy-{i}.png").write_bytes((scans / "0.png").read_bytes())
    jobs = plan([scans], tmp_path / "out")
    outcomes = []
    for outcome in colorize_many(jobs, Batch(settings, OutputOptions(), workers=2)):
        if not outcomes:
            for worker in multiprocessing.active_children():
                assert worker.pid is not None
                os.kill(worker.pid, signal.SIGKILL)
        outcomes.append(outcome)
    assert sorted(one.job.source for one in outcomes) == [job.source for job in jobs]
    assert 1 <= len(errors(outcomes)) <= 4
    assert len(coloured(outcomes)) == len(jobs) - len(errors(outcomes))
    for one in outcomes:
        if one.error:
            assert one.error.startswith(f"{one.job.source} was not finished: its process")


@pytest.mark.parametrize("colorize", [colorize_many, colorize_remote])
def test_what_cannot_be_done_is_said_before_the_first_picture(
    colorize: Callable[..., Iterator[Outcome]], settings: Settings, tmp_path: Path
) -> None:
    batch = Batch(settings, OutputOptions(), workers=0, manifest=tmp_path / MANIFEST)
    with pytest.raises(BadValue, match="The number of jobs is 0"):
        next(colorize([], batch))
    batch = Batch(settings, OutputOptions(trust_sheet=True), manifest=tmp_path / MANIFEST)
    with pytest.raises(BadValue, match="Name one with --colors-from"):
        next(colorize([], batch))
