from __future__ import annotations

from pathlib import Path

import pytest

from chromafield.errors import BadValue, PictureError
from chromafield.pipeline.plan import Job, plan


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_a_file_goes_beside_itself_or_where_it_is_told(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.gif")
    a, b = tmp_path / "a.jpg", tmp_path / "b.gif"
    assert plan([a], None) == [Job(a, tmp_path / "a-color.jpg")]
    assert plan([b], None) == [Job(b, tmp_path / "b-color.png")]
    assert plan([a], tmp_path / "x.png") == [Job(a, tmp_path / "x.png")]
    assert plan([a, b], tmp_path / "out") == [
        Job(a, tmp_path / "out" / "a.jpg"),
        Job(b, tmp_path / "out" / "b.png"),
    ]


def test_a_folders_tree_is_kept_and_earlier_results_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "scans/a.jpg", "scans/box/b.tif", "scans/notes.txt", "scans/.hidden.jpg")
    touch(tmp_path, "scans/coloured/a.jpg")
    scans, out = tmp_path / "scans", tmp_path / "scans" / "coloured"
    assert plan([scans], out) == [Job(scans / "a.jpg", out / "a.jpg")]
    assert plan([scans], out, recursive=True) == [
        Job(scans / "a.jpg", out / "a.jpg"),
        Job(scans / "box" / "b.tif", out / "box" / "b.tif"),
    ]


def test_two_sources_of_one_result_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "a.bmp", "a.gif")
    with pytest.raises(BadValue, match=r"a\.bmp, .*a\.gif would all become .*a\.png\. Rename them"):
        plan([tmp_path / "a.bmp", tmp_path / "a.gif"], tmp_path / "out")


def test_a_folder_without_pictures_is_said_to_be_one(tmp_path: Path) -> None:
    touch(tmp_path, "scans/box/b.tif")
    with pytest.raises(PictureError, match="holds no pictures. Add -r to look in its folders"):
        plan([tmp_path / "scans"], tmp_path / "out")
    with pytest.raises(BadValue, match="is a folder. Name a folder for the results with -o"):
        plan([tmp_path / "scans"], None)
