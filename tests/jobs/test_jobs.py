from __future__ import annotations

from pathlib import Path

import pytest

from chromafield.cli._planned import planned
from chromafield.colorizer.files import OutputOptions, sample_paths
from chromafield.errors import BadValue, PictureError
from chromafield.jobs import jobs as jobs_of
from chromafield.jobs.jobs import (
    EARLIER_RESULT,
    OTHER_ENDING,
    Job,
    LeftOut,
    conflicts,
    plan,
    plan_all,
    without_results,
)


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


def test_the_folder_that_one_is_in_has_no_name(tmp_path, monkeypatch) -> None:
    touch(tmp_path, "a.jpg")
    monkeypatch.chdir(tmp_path)
    assert without_results([Path()]) == ([Path()], [])
    assert plan([Path()], Path("out")) == [Job(Path("a.jpg"), Path("out/a.jpg"))]


def test_hidden_folders_and_pictures_that_hints_name_are_not_meant(tmp_path: Path) -> None:
    touch(tmp_path, "scans/.thumbs/a.jpg", "scans/box/.old/b.jpg", "scans/c.hints/layer.png")
    touch(tmp_path, "scans/c.jpg")
    scans, out = tmp_path / "scans", tmp_path / "out"
    assert plan([scans], out, recursive=True) == [Job(scans / "c.jpg", out / "c.jpg")]
    hidden = tmp_path / "scans" / ".thumbs"  # named, it is meant
    assert plan([hidden], out) == [Job(hidden / "a.jpg", out / "a.jpg")]


def test_sources_of_one_result_are_told_apart_by_their_suffixes(tmp_path: Path) -> None:
    touch(tmp_path, "scans/b.bmp", "scans/b.png", "scans/b.gif", "scans/c.bmp")
    scans, out = tmp_path / "scans", tmp_path / "out"
    names = {"b.bmp": "b-bmp.png", "b.gif": "b-gif.png", "b.png": "b.png", "c.bmp": "c.png"}
    jobs = [Job(scans / source, out / target) for source, target in names.items()]
    assert plan([scans], out) == jobs
    assert plan([scans, scans / "c.bmp"], out) == jobs  # named twice, coloured once


def test_a_folder_is_looked_through_once_and_each_file_is_meant_or_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "scans/a.jpg", "scans/a-color.jpg", "scans/notes.txt", "scans/out/a.jpg")
    scans, out = tmp_path / "scans", tmp_path / "scans" / "out"
    looked, look = [], jobs_of.files_in
    monkeypatch.setattr(jobs_of, "files_in", lambda *told: looked.append(told) or look(*told))
    wanted = {"from_list": None, "shard": None, "recursive": True}

    told = planned((scans,), out, wanted)

    assert told.jobs == [Job(scans / "a.jpg", out / "a.jpg")]
    assert told.left_out == [
        LeftOut(scans / "notes.txt", OTHER_ENDING),
        LeftOut(scans / "a-color.jpg", EARLIER_RESULT),
    ]
    assert looked == [(scans, True)]
    assert plan_all([scans], out, True) == (told.jobs, told.left_out)


def test_several_pictures_do_not_go_into_a_folder_named_like_one(tmp_path: Path) -> None:
    touch(tmp_path, "scans/a.jpg", "scans/b.jpg")
    scans, named = tmp_path / "scans", tmp_path / "multi.jpg"
    for inputs in ([scans], [scans / "a.jpg", scans / "b.jpg"]):
        with pytest.raises(BadValue, match="multi.jpg is named like one picture, .* Name a folder"):
            plan(inputs, named)
    named.mkdir()
    assert plan([scans], named)[0].target == named / "a.jpg"


def test_what_would_write_over_an_input_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a-color.jpg", "x-compare.jpg")
    a, b, x = (tmp_path / name for name in ("a.jpg", "a-color.jpg", "x-compare.jpg"))
    (tmp_path / "link.jpg").symlink_to(a)

    def conflict(job: Job, extras: OutputOptions, *others: Job) -> str:
        return conflicts([job, *others], extras.paths).get(job, "")

    first, second = plan([a, b], None)
    assert f"{a} would write over {b}, which is given to this run" in conflict(
        first, OutputOptions(), second
    )
    assert not conflict(second, OutputOptions(), first)
    assert "x-compare.jpg, which is given" in conflict(
        Job(x, tmp_path / "x.jpg"), OutputOptions(compare=True)
    )
    assert not conflict(Job(x, tmp_path / "x.jpg"), OutputOptions(layer=True))
    assert "given to this run" in conflict(Job(a, tmp_path / "link.jpg"), OutputOptions())
    kept = conflicts([first], OutputOptions().paths, [b])
    assert list(kept) == [first]


def test_of_two_that_would_write_one_file_the_first_does(tmp_path: Path) -> None:
    touch(tmp_path, "in/b.jpg", "in/b-compare.jpg", "other/b.jpg")
    folder, other, out = tmp_path / "in", tmp_path / "other" / "b.jpg", tmp_path / "out"
    jobs = plan([folder, other], out)
    assert [job.source.name for job in jobs] == ["b-compare.jpg", "b.jpg", "b.jpg"]
    told = conflicts(jobs, OutputOptions(compare=True).paths)
    assert list(told) == jobs[1:]
    sentence = f"{out / 'b-compare.jpg'}, which is written for {folder / 'b-compare.jpg'}. Rename"
    assert sentence in told[jobs[1]]
    assert list(conflicts(jobs, OutputOptions().paths)) == [jobs[2]]


def test_samples_have_names_that_photographs_have_not(tmp_path: Path) -> None:
    touch(tmp_path, "IMG.jpg", "IMG-1.jpg", "IMG-2.jpg")
    jobs = plan([tmp_path], tmp_path)
    paths = [path.name for path in sample_paths(tmp_path / "IMG.jpg", 2)]
    assert paths == ["IMG-sample-1.jpg", "IMG-sample-2.jpg", "IMG-sample-sheet.jpg"]
    assert not conflicts(jobs, lambda target: sample_paths(target, 2))
    touch(tmp_path, "IMG-sample-2.jpg")
    jobs = plan([tmp_path], tmp_path)
    assert list(conflicts(jobs, lambda target: sample_paths(target, 2))) == [jobs[-1]]


def test_a_folder_without_pictures_is_said_to_be_one(tmp_path: Path) -> None:
    touch(tmp_path, "scans/box/b.tif")
    with pytest.raises(PictureError, match="holds no pictures. Add -r to look in its folders"):
        plan([tmp_path / "scans"], tmp_path / "out")
    with pytest.raises(BadValue, match="is a folder. Name a folder for the results with -o"):
        plan([tmp_path / "scans"], None)
