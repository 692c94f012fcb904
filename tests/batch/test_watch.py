"""A watched folder: what arrives is coloured once it is whole, by a clock of the test's own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chromafield.batch.batch import Batch, Outcome
from chromafield.batch.manifest import MANIFEST
from chromafield.batch.watch import PATIENCE, SETTLED, watch
from chromafield.colorizer.files import OutputOptions
from chromafield.errors import BadValue
from chromafield.settings import Settings

Happening = Callable[[], object]


@pytest.fixture
def batch(tiny_weights: Path, tmp_path: Path) -> Batch:
    settings = Settings(model=str(tiny_weights), size=32, views=1)
    manifest = tmp_path / "out" / MANIFEST
    return Batch(settings, OutputOptions(), "cpu", manifest=manifest, overwrite=False)


class Over(Exception):
    """The test's Ctrl-C."""


def watched(
    folder: Path, out: Path, batch: Batch, happenings: dict[int, Happening], seconds: int
) -> Iterator[tuple[int, Outcome]]:
    """The outcomes with the second in which they come."""
    now = 0

    def sleep(_: float) -> None:
        nonlocal now
        now += 1
        if now > seconds:
            raise Over
        happenings.get(now, lambda: None)()

    try:
        for outcome in watch([folder], out, batch, sleep=sleep, clock=lambda: now):
            yield now, outcome
    except Over:
        return


@pytest.fixture
def scans(tmp_path: Path, grey_picture: np.ndarray) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    Image.fromarray(grey_picture).save(folder / "old.png")
    return folder


def test_what_arrives_is_coloured_once_it_is_whole(
    scans: Path, tmp_path: Path, batch: Batch
) -> None:
    whole, new = (scans / "old.png").read_bytes(), scans / "new.png"
    happenings = {
        5: lambda: new.write_bytes(whole[:1000]),
        6: lambda: new.write_bytes(whole[:2000]),
        15: lambda: new.write_bytes(whole),  # the copy stalled for nine seconds
    }
    found = list(watched(scans, tmp_path / "out", batch, happenings, 60))
    assert [(now, one.job.source.name) for now, one in found] == [
        (SETTLED, "old.png"),
        (15 + SETTLED, "new.png"),
    ]
    assert not [one.error for _, one in found if one.error]
    lines = [json.loads(line) for line in (tmp_path / "out" / MANIFEST).read_text().splitlines()]
    assert [line["output"] for line in lines] == ["old.png", "new.png"]


def test_what_stays_unreadable_is_named_after_a_while(
    scans: Path, tmp_path: Path, batch: Batch
) -> None:
    cut = scans / "cut.png"
    happenings = {5: lambda: cut.write_bytes((scans / "old.png").read_bytes()[:1000])}
    (_, (now, last)) = watched(scans, tmp_path / "out", batch, happenings, 60)
    assert now == 5 + PATIENCE and last.error is not None and "cut.png" in last.error


def test_what_was_there_with_its_result_is_passed_over_and_a_second_coming_is_named(
    scans: Path, tmp_path: Path, batch: Batch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    shutil.copy(scans / "old.png", out / "old.png")
    happenings = {5: lambda: (scans / "old.png").write_bytes((out / "old.png").read_bytes() + b" ")}
    ((now, kept),) = watched(scans, out, batch, happenings, 10)
    assert now == 5 + SETTLED and kept.error is not None and "was kept" in kept.error


def test_what_cannot_be_watched_is_refused(scans: Path, tmp_path: Path, batch: Batch) -> None:
    with pytest.raises(BadValue, match=r"old.png is no folder that can be watched"):
        next(watch([scans / "old.png"], tmp_path / "out", batch))
    with pytest.raises(BadValue, match="Leave --jobs out"):
        next(watch([scans], tmp_path / "out", Batch(batch.settings, batch.extras, workers=2)))
